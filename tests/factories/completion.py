"""Lead dossiers from the counter to the register over HTTP, and look at all that came of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import psycopg
from tests.factories.dossiers import HERE, office
from tests.factories.rights import PAPER as GROUNDS
from tests.factories.rights import Registry

PAPER = {"documentNo": "15/TB"}
ISSUED_ON = "2026-02-01"
BLANKS = {"kind": "received", "first": "AA 00000001", "last": "AA 00000200", "docNo": "PN-1", "day": "2026-01-02"}
WAY = ("take", "link_draft", "enter_facts", "send_slip", "tax_exempt", "draft", "sign")
"""What is done until it is signed, as far as the procedure has it."""


def holder(party: str, share: str | None = None) -> dict[str, Any]:
    """Return one of those who hold, as facts name them."""
    return {"party": party} | ({"share": share} if share else {})


class World:
    """An office with its people, land that no test has used yet, and the register behind it."""

    def __init__(self, dsn: str, person: Callable[[str], Any]) -> None:
        self.dsn, self.person = dsn, person
        self.registry = Registry(person("lan").client)
        self._columns = count(0)
        self.address = ""
        """Where a server answers for the same database, if one does."""
        self.papers: dict[str, list[str]] = {}
        """Serial numbers of the certificates issued for what parties hold, by parcel."""
        self.registry.post("/blanks", BLANKS)

    def parcel(self) -> tuple[str, int]:
        """Return a parcel of 20 x 30 m by number, and where it begins (metres from the origin)."""
        column = next(self._columns)
        return f"{HERE}-12-{345 + column}", 20 * column

    def held_by(
        self, *holders: str | tuple[str, str], ref: str | None = None, paper: bool = True, **more: Any
    ) -> tuple[str, str]:
        """Return a parcel and the right of use that parties hold on it, by a certificate unless told otherwise."""
        ref = ref or self.parcel()[0]
        given = dict(each if isinstance(each, tuple) else (each, None) for each in holders)
        right = self.registry.right([ref], given, **more)["right"]
        if paper:
            self.papers.setdefault(ref, []).append(self.issue(right))
        return ref, right

    def issue(self, right: str) -> str:
        """Issue a certificate of a right; return its serial number."""
        body = {"right": right, "since": ISSUED_ON, "grounds": GROUNDS}
        return str(self.registry.post("/certificates", body)["serial"])

    def paper(self, serial: str, ok: int = 200, **times: str) -> Any:
        """Return a certificate with what is annotated on it."""
        return self.registry.get(f"/certificates/{serial}", ok, **times)

    def in_force(self, ref: str) -> list[Any]:
        """Return the certificates in force of a parcel."""
        found = self.registry.get(f"/parcels/{ref}/certificates")["certificates"]
        return [each for each in found if each["inForce"]]

    def verdict(self, serial: str) -> tuple[str, list[str]]:
        """Return what anybody who holds a certificate is told of it."""
        ((code,),) = self.rows("SELECT verify_id FROM registry.certificate WHERE serial = %s", serial)
        told = self.registry.get(f"/verify/{code}")
        return told["verdict"], told["reasons"]

    def draft(self, *operations: dict[str, Any]) -> str:
        """Return a draft with operations."""
        code = str(self.registry.post("/drafts", {})["draft"])
        for body in operations:
            self.registry.post(f"/drafts/{code}/operations", body)
        return code

    def submit(self, procedure: str, refs: list[str], case: str = "", **more: Any) -> str:
        """Hand an application in with every paper the procedure always asks for; return its code."""
        found = self.registry.get(f"/procedures/{procedure}")
        papers = [{"document": each["document"]} for each in found["documents"] if each["needed"] == "always"]
        given = {"procedure": procedure, "case": case, "parcels": refs, "documents": papers} | more
        answer = self.person("hoa").submit(**given)
        assert answer.status_code == 201, answer.json
        return str(answer.json["dossier"])

    def go(self, code: str, who: str, action: str, ok: int = 200, **body: Any) -> Any:
        """Do one thing with a dossier; return the answer's JSON."""
        answer = self.person(who).move(code, action, **body)
        assert answer.status_code == ok, (action, answer.json)
        return answer.json

    def signed(self, code: str, facts: dict[str, Any], draft: str | None = None) -> Any:
        """Lead a received dossier to its signature."""
        bodies: dict[str, dict[str, Any]] = {"link_draft": {"draft": draft}, "enter_facts": {"facts": facts}}
        done = self.person("hoa").read(code)
        for action in WAY:
            if action in {each["action"] for each in done["may"]} and (
                action not in bodies or next(iter(bodies[action].values()))
            ):
                who = "tuan" if action == "sign" else "lan"
                done = self.go(code, who, action, **bodies.get(action, PAPER if action == "tax_exempt" else {}))
        assert done["state"] == "SIGNED", done["state"]
        return done

    def rehearsal(self, code: str) -> Any:
        """Return what completing a dossier would do."""
        return self.registry.get(f"/dossiers/{code}/completion")

    def land(self, refs: list[str], **times: str) -> dict[str, list[Any]]:
        """Return what bears on parcels: kind, holders with shares, what it secures and its last day."""
        return {
            ref: sorted(
                (
                    each["kind"],
                    sorted((who["party"], who["share"] or "") for who in each["holders"]),
                    each["amountVnd"] or 0,
                    each["termUntil"] or "",
                )
                for each in self.registry.on(ref, **times)
            )
            for ref in refs
        }

    def rows(self, statement: str, *params: Any) -> list[Any]:
        """Return rows of the database."""
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(statement, params).fetchall()


def kill_at_the_very_end(world: World, code: str, seen: int) -> None:
    """Let a process of the service complete a dossier, and kill it before its transaction of the register is kept."""
    with psycopg.connect(world.dsn) as conn:
        # Draft, rights and certificates are written by now; the transaction of the register is the last of it.
        conn.execute("LOCK TABLE registry.transaction IN EXCLUSIVE MODE")
        child = os.fork()
        if child == 0:
            try:
                with office(world.dsn) as person:
                    person("lan").move(code, "record", seen=seen)
            finally:
                os._exit(0)
        try:
            _wait_for_a_waiter(world)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _wait_for_a_waiter(world: World) -> None:
    """Return once somebody waits for the lock on transactions."""
    for _ in range(600):
        if world.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'registry.transaction'::regclass"):
            return
        time.sleep(0.05)
    raise AssertionError("nobody came as far as the transaction")


def shown(land: list[Any]) -> dict[str, list[Any]]:
    """Return what a rehearsal says bears on parcels, as `World.land` tells it."""
    return {
        each["ref"]: sorted(
            (
                right["kind"],
                sorted((who["party"], who["share"] or "") for who in right["holders"]),
                right["amountVnd"] or 0,
                right["termUntil"] or "",
            )
            for right in each["rights"]
        )
        for each in land
    }

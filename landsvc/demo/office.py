"""Fill the demo's office: rights and certificates on a share of the land, and dossiers in every state a day shows.

Rights come as an older register does, dossiers as people hand them in and lead them on; all of it through the services.
What is late came in some weeks ago: that alone is said afterwards, before anybody works with the demo.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.config import Settings
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE, Database
from landsvc.core.progress import Progress, silent
from landsvc.core.secrets import Vault
from landsvc.core.sql import statements
from landsvc.demo.accounts import WEST
from landsvc.demo.statements import Script
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import procedures, service
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.model import Applicant, Application, Move, Paper
from landsvc.registry.legacy.run import Options, import_register, make_plan

FILE = "office.sql"
EVERY = 12
"""Every so many parcels bear a right."""
HEAD = (
    *("right", "commune", "sheetNo", "parcelNo", "area", "holder", "born", "cccd", "share", "serial", "bookNo"),
    *("issuedOn", "mortgagee", "mortgagedOn", "amountVnd"),
)
SALE, GIFT, LOAN = "CN", "TA", "TC"
PRICE_VND = 1_200_000_000
NOTARY = "Văn phòng công chứng (demo)"
SIGNED_BEFORE = timedelta(days=10)
CLERK, OFFICER, SIGNER = "demo-counter", "demo-processor", "demo-signer"
WHO = {"receive": CLERK, "return": CLERK, "sign": SIGNER}
"""Who does what; the processor the rest."""


@dataclass(frozen=True)
class Story:
    """What becomes of a dossier: its procedure, what is done with it, and how many weeks ago it came in."""

    procedure: str
    way: tuple[str, ...]
    weeks: int = 0


LED = ("take", "enter_facts", "send_slip")
PASSED = ("take", "enter_facts", "draft", "sign")
STORIES = tuple(
    chain.from_iterable(
        repeat(story, many)
        for many, story in (
            (7, Story(SALE, ())),
            (2, Story(LOAN, ())),
            (6, Story(SALE, ("take",))),
            (2, Story(SALE, ("take",), weeks=5)),
            (1, Story(LOAN, ("take",), weeks=1)),
            (2, Story(SALE, ("take", "request_supplement"))),
            (5, Story(SALE, LED)),
            (1, Story(SALE, (*LED, "tax_exempt", "draft"))),
            (1, Story(SALE, (*LED, "tax_exempt", "draft", "sign"), weeks=3)),
            (2, Story(LOAN, PASSED[:-1])),
            (1, Story(LOAN, PASSED)),
            (2, Story(LOAN, (*PASSED, "record", "make_ready"))),
            (1, Story(LOAN, (*PASSED, "record", "make_ready", "return"))),
        )
    )
)


def lay(
    database: Database, settings: Settings, effects: Effects, progress: Progress = silent, *, every: int = EVERY
) -> int:
    """Fill the office where it is empty, a right for `every` so many parcels; return how many dossiers were handed in.

    Needs the demo's people (`accounts.renew_accounts`), the procedures, and what completing does (`effects`).
    """
    vault = Vault(settings)
    with database.read_only(EDITOR_ROLE) as session:
        script = Script(session, FILE)
        rights, dossiers = script.one("rights_there"), script.one("dossiers_there")
    if not rights:
        progress("Taking in a register", 0, 0)
        _take_register(database, vault, every)
    return 0 if dossiers else _tell_stories(database, effects, progress)


def _take_register(database: Database, vault: Vault, every: int) -> None:
    with tempfile.TemporaryDirectory(prefix="landsvc-demo-") as folder:
        path = Path(folder, "register.csv")
        with database.read_only(EDITOR_ROLE) as session, path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(HEAD)
            writer.writerows(Script(session, FILE).run("register_rows", every=every))
        import_register(database, vault, make_plan(Options(path=path, source="demo")))


def _tell_stories(database: Database, effects: Effects, progress: Progress) -> int:
    """Lead dossiers through the office, all in one transaction each, and say which came in weeks ago."""
    people = {login: person(database, login) for login in (CLERK, OFFICER, SIGNER)}
    communes = communes_of(database, WEST)
    with database.read_only(EDITOR_ROLE) as session:
        script = Script(session, FILE)
        places = script.run("places", communes=communes, wanted=len(STORIES)).fetchall()
        bank = script.one("bank")
    late: dict[int, list[str]] = {}
    for number, (story, place) in enumerate(zip(STORIES, places, strict=False), 1):
        code = Telling(database, people, effects, Place(bank, *place)).tell(story)
        if story.weeks:
            late.setdefault(story.weeks, []).append(code)
        progress("Handing in dossiers", number, len(places))
    _move_back(database, late)
    return len(places)


def communes_of(database: Database, branch: str) -> list[str]:
    """Return the communes a branch covers; all with land where it covers none of its own."""
    with database.read_only(EDITOR_ROLE) as session:
        script = Script(session, FILE)
        found = [code for (code,) in script.run("branch_communes", branch=branch)]
        return found or [code for (code,) in script.run("land_communes")]


@dataclass(frozen=True)
class Place:
    """Land to hand something in for: who holds it and by which right, a buyer, and a bank."""

    bank: str
    unit: int
    right: str
    holder: str
    name: str
    buyer: str


class Telling:
    """One dossier on its way."""

    def __init__(
        self,
        database: Database,
        people: Mapping[str, Actor],
        effects: Effects,
        place: Place,
        *,
        priced: bool = True,
    ) -> None:
        self.database, self.people, self.effects, self.place = database, people, effects, place
        self.priced = priced
        """Whether the contract of a sale tells its price, which the tax office asks for."""

    def tell(self, story: Story) -> str:
        """Hand it in and do what its story says; return its code."""
        code = self._done(CLERK, partial(self._submit, story.procedure))
        for seen, action in enumerate(story.way, 2):
            move = self._move(action, story.procedure)
            self._done(WHO.get(action, OFFICER), partial(self._go, code, move, seen))
        return code

    def _done(self, login: str, act: Callable[[Session, Actor], str]) -> str:
        who = self.people[login]
        with self.database.unit_of_work(EDITOR_ROLE, who) as session:
            return act(session, who)

    def _submit(self, procedure: str, session: Session, who: Actor) -> str:
        found = procedures.get_procedure(session, procedure, clock.today())
        papers = tuple(Paper(each.document) for each in found.documents if each.needed == "always")
        applicants = (Applicant(self.place.name, party=self.place.holder),)
        given = Application(procedure, "", (self.place.unit,), applicants, papers)
        return service.submit(session, given, actor=who).dossier.code

    def _go(self, code: str, move: Move, seen: int, session: Session, who: Actor) -> str:
        service.move(session, code, move, actor=who, seen=seen, effects=self.effects)
        return code

    def _move(self, action: str, procedure: str) -> Move:
        if action == "enter_facts":
            return Move(action, facts=self._facts(procedure))
        told: dict[str, dict[str, Any]] = {
            "request_supplement": {"items": ("Bản vẽ tách thửa có xác nhận của các chủ liền kề",)},
            "tax_exempt": {"document_no": "01/TB-CCT"},
            "return": {"receiver": self.place.name, "originals_seen": True},
        }
        return Move(action, **told.get(action, {}))

    def _facts(self, procedure: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        if procedure in {SALE, GIFT}:
            buyer = [{"party": self.place.buyer}]
            sale = {"right": self.place.right, "mode": "sole", "holders": buyer}
            return {"right.transfer": [sale], "tax.case": [case_of(procedure, self.place, priced=self.priced)]}
        return {"encumbrance.begin": [{"kind": "mortgage", "holders": [{"party": self.place.bank}]}]}


def case_of(procedure: str, place: Place, *, priced: bool = True) -> dict[str, Any]:
    """Return contract, relief and deductions of a sale, or of a gift between parents and children."""
    day = (clock.today() - SIGNED_BEFORE).isoformat()
    contract: dict[str, Any] = {"number": "1520/2026", "signedOn": day, "notary": NOTARY}
    if procedure == GIFT:
        kin = {"code": "parent-child", "who": place.buyer, "document": "Giấy khai sinh"}
        return {"contract": contract, "noPrice": True, "relief": [kin], "noDeductions": True}
    if priced:
        contract |= {"landVnd": PRICE_VND, "taxPayer": "seller"}
    return {"contract": contract, "noRelief": True, "noDeductions": True}


def person(database: Database, login: str) -> Actor:
    """Return somebody of the demo, as signed in for the time being."""
    with database.unit_of_work(IDENTITY_ROLE) as session:
        account = Script(session, FILE).one("account", login=login)
        opened = identity.open_session(session, account, None, method="demo")
        identity.sign_out(session, opened.token, None)
        return opened.actor


def _move_back(database: Database, late: Mapping[int, Sequence[str]]) -> None:
    named = statements("demo", FILE)
    with psycopg.connect(database.dsn) as conn:
        conn.execute(named["let_the_past_be_told"].text)
        for weeks, codes in late.items():
            for name in ("move_events", "move_dossiers"):
                conn.execute(named[name].text, {"codes": list(codes), "weeks": weeks})
        conn.execute(named["keep_the_past"].text)

"""Receive many releases at once: a bank names mortgages or parcels, each becomes a dossier of its own or nothing.

A row that cannot be received is told with its reason and holds up no other. What shall be released is entered with the
dossier, so that the acts on many finish it the same day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.core.db import EDITOR_ROLE, Database, rows_of
from landsvc.core.errors import LandsvcError
from landsvc.core.idempotency import Answer, once
from landsvc.core.secrets import Vault
from landsvc.core.sql import statements
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import service, tracking
from landsvc.registry.dossiers.chain_errors import (
    MortgageOfAnother,
    NoMortgageHere,
    ReleaseUnderWay,
    SeveralMortgages,
)
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.errors import DossierNotFound
from landsvc.registry.dossiers.model import Application, Move
from landsvc.registry.records import now
from landsvc.registry.rights import service as rights
from landsvc.registry.rights.errors import WrongKindOfRight
from landsvc.registry.rights.service import Standing

SQL = statements("registry", "queries_receiving.sql")
RIGHT = re.compile(r"QSD-[0-9]{8,18}", re.ASCII)
RELEASE, MORTGAGE, RESTRICTION = "encumbrance.end", "mortgage", "restriction"
MOST_ROWS = 200
RECEIVED_AT = 2
"""The revision of a dossier once it was received."""


@dataclass(frozen=True)
class Asked:
    """What a bank asks for: the application as each row has it, without land; the bank as a party if it is known."""

    application: Application
    party: str | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a row: its dossier and the right it releases, or why nothing was received."""

    row: int
    text: str
    dossier: str | None = None
    right: str | None = None
    error: LandsvcError | None = None


@dataclass(frozen=True)
class Receipt:
    """A received release as its receipt tells it."""

    code: str
    right: str | None
    parcels: tuple[str, ...]
    registered_at: datetime | None
    appointment_at: datetime | None
    applicant: str
    procedure_vi: str
    procedure_en: str
    secret: str


def receive_many(
    database: Database,
    vault: Vault,
    texts: Sequence[str],
    asked: Asked,
    *,
    key: str | None,
    actor: Actor,
    effects: Effects,
) -> list[Taken]:
    """Receive one release for each text, the code of a right or a parcel; return what became of each, in order.

    Each row is one transaction. With a `key` the same row sent again opens no second dossier.
    """
    return [
        _one(database, vault, at, text, asked, key=key, actor=actor, effects=effects)
        for at, text in enumerate(texts, 1)
    ]


def receipts(session: Session, codes: Sequence[str], *, actor: Actor) -> list[Receipt]:
    """Return what the receipts of dossiers tell, in the order asked; raise `DossierNotFound`. It is traced."""
    rows: list[Any] = rows_of(session, SQL["receipts_of"], codes=list(codes))
    found = {row[1]: row for row in rows}
    if missing := next((code for code in codes if code not in found), None):
        raise DossierNotFound(field="dossiers", code=missing)
    details = {"dossiers": list(codes), "about": [f"dossier:{code}" for code in codes]}
    identity.trace(session, "dossier.receipts-read", who=actor, details=details)
    return [
        Receipt(*[code, row[2], tuple(row[3]), *row[4:], tracking.secret_of(session, row[0])])
        for code, row in ((code, found[code]) for code in codes)
    ]


def _one(
    database: Database,
    vault: Vault,
    row: int,
    text: str,
    asked: Asked,
    *,
    key: str | None,
    actor: Actor,
    effects: Effects,
) -> Taken:
    try:
        unit = None if RIGHT.fullmatch(text) else _unit(database, text)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:

            def work() -> Answer:
                right = _release(session, text, unit, asked.party, actor)
                return Answer(201, json.dumps([_opened(session, right, asked, actor, effects), right.code]))

            named = {
                "owner": f"account:{actor.account_id}",
                "key": f"{key}-{row}",
                "request": f"{text} {asked!r}",
            }
            answer = once(session, vault, **named, work=work) if key else work()
    except LandsvcError as error:
        return Taken(row, text, error=error)
    code, right_code = json.loads(answer.body)
    return Taken(row, text, code, right_code)


def _opened(session: Session, right: Standing, asked: Asked, actor: Actor, effects: Effects) -> str:
    """Open and receive the dossier of one right, and enter what it releases; return its code."""
    given = replace(asked.application, units=tuple(sorted(right.units)))
    code = service.submit(session, given, actor=actor).dossier.code
    # Received, it holds its land: whoever receives the same release waits here, and finds it.
    if earlier := rows_of(session, SQL["release_under_way"], units=sorted(right.units), right=right.code):
        raise ReleaseUnderWay(field="right", right=right.code, dossier=earlier[0][0])
    facts = {RELEASE: [{"right": right.code}]}
    moves = [Move("enter_facts", facts=facts)]
    if asked.party:
        moves.append(Move("identify", applicant=1, party=asked.party))
    for seen, each in enumerate(moves, RECEIVED_AT):
        service.move(session, code, each, actor=actor, seen=seen, effects=effects)
    return code


def _release(session: Session, text: str, unit: int | None, party: str | None, actor: Actor) -> Standing:
    """Return the mortgage a row means: the one it names, or the only one on its parcel that the bank holds.

    Raises as `get_standing`, `WrongKindOfRight`, `NoMortgageHere`, `SeveralMortgages`, `MortgageOfAnother`.
    """
    if unit is None:
        found = rights.get_standing(session, text)
        if found.kind_class != RESTRICTION:
            raise WrongKindOfRight(field="right", right=text, kind=found.kind, kinds=MORTGAGE)
        if party and party not in {code for code, _ in rights.holders_now(session, found)}:
            raise MortgageOfAnother(field="right", right=text, party=party)
        return found
    here = [
        each.line.code
        for each in rights.rights_on(session, unit, now(), actor=actor)
        if each.line.kind == MORTGAGE and (party is None or party in {one.party.code for one in each.holders})
    ]
    if not here:
        raise NoMortgageHere(field="right", parcel=text)
    if len(here) > 1:
        raise SeveralMortgages(field="right", members={"rights": here}, parcel=text, rights=", ".join(here))
    return rights.get_standing(session, here[0])


def _unit(database: Database, text: str) -> int:
    """Return the current parcel a row names; raise as the public look-up does."""
    ref = parse_ref(text, "parcel")
    found = cadastre.find_unit(database, ref)
    if found.body is None:
        raise cadastre.retired(database, ref, found.unit_id)
    return found.unit_id

"""Tell a person, on proof of identity, who looked at what the register and its dossiers know of them.

Told are day and time, role and office or machine, what was looked at and why: not which officer it was, who is a person
too. Auditors find the officer in the trail. Source: Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, Điều 3, 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from landsvc.core.db import EDITOR_ROLE, Database, rows_of
from landsvc.core.secrets import Vault
from landsvc.core.sql import statements
from landsvc.identity import about
from landsvc.identity.about import Looked, Subject
from landsvc.identity.actors import SERVICE, Actor
from landsvc.identity.service import trace
from landsvc.registry.parties import service as parties
from landsvc.registry.parties.errors import PartyNotFound
from landsvc.registry.readings.errors import NotProven
from landsvc.registry.readings.words import reasons
from landsvc.registry.records import now

SQL = statements("registry", "queries_readings.sql")
PARCEL = "parcel:"
COUNTER = "counter"
"""The proof of identity: a card shown at the counter, whose number was typed."""


@dataclass(frozen=True)
class Line:
    """That somebody looked, as a person is told."""

    at: datetime
    why: str
    on: str
    """What was looked at: a code of a dossier, certificate or right, or the name of a parcel; empty for the person."""
    roles: tuple[Sequence[str], Sequence[str]]
    branches: tuple[Sequence[str], Sequence[str]]
    machine: str | None


@dataclass(frozen=True)
class Told:
    """One page of who looked; `following` is where the next begins, None at the end."""

    code: str
    name: str
    lines: list[Line]
    following: int | None


def told_at_counter(
    database: Database, vault: Vault, code: str, number: str, *, actor: Actor, before: int = 0, page: int = 200
) -> Told:
    """Return who looked at what is known of a party, to somebody who showed a document with this number.

    Raises `NotProven` for a number of nobody or of somebody else, and for a party that is not there: an officer who
    tries codes learns nothing. Both the telling and the refusal are traced.
    """
    name = proven(database, vault, code, number, actor)
    return _told(database, code, name, COUNTER, actor=actor, before=before, page=page)


def told_to_account(
    database: Database, party: str, name: str, proof: str, *, actor: Actor, before: int = 0, page: int = 200
) -> Told:
    """Return who looked at what is known of a party, to whoever signed in as that party, by a proof on record."""
    return _told(database, party, name, proof, actor=actor, before=before, page=page)


def proven(database: Database, vault: Vault, code: str, number: str, actor: Actor) -> str:
    """Return the name of a party to which a document with this number belongs; raise `NotProven`, which is traced."""
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        owners = parties.ids_by_number(session, vault, number)
        found = parties.lines(session, owners, now())
        mine = next((each for each in found.values() if each.code == code), None)
        if mine is None:
            trace(session, "readings.refused", who=actor, on=f"party:{code}"[:200])
    if mine is None:
        raise NotProven(party=code)
    return mine.facts.name


def _told(database: Database, code: str, name: str, proof: str, *, actor: Actor, before: int, page: int) -> Told:
    why = reasons()
    with database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        subjects = subjects_of(session, code)
    found, more = about.looked(
        database,
        subjects,
        list(why),
        told={"proof": proof},
        on=f"party:{code}",
        who=actor,
        before=before,
        page=page,
    )
    with database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        refs = _refs(session, found)
    lines = [
        Line(each.at, why[each.action], _on(each, code, refs), each.roles, each.branches, each.machine)
        for each in found
    ]
    return Told(code, name, lines, found[-1].id if more else None)


def subjects_of(session: Session, code: str) -> list[Subject]:
    """Return what the trail may name when it means a party; raise `PartyNotFound`."""
    found = [Subject(*row) for row in rows_of(session, SQL["subjects_of_party"], code=code)]
    if not found:
        raise PartyNotFound(field="party", party=code)
    return found


def _refs(session: Session, found: Sequence[Looked]) -> dict[str, str]:
    units = {each.on for each in found if each.on and each.on.startswith(PARCEL)}
    ids = [int(each.removeprefix(PARCEL)) for each in units]
    return {f"{PARCEL}{unit}": ref for unit, ref in rows_of(session, SQL["refs_of_units"], units=ids) if ref}


def _on(each: Looked, code: str, refs: dict[str, str]) -> str:
    if each.on is None or each.on == f"party:{code}":
        return ""
    kind, _, name = each.on.partition(":")
    return refs.get(each.on, "") if kind == "parcel" else "" if kind in {"party", "payment"} else name

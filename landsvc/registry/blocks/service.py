"""Enter notices, lift them, match those about persons, and test who and what is held.

A notice on land makes the hold of the cadastre, which stops changes of the parcel by itself. One about a person is
kept though nobody of that name is registered, and tested at reception and at completion: who has the same number, or
the same name and no other year of birth, is a candidate, and a person decides. The database refuses rights for who is
named, and while a candidate waits. A notice holds from an instant to an instant; both may be told later than they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.core.times import Times
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.blocks import queries, sealing
from landsvc.registry.blocks.errors import (
    AskOneSubject,
    BlockLifted,
    BlockNotFound,
    BlockTimes,
    NotOfAPerson,
    PartMalformed,
    ScopeIncomplete,
)
from landsvc.registry.blocks.queries import BlockBelief as BlockBelief
from landsvc.registry.blocks.queries import BlockLine as BlockLine
from landsvc.registry.blocks.rules import read_part, serial_of
from landsvc.registry.parties import service as parties
from landsvc.registry.parties.queries import PartyLine
from landsvc.registry.records import Record, now

PARCEL, PART, CERTIFICATE, PERSON = "parcel", "part", "certificate", "person"
HELD, UNDECIDED = "held", "undecided"


@dataclass(frozen=True)
class PersonGiven:
    """Somebody by name, as a notice or an applicant names them; year of birth and a number where known."""

    name: str
    born_year: int | None = None
    number: str | None = None


@dataclass(frozen=True)
class BlockGiven:
    """A notice to enter; what it is about by its scope. `part` is GeoJSON in the system `srid`."""

    kind: str
    scope: str
    issuer_kind: str
    issuer: str
    doc_no: str
    doc_on: date | None = None
    since: datetime | None = None
    unit_id: int | None = None
    part: Mapping[str, Any] | None = None
    srid: int = 4326
    serial: str | None = None
    person: PersonGiven | None = None


@dataclass(frozen=True)
class Candidate:
    """A party that a notice may name, and what somebody decided: None where nobody has."""

    party: PartyLine
    by_number: bool
    same: bool | None


@dataclass(frozen=True)
class BlockPast:
    """A notice as it was known at an instant, whether it holds on a day, and everything known of it until then.

    `same`: what was decided of the party that was asked about; None where nobody has, or none was asked about.
    """

    line: BlockLine
    holds: bool
    same: bool | None
    beliefs: Sequence[BlockBelief]


@dataclass(frozen=True)
class Finding:
    """That something is held, or may be: `undecided` waits for a person to compare."""

    result: str
    block: str
    kind: str
    issuer: str
    doc_no: str
    subject: str


def add_block(session: Session, vault: Vault, given: BlockGiven, *, record: Record, actor: Actor) -> str:
    """Enter a notice; return its code. Raises `ScopeIncomplete`, `PartMalformed` or `BlockTimes`."""
    code, at = queries.next_code(session), clock.now()
    if given.since is not None and given.since > at:
        raise BlockTimes(field="from")
    block_id = queries.add_block(
        session,
        code=code,
        kind=given.kind,
        scope=given.scope,
        issuer_kind=given.issuer_kind,
        issuer=given.issuer,
        doc_no=given.doc_no,
        doc_on=given.doc_on,
        record_id=record.id,
        **_subject(session, vault, code, given),
    )
    queries.add_span(session, block_id=block_id, since=given.since or at, until=None, record_id=record.id)
    trace(session, "block.entered", who=actor, on=f"block:{code}", details={"record": record.code})
    return code


def lift(session: Session, code: str, *, at: datetime | None, record: Record, actor: Actor) -> BlockLine:
    """End a notice at an instant, now without one; return it as it was. Raises `BlockNotFound`, `BlockLifted`."""
    found = _block(session, code)
    since = queries.close_span(session, block_id=found.id, record_id=record.id)
    if since is None:
        raise BlockLifted(block=code, record=found.lifted_by)
    instant, today = at or clock.now(), clock.now()
    if not since < instant <= today:
        raise BlockTimes(field="at")
    queries.add_span(session, block_id=found.id, since=since, until=instant, record_id=record.id)
    trace(session, "block.lifted", who=actor, on=f"block:{code}", details={"record": record.code})
    return found


def decide(session: Session, code: str, party: str, *, same: bool, record: Record, actor: Actor) -> None:
    """Keep that a party is whom a notice names, or is not. Raises `BlockNotFound`, `NotOfAPerson`, `MemberUnknown`."""
    found = _block(session, code)
    if found.scope != PERSON:
        raise NotOfAPerson(field="block", block=code)
    ((party_id, _),) = parties.ids_of(session, [party], "party").values()
    queries.decide(
        session,
        block_id=found.id,
        party_id=party_id,
        same=same,
        since=clock.today(),
        record_id=record.id,
    )
    details = {"record": record.code, "same": same, "about": [f"party:{party}"]}
    trace(session, "block.matched", who=actor, on=f"block:{code}", details=details)


def get_block(session: Session, code: str, *, actor: Actor) -> tuple[BlockLine, list[Candidate]]:
    """Return a notice with the parties it may name; the reading is traced. Raises `BlockNotFound`."""
    found = _block(session, code)
    waiting = queries.candidates(session, found.id) if found.scope == PERSON else []
    known = parties.lines(session, [each.party_id for each in waiting], now())
    shown = [
        Candidate(known[each.party_id], each.by_number, each.same) for each in waiting if each.party_id in known
    ]
    details = parties.about_parties([each.party for each in shown])
    trace(session, "block.read", who=actor, on=f"block:{code}", details=details)
    return found, shown


def list_blocks(
    session: Session, *, still: bool | None, before: int, page: int, actor: Actor
) -> tuple[list[BlockLine], bool]:
    """Return one page of notices, newest first, and whether more follow; the reading is traced."""
    found = queries.listed(session, still=still, before=before, page=page)
    details = {"blocks": [each.code for each in found[:page]]}
    trace(session, "block.read", who=actor, details=details)
    return found[:page], len(found) > page


def history(
    session: Session,
    times: Times,
    *,
    unit_id: int | None = None,
    serial: str | None = None,
    party: str | None = None,
    actor: Actor,
) -> list[BlockPast]:
    """Return all notices ever on a parcel, a certificate or a party as known at an instant, the newest first.

    Each says whether it holds on the day asked about (now, where nothing was asked), and what was known of it. The
    reading is traced. Raises `AskOneSubject`, `ScopeIncomplete`, `MemberUnknown`.
    """
    if sum(each is not None for each in (unit_id, serial, party)) != 1:
        raise AskOneSubject(field="parcel")
    serials = [serial_of(serial, "serial")] if serial else []
    people = parties.ids_of(session, [party], "party") if party else {}
    ids = [party_id for party_id, _ in people.values()]
    found = queries.about(session, units=[unit_id] if unit_id else [], serials=serials, parties=ids)
    known = queries.beliefs(session, list(found), known_at=times.knowledge)
    on = f"parcel:{unit_id}" if unit_id else f"certificate:{serials[0]}" if serials else f"party:{party}"
    trace(session, "block.history-read", who=actor, on=on, details={"blocks": len(found)})
    return [
        BlockPast(line, _holds(line, times), found[line.id], [each for each in known if each.block_id == line.id])
        for line in queries.told_of(session, list(found), known_at=times.knowledge)
    ]


def beliefs_of(session: Session, found: BlockLine, times: Times) -> list[BlockBelief]:
    """Return everything known of how long a notice holds. The caller traces the reading."""
    return queries.beliefs(session, [found.id], known_at=times.knowledge)


def find_holds(
    session: Session,
    vault: Vault,
    *,
    actor: Actor,
    units: Sequence[int] = (),
    serials: Sequence[str] = (),
    codes: Sequence[str] = (),
    persons: Sequence[PersonGiven] = (),
) -> list[Finding]:
    """Return what is held of parcels, certificates, parties and persons who are no party yet; none when nothing is.

    What is `undecided` stops a completion too, until a person has compared. Raises `MemberUnknown`.
    """
    bare = [serial_of(each, "serials") for each in serials]
    known = parties.ids_of(session, codes, "parties")
    found = [_land(each) for each in queries.in_force(session, units=units, serials=bare)]
    by_id = {party_id: code for code, (party_id, _) in known.items()}
    found += [
        Finding(
            HELD if each.same else UNDECIDED,
            each.code,
            each.kind,
            each.issuer,
            each.doc_no,
            by_id[each.party_id],
        )
        for each in queries.of_persons(session, list(by_id))
    ]
    for person in persons:
        found += _stranger(session, vault, person)
    details = {"about": [f"party:{code}" for code in codes], "findings": len(found)}
    trace(session, "hold.tested", who=actor, details=details)
    return found


def held_parties(session: Session, ids: Iterable[int]) -> list[queries.PersonBlock]:
    """Return notices in force on parties: those that name them, and those nobody has decided."""
    return queries.of_persons(session, list(ids))


def _block(session: Session, code: str) -> BlockLine:
    found = queries.told(session, code=code)
    if found is None:
        raise BlockNotFound(field="block", block=code)
    return found


def _subject(session: Session, vault: Vault, code: str, given: BlockGiven) -> dict[str, Any]:
    """Return what a notice is about, as it is stored; raise `ScopeIncomplete` unless it is what its scope asks."""
    named = {
        name
        for name, value in (
            ("unit", given.unit_id),
            ("part", given.part),
            ("serial", given.serial),
            ("person", given.person),
        )
        if value is not None
    }
    wanted = {PARCEL: {"unit"}, PART: {"unit", "part"}, CERTIFICATE: {"serial"}, PERSON: {"person"}}
    if named != wanted[given.scope]:
        raise ScopeIncomplete(field="scope", scope=given.scope)
    person, part = given.person, None
    if given.part is not None and given.unit_id is not None:
        part = read_part(given.part, "part")
        if not queries.part_inside(session, unit_id=given.unit_id, part=part, srid=given.srid):
            raise PartMalformed(field="part")
    number = person.number if person else None
    return {
        "unit_id": given.unit_id,
        "part": part,
        "srid": given.srid,
        "serial": None if given.serial is None else serial_of(given.serial, "serial"),
        "person_name": person.name if person else None,
        "person_born_year": person.born_year if person else None,
        **sealing.sealed_number(vault, number, block=code),
    }


def _holds(line: BlockLine, times: Times) -> bool:
    """Tell whether a notice holds at some moment of a day; now, where the question is about now."""
    first = datetime.combine(times.valid_at, time.min, OFFICE_ZONE) if times.past else times.known_at
    last = first + timedelta(days=1) if times.past else times.known_at
    return line.since <= last and (line.until is None or line.until > first)


def _land(each: BlockLine) -> Finding:
    subject = each.serial or each.parcel or f"unit-{each.unit_id}"
    return Finding(HELD, each.code, each.kind, each.issuer, each.doc_no, subject)


def _stranger(session: Session, vault: Vault, person: PersonGiven) -> list[Finding]:
    indexes = vault.indexes(person.number, IDENTITY_NUMBER) if person.number else []
    found = queries.of_stranger(session, name=person.name, born_year=person.born_year, indexes=indexes)
    return [Finding(UNDECIDED, each.code, each.kind, each.issuer, each.doc_no, person.name) for each in found]

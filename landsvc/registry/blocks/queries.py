"""Ask the statements of notices: one typed function each, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from landsvc.core.db import driver_connection, rows_of
from landsvc.core.sql import statements

SQL = statements("registry", "queries_blocks.sql")
NOW = "infinity"
"""What is believed now has no end, whatever clocks say."""


@dataclass(frozen=True)
class BlockLine:
    """A notice as it is known: what it says, since when it holds and until when."""

    id: int
    code: str
    kind: str
    scope: str
    unit_id: int | None
    parcel: str | None
    part: str | None
    """GeoJSON, longitude and latitude."""
    serial: str | None
    person_name: str | None
    person_born_year: int | None
    number_sealed: bytes | None
    issuer_kind: str
    issuer: str
    doc_no: str
    doc_on: date | None
    since: datetime
    until: datetime | None
    record: str
    lifted_by: str | None


@dataclass(frozen=True)
class BlockBelief:
    """What was once known of how long a notice holds, and the record that said it."""

    block_id: int
    since: datetime
    until: datetime | None
    known_since: datetime
    known_until: datetime | None
    record: str
    title: str
    doc_no: str | None
    doc_on: date | None
    authority: str | None
    closed_by: str | None


@dataclass(frozen=True)
class PersonBlock:
    """A notice in force on a party: `same` is None where nobody has decided yet whether it names them."""

    party_id: int
    code: str
    kind: str
    issuer: str
    doc_no: str
    same: bool | None
    by_number: bool


@dataclass(frozen=True)
class StrangerBlock:
    """A notice in force that may name somebody who is no party yet."""

    code: str
    kind: str
    issuer: str
    doc_no: str
    by_number: bool


@dataclass(frozen=True)
class CandidateLine:
    """A party that a notice names or may name, and what somebody decided."""

    party_id: int
    by_number: bool
    same: bool | None


def next_code(session: Session) -> str:
    """Return the code of a notice to come."""
    return str(_rows(session, "block_code")[0][0])


def add_block(session: Session, **values: Any) -> int:
    """Store what a notice says; return its id."""
    return int(_rows(session, "add_block", **values)[0][0])


def part_inside(session: Session, *, unit_id: int, part: bytes, srid: int) -> bool:
    """Return whether a part has land in common with a current parcel; one that is nowhere on earth has none."""
    try:
        with driver_connection(session).transaction():
            return bool(_rows(session, "part_inside", unit_id=unit_id, part=part, srid=srid)[0][0])
    except psycopg.errors.InternalError_:
        # Coordinates that no projection can bring here.
        return False


def add_span(session: Session, *, block_id: int, since: datetime, until: datetime | None, record_id: int) -> None:
    """Say from when to when a notice holds."""
    _rows(session, "add_block_span", block_id=block_id, since=since, until=until, record_id=record_id)


def close_span(session: Session, *, block_id: int, record_id: int) -> datetime | None:
    """Stop believing how long a notice holds; return since when it did, None where it is lifted."""
    found = _rows(session, "close_block_span", block_id=block_id, record_id=record_id)
    return found[0][0] if found else None


def told(session: Session, *, code: str, known_at: datetime | str = NOW) -> BlockLine | None:
    """Return a notice by its code."""
    found = _rows(session, "block_told", code=code, known_at=known_at)
    return BlockLine(*found[0]) if found else None


def listed(session: Session, *, still: bool | None, before: int, page: int) -> list[BlockLine]:
    """Return one notice more than a page, newest first; `still` in force, lifted, or all."""
    given = {"open": still, "before": before or 2**62, "page": page, "known_at": NOW}
    return [BlockLine(*row) for row in _rows(session, "blocks_told", **given)]


def about(
    session: Session, *, units: Sequence[int], serials: Sequence[str], parties: Sequence[int]
) -> dict[int, bool | None]:
    """Return the notices ever about units, certificates or parties, each with what was decided of the party."""
    given = {"units": list(units), "serials": list(serials), "parties": list(parties)}
    return dict(_rows(session, "blocks_about", **given))


def told_of(session: Session, ids: Sequence[int], *, known_at: datetime | str) -> list[BlockLine]:
    """Return notices as they were known at an instant, the newest first; those nobody knew of then are left out."""
    return [BlockLine(*row) for row in _rows(session, "blocks_known", ids=list(ids), known_at=known_at)]


def beliefs(session: Session, ids: Sequence[int], *, known_at: datetime | str) -> list[BlockBelief]:
    """Return everything known up to an instant of how long notices hold, in the order it was learnt."""
    return [BlockBelief(*row) for row in _rows(session, "block_beliefs", ids=list(ids), known_at=known_at)]


def in_force(session: Session, *, units: Sequence[int], serials: Sequence[str]) -> list[BlockLine]:
    """Return notices in force on units or certificates."""
    given = {"units": list(units), "serials": list(serials), "known_at": NOW}
    return [BlockLine(*row) for row in _rows(session, "blocks_in_force", **given)]


def of_persons(session: Session, parties: Sequence[int]) -> list[PersonBlock]:
    """Return notices in force that name parties, or may name them."""
    return [PersonBlock(*row) for row in _rows(session, "blocks_of_persons", parties=list(parties))]


def of_stranger(
    session: Session, *, name: str, born_year: int | None, indexes: Sequence[bytes]
) -> list[StrangerBlock]:
    """Return notices in force that may name somebody who is no party yet."""
    given = {"name": name, "born_year": born_year, "indexes": list(indexes)}
    return [
        StrangerBlock(code, kind, issuer, doc_no, bool(by_number))
        for code, kind, issuer, doc_no, by_number in _rows(session, "blocks_of_strangers", **given)
    ]


def candidates(session: Session, block_id: int) -> list[CandidateLine]:
    """Return the parties a notice names or may name."""
    return [CandidateLine(*row) for row in _rows(session, "candidates", block_id=block_id)]


def decide(session: Session, *, block_id: int, party_id: int, same: bool, since: date, record_id: int) -> None:
    """Keep that a party is whom a notice names, or is not."""
    given = {"block_id": block_id, "party_id": party_id, "since": since, "record_id": record_id}
    _rows(session, "end_match", **given)
    _rows(session, "add_match", same=same, **given)


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

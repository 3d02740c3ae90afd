"""Ask the statements of parties: one typed function each, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.core.times import Times

SQL = statements("registry", "queries_parties.sql")


@dataclass(frozen=True)
class PartyFacts:
    """What is said of a party: a name, and of a person birth, sex and nationality where known."""

    name: str
    born_on: date | None = None
    born_year: int | None = None
    sex: str | None = None
    nationality: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class PartyLine:
    """A party as it was known at an instant to be on a day."""

    id: int
    code: str
    kind: str
    facts: PartyFacts
    since: date
    known_since: datetime
    record: str


@dataclass(frozen=True)
class Document:
    """What proves who a party is; the number sealed."""

    id: int
    party_id: int
    party: str
    kind: str
    sealed: bytes
    issued_on: date | None
    issued_by: str | None


def add_party(session: Session, *, kind: str, facts: PartyFacts, since: date, record_id: int) -> tuple[int, str]:
    """Store a party; return its id and code."""
    found = _rows(session, "add_party", kind=kind, since=since, record_id=record_id, **vars(facts))
    party_id, code = found[0]
    return party_id, code


def change_party(session: Session, *, party_id: int, facts: PartyFacts, since: date, record_id: int) -> None:
    """Say from a day on something else of a party; before it holds what held."""
    _rows(session, "end_party_facts", party_id=party_id, since=since, record_id=record_id)
    _rows(session, "add_party_version", party_id=party_id, since=since, record_id=record_id, **vars(facts))


def add_document(session: Session, **values: Any) -> None:
    """Keep a document of a party."""
    _rows(session, "add_party_document", **values)


def add_members(session: Session, *, party_id: int, members: Sequence[int], since: date, record_id: int) -> None:
    """Let parties belong to another one."""
    _rows(
        session,
        "add_party_members",
        party_id=party_id,
        members=list(members),
        since=since,
        record_id=record_id,
    )


def named(session: Session, codes: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Return id and kind of parties by their codes."""
    return {code: (found, kind) for code, found, kind in _rows(session, "parties_named", codes=list(codes))}


def told(session: Session, ids: Iterable[int], times: Times) -> list[PartyLine]:
    """Return parties as they are known to be at two times."""
    return [
        PartyLine(found, code, kind, PartyFacts(*facts), since, known, record)
        for found, code, kind, *facts, since, known, record in _at(session, "parties_told", ids, times)
    ]


def documents(session: Session, ids: Iterable[int], times: Times) -> list[Document]:
    """Return the documents of parties at two times."""
    return [Document(*row) for row in _at(session, "party_documents", ids, times)]


def document(session: Session, document_id: int) -> Document | None:
    """Return a document by its id."""
    found = _rows(session, "party_document", document_id=document_id)
    return Document(*found[0]) if found else None


def members(session: Session, ids: Iterable[int], times: Times) -> list[tuple[int, int]]:
    """Return who belongs to parties at two times: pairs of whole and member."""
    return [(whole, member) for whole, member in _at(session, "party_members", ids, times)]


def by_number(session: Session, indexes: Sequence[bytes]) -> list[int]:
    """Return who has a document with a number, by its digests."""
    return [row[0] for row in _rows(session, "parties_by_number", indexes=list(indexes))]


def by_name(session: Session, name: str, born_year: int | None, page: int) -> list[int]:
    """Return who is called so, with diacritics or without."""
    return [row[0] for row in _rows(session, "parties_by_name", name=name, born_year=born_year, page=page)]


def _at(session: Session, name: str, ids: Iterable[int], times: Times) -> list[Any]:
    return _rows(session, name, ids=list(ids), valid_at=times.valid_at, known_at=times.knowledge)


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

"""Typed doors to the named statements about the sealed trail. Only `trail` and `trail_reading` call them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("identity", "queries_trail.sql")


@dataclass(frozen=True)
class Head:
    """A seal: its place and its chain in hexadecimal."""

    place: int
    chain: str


@dataclass(frozen=True)
class Fault:
    """What is wrong with a seal (at a place), or with an entry that has none."""

    place: int | None
    audit_id: int | None
    fault: str


@dataclass(frozen=True)
class Tail:
    """The entries that wait to be sealed."""

    count: int
    first_entry: int | None
    since: datetime | None


@dataclass(frozen=True)
class Entry:
    """An entry of the trail as people read it; without account and client it was made on the server, or by nobody."""

    id: int
    at: datetime
    action: str
    login: str | None
    name: str | None
    client: str | None
    address: str | None
    object: str | None
    object_name: str | None
    """The login of an account, the code of a branch; None for what this room does not know."""
    details: dict[str, Any]
    place: int | None
    """Where it stands in the chain; None while it waits to be sealed."""


def seal_audit(session: Session, *, most: int) -> int:
    """Seal the next entries; return how many."""
    sealed: int = _rows(session, "seal_audit", most=most)[0][0]
    return sealed


def trail_head(session: Session) -> Head | None:
    """Return the last seal."""
    found = _rows(session, "trail_head")
    return Head(*found[0]) if found else None


def chain_at(session: Session, *, place: int) -> str | None:
    """Return the chain at a place in hexadecimal, None where nothing is sealed."""
    found = _rows(session, "chain_at", place=place)
    return found[0][0] if found else None


def next_places(session: Session, *, after: int, most: int) -> int | None:
    """Return the last of the next places, None behind the end."""
    last: int | None = _rows(session, "next_places", after=after, most=most)[0][0]
    return last


def next_entries(session: Session, *, after: int, most: int) -> int | None:
    """Return the last of the next numbers of entries, None behind the end."""
    last: int | None = _rows(session, "next_entries", after=after, most=most)[0][0]
    return last


def seals_at_fault(session: Session, *, after: int, last: int) -> list[Fault]:
    """Return what is wrong with the seals behind one place and up to another."""
    return [Fault(*row) for row in _rows(session, "seals_at_fault", after=after, last=last)]


def entries_at_fault(session: Session, *, after: int, last: int) -> list[Fault]:
    """Return the entries behind one number and up to another that no seal knows and none will."""
    return [Fault(*row) for row in _rows(session, "entries_at_fault", after=after, last=last)]


def waiting_at_fault(session: Session) -> list[Fault]:
    """Return what is wrong with the entries that wait."""
    return [Fault(*row) for row in _rows(session, "waiting_at_fault")]


def waiting_tail(session: Session) -> Tail:
    """Return the entries that wait."""
    return Tail(*_rows(session, "waiting_tail")[0])


def trail_found(
    session: Session,
    *,
    who: str | None,
    action: str | None,
    object: str | None,  # noqa: A002 - the column's name
    since: datetime | None,
    until: datetime | None,
    before: int,
    most: int,
) -> list[Entry]:
    """Return entries before a number, the newest first; None asks for any."""
    asked = {"who": who, "action": action, "object": object, "since": since, "until": until}
    return [Entry(*row) for row in _rows(session, "trail_found", before=before, most=most, **asked)]


def trail_actions(session: Session) -> list[str]:
    """Return every kind of thing that was ever done, by name."""
    return [action for (action,) in _rows(session, "trail_actions")]


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return rows_of(session, SQL[statement], **params)

"""Typed doors to the named statements of messages. Only this package asks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("core", "queries_sending.sql")


@dataclass(frozen=True)
class Posted:
    """What stands under the key of a message."""

    id: str
    kind: str
    channel: str
    box: str | None
    sealed: bytes | None


@dataclass(frozen=True)
class Kept:
    """A message of an inbox."""

    id: str
    kind: str
    sealed: bytes
    made_at: datetime


@dataclass(frozen=True)
class Claimed:
    """A message about to be sent: the how-manieth time, of how many since it was last begun so many seconds ago."""

    message: str
    kind: str
    sealed: bytes
    number: int
    tries: int
    waited_s: float


@dataclass(frozen=True)
class WaitingLine:
    """A message nobody took; without `due_at` it was given up."""

    message: str
    kind: str
    channel: str
    attempts: int
    since: datetime
    due_at: datetime | None
    outcome: str | None
    status: int | None
    reason: str | None
    at: datetime | None


def post(session: Session, **message: Any) -> Posted:
    """Queue a message; return what stands under its key then."""
    return Posted(*_rows(session, "post_message", **message)[0])


def inbox(session: Session, *, box: str, most: int) -> list[Kept]:
    """Return what stands in an inbox, the newest first."""
    return [Kept(*row) for row in _rows(session, "messages_in", box=box, most=most)]


def drop(session: Session, *, box: str) -> int:
    """Send no more of what waits for an inbox; return how many."""
    return int(_rows(session, "drop_messages", box=box)[0][0])


def claim(session: Session, *, channel: str, lease_s: float) -> Claimed | None:
    """Take the first message due on a channel; none when nothing is due, or another process has it."""
    rows = _rows(session, "claim_message", channel=channel, lease_s=lease_s)
    return Claimed(*rows[0]) if rows else None


def add_attempt(session: Session, **attempt: Any) -> None:
    """Keep what came of sending a message."""
    _rows(session, "add_message_attempt", **attempt)


def taken(session: Session, *, message: str) -> None:
    """Let a message wait no more."""
    _rows(session, "message_taken", message=message)


def wait(session: Session, *, message: str, delay_s: float | None) -> None:
    """Send a message again later, or (None) not any more."""
    _rows(session, "message_waits", message=message, delay_s=delay_s)


def again(session: Session, *, message: str | None) -> list[str]:
    """Begin anew with one message, or with every one given up; return which."""
    return [found for (found,) in _rows(session, "messages_again", message=message)]


def waiting(session: Session, *, most: int) -> list[WaitingLine]:
    """Return what nobody took yet, given up first."""
    return [WaitingLine(*row) for row in _rows(session, "messages_waiting", most=most)]


def counts(session: Session) -> tuple[int, int]:
    """Return how many messages wait, and how many were given up."""
    ((waits, given_up),) = _rows(session, "message_counts")
    return int(waits), int(given_up)


def taken_since(session: Session, *, since: datetime) -> dict[str, int]:
    """Return how many messages each channel took since an instant."""
    return {channel: int(count) for channel, count in _rows(session, "messages_taken_since", since=since)}


def forget(session: Session, *, days: int) -> None:
    """Forget to whom old messages went and what they said."""
    _rows(session, "forget_messages", days=days)


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

"""Post messages to people in the transaction that causes them; the worker sends them after it.

A message is known by its key: posted again it is sent once, and another message under the same key is refused. To
whom it goes and what it says is sealed, and forgotten after half a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from landsvc.core.secrets import Vault
from landsvc.core.sending import letters, queries
from landsvc.core.sending.errors import MessageDiffers, MessageNotWaiting
from landsvc.core.sending.letters import Letter
from landsvc.core.sending.queries import WaitingLine as WaitingLine

MOST_LISTED = 500
KEEP_DAYS = 180


@dataclass(frozen=True)
class Received:
    """A message in an inbox."""

    id: str
    kind: str
    letter: Letter
    at: datetime


def post(
    session: Session, vault: Vault, letter: Letter, *, key: str, kind: str, channel: str, box: str | None = None
) -> str:
    """Queue a message; return its id. Raises `MessageDiffers` where the key is another message's."""
    wanted = str(uuid4())
    found = queries.post(
        session,
        id=wanted,
        key=key,
        kind=kind,
        channel=channel,
        box=box,
        sealed=letters.sealed(vault, wanted, letter),
    )
    if found.id != wanted:
        _require_same(vault, found, letter, key, {"kind": kind, "channel": channel, "box": box})
    return found.id


def inbox(session: Session, vault: Vault, box: str, *, most: int = 50) -> list[Received]:
    """Return what stands in an inbox, the newest first."""
    return [
        Received(each.id, each.kind, letters.opened(vault, each.id, each.sealed), each.made_at)
        for each in queries.inbox(session, box=box, most=most)
    ]


def drop(session: Session, box: str) -> int:
    """Send no more of what waits for an inbox; return how many."""
    return queries.drop(session, box=box)


def list_waiting(session: Session) -> list[WaitingLine]:
    """Return what nobody took, given up first, at most 500; not to whom it goes."""
    return queries.waiting(session, most=MOST_LISTED)


def send_again(session: Session, message: str | None) -> list[str]:
    """Begin anew with one message, or with all that were given up; return which. Raises `MessageNotWaiting`."""
    if message is not None and not _is_uuid(message):
        raise MessageNotWaiting(message=message[:40])
    begun = queries.again(session, message=message)
    if message is not None and not begun:
        raise MessageNotWaiting(message=message)
    return begun


def message_counts(session: Session) -> tuple[int, int]:
    """Return how many messages wait, and how many were given up."""
    return queries.counts(session)


def taken_since(session: Session, since: datetime) -> dict[str, int]:
    """Return how many messages each channel took since an instant."""
    return queries.taken_since(session, since=since)


def forget_old(session: Session, *, days: int = KEEP_DAYS) -> None:
    """Forget to whom messages older than `days` went and what they said."""
    queries.forget(session, days=days)


def _require_same(
    vault: Vault, found: queries.Posted, letter: Letter, key: str, told: dict[str, str | None]
) -> None:
    other = [name for name, value in told.items() if getattr(found, name) != value]
    if found.sealed is not None:
        known = letters.opened(vault, found.id, found.sealed)
        other += [name for name in Letter.__dataclass_fields__ if getattr(known, name) != getattr(letter, name)]
    if other:
        raise MessageDiffers(key=key, parts=", ".join(other))


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False

"""Typed doors to the named statements of pushes. Only this package asks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("finance", "queries_hooks.sql")


@dataclass(frozen=True)
class HookLine:
    """Where a machine's slips are pushed to; how many wait and how many were given up."""

    id: int
    api_client_id: int
    client_id: str
    client_name: str
    address: str
    after_slip: int
    made_at: datetime
    is_open: bool
    waiting: int
    given_up: int
    old_key_until: datetime | None


@dataclass(frozen=True)
class Target:
    """An address slips go to now."""

    id: int
    api_client_id: int
    client_id: str
    client_name: str
    address: str


@dataclass(frozen=True)
class Claimed:
    """A delivery about to be sent: the how-manieth time, of how many since it was last begun so many seconds ago."""

    delivery: str
    slip_no: str
    number: int
    tries: int
    waited_s: float


@dataclass(frozen=True)
class WaitingLine:
    """A delivery nobody acknowledged; without `due_at` it was given up."""

    delivery: str
    client_id: str
    address: str
    seq: int
    slip_no: str
    dossier: str
    attempts: int
    since: datetime
    due_at: datetime | None
    number: int | None
    outcome: str | None
    status: int | None
    reason: str | None
    told: bytes | None
    millis: int | None
    at: datetime | None


def add_hook(session: Session, *, api_client_id: int, address: str, after_slip: int | None) -> int:
    """Keep an address; return its number."""
    rows = _rows(session, "add_hook", api_client_id=api_client_id, address=address, after_slip=after_slip)
    return int(rows[0][0])


def add_key(session: Session, *, hook: int, sealed: bytes) -> None:
    """Keep a key of an address."""
    _rows(session, "add_hook_key", hook=hook, sealed=sealed)


def end_keys(session: Session, *, hook: int, hours: int) -> None:
    """Let the keys of an address end in so many hours."""
    _rows(session, "end_hook_keys", hook=hook, hours=hours)


def keys_of(session: Session, *, hook: int) -> list[bytes]:
    """Return the sealed keys that hold, the newest first."""
    return [sealed for (sealed,) in _rows(session, "hook_keys", hook=hook)]


def end_hook(session: Session, *, hook: int) -> None:
    """End an address, and let go what waited for it."""
    _rows(session, "end_hook", hook=hook)
    _rows(session, "forget_hook_queue", hook=hook)


def hooks(session: Session) -> list[HookLine]:
    """Return the addresses that were not ended."""
    return [HookLine(*row) for row in _rows(session, "hooks")]


def open_hooks(session: Session) -> list[Target]:
    """Return the addresses slips go to now."""
    return [Target(*row) for row in _rows(session, "open_hooks")]


def plan(session: Session, *, hook: int, most: int) -> int:
    """Queue the slips an address has not had; return how many."""
    return len(_rows(session, "plan_deliveries", hook=hook, most=most))


def claim(session: Session, *, hook: int, lease_s: float) -> Claimed | None:
    """Take the first slip due for an address; none when nothing is due, or another process has it."""
    rows = _rows(session, "claim_delivery", hook=hook, lease_s=lease_s)
    return Claimed(*rows[0]) if rows else None


def add_attempt(session: Session, **attempt: Any) -> None:
    """Keep what came of sending a slip."""
    _rows(session, "add_attempt", **attempt)


def taken(session: Session, *, delivery: str) -> None:
    """Let a delivery wait no more."""
    _rows(session, "delivery_taken", delivery=delivery)


def wait(session: Session, *, delivery: str, delay_s: float | None) -> None:
    """Send a slip again later, or (None) not any more."""
    _rows(session, "delivery_waits", delivery=delivery, delay_s=delay_s)


def again(session: Session, *, delivery: str | None) -> list[str]:
    """Begin anew with one delivery, or with every one given up; return which."""
    return [found for (found,) in _rows(session, "deliveries_again", delivery=delivery)]


def waiting(session: Session, *, most: int) -> list[WaitingLine]:
    """Return what nobody acknowledged yet, given up first."""
    return [WaitingLine(*row) for row in _rows(session, "deliveries_waiting", most=most)]


def counts(session: Session) -> tuple[int, int]:
    """Return how many deliveries wait, and how many were given up."""
    ((waits, given_up),) = _rows(session, "delivery_counts")
    return int(waits), int(given_up)


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

"""Let auditors and administrators read the trail: who did what, when, to what, and whether the newest of it is sound.

To read the trail is to read of people, so it is traced too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from landsvc.core.clock import OFFICE_ZONE
from landsvc.identity import trail_queries as queries
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.identity.trail_queries import Entry, Fault, Head, Tail

LAST = 2**62
"""Behind every number."""
NEWEST = 5_000
"""Seals proved while somebody waits: some tenths of a second."""


@dataclass(frozen=True)
class TrailSearch:
    """Which entries are looked for; None asks for any. Both days are in it, as the office counts them."""

    who: str | None = None
    """The login of a person or the name of a machine."""
    action: str | None = None
    on: str | None = None
    """What it was done to, such as parcel:4711."""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class ChainState:
    """How far the trail is sealed; `faults` are those of the newest `proved` seals and of what waits."""

    head: Head
    tail: Tail
    proved: int
    faults: list[Fault]


def search(
    session: Session, asked: TrailSearch, *, before: int = LAST, page: int, actor: Actor
) -> tuple[list[Entry], bool]:
    """Return entries before a number, the newest first, at most `page`, and whether older ones follow.

    The first page of a search is traced with what was looked for.
    """
    found = queries.trail_found(
        session,
        who=asked.who,
        action=asked.action,
        object=asked.on,
        since=_begin(asked.since),
        until=_begin(asked.until + timedelta(1)) if asked.until else None,
        before=before,
        most=page + 1,
    )
    if before == LAST:
        told = {name: str(value) for name, value in vars(asked).items() if value is not None}
        trace(session, "trail.read", who=actor, details=told)
    return found[:page], len(found) > page


def about_account(session: Session, account_id: int, *, most: int) -> list[Entry]:
    """Return the last things that were done to an account, the newest first."""
    return queries.trail_found(
        session,
        who=None,
        action=None,
        object=f"account:{account_id}",
        since=None,
        until=None,
        before=LAST,
        most=most,
    )


def actions(session: Session) -> list[str]:
    """Return every kind of thing that was ever done, by name."""
    return queries.trail_actions(session)


def state(session: Session) -> ChainState:
    """Return how far the trail is sealed, and prove the newest seals and what waits; `trail.check` proves all."""
    head = queries.trail_head(session) or Head(0, "")
    first = max(0, head.place - NEWEST)
    faults = queries.seals_at_fault(session, after=first, last=head.place) + queries.waiting_at_fault(session)
    return ChainState(head, queries.waiting_tail(session), head.place - first, faults)


def _begin(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=OFFICE_ZONE) if day else None

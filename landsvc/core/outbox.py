"""Hand events from the outbox to whoever subscribed: at least once, in order, a batch in one transaction.

A consumer is a name and one handler for each topic. Its place in the outbox moves in the handler's own
transaction, so what a handler does in the database is done once; only what it does elsewhere may be repeated.
Two processes with the same consumer never run at once.

An event that its handler cannot take is set aside and tried again later, ever more rarely, at last not at all
until an operator decides (`landsvc events`). Later events of the same stream (topic and key) wait behind it; all
others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database, rows_of
from landsvc.core.errors import Conflict, Unavailable
from landsvc.core.sql import statements

BATCH = 1000
KEEP_DAYS = 30
MOST_ATTEMPTS = 10
FIRST_DELAY_SECONDS = 5.0
"""Doubled after each attempt: the last one comes 43 minutes after the first."""
MOST_REASON = 500
PASSING = ("08", "40", "57", "55P03", "53100", "53300")
"""SQLSTATEs, or their classes, that tell of the server or of another writer, not of the event."""
SQL = statements("core")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Event:
    """Something that happened; `key` names what it happened to."""

    id: int
    topic: str
    key: str
    payload: Mapping[str, Any]

    @property
    def stream(self) -> tuple[str, str]:
        """Return what its order holds in: events of one stream are taken one after the other."""
        return self.topic, self.key


Handler = Callable[[Session, Sequence[Event]], None]


@dataclass(frozen=True)
class Consumer:
    """One subscriber: its name is its place in the outbox."""

    name: str
    handlers: Mapping[str, Handler]
    role: str = IMPORT_ROLE


@dataclass(frozen=True)
class Failure:
    """An event set aside: after so many attempts, due again at an instant or (None) given up."""

    event_id: int
    consumer: str
    topic: str
    key: str
    attempts: int
    due_at: datetime | None
    error: str
    since: datetime


def run_batch(database: Database, consumer: Consumer, *, most: int = BATCH) -> int:
    """Hand over the next events, at most `most`; return how many (0: none, or another process is at it).

    Each topic's events go to its handler together, in order. What a handler refuses is set aside. A fault that is
    not the event's, such as a lost connection, is raised and leaves everything as it was.
    """
    with database.unit_of_work(consumer.role) as session:
        place = _rows(session, "outbox_hold", consumer=consumer.name)
        if not place:
            _rows(session, "outbox_join", consumer=consumer.name)
            return 0
        again = _try_again(session, consumer, most)
        xact, last = place[0]
        found = _rows(session, "outbox_next", xact=xact, id=last, topics=sorted(consumer.handlers), most=most)
        if found:
            _take(session, consumer, [Event(*row[1:]) for row in found])
            _rows(session, "outbox_advance", consumer=consumer.name, xact=found[-1][0], id=found[-1][1])
        return again + len(found)


def forget_old(database: Database, *, days: int = KEEP_DAYS) -> None:
    """Remove what every consumer has read and is older than `days`."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        _rows(session, "outbox_forget", days=days)


def failures(database: Database) -> list[Failure]:
    """Return every event that is set aside, in order."""
    with database.read_only(IMPORT_ROLE) as session:
        return [Failure(*row) for row in _rows(session, "outbox_failures")]


def retry(database: Database, consumer: str, event_id: int) -> bool:
    """Make an event that is set aside due at once; return whether there is one."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        return bool(_rows(session, "outbox_again", consumer=consumer, event=event_id))


def leave_out(database: Database, consumer: str, event_id: int) -> bool:
    """Let a consumer do without an event, so that its stream goes on; return whether it was set aside."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        if not any(each.event_id == event_id and each.consumer == consumer for each in _listed(session)):
            return False
        _rows(session, "outbox_settled", consumer=consumer, ids=[event_id])
        return True


def _listed(session: Session) -> list[Failure]:
    return [Failure(*row) for row in _rows(session, "outbox_failures")]


def _try_again(session: Session, consumer: Consumer, most: int) -> int:
    """Hand over what is due again; return how many events were settled."""
    due = _rows(session, "outbox_due", consumer=consumer.name, most=most)
    if not due:
        return 0
    attempts = {row[0]: row[4] for row in due}
    events = [Event(*row[:4]) for row in due]
    refused = _hand_over(session, consumer, events)
    for event, error in refused:
        _set_aside(session, consumer, event, attempts[event.id] + 1, error)
    bad = {event.id for event, _ in refused}
    _rows(session, "outbox_settled", consumer=consumer.name, ids=[each for each in attempts if each not in bad])
    return len(due) - len(bad)


def _take(session: Session, consumer: Consumer, events: Sequence[Event]) -> None:
    """Hand over new events, less those whose stream waits."""
    rows = _rows(session, "outbox_stuck", consumer=consumer.name, ids=[event.id for event in events])
    stuck = {row[0] for row in rows}
    free = [event for event in events if event.id not in stuck]
    waiting = [(event, None) for event in events if event.id in stuck]
    for event, error in [*waiting, *_hand_over(session, consumer, free)]:
        _set_aside(session, consumer, event, 0 if error is None else 1, error)


Refused = tuple[Event, Exception | None]


def _hand_over(session: Session, consumer: Consumer, events: Sequence[Event]) -> list[Refused]:
    """Give events to their handlers; return those refused with the error, and (None) those that wait behind them.

    Halving finds one bad event among a thousand with twenty more calls.
    """
    if not events:
        return []
    try:
        with session.begin_nested():
            _call(session, consumer, events)
    except Exception as error:
        # A handler may raise anything; whatever it is gets kept, logged and shown.
        if _is_passing(error):
            raise
        if len(events) == 1:
            return [(events[0], error)]
    else:
        return []
    half = len(events) // 2
    refused = _hand_over(session, consumer, events[:half])
    stuck = {event.stream for event, _ in refused}
    waiting: list[Refused] = [(event, None) for event in events[half:] if event.stream in stuck]
    free = [event for event in events[half:] if event.stream not in stuck]
    return [*refused, *waiting, *_hand_over(session, consumer, free)]


def _call(session: Session, consumer: Consumer, events: Sequence[Event]) -> None:
    by_topic: dict[str, list[Event]] = {}
    for event in events:
        by_topic.setdefault(event.topic, []).append(event)
    for topic, batch in by_topic.items():
        consumer.handlers[topic](session, batch)


def _is_passing(error: Exception) -> bool:
    """Tell a fault of the server or the moment, which the whole batch waits out, from one of the event."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.Error):
        return cause.sqlstate is None or cause.sqlstate.startswith(PASSING)
    return isinstance(error, (Conflict, Unavailable))


def _set_aside(
    session: Session, consumer: Consumer, event: Event, attempts: int, error: Exception | None
) -> None:
    given_up = attempts >= MOST_ATTEMPTS
    if error is not None:
        told = log.error if given_up else log.warning
        told(
            "event-given-up" if given_up else "event-failed",
            consumer=consumer.name,
            event_id=event.id,
            topic=event.topic,
            key=event.key,
            attempts=attempts,
            exc_info=error,
        )
    _rows(
        session,
        "outbox_set_aside",
        event=event.id,
        consumer=consumer.name,
        attempts=attempts,
        delay_s=None if given_up else _delay_s(attempts),
        error="" if error is None else f"{type(error).__name__}: {error}".replace("\0", "")[:MOST_REASON],
    )


def _delay_s(attempts: int) -> float:
    return FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1) if attempts else 0.0


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

"""Hand events from the outbox to whoever subscribed: at least once, in order, a batch in one transaction.

A consumer is a name and one handler for each topic. Its place in the outbox moves in the handler's own
transaction, so what a handler does in the database is done once; only what it does elsewhere may be repeated.
Two processes with the same consumer never run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.sql import statements

BATCH = 1000
KEEP_DAYS = 30
SQL = statements("core")


@dataclass(frozen=True)
class Event:
    """Something that happened; `key` names what it happened to."""

    id: int
    topic: str
    key: str
    payload: Mapping[str, Any]


Handler = Callable[[Session, Sequence[Event]], None]


@dataclass(frozen=True)
class Consumer:
    """One subscriber: its name is its place in the outbox."""

    name: str
    handlers: Mapping[str, Handler]
    role: str = IMPORT_ROLE


def run_batch(database: Database, consumer: Consumer, *, most: int = BATCH) -> int:
    """Hand over the next events, at most `most`; return how many (0: none, or another process is at it).

    Each topic's events go to its handler together, in order. An error of a handler leaves everything as it was.
    """
    with database.unit_of_work(consumer.role) as session:
        place = _rows(session, "outbox_hold", consumer=consumer.name)
        if not place:
            _rows(session, "outbox_join", consumer=consumer.name)
            return 0
        xact, last = place[0]
        found = _rows(session, "outbox_next", xact=xact, id=last, topics=sorted(consumer.handlers), most=most)
        if not found:
            return 0
        _hand_over(session, consumer, [Event(*row[1:]) for row in found])
        _rows(session, "outbox_advance", consumer=consumer.name, xact=found[-1][0], id=found[-1][1])
        return len(found)


def forget_old(database: Database, *, days: int = KEEP_DAYS) -> None:
    """Remove what every consumer has read and is older than `days`."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        _rows(session, "outbox_forget", days=days)


def _hand_over(session: Session, consumer: Consumer, events: Sequence[Event]) -> None:
    by_topic: dict[str, list[Event]] = {}
    for event in events:
        by_topic.setdefault(event.topic, []).append(event)
    for topic, batch in by_topic.items():
        consumer.handlers[topic](session, batch)


def driver_connection(session: Session) -> psycopg.Connection[Any]:
    """Return psycopg's connection under a session, in the same transaction: named statements run on it."""
    found: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return found


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    cursor = driver_connection(session).execute(SQL[name].text, params)
    return cursor.fetchall() if cursor.description else []

"""Events reach their handler in order, in the handler's own transaction, and none is skipped."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.core import outbox
from landsvc.core.db import Database
from landsvc.core.outbox import Consumer, Event


class Notes:
    """A handler that remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def take(self, session, events: list[Event]) -> None:
        self.seen += [event.key for event in events]


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def consumer(notes: Notes, database: Database) -> Consumer:
    made = Consumer("test", {"thing.happened": notes.take})
    assert outbox.run_batch(database, made) == 0  # the first call takes its place
    return made


def happen(conn: psycopg.Connection, *keys: str, topic: str = "thing.happened") -> None:
    for key in keys:
        conn.execute("INSERT INTO core.outbox (topic, key) VALUES (%s, %s)", (topic, key))


def test_events_come_in_order_and_once(fresh_db, database, consumer, notes):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "a", "b", "c")
    assert outbox.run_batch(database, consumer, most=2) == 2
    assert outbox.run_batch(database, consumer, most=2) == 1
    assert outbox.run_batch(database, consumer) == 0
    assert notes.seen == ["a", "b", "c"]


def test_what_is_rolled_back_never_happened(fresh_db, database, consumer, notes):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "a")
        conn.rollback()
    assert outbox.run_batch(database, consumer) == 0


def test_event_of_a_slow_transaction_is_not_skipped(fresh_db, database, consumer, notes):
    with psycopg.connect(fresh_db) as slow, psycopg.connect(fresh_db) as quick:
        happen(slow, "slow")
        happen(quick, "quick")
        quick.commit()
        assert outbox.run_batch(database, consumer) == 0  # the slow one may still come before it
        slow.commit()
    assert outbox.run_batch(database, consumer) == 2
    assert notes.seen == ["slow", "quick"]


def test_failing_handler_leaves_the_event_for_the_next_round(fresh_db, database, consumer, notes):
    def fail(session, events):
        outbox.driver_connection(session).execute("INSERT INTO core.outbox (topic, key) VALUES ('x', 'y')")
        raise RuntimeError("no")

    with psycopg.connect(fresh_db) as conn:
        happen(conn, "a")
    with pytest.raises(RuntimeError):
        outbox.run_batch(database, Consumer("test", {"thing.happened": fail}))
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT count(*) FROM core.outbox WHERE topic = 'x'").fetchone() == (0,)
    assert outbox.run_batch(database, consumer) == 1
    assert notes.seen == ["a"]


def test_consumer_at_work_elsewhere_is_left_alone(fresh_db, database, consumer, notes):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "a")
    with psycopg.connect(fresh_db) as other:
        other.execute("SELECT FROM core.outbox_cursor WHERE consumer = 'test' FOR UPDATE")
        assert outbox.run_batch(database, consumer) == 0
    assert outbox.run_batch(database, consumer) == 1


def test_only_what_all_have_read_is_forgotten(fresh_db, database, consumer, notes):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "a", "b")
    outbox.run_batch(database, consumer, most=1)
    outbox.forget_old(database, days=0)
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT array_agg(key) FROM core.outbox").fetchone() == (["b"],)

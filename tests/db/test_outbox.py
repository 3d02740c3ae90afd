"""Events reach their handler in order, in the handler's own transaction, and none is skipped."""

from __future__ import annotations

import json

import psycopg
import pytest
from click.testing import CliRunner
from landsvc.cli import cli
from landsvc.core import clock, outbox
from landsvc.core.db import Database, driver_connection
from landsvc.core.errors import Unavailable
from landsvc.core.outbox import Consumer, Event
from landsvc.core.outbox_commands import NoSuchFailure
from landsvc.planning.jobs import zoning


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


def forget_waiting(dsn: str) -> None:
    """Let the time pass until everything set aside is due again, but for what was given up."""
    with psycopg.connect(dsn) as conn:
        conn.execute("UPDATE core.outbox_failure SET due_at = clock_timestamp() WHERE due_at IS NOT NULL")


class Choosy(Notes):
    """A handler that cannot take some keys."""

    def __init__(self, *bad: str) -> None:
        super().__init__()
        self.bad = set(bad)

    def take(self, session, events: list[Event]) -> None:
        for event in events:
            driver_connection(session).execute(
                "INSERT INTO core.setting VALUES (%s, '')", (f"{event.key} {event.id}",)
            )
            if event.key in self.bad:
                driver_connection(session).execute("SELECT 1 / 0")
        super().take(session, events)


@pytest.fixture
def choosy() -> Choosy:
    return Choosy("bad")


@pytest.fixture
def picky(choosy: Choosy, database: Database) -> Consumer:
    with psycopg.connect(database.dsn) as conn:
        conn.execute("GRANT INSERT ON core.setting TO landsvc_import")
    made = Consumer("test", {"thing.happened": choosy.take})
    outbox.run_batch(database, made)
    return made


def test_one_event_that_fails_holds_up_no_other(fresh_db, database, picky, choosy):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, *"abcdef", "bad", *"ghi")
    assert outbox.run_batch(database, picky) == 10
    assert choosy.seen == list("abcdefghi")
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "j")
    assert outbox.run_batch(database, picky) == 1
    (failure,) = outbox.failures(database)
    assert (failure.key, failure.attempts) == ("bad", 1)
    assert "division by zero" in failure.error
    # What its handler wrote before it failed is undone, what others wrote stays.
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT count(*) FROM core.setting WHERE name LIKE 'bad%'").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM core.setting WHERE value = ''").fetchone() == (10,)


def test_later_events_of_its_stream_wait_and_keep_their_order(fresh_db, database, picky, choosy):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "bad", "a", "bad")
        conn.commit()
        outbox.run_batch(database, picky)
        happen(conn, "bad", "b")
    outbox.run_batch(database, picky)
    assert choosy.seen == ["a", "b"]
    assert [(each.key, each.attempts) for each in outbox.failures(database)] == [
        ("bad", 1),
        ("bad", 0),
        ("bad", 0),
    ]
    ids = [each.event_id for each in outbox.failures(database)]
    choosy.bad.clear()
    assert outbox.run_batch(database, picky) == 0  # not due yet
    forget_waiting(fresh_db)
    assert [outbox.run_batch(database, picky) for _ in range(4)] == [1, 1, 1, 0]
    assert choosy.seen == ["a", "b", "bad", "bad", "bad"]
    with psycopg.connect(fresh_db) as conn:
        order = conn.execute("SELECT array_agg(name ORDER BY ctid) FROM core.setting WHERE name LIKE 'bad %'")
        assert order.fetchone() == ([f"bad {each}" for each in ids],)
    assert outbox.failures(database) == []


def test_delay_doubles_and_at_last_the_event_is_given_up(fresh_db, database, picky):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "bad")
    delays = []
    for _ in range(outbox.MOST_ATTEMPTS):
        outbox.run_batch(database, picky)
        (failure,) = outbox.failures(database)
        if failure.due_at:
            delays.append(round((failure.due_at - clock.now()).total_seconds()))
        forget_waiting(fresh_db)
    assert delays == [5 * 2**n for n in range(outbox.MOST_ATTEMPTS - 1)]
    assert failure.due_at is None
    assert outbox.run_batch(database, picky) == 0
    assert outbox.failures(database)[0].attempts == outbox.MOST_ATTEMPTS


def give_up(dsn: str) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("UPDATE core.outbox_failure SET due_at = NULL WHERE attempts > 0")


def test_operator_sees_what_was_given_up_and_decides(fresh_db, database, picky, choosy, monkeypatch):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "bad", "bad")
    outbox.run_batch(database, picky)
    give_up(fresh_db)
    monkeypatch.setenv("LANDSVC_DATABASE_URL", fresh_db)
    shown = CliRunner().invoke(cli, ["events", "list", "--json"])
    assert shown.exit_code == 1
    first, second = (json.loads(shown.stdout)[f"test {each.event_id}"] for each in outbox.failures(database))
    assert (first["state"], second["state"]) == ("given up", "waits")
    number = str(outbox.failures(database)[0].event_id)
    assert CliRunner().invoke(cli, ["events", "retry", "test", number]).exit_code == 0
    outbox.run_batch(database, picky)
    assert outbox.failures(database)[0].attempts == 1
    choosy.bad.clear()
    assert CliRunner().invoke(cli, ["events", "skip", "test", number]).exit_code == 0
    assert outbox.run_batch(database, picky) == 1
    assert choosy.seen == ["bad"]
    assert CliRunner().invoke(cli, ["events", "list"]).exit_code == 0
    assert isinstance(CliRunner().invoke(cli, ["events", "skip", "test", number]).exception, NoSuchFailure)


def test_trouble_of_the_server_is_nobodys_failure(fresh_db, database, notes):
    def cut(session, events):
        raise psycopg.errors.AdminShutdown("terminating connection")

    outbox.run_batch(database, Consumer("test", {"thing.happened": cut}))
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "a")
    with pytest.raises(Unavailable):
        outbox.run_batch(database, Consumer("test", {"thing.happened": cut}))
    assert outbox.failures(database) == []
    assert outbox.run_batch(database, Consumer("test", {"thing.happened": notes.take})) == 1


def test_event_set_aside_is_not_forgotten(fresh_db, database, picky):
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "bad", "a", "b")
    outbox.run_batch(database, picky)
    outbox.forget_old(database, days=0)
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT array_agg(key) FROM core.outbox").fetchone() == (["bad"],)


def test_worker_goes_on_after_an_event_nobody_understands(fresh_db, database):
    outbox.run_batch(database, zoning.CONSUMER)
    with psycopg.connect(fresh_db) as conn:
        happen(conn, "no number", "7", topic="parcel.changed")
    assert outbox.run_batch(database, zoning.CONSUMER) == 2
    assert [each.key for each in outbox.failures(database)] == ["no number"]


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

"""Public reads outlive what happens to a server, give lines back, and refuse what text cannot hold."""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import psycopg
import pytest
from landsvc.core.db import PUBLIC_ROLE
from landsvc.core.reads import Reads
from landsvc.core.sql import Statement, parse
from psycopg.conninfo import make_conninfo

from conftest import as_role

KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE usename = 'landsvc_public' AND datname = current_database()"
)
COUNT = KILL.replace("pg_terminate_backend(pid)", "count(*)")


def asking(text: str) -> Statement:
    return parse("test", f"one\n-- params: a\n{text}")


TEXT = asking("SELECT CAST(:a AS text)")
SLEEP = asking("SELECT count(*) FROM (SELECT pg_sleep(CAST(:a AS double precision))) x")


@pytest.fixture
def reads(fresh_db: str) -> Iterator[Reads]:
    reads = Reads(as_role(fresh_db, PUBLIC_ROLE), wait_seconds=2)
    yield reads
    reads.close()


@pytest.fixture
def owner(fresh_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh_db, autocommit=True) as conn:
        yield conn


def lines(owner: psycopg.Connection) -> int:
    return owner.execute(COUNT).fetchone()[0]


@pytest.mark.parametrize("change", ["ALTER n TYPE bigint", "ADD more text", "DROP n"])
def test_a_statement_is_prepared_anew_when_a_migration_changed_its_columns(
    reads: Reads, owner, change: str
) -> None:
    owner.execute(
        "CREATE TABLE t (n int, m text); INSERT INTO t VALUES (7, 'x'); GRANT SELECT ON t TO landsvc_public"
    )
    every = asking("SELECT * FROM public.t WHERE m = CAST(:a AS text)")
    assert reads.rows(every, {"a": "x"}) == [(7, "x")]
    owner.execute(f"ALTER TABLE t {change}")
    expected = owner.execute("SELECT * FROM t").fetchall()
    assert reads.rows(every, {"a": "x"}) == expected


def test_a_statement_that_was_dropped_on_the_server_is_prepared_anew(reads: Reads) -> None:
    assert reads.rows(TEXT, {"a": "x"}) == [("x",)]
    reads._idle[0]._conn.execute("DEALLOCATE ALL")  # as a pooler between us does
    assert reads.rows(TEXT, {"a": "x"}) == [("x",)]


def test_a_line_that_ended_while_idle_is_replaced(reads: Reads, owner) -> None:
    reads.rows(TEXT, {"a": "x"})
    owner.execute(KILL)
    assert reads.rows(TEXT, {"a": "y"}) == [("y",)]


def test_a_line_that_ended_at_work_is_asked_again(reads: Reads, owner) -> None:
    killer = threading.Timer(0.3, lambda: owner.execute(KILL))
    killer.start()
    assert reads.rows(SLEEP, {"a": 0.8}) == [(1,)]
    killer.join()


def test_a_statement_past_its_time_is_not_asked_again_and_its_line_serves_on(fresh_db: str, owner) -> None:
    reads = Reads(
        make_conninfo(as_role(fresh_db, PUBLIC_ROLE), options="-c statement_timeout=200ms"), wait_seconds=2
    )
    started = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled):
        reads.rows(SLEEP, {"a": 5})
    assert time.monotonic() - started < 2
    assert reads.rows(TEXT, {"a": "x"}) == [("x",)]
    assert lines(owner) == 1
    reads.close()


@pytest.mark.parametrize("value", ["a\0b", "\ud800", ["a\0b"], ["\ud800"]])
def test_text_that_postgresql_cannot_hold_is_refused_whole(reads: Reads, value: object) -> None:
    one = TEXT if isinstance(value, str) else asking("SELECT CAST(:a AS text[])")
    with pytest.raises(psycopg.DataError):
        reads.rows(one, {"a": value})
    assert reads.rows(TEXT, {"a": "x"}) == [("x",)]


class Size(enum.IntEnum):
    """A number with a name."""

    LARGE = 3


def test_a_named_number_is_sent_as_its_number(reads: Reads) -> None:
    assert reads.rows(asking("SELECT CAST(:a AS integer)"), {"a": Size.LARGE}) == [(3,)]


@pytest.mark.parametrize("hours", [-23, -16, 0, 7, 16, 23])
def test_an_instant_of_any_zone_is_read(reads: Reads, hours: int) -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=hours)))
    assert reads.rows(asking("SELECT CAST(:a AS timestamptz)"), {"a": at}) == [(at,)]


@pytest.mark.parametrize("value", [10**20, -(2**31) - 1, "x", 1.5])
def test_a_refused_value_leaves_the_line_in_use(reads: Reads, owner, value: object) -> None:
    for _ in range(3):
        with pytest.raises(psycopg.DataError):
            reads.rows(asking("SELECT CAST(:a AS integer)"), {"a": value})
    assert lines(owner) == 1


def test_there_are_no_more_lines_than_threads_and_closing_ends_all(reads: Reads, owner) -> None:
    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(lambda _: reads.rows(SLEEP, {"a": 0.05}), range(100))) == [[(1,)]] * 100
    assert 1 <= lines(owner) <= 20
    reads.close()
    deadline = time.monotonic() + 5
    while lines(owner) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert lines(owner) == 0


def test_a_line_at_work_while_all_are_closed_ends_when_it_comes_back(reads: Reads, owner) -> None:
    at_work = threading.Thread(target=lambda: reads.rows(SLEEP, {"a": 0.4}))
    at_work.start()
    time.sleep(0.2)
    reads.close()
    at_work.join()
    assert not reads._idle


def test_who_comes_after_one_that_waited_in_vain_is_answered_at_once() -> None:
    reads = Reads("host=/nowhere dbname=none", wait_seconds=0.5)
    with pytest.raises(psycopg.OperationalError):
        reads.rows(TEXT, {"a": "x"})
    tries: list[float] = []
    for _ in range(3):
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            reads.rows(TEXT, {"a": "x"})
        tries.append(time.monotonic() - began)
    assert min(tries) < 0.3

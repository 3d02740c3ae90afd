"""The worker's duties do not wait for each other: one that fails is tried again, the others are done."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from landsvc import worker
from landsvc.core import outbox
from landsvc.core.db import Database
from landsvc.planning.jobs import zoning
from tests.factories import town


@pytest.fixture
def running(database: Database, monkeypatch) -> Iterator[Database]:
    """A worker at work in a thread, which looks after the tiles in every round."""
    monkeypatch.setattr(worker, "TILE_SWEEP_SECONDS", 0.0)
    monkeypatch.setattr(worker, "PAUSE_AFTER_FAILURE_SECONDS", 3600.0)
    stopped = threading.Event()
    thread = threading.Thread(target=worker.work, args=(database, stopped))
    with psycopg.connect(database.dsn) as conn:
        town.lay(conn)
        conn.execute("DELETE FROM planning.parcel_zoned")
        conn.execute("REVOKE INSERT ON planning.parcel_zoned FROM landsvc_import")
    thread.start()
    yield database
    stopped.set()
    thread.join(10)
    assert not thread.is_alive()


def wait_for(database: Database, query: str) -> None:
    deadline = time.monotonic() + 90  # a failed event writes a long trace, and the machine may be busy
    with psycopg.connect(database.dsn, autocommit=True) as conn:
        while not conn.execute(query).fetchone()[0]:
            assert time.monotonic() < deadline, query
            time.sleep(0.05)


def test_an_overlay_that_cannot_be_kept_stops_neither_tiles_nor_events(running):
    wait_for(running, "SELECT EXISTS (SELECT FROM core.outbox_failure)")
    wait_for(running, "SELECT NOT EXISTS (SELECT FROM geo.tile_touch)")
    assert {each.consumer for each in outbox.failures(running)} == {zoning.CONSUMER.name}
    with psycopg.connect(running.dsn) as conn:
        conn.execute("GRANT INSERT ON planning.parcel_zoned TO landsvc_import")
        conn.commit()
        conn.execute("UPDATE core.outbox_failure SET due_at = clock_timestamp()")
    wait_for(running, "SELECT NOT EXISTS (SELECT FROM core.outbox_failure)")
    wait_for(running, "SELECT count(*) > 0 FROM planning.parcel_zoned")

"""Do the work beside the requests: hand out events, keep the overlay of today, sweep tiles. `landsvc up` runs this."""

from __future__ import annotations

import signal
import threading
import time

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from landsvc.core import clock, log, outbox, processes
from landsvc.core.access import public_dsn
from landsvc.core.config import Settings
from landsvc.core.db import Database
from landsvc.core.errors import InvalidSetting, LandsvcError
from landsvc.geo import tiles
from landsvc.planning.jobs import zoning

CONSUMERS = (zoning.CONSUMER,)
IDLE_SECONDS = 0.5
PAUSE_AFTER_FAILURE_SECONDS = 5.0
TILE_SWEEP_SECONDS = 300.0
events = structlog.get_logger(__name__)


def work(database: Database, stopped: threading.Event) -> None:
    """Work until told to stop. A failure is logged and tried again: no event is lost."""
    swept_on = None
    next_tile_sweep = time.monotonic() + TILE_SWEEP_SECONDS
    while not stopped.is_set():
        try:
            busy = sum(outbox.run_batch(database, consumer) for consumer in CONSUMERS)
            if not busy and swept_on != clock.today():
                busy = zoning.sweep(database)
                if not busy:
                    swept_on = clock.today()
                    outbox.forget_old(database)
            if time.monotonic() > next_tile_sweep:
                next_tile_sweep = time.monotonic() + TILE_SWEEP_SECONDS
                tiles.sweep(database.dsn)
        except (LandsvcError, psycopg.Error, SQLAlchemyError):
            # The transaction is undone; the next round begins where this one did. Anything else ends the
            # process, and its supervisor starts it again.
            events.exception("work-failed")
            stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)
            continue
        if not busy:
            stopped.wait(IDLE_SECONDS)


def main(settings: Settings) -> None:
    """Open the database and work until SIGTERM or SIGINT."""
    if not settings.database_url:
        raise InvalidSetting("LANDSVC_DATABASE_URL", "", "a PostgreSQL address; `landsvc up` sets it by itself")
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    database = Database(settings.database_url, public_dsn(settings), size=2)
    database.open()
    try:
        work(database, stopped)
    finally:
        database.close()


if __name__ == "__main__":
    log.configure()
    processes.follow_supervisor(signal.SIGTERM)
    main(Settings.from_env())

"""Do the work beside requests: events, overlay, splits that end, tiles, defects, prints, pushes, the trail."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from landsvc.cadastre.defects import looking
from landsvc.cadastre.drafts import approval
from landsvc.core import clock, log, migrate, outbox, processes
from landsvc.core.access import public_dsn
from landsvc.core.config import DEFAULT_RECONCILE_HOUR, Settings
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidSetting, LandsvcError
from landsvc.core.secrets import Vault
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.senders import senders_of
from landsvc.finance.feed import service as feed
from landsvc.finance.fees import service as fees
from landsvc.finance.hooks.pushing import Pusher
from landsvc.finance.reconciliation import service as reconciliation
from landsvc.finance.reconciliation.entries import Day
from landsvc.geo import tiles
from landsvc.identity import trail
from landsvc.identity.citizens import service as citizens
from landsvc.planning.jobs import zoning
from landsvc.registry import feeding
from landsvc.registry.alerts import hearing
from landsvc.registry.alerts import service as alerts
from landsvc.registry.applications import forgetting
from landsvc.registry.certificates import batches
from landsvc.registry.dossiers import tax_answers, timekeeping

if TYPE_CHECKING:
    from flask import Flask

CONSUMERS = (
    zoning.CONSUMER,
    looking.CONSUMER,
    tax_answers.CONSUMER,
    feed.CONSUMER,
    feeding.CONSUMER,
    fees.CONSUMER,
    hearing.CONSUMER,
)
IDLE_SECONDS = 0.5
PAUSE_AFTER_FAILURE_SECONDS = 5.0
TILE_SWEEP_SECONDS = 300.0
DEFECT_SECONDS = 5.0
DOSSIER_SECONDS = 60.0
ALERT_SECONDS = 2.0
ALERT_DAY_SECONDS = 60.0
"""A display may be entered on its first day."""
PRINT_SECONDS = 2.0
events = structlog.get_logger(__name__)


class Work:
    """What the worker does, round by round."""

    def __init__(self, database: Database, settings: Settings | None = None) -> None:
        self.database = database
        self._settings = settings
        self._app: Flask | None = None
        self._swept_on: date | None = None
        self._expired_on: date | None = None
        self._next_tile_sweep = time.monotonic() + TILE_SWEEP_SECONDS
        self._next_defects = time.monotonic()
        self._counted_on: date | None = None
        self._next_dossiers = time.monotonic()
        self._next_prints = time.monotonic()
        self._next_alerts = time.monotonic()
        self._alerts_expired_on: date | None = None
        self._next_alert_days = time.monotonic()
        self._feed_filled = False
        self._forgot_on: date | None = None
        self._fees_caught_on: date | None = None
        self._reconcile_hour = settings.reconcile_hour if settings else DEFAULT_RECONCILE_HOUR
        self._reconciled_on: date | None = None
        self._to_reconcile: list[Day] = []

    def hand_out(self) -> int:
        """Hand out events; return how many."""
        return sum(outbox.run_batch(self.database, consumer) for consumer in CONSUMERS)

    def keep_overlay(self) -> int:
        """Bring the overlay to today, once a day; return how many parcels were behind."""
        if self._swept_on == clock.today():
            return 0
        behind = zoning.sweep(self.database)
        if not behind:
            self._swept_on = clock.today()
            outbox.forget_old(self.database)
        return behind

    def fill_feed(self) -> int:
        """Tell the tax office's feed some of what was there before it; return how much."""
        if self._feed_filled:
            return 0
        told = feed.walk(self.database) or feeding.walk(self.database)
        self._feed_filled = not told
        return told

    def catch_up_fees(self) -> int:
        """Enter fees that channels took and no event tells of, when it starts and once a day; return how many."""
        if self._fees_caught_on == clock.today():
            return 0
        entered = fees.catch_up(self.database)
        if not entered:
            self._fees_caught_on = clock.today()
        return entered

    def reconcile(self) -> int:
        """Compare one stream of a day each round, once each night from its hour on; return 1 while others wait."""
        if not self._to_reconcile:
            now = clock.now().astimezone(clock.OFFICE_ZONE)
            if self._reconciled_on == now.date() or now.hour < self._reconcile_hour:
                return 0
            self._to_reconcile = reconciliation.due_days(self.database, now.date())[::-1]
            self._reconciled_on = now.date()
        if not self._to_reconcile:
            return 0
        reconciliation.compare_at_night(self.database, self._to_reconcile.pop())
        return 1

    def expire_splits(self) -> int:
        """End the confirmed splits whose last day is over, once a day; return how many."""
        if self._expired_on == clock.today():
            return 0
        with self.database.unit_of_work(EDITOR_ROLE) as session:
            ended = approval.expire(session)
        self._expired_on = clock.today()
        return ended

    def keep_appointments(self) -> int:
        """Count due moments anew when the calendar changed, and propose apologies in time, every minute."""
        if time.monotonic() < self._next_dossiers:
            return 0
        self._next_dossiers = time.monotonic() + DOSSIER_SECONDS
        return timekeeping.count_anew(self.database) + timekeeping.propose_apologies(self.database)

    def tell_alerts(self) -> int:
        """Post what whoever follows land is to be told; once a day forget addresses that nobody confirmed."""
        if self._settings is None or time.monotonic() < self._next_alerts:
            return 0
        if self._alerts_expired_on != clock.today():
            alerts.expire(self.database)
            self._alerts_expired_on = clock.today()
        if time.monotonic() >= self._next_alert_days:
            hearing.days_heard(self.database, self._settings, clock.today())
            self._next_alert_days = time.monotonic() + ALERT_DAY_SECONDS
        told = alerts.tell(self.database, Vault(self._settings), self._settings)
        if not told:
            self._next_alerts = time.monotonic() + ALERT_SECONDS
        return told

    def forget_drafts(self) -> int:
        """Forget drafts nobody touches, their files, and codes of accounts, once a day; return how many drafts."""
        if self._settings is None or self._forgot_on == clock.today():
            return 0
        forgotten = forgetting.forget(self.database, self._settings)
        citizens.forget_codes(self.database)
        self._forgot_on = clock.today()
        return forgotten.drafts

    def sweep_tiles(self) -> int:
        """Drop stale tiles every few minutes."""
        if time.monotonic() > self._next_tile_sweep:
            self._next_tile_sweep = time.monotonic() + TILE_SWEEP_SECONDS
            tiles.sweep(self.database.dsn)
        return 0

    def print_certificates(self) -> int:
        """Print the next certificate of a batch; what draws pages is made when the first waits, and costs memory."""
        if self._settings is None or time.monotonic() < self._next_prints:
            return 0
        with self.database.unit_of_work(EDITOR_ROLE) as session:
            waits = batches.next_waiting(session) is not None
        if not waits:
            self._next_prints = time.monotonic() + PRINT_SECONDS
            return 0
        from landsvc.office.certificates import batch_printing

        if self._app is None:
            from landsvc.app import create_app

            self._app = create_app(self._settings)
        return batch_printing.print_next(self._app)

    def close(self) -> None:
        """Close what was made to draw pages."""
        if self._app is not None:
            from landsvc.app import close_app

            close_app(self._app)

    def look_for_defects(self) -> int:
        """Look at one commune whose land changed; when none waits, see that the day has its counts."""
        if time.monotonic() < self._next_defects:
            return 0
        if looking.look_at_next(self.database) is not None:
            return 1
        self._next_defects = time.monotonic() + DEFECT_SECONDS
        if self._counted_on != clock.today():
            today = clock.today()
            looking.count_day(self.database, today)
            self._counted_on = today
        return 0


def work(database: Database, stopped: threading.Event, settings: Settings | None = None) -> None:
    """Work until told to stop. A duty that failed rests for some seconds, while the others go on."""
    # A thread of its own: an overlay of many parcels must not keep an entry unsealed for longer than a second.
    sealer = threading.Thread(target=keep_sealing, args=(database, stopped), name="sealer")
    sealer.start()
    # So must a machine that does not answer: pushes and messages wait for the other side some seconds each.
    pushers = [] if settings is None else _pushers(database, settings, stopped)
    for each in pushers:
        each.start()
    duties = Work(database, settings)
    try:
        work_in_turn(duties, stopped)
    finally:
        stopped.set()
        duties.close()
        for each in (sealer, *pushers):
            each.join()


def _pushers(database: Database, settings: Settings, stopped: threading.Event) -> list[threading.Thread]:
    pusher = Pusher(database, Vault(settings), settings.hook_networks)
    carrier = Carrier(database, Vault(settings), senders_of(settings))

    def push_slips() -> int:
        return pusher.round()

    def send_messages() -> int:
        return carrier.round()

    return [
        threading.Thread(target=keep_at, args=(duty, stopped), name=name)
        for name, duty in (("pusher", push_slips), ("carrier", send_messages))
    ]


def keep_at(duty: Callable[[], int], stopped: threading.Event) -> None:
    """Do a duty that waits for other machines over and over, until told to stop."""
    try:
        while not stopped.is_set():
            done = attempt(duty)
            if not done:
                stopped.wait(IDLE_SECONDS if done is not None else PAUSE_AFTER_FAILURE_SECONDS)
    finally:
        stopped.set()


def keep_sealing(database: Database, stopped: threading.Event) -> None:
    """Seal what was added to the audit trail, until told to stop."""

    def seal_trail() -> int:
        return trail.seal(database)

    try:
        while not stopped.is_set():
            done = attempt(seal_trail)
            stopped.wait(IDLE_SECONDS if done is not None else PAUSE_AFTER_FAILURE_SECONDS)
    finally:
        # Whatever ends this thread ends the process, and its supervisor starts it again.
        stopped.set()


def work_in_turn(duties: Work, stopped: threading.Event) -> None:
    """Do the other duties, one after the other."""
    rests_until: dict[str, float] = {}
    while not stopped.is_set():
        # What waits in the outbox goes before the sweep of the day and the looks at communes, which see every parcel.
        done = 0
        for duty in (
            duties.sweep_tiles,
            duties.expire_splits,
            duties.keep_appointments,
            duties.hand_out,
            duties.tell_alerts,
            duties.keep_overlay,
            duties.forget_drafts,
            duties.fill_feed,
            duties.catch_up_fees,
            duties.print_certificates,
            duties.reconcile,
            duties.look_for_defects,
        ):
            if done or time.monotonic() < rests_until.get(duty.__name__, 0.0):
                continue
            found = attempt(duty)
            if found is None:
                rests_until[duty.__name__] = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
            done += found or 0
        if not done:
            stopped.wait(IDLE_SECONDS)


def attempt(duty: Callable[[], int]) -> int | None:
    """Do one duty; return how much was done, or None when it failed.

    Its transaction is undone then, and the next round begins where this one did. What is no error of the database
    or of ours ends the process, and its supervisor starts it again.
    """
    try:
        return duty()
    except (LandsvcError, psycopg.Error, SQLAlchemyError):
        events.exception("work-failed", duty=duty.__name__)
        return None


def main(settings: Settings) -> None:
    """Open the database and work until SIGTERM or SIGINT."""
    if not settings.database_url:
        raise InvalidSetting("LANDSVC_DATABASE_URL", "", "a PostgreSQL address; `landsvc up` sets it by itself")
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    database = Database(settings.database_url, public_dsn(settings), size=3)
    # Where no `landsvc up` came first, the worker is the first to write in a restored database.
    migrate.settle(settings.database_url)
    database.open()
    try:
        work(database, stopped, settings)
    finally:
        database.close()


if __name__ == "__main__":
    log.configure()
    processes.follow_supervisor(signal.SIGTERM)
    main(Settings.from_env())

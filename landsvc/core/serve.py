"""Do what `landsvc up` does: database, migrations, then the server and its helpers, until told to stop."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import psycopg
import structlog

from landsvc.core import access, migrate
from landsvc.core.alone import alone
from landsvc.core.cluster import Cluster
from landsvc.core.config import Settings
from landsvc.core.errors import LandsvcError
from landsvc.core.pgsetup import ClusterError
from landsvc.core.processes import Child, apart, stop_all

READY_SECONDS = 60.0
LOOK_SECONDS = 0.1
REVIVE_PAUSE = 2.0
"""Seconds between two attempts to start a database that does not start."""
LAST_BREATH_SECONDS = 15.0
"""A server whose supervisor was killed may answer what it is at, for longer than the grace it gives its workers."""
Say = Callable[[str], None]
Prepare = Callable[[Settings], None]

log = structlog.get_logger(__name__)


class AddressInUse(LandsvcError):
    """Another program listens on our address."""

    slug = "address-in-use"
    title = "The address is taken"
    detail = "{host}:{port} cannot be listened on: {reason}."
    remedy = "Stop the other program, or choose another port with --port."


class NotReady(LandsvcError):
    """The server was started and did not become ready."""

    slug = "server-not-ready"
    title = "The server did not become ready"
    detail = "No good answer from {url} within {seconds:.0f} s."
    remedy = "Read the messages above; `landsvc db status` tells about the database."


def up(settings: Settings, *, prepare: Prepare, say: Say) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; then stop everything that was started here.

    `prepare` runs between the migrations and the server, with settings that name the running database.
    A signal before the service is open ends the program with exit 1.
    """
    with _stopped_by_signals(), alone(settings) as was_killed:
        check_address(settings, patience=LAST_BREATH_SECONDS if was_killed else 0.0)
        say("Starting the database ...")
        try:
            with access.running(settings) as found:
                bring_to_head(found.dsn, say)
                named = access.with_access(settings, found)
                prepare(named)
                supervise(named, children(named), found.cluster, say)
        except KeyboardInterrupt:
            say("\nStopped before the service was open. The next start goes on from here.")
            sys.exit(1)


def bring_to_head(dsn: str, say: Say) -> None:
    """Migrate if need be; Alembic and all tables' models are imported by a child that ends."""
    migrate.check_srid(dsn)
    if migrate.current(dsn) != migrate.head():
        say(f"Migrating the database to {migrate.head()} ...")
        apart(migrate.migrate, dsn)
    if migrate.settle(dsn):
        say("Tiles and event numbers are made anew for this cluster")
    say(f"Database ready at revision {migrate.head()}")


def children(settings: Settings) -> list[Child]:
    """Return the programs that make up the service."""
    environ = {**os.environ, **environment(settings)}
    programs = {"server": "landsvc.core.server", "worker": "landsvc.worker"}
    return [Child(name, [sys.executable, "-m", module], environ) for name, module in programs.items()]


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give a program the settings as they are now, command line included."""
    chosen = {
        "DATABASE_URL": settings.database_url,
        "PUBLIC_DATABASE_URL": settings.public_database_url,
        "DATA": settings.data_dir,
        "HOST": settings.host,
        "PORT": settings.port,
        "WORKERS": settings.workers,
        "THREADS": settings.threads,
    }
    return {f"LANDSVC_{name}": str(value) for name, value in chosen.items() if value is not None}


def supervise(settings: Settings, programs: Sequence[Child], cluster: Cluster | None, say: Say) -> None:
    """Start the programs, say where the service is, keep them and the cluster running until a signal."""
    try:
        for program in programs:
            program.start()
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(settings):
            if time.monotonic() > deadline:
                raise NotReady(url=f"{address(settings)}/readyz", seconds=READY_SECONDS)
            tend(programs, cluster)
        say(f"\n  The land register is open at  {address(settings)}/\n  Ctrl-C stops it.\n")
        while True:
            tend(programs, cluster)
    except KeyboardInterrupt:
        say("Stopping ...")
    finally:
        _ignore_signals()
        stop_all(programs)


def tend(programs: Sequence[Child], cluster: Cluster | None) -> None:
    """Look after what runs once: start again what was killed, then rest a moment."""
    if cluster:
        _tend_database(cluster)
    for program in programs:
        program.tend()
    time.sleep(LOOK_SECONDS)


def _tend_database(cluster: Cluster) -> None:
    """Start a killed database again. One that does not start yet (a disk is full) is tried until it does."""
    try:
        if cluster.revive():
            log.warning("database-revived", data=str(cluster.data_dir))
    except (ClusterError, psycopg.OperationalError) as error:
        log.error("database-not-revived", data=str(cluster.data_dir), reason=str(error), again_in_s=REVIVE_PAUSE)
        time.sleep(REVIVE_PAUSE)


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(_reachable(settings.host), settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def address(settings: Settings) -> str:
    """Return the address a person on this machine types."""
    host = _reachable(settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on


def check_address(settings: Settings, patience: float = 0.0) -> None:
    """Raise `AddressInUse` before anything is started, rather than let the server fail again and again.

    Wait for some seconds first where a server may just be ending: that of a supervisor that was killed.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _listen_once(settings)
        except AddressInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_SECONDS)


def _listen_once(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise AddressInUse(host=settings.host, port=settings.port, reason=error.strerror) from None


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into what Ctrl-C does, so that every `finally` runs."""
    names = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {name: signal.getsignal(name) for name in names}
    for name in names:
        signal.signal(name, _interrupt)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    """Let nobody's second Ctrl-C leave half of it running; the grace period ends the wait."""
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)

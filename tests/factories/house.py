"""A house whose parts can be killed: PostgreSQL as in production and the real server, each restarted as `up` does."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from landsvc.core import migrate
from landsvc.core.cluster import Cluster
from landsvc.core.db import PUBLIC_ROLE
from landsvc.demo.accounts import DemoAccounts, renew_accounts
from tests.conftest import as_role, data_folder, opened
from tests.factories import drafts, town
from tests.factories.ports import free_port
from tests.factories.service import children_of
from tests.factories.wire import Answer, Wire, asked

PATIENCE_SECONDS = 60


class House:
    """The service over one cluster of its own. `kill` takes a part away with SIGKILL, `restore` brings it back."""

    def __init__(self, cluster: Cluster, accounts: DemoAccounts, log: Path) -> None:
        self.cluster, self.accounts = cluster, accounts
        self.address = f"http://127.0.0.1:{free_port()}"
        self._log = log
        self._server: subprocess.Popen[bytes] | None = None
        self._officer: Wire | None = None
        self._pool = ThreadPoolExecutor(2)

    @property
    def dsn(self) -> str:
        """Return the owner's connection string."""
        return self.cluster.dsn()

    def kill(self, part: str) -> None:
        """Kill all processes of the *server* or of the *database* with SIGKILL, the parent first."""
        if part == "database":
            postmaster = self.cluster.status().pid
            assert postmaster is not None
            # Left alone, a backend may still finish what it is at before it sees that its parent is gone.
            for pid in (postmaster, *children_of(postmaster)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        elif self._server is not None:
            os.killpg(self._server.pid, signal.SIGKILL)  # its own session: nobody else is in it
            self._server.wait()
            self._server = None

    def restore(self) -> None:
        """Start what is not running, as the supervisor of `landsvc up` does, and wait until the service answers."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.cluster.revive()
            if self._server is None or self._server.poll() is not None:
                self._start()
            if self.ready():
                return
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def ready(self) -> bool:
        """Tell whether the service answers and reaches its database."""
        try:
            urllib.request.urlopen(f"{self.address}/readyz", timeout=5).close()
        except (OSError, http.client.HTTPException):
            return False
        return True

    def officer(self) -> Wire:
        """Return the officer, signed in once: a session outlives whatever is killed."""
        if self._officer is None:
            self._officer = Wire(self.address).sign_in(self.accounts.officer, self.accounts.password)
        return self._officer

    def send(self, officer: Wire, method: str, path: str, body: Any = None) -> Future[Answer | None]:
        """Send a request without waiting; its answer, or None when none came."""
        return self._pool.submit(asked, officer, method, path, body)

    def close(self) -> None:
        """Stop everything that was started here."""
        self.kill("server")
        self._pool.shutdown()
        self.cluster.stop("immediate")

    def _start(self) -> None:
        given = {
            "DATABASE_URL": self.dsn,
            "PUBLIC_DATABASE_URL": as_role(self.dsn, PUBLIC_ROLE),
            "PORT": self.address.rpartition(":")[2],
            "WORKERS": "1",
            "LOOKUP_PER_MINUTE": "0",
        }
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "landsvc.core.server"],
                env=os.environ | {f"LANDSVC_{name}": value for name, value in given.items()},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@contextmanager
def open_house() -> Iterator[House]:
    """Lay the test town in a new cluster, whose commits survive a crash, and serve it."""
    folder = data_folder()
    cluster = Cluster(folder)
    cluster.start()
    try:
        migrate.migrate(cluster.dsn())
        with psycopg.connect(cluster.dsn()) as conn:
            town.lay(conn)
            drafts.rules(conn)
            conn.commit()
        with opened(cluster.dsn()) as database:
            accounts = renew_accounts(database)
        house = House(cluster, accounts, folder / "service.log")
        try:
            house.restore()
            yield house
        finally:
            house.close()
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder)


@contextmanager
def in_the_way(dsn: str, statement: str) -> Iterator[Callable[[], None]]:
    """Hold the locks of a statement; yield a wait until somebody stands before them. They go with the block."""
    conn = psycopg.connect(dsn)
    try:
        conn.execute(statement)

        def met() -> None:
            deadline = time.monotonic() + PATIENCE_SECONDS
            with psycopg.connect(dsn, autocommit=True) as looking:
                while not looking.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))",
                    (conn.info.backend_pid,),
                ).fetchone():
                    assert time.monotonic() < deadline, f"nobody came to {statement}"
                    time.sleep(0.01)

        yield met
    finally:
        conn.close()

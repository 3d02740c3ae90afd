"""Ask the tuned public statements: autocommit, prepared once on each connection, binary results, no pool's queue.

A request of ours costs some hundred microseconds, so what the driver's cursor and pool do for every
statement is a third of it. Here a statement goes to libpq directly (`core.prepared`).
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.pq import ConnStatus

from landsvc.core.prepared import OUTDATED, Prepared, Row
from landsvc.core.sql import Statement

SETTINGS = (
    "SELECT set_config('jit', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false),"
    " set_config('search_path', 'public', false),"
    # All it writes are tiles kept for the next reader: no disk is waited for.
    " set_config('synchronous_commit', 'off', false),"
    # How alike a misspelt name must be: 'tan khay' finds 'xa tan khai'.
    " set_config('pg_trgm.word_similarity_threshold', '0.45', false)"
)
LIFE_SECONDS = 3600
"""A connection older than this is replaced: its server process keeps every plan it ever made."""
CONNECT_SECONDS = 10
RETRY_SECONDS = 0.1
WENT_AWAY = frozenset({None, "57P01", "57P02", "57P03"})


class Line:
    """One connection as the public role, with the statements it has prepared. Serves one thread at a time."""

    def __init__(self, dsn: str) -> None:
        self._conn = psycopg.connect(
            dsn, autocommit=True, connect_timeout=CONNECT_SECONDS, client_encoding="utf8"
        )
        self._conn.execute(SETTINGS)
        self._prepared = Prepared(self._conn)
        self._ends = time.monotonic() + LIFE_SECONDS

    @property
    def usable(self) -> bool:
        """Whether the line may serve another statement."""
        return self._conn.pgconn.status == ConnStatus.OK and time.monotonic() < self._ends

    def rows(self, statement: Statement, params: Mapping[str, Any]) -> list[Row]:
        """Run a statement and return its rows; raise `psycopg.Error`."""
        return self._prepared.rows(statement, params)

    def close(self) -> None:
        """End the connection."""
        self._conn.close()


class Reads:
    """The idle lines of one process: as many are made as threads ask at the same time."""

    def __init__(self, dsn: str, wait_seconds: float) -> None:
        self._dsn = dsn
        self._wait_seconds = wait_seconds
        self._idle: deque[Line] = deque()  # its pop and append are atomic
        self._closed = False
        self._gave_up_at = -math.inf

    def rows(self, statement: Statement, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a statement and return its rows, again on a new line when this one serves it no more."""
        line = self._take()
        try:
            return line.rows(statement, params or {})
        except psycopg.Error as error:
            if not _line_is_spent(error):
                raise
            self._drop_idle()
            line.close()
            line = self._connect()
            return line.rows(statement, params or {})
        finally:
            self._give_back(line)

    def close(self) -> None:
        """End the idle lines; one in use ends when it comes back."""
        self._closed = True
        self._drop_idle()

    def _take(self) -> Line:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> Line:
        """Return a new line; a server that is about to start is waited for.

        Where one thread has just waited in vain no other does: the service says at once that it cannot answer.
        """
        began = time.monotonic()
        while True:
            try:
                return Line(self._dsn)
            except psycopg.OperationalError:
                now = time.monotonic()
                if now < self._gave_up_at + self._wait_seconds:
                    raise
                if now > began + self._wait_seconds:
                    self._gave_up_at = now
                    raise
                time.sleep(RETRY_SECONDS)

    def _give_back(self, line: Line) -> None:
        if not line.usable:
            line.close()
            return
        self._idle.append(line)
        if self._closed:  # asked last, or a close at this moment would leave the line open
            self._drop_idle()

    def _drop_idle(self) -> None:
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return


def _line_is_spent(error: psycopg.Error) -> bool:
    """Tell a lost connection, or a lost or outdated preparation, from a refused statement."""
    if isinstance(error, psycopg.OperationalError):
        return error.sqlstate in WENT_AWAY
    return error.sqlstate in OUTDATED

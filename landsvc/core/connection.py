"""A connection of units of work: patient with a server that starts again, and quick to begin and to ask."""

from __future__ import annotations

import select
import time
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any, Self

import psycopg
from psycopg._preparing import PrepareManager
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg_pool import ConnectionPool

from landsvc.core.prepared import Prepared, Row
from landsvc.core.sql import Statement

PREPARED_MOST = 500
"""More than there are named statements that write: none is prepared twice in a connection."""
RECONNECT_SECONDS = 10.0
RECONNECT_PAUSE_SECONDS = 0.1
TRUSTED_SECONDS = 5.0
"""So long after the server last answered, a quiet socket is taken for a living one."""


class Preparations(PrepareManager):
    """What the driver prepared: after a ROLLBACK or DROP it forgets that, and leaves ours (`core.prepared`) alone."""

    def clear(self) -> bool:
        """Forget all, and let the server forget each by its name; the driver itself would say DEALLOCATE ALL."""
        own = [*self._names.values()]
        self._counts.clear()
        self._names.clear()
        self._to_flush.extend(own)
        return bool(own)


class Patient(psycopg.Connection[Any]):
    """A connection to a server that may just be started again.

    The pool itself would wait twice as long after each failure, and leave requests waiting though the server is back.
    """

    _asks: Prepared | None = None
    _answered_at = 0.0

    @classmethod
    def connect(cls, conninfo: str = "", *, closing: Event, **kwargs: Any) -> Self:  # type: ignore[override]
        """Connect, trying again for a while or until `closing`; raise as psycopg does."""
        deadline = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                made = super().connect(conninfo, **kwargs)
            except psycopg.OperationalError:
                if time.monotonic() > deadline or closing.wait(RECONNECT_PAUSE_SECONDS):
                    raise
            else:
                made._prepared = Preparations()
                made.prepared_max = PREPARED_MOST
                return made

    def check(self) -> None:
        """Raise `psycopg.OperationalError` unless the server is there.

        A server that ended has closed the socket, which then has something to read; asking it costs as much as a
        small statement, so a quiet one is asked only when it has not answered for a while.
        """
        now = time.monotonic()
        if now > self._answered_at + TRUSTED_SECONDS or self.pgconn.status != ConnStatus.OK or self._has_word():
            ConnectionPool.check_connection(self)
            self._answered_at = now

    def _has_word(self) -> bool:
        watch = select.poll()
        watch.register(self.pgconn.socket, select.POLLIN)
        return bool(watch.poll(0))

    def begin(self, commands: bytes) -> None:
        """Begin a transaction by simple commands, sent together; raise `psycopg.Error`."""
        with self.lock:
            done = self.pgconn.exec_(commands)
            if done.status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
                return
            if self.pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError(self.pgconn.get_error_message())
            raise error_from_result(done, encoding="utf-8")

    def ask(self, statement: Statement, params: Mapping[str, Any]) -> list[Row]:
        """Run a named statement in the transaction there is, and return its rows; raise `psycopg.Error`."""
        with self.lock:
            return self._prepared_here.rows(statement, params)

    def ask_each(self, asks: Sequence[tuple[Statement, Mapping[str, Any]]]) -> list[list[Row]]:
        """Run named statements as `ask` does each, sent together: the server is waited for once."""
        with self.lock:
            return self._prepared_here.rows_of_each(asks)

    @property
    def _prepared_here(self) -> Prepared:
        if self._asks is None:
            self._asks = Prepared(self)
        return self._asks

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction was begun, be it that it failed since."""
        return self.pgconn.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}

    def rollback(self) -> None:
        """Undo the transaction and keep what is prepared, which psycopg would have planned anew after each preview.

        It does so for statements on tables that the same transaction made. Ours are on tables that stay.
        """
        if self.pgconn.status != ConnStatus.OK:
            super().rollback()  # says so
            return
        with self.lock:
            if self.pgconn.transaction_status != TransactionStatus.IDLE:
                undone = self.pgconn.exec_(b"ROLLBACK")
                if undone.status != ExecStatus.COMMAND_OK:
                    raise psycopg.OperationalError(self.pgconn.error_message.decode(errors="replace"))

    def close(self) -> None:
        """Go back to the pool also when broken: psycopg takes that for closed, and the pool would miss it for ever."""
        pool = getattr(self, "_pool", None)
        if pool is None or not self.closed:
            super().close()
            return
        # The pool makes another one in its place.
        pool.putconn(self)
        self._pool = None

"""Ask statements of libpq directly, each prepared once on a connection, without a cursor of the driver between.

What the driver does for every statement (a cursor, the text read anew, types guessed for each value, waiting in Python)
costs four times what libpq takes. Values go as text of unknown type, which PostgreSQL reads as the type that the
statement gives each place; so one plan serves whatever Python type a value comes in. Results come in binary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

from landsvc.core.sql import Statement

Row = tuple[Any, ...]
TEXT, BINARY = 0, 1
OUTDATED = frozenset({"0A000", "26000"})
"""A migration changed the columns of a prepared statement, or a pooler forgot it: prepared anew, it runs."""
DONE = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


class Prepared:
    """The statements one connection has prepared. Serves one thread at a time, in whatever transaction there is."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        """Begin with nothing prepared."""
        self._conn = conn
        self._transformer = Transformer(conn)
        self._names: dict[Statement, bytes] = {}
        self._numbers = count()

    def rows(self, statement: Statement, params: Mapping[str, Any]) -> list[Row]:
        """Run a statement and return its rows, none where it gives none; raise `psycopg.Error`."""
        return self._loaded(self._conn.pgconn.exec_prepared(*self._request(statement, params)))

    def rows_of_each(self, asks: Sequence[tuple[Statement, Mapping[str, Any]]]) -> list[list[Row]]:
        """Run statements in their order, sent at once, and return the rows of each; raise the first `psycopg.Error`."""
        requests = [self._request(statement, params) for statement, params in asks]
        server = self._conn.pgconn
        server.enter_pipeline_mode()
        try:
            for request in requests:
                server.send_query_prepared(*request)
            server.pipeline_sync()
            answers = [self._answer() for _ in requests]
            server.get_result()  # of the synchronization
        finally:
            if server.status == ConnStatus.OK:
                server.exit_pipeline_mode()
        return [self._loaded(answer) for answer in answers]

    def _answer(self) -> PGresult:
        """Return the result of the next statement of a pipeline, and take its end mark away."""
        server = self._conn.pgconn
        found = server.get_result()
        if found is None:
            raise psycopg.OperationalError(server.get_error_message())
        server.get_result()
        return found

    def _request(
        self, statement: Statement, params: Mapping[str, Any]
    ) -> tuple[bytes, list[Any], list[int], int]:
        """Return what libpq is asked: which prepared statement, values, their forms, and that of the results."""
        name = self._names.get(statement) or self._prepare(statement)
        values = [params[param] for param in statement.params]
        # Bytes are sent as they are: in text they would double.
        formats = [BINARY if isinstance(value, bytes) else TEXT for value in values]
        return name, [self._wire(value) for value in values], formats, BINARY

    def _loaded(self, done: PGresult) -> list[Row]:
        if done.status not in DONE:
            raise self._error(done)
        if done.status == ExecStatus.COMMAND_OK:
            return []
        self._transformer.set_pgresult(done)
        return self._transformer.load_rows(0, done.ntuples, tuple)

    def _prepare(self, statement: Statement) -> bytes:
        name = f"landsvc_{next(self._numbers)}".encode()
        done = self._conn.pgconn.prepare(name, statement.numbered.encode())
        if done.status not in DONE:
            raise self._error(done)
        self._names[statement] = name
        return name

    def _error(self, done: PGresult) -> psycopg.Error:
        """Return what a result complains of; one from a dead connection has no code."""
        if self._conn.pgconn.status != ConnStatus.OK:
            return psycopg.OperationalError(self._conn.pgconn.get_error_message())
        error = error_from_result(done, encoding="utf-8")
        if error.sqlstate in OUTDATED:
            self._names.clear()
        return error

    def _wire(self, value: Any) -> Any:
        """Return a value as PostgreSQL reads it in text; bytes and None stay."""
        if isinstance(value, str):
            return _text(value)
        if value is None or isinstance(value, bytes):
            return value
        if isinstance(value, bool):
            return b"t" if value else b"f"
        if isinstance(value, int | float):
            return str(value).encode()
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC)  # Python knows zones further off than PostgreSQL takes
        if isinstance(value, date):  # an instant too; this form means the same in every DateStyle
            return value.isoformat().encode()
        try:
            return self._transformer.get_dumper(value, PyFormat.TEXT).dump(value)
        except UnicodeEncodeError as error:
            raise psycopg.DataError(str(error)) from error


def _text(value: str) -> bytes:
    """Return a text as PostgreSQL reads it; raise `psycopg.DataError` for one it cannot hold."""
    try:
        encoded = value.encode()
    except UnicodeEncodeError as error:
        raise psycopg.DataError(str(error)) from error
    if b"\0" in encoded:  # libpq would read up to there and drop the rest
        raise psycopg.DataError("PostgreSQL text cannot contain NUL")
    return encoded

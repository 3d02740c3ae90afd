"""Run the demo's named statements on the driver's connection of an open unit of work."""

from __future__ import annotations

from typing import Any, TypeAlias

import psycopg
from sqlalchemy.orm import Session

from landsvc.core.db import driver_connection
from landsvc.core.sql import Statement, statements

Cursor: TypeAlias = psycopg.Cursor[Any]


class Script:
    """The named statements of one file, run in one transaction."""

    def __init__(self, session: Session, file: str) -> None:
        self.connection = driver_connection(session)
        self._found = statements("demo", file)

    def run(self, name: str, **params: Any) -> Cursor:
        """Run one statement; every parameter it declares must be given."""
        statement: Statement = self._found[name]
        return self.connection.execute(statement.text, params)

    def one(self, name: str, **params: Any) -> Any:
        """Run one statement and return the first column of its first row."""
        row = self.run(name, **params).fetchone()
        return None if row is None else row[0]

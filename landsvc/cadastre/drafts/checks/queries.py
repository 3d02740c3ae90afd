"""Ask the statements of the rules, in the transaction of a session."""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy.orm import Session

from landsvc.core.db import driver_connection
from landsvc.core.sql import statements

SQL = statements("cadastre", "queries_rules.sql")


def run(session: Session, name: str, **params: Any) -> psycopg.Cursor[Any]:
    """Run one named statement of the rules."""
    return driver_connection(session).execute(SQL[name].text, params, prepare=True)

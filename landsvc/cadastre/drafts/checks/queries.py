"""Ask the statements of the rules, in the transaction of a session."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import asked
from landsvc.core.prepared import Row
from landsvc.core.sql import statements

SQL = statements("cadastre", "queries_rules.sql")


def run(session: Session, name: str, **params: Any) -> list[Row]:
    """Run one named statement of the rules."""
    return asked(session, SQL[name], **params)

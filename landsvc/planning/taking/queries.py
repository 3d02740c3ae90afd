"""Ask what planned works take. Only this package's service calls these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import Database, rows_of
from landsvc.core.sql import statements
from landsvc.core.times import Times
from landsvc.planning.taking.rules import ASSUMED_ACCURACY_M, Measured, TakingRule

SQL = statements("planning", "queries_taking.sql")


def measured(database: Database, unit_id: int, times: Times) -> Measured | None:
    """Return what zones take of a parcel at the times asked; None where it had no geometry."""
    given = {"unit_id": unit_id, "valid_at": times.valid_at, "known_at": times.knowledge, "past": times.past}
    row = database.read_one(SQL["taking"], {**given, "assumed_m": ASSUMED_ACCURACY_M})
    return None if row is None else Measured(*row)


def rules(database: Database, on: date) -> list[TakingRule]:
    """Return what the law says beside a taking on a day."""
    return [TakingRule(*row) for row in database.read(SQL["taking_rules"], {"on_day": on})]


def put_rules(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add the rules whose days have none yet."""
    rows_of(session, SQL["put_taking_rules"], rows=json.dumps(rows, ensure_ascii=False))


def put_uses(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add the planned uses that are not there."""
    rows_of(session, SQL["put_taking_uses"], rows=json.dumps(rows, ensure_ascii=False))

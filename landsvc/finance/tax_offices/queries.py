"""Ask the statements of tax offices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("finance", "queries_tax_offices.sql")


def put_offices(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the offices that are not there, and the communes they serve."""
    told = json.dumps(rows, ensure_ascii=False)
    rows_of(session, SQL["put_tax_offices"], rows=told)
    rows_of(session, SQL["put_served_communes"], rows=told)


def offices(session: Session, on_day: date) -> list[tuple[Any, ...]]:
    """Return the offices whose codes are used on a day, as entries of a code list; the last is the treasury."""
    return [tuple(row) for row in rows_of(session, SQL["tax_offices"], on_day=on_day)]


def office_of(session: Session, commune: str, on_day: date) -> str | None:
    """Return the code of the office that serves a commune on a day; None where nobody knows."""
    found: str | None = rows_of(session, SQL["tax_office_of"], commune=commune, on_day=on_day)[0][0]
    return found

"""Tell anybody what procedures ask for; as the role of strangers, which reads no table of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.registry.dossiers.errors import ProcedureNotFound

SQL = statements("registry", "queries_procedures.sql")
Told = Mapping[str, Any]
"""A procedure: names in both languages, documents, deadlines (working days), fees (đồng), law."""


def procedures_told(session: Session, on: date) -> list[Told]:
    """Return the procedures in force on a day, in their order; in a transaction of `landsvc_tracker`."""
    found: list[Told] = rows_of(session, SQL["procedures_told"], on_day=on)[0][0]
    return found


def procedure_told(session: Session, code: str, on: date) -> Told:
    """Return one of them; raise `ProcedureNotFound`."""
    for each in procedures_told(session, on):
        if each["code"] == code:
            return each
    raise ProcedureNotFound(field="procedure", code=code, day=on.isoformat())

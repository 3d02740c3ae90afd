"""Ask the statements of the calendar and the procedures, in the transaction of a session."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("registry", "queries_procedures.sql")


@dataclass(frozen=True)
class CalendarLine:
    """A day that differs from the week; `certainty` S, K or ?, and whether the clock takes it."""

    day: date
    kind: str
    name_vi: str
    name_en: str
    source: str
    certainty: str
    counts: bool


@dataclass(frozen=True)
class HoursRow:
    """Hours of an office; `last` is in them."""

    first: date | None
    last: date | None
    weekdays: tuple[int, ...]
    opens: time
    closes: time
    cutoff: time


@dataclass(frozen=True)
class ProcedureRow:
    """A procedure while it holds."""

    code: str
    first: date
    last: date | None
    name_vi: str
    name_en: str
    applicant_vi: str
    applicant_en: str
    workflow: str
    effects: tuple[str, ...]
    taxes: tuple[str, ...]
    blocked_by: tuple[str, ...]
    order_class: str
    tthc: str | None
    cutoff: time | None
    law: str
    certainty: str
    needs_certificate: bool
    renews_certificate: bool
    certificate_law: str | None
    certificate_certainty: str | None


@dataclass(frozen=True)
class Deadline:
    """How many working days a procedure may take in a case, nationally (no province) or in a province."""

    procedure: str
    case_code: str
    case_vi: str
    case_en: str
    province_code: str
    first: date
    last: date | None
    days: int
    extra_days: int
    tthc: str | None
    source: str
    certainty: str


@dataclass(frozen=True)
class DocumentNeed:
    """A paper a procedure asks for: `always`, or `if` what `when` says."""

    procedure: str
    document: str
    name_vi: str
    name_en: str
    kind: str
    needed: str
    when_vi: str
    when_en: str


@dataclass(frozen=True)
class DocumentType:
    """A kind of paper."""

    code: str
    name_vi: str
    name_en: str
    kind: str


@dataclass(frozen=True)
class Step:
    """Whose turn it is in a state, and for how many working days (None: others have it)."""

    state: str
    role: str
    days: int | None
    name_vi: str
    name_en: str


def case_effects(session: Session, *, code: str) -> dict[str, tuple[str, ...]]:
    """Return the effects of a procedure in those of its cases that have their own, by case."""
    return {case: tuple(effects) for case, effects in _rows(session, "case_effects", code=code)}


def estimate_kind(session: Session, *, code: str) -> str | None:
    """Return by which rules the taxes of a procedure are estimated: `transfer` or `gift`, None where by none."""
    found = _rows(session, "estimate_kind_of", code=code)
    return found[0][0] if found else None


def put(session: Session, statement: str, rows: Sequence[dict[str, Any]]) -> None:
    """Add what a table lacks of its file."""
    _rows(session, statement, rows=json.dumps(rows))


def calendar_days(session: Session) -> list[tuple[date, str]]:
    """Return the days that differ from the week and count."""
    return [(day, kind) for day, kind in _rows(session, "calendar_days")]


def calendar_listed(session: Session) -> list[CalendarLine]:
    """Return every day that differs from the week, those too that do not count."""
    return [CalendarLine(*row) for row in _rows(session, "calendar_listed")]


def office_hours(session: Session, *, branch: str) -> list[HoursRow]:
    """Return the hours of a branch before those of all offices."""
    return [
        HoursRow(row[0], row[1], tuple(row[2]), *row[3:]) for row in _rows(session, "office_hours", branch=branch)
    ]


def procedures(session: Session, *, on_day: date, code: str | None = None) -> list[ProcedureRow]:
    """Return the procedures in force on a day, or the one of a code."""
    found = _rows(session, "procedures", on_day=on_day, code=code)
    return [ProcedureRow(*row[:8], *map(tuple, row[8:11]), *row[11:]) for row in found]


def deadlines(session: Session, *, on_day: date, code: str | None = None) -> list[Deadline]:
    """Return the time limits that hold on a day, of all procedures or one."""
    return [Deadline(*row) for row in _rows(session, "deadlines_of", on_day=on_day, code=code)]


def documents(session: Session, *, code: str | None = None) -> list[DocumentNeed]:
    """Return the papers procedures ask for, in their order."""
    return [DocumentNeed(*row) for row in _rows(session, "documents_of", code=code)]


def document_types(session: Session) -> list[DocumentType]:
    """Return every kind of paper."""
    return [DocumentType(*row) for row in _rows(session, "document_types")]


def steps(session: Session, *, workflow: str) -> list[Step]:
    """Return the steps of a workflow, in order."""
    return [Step(*row) for row in _rows(session, "workflow_steps", workflow=workflow)]


def commune_limits(session: Session, *, commune: str, on_day: date) -> tuple[str, bool]:
    """Return the province of a commune (empty when unknown) and whether it has extra days."""
    province, difficult = _rows(session, "commune_limits", commune=commune, on_day=on_day)[0]
    return str(province), bool(difficult)


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

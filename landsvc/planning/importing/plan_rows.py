"""Take in a list of plans: one row is one plan, a surface on it is where the plan speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.errors import InvalidInput
from landsvc.core.outbox import driver_connection
from landsvc.core.progress import Progress, silent
from landsvc.geo.formats import read_batches
from landsvc.planning.importing.coverage import put_coverage
from landsvc.planning.importing.options import PlanFacts, Reading, read_day
from landsvc.planning.importing.plans import SQL, put_plan
from landsvc.planning.importing.run import UnknownTheme
from landsvc.planning.jobs.zoning import CHUNK
from landsvc.planning.models import LEVELS, STATUSES
from landsvc.planning.queries import refresh_parcels
from landsvc.planning.reference import load_themes

DAYS = ("decided_on", "valid_from", "valid_to")
DEFAULT_THEME = "land_use_plan"


class BadPlanRow(InvalidInput):
    """A row of a list of plans cannot be read."""

    slug = "bad-plan-row"
    title = "A plan of the list cannot be read"
    detail = "Row {row}, {target}: {value!r} is not {expected}."
    remedy = "Correct the row, or leave the field out with --map {target}=."


class _DryRun(Exception):
    """Leave the transaction without committing."""


@dataclass(frozen=True)
class PlanRow:
    """One plan of the file; the shape is in the working system."""

    code: str
    facts: PlanFacts
    theme: str | None
    shape: BaseGeometry | None


@dataclass
class PlansReport:
    """What an import of plans did."""

    file: str
    read: int = 0
    loaded: int = 0
    unchanged: int = 0
    parcels: int = 0
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it in the shape of contracts/import-report.json."""
        return {
            "file": self.file,
            "read": self.read,
            "loaded": self.loaded,
            "unchanged": self.unchanged,
            **dict.fromkeys(("repaired", "admitted", "quarantined", "refused"), 0),
            "parcelsRefreshed": self.parcels,
            "findings": [],
            "dryRun": self.dry_run,
        }


def import_plans(
    database: Database, reading: Reading, *, gis_data: Path, on_step: Progress = silent
) -> PlansReport:
    """Import a list of plans in one transaction; raise `BadPlanRow`, `UnknownTheme` and what reading raises."""
    rows = read_plans(reading)
    report = PlansReport(reading.info.path.name, read=len(rows), dry_run=reading.options.dry_run)
    try:
        with database.unit_of_work(IMPORT_ROLE) as session:
            load_themes(session, gis_data)
            _Import(session, reading, report).run(rows, on_step)
            if report.dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return report


class _Import:
    """One import inside its transaction."""

    def __init__(self, session: Session, reading: Reading, report: PlansReport) -> None:
        self.session, self.reading, self.report = session, reading, report
        self.conn = driver_connection(session)
        self.themes = {code: number for code, number, _kind in self.rows("known_themes")}
        self.zones: list[int] = []
        self.coverages: list[int] = []

    def rows(self, statement: str, /, **params: Any) -> list[Any]:
        """Run a named statement and return its rows."""
        cursor = self.conn.execute(SQL[statement].text, params)
        return cursor.fetchall() if cursor.description else []

    def run(self, rows: Sequence[PlanRow], on_step: Progress) -> None:
        """Put every plan, then compute anew the parcels they meet."""
        self.rows("lock_overlay")
        for row in rows:
            self._put(row)
        units = [row[0] for row in self.rows("touched_units", zone_ids=self.zones, coverage_ids=self.coverages)]
        for start in range(0, len(units), CHUNK):
            on_step("Computing parcels", start, len(units))
            refresh_parcels(self.session, units[start : start + CHUNK])
        self.report.parcels = len(units)

    def _put(self, row: PlanRow) -> None:
        theme = row.theme or self.reading.options.theme or DEFAULT_THEME
        if theme not in self.themes:
            raise UnknownTheme(field="theme", theme=theme, known=", ".join(self.themes))
        plan = put_plan(self.conn, row.code, row.facts, theme=theme)
        covers = row.shape is not None and row.shape.area > 0
        if row.shape is not None and covers:
            ids, _size = put_coverage(
                self.rows,
                plan_id=plan.id,
                theme_id=self.themes[theme],
                land=row.shape,
                srid=self.reading.working,
                replace=True,
            )
            self.coverages += ids
        if plan.changed:
            self.zones += [found[0] for found in self.rows("zones_of_plan", plan_id=plan.id, theme_ids=None)]
            self.coverages += [found[0] for found in self.rows("coverages_of_plan", plan_id=plan.id)]
        self.report.loaded += plan.changed or covers
        self.report.unchanged += not (plan.changed or covers)


def read_plans(reading: Reading) -> list[PlanRow]:
    """Return the plans of a file; raise `BadPlanRow`."""
    found = []
    for batch in read_batches(reading.info.path, reading.info, columns=sorted(set(reading.fields.values()))):
        for index, shape in enumerate(batch.geometry):
            values = {ours: batch.columns[theirs][index] for ours, theirs in reading.fields.items()}
            number = batch.row0 + index + 1
            there = shape is not None and not shape.is_empty
            found.append(_plan(reading, number, values, reading.to_working(shape) if there else None))
    return found


def _plan(reading: Reading, number: int, values: dict[str, Any], shape: BaseGeometry | None) -> PlanRow:
    def text(target: str) -> str | None:
        value = values.get(target)
        said = "" if value is None or str(value) == "nan" else str(value).strip()
        return said or None

    code = text("plan_code") or reading.options.plan
    if code is None:
        raise BadPlanRow(field="plan_code", row=number, target="plan_code", value=None, expected="a code")
    said: dict[str, Any] = {}
    for item in fields(PlanFacts):
        value = text(item.name)
        said[item.name] = None if value is None else _read(number, item.name, value)
    stated = {name: value for name, value in asdict(reading.options.facts).items() if value is not None}
    return PlanRow(code, PlanFacts(**{**said, **stated}), text("theme"), shape)


def _read(number: int, target: str, value: str) -> Any:
    """Return a value of a row in its type; raise `BadPlanRow`."""
    expected = "a text"
    try:
        if target in DAYS:
            expected = "a date such as 2026-11-22 or 22/11/2026"
            return read_day(value)
        if target == "source_scale":
            expected = "a scale such as 5000 or 1:5000"
            return int(float(value.rsplit(":", 1)[-1].rsplit("/", 1)[-1].replace(" ", "")))
        if target == "accuracy_m":
            expected = "a number of metres"
            return float(value)
    except ValueError:
        raise BadPlanRow(field=target, row=number, target=target, value=value, expected=expected) from None
    allowed = {"level": LEVELS, "status": STATUSES}.get(target)
    if allowed is not None and value not in allowed:
        raise BadPlanRow(
            field=target, row=number, target=target, value=value, expected=f"one of {', '.join(allowed)}"
        )
    return value

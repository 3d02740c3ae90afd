"""Take in a list of plans: one row is one plan, a surface on it is where the plan speaks."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.cadastre.importing.days import read_day
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.core.errors import InvalidInput
from landsvc.core.progress import Progress, silent
from landsvc.geo.crs import Variant
from landsvc.geo.formats import read_batches
from landsvc.geo.formats.errors import NoGeometry
from landsvc.planning.importing.coverage import put_coverage
from landsvc.planning.importing.options import PLAN_TARGETS, Options, PlanFacts, choose, make_reading
from landsvc.planning.importing.plans import SQL, put_plan
from landsvc.planning.importing.run import UnknownTheme
from landsvc.planning.jobs.zoning import CHUNK
from landsvc.planning.models import LEVELS, STATUSES
from landsvc.planning.queries import refresh_parcels
from landsvc.planning.reference import load_themes
from landsvc.planning.rules import read_link

DAYS = ("decided_on", "valid_from", "valid_to")
DEFAULT_THEME = "land_use_plan"


class BadPlanRow(InvalidInput):
    """A row of a list of plans cannot be read."""

    slug = "bad-plan-row"
    title = "A plan of the list cannot be read"
    detail = "Row {row}, {target}: {value!r} is not {expected}."
    remedy = "Correct the row, or leave the field out with --map {target}=."


class UnreadableTable(InvalidInput):
    """A table of plans is not text we can read."""

    slug = "unreadable-table"
    title = "The table cannot be read"
    detail = "{path}: {reason}"
    remedy = "Save it as CSV in UTF-8, or name its encoding with --encoding."


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


@dataclass(frozen=True)
class PlanList:
    """The plans of a file, and how they are wanted."""

    options: Options
    working: int
    rows: Sequence[PlanRow]
    lines: Sequence[str]
    """What was decided in reading it, for a person."""


def import_plans(
    database: Database, plans: PlanList, *, gis_data: Path, on_step: Progress = silent
) -> PlansReport:
    """Import a list of plans in one transaction; raise `UnknownTheme`."""
    report = PlansReport(plans.options.path.name, read=len(plans.rows), dry_run=plans.options.dry_run)
    try:
        with database.unit_of_work(IMPORT_ROLE) as session:
            load_themes(session, gis_data)
            _Import(session, plans, report).run(on_step)
            if report.dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return report


class _Import:
    """One import inside its transaction."""

    def __init__(self, session: Session, plans: PlanList, report: PlansReport) -> None:
        self.session, self.plans, self.report = session, plans, report
        self.conn = driver_connection(session)
        self.themes = {code: number for code, number, _kind in self.rows("known_themes")}
        self.zones: list[int] = []
        self.coverages: list[int] = []

    def rows(self, statement: str, /, **params: Any) -> list[Any]:
        """Run a named statement and return its rows."""
        cursor = self.conn.execute(SQL[statement].text, params)
        return cursor.fetchall() if cursor.description else []

    def run(self, on_step: Progress) -> None:
        """Put every plan, then compute anew the parcels they meet."""
        self.rows("lock_overlay")
        seen: set[str] = set()
        for number, row in enumerate(self.plans.rows, 1):
            if row.code in seen:
                raise BadPlanRow(
                    field="plan_code",
                    row=number,
                    target="plan_code",
                    value=row.code,
                    expected="named once in the list",
                )
            seen.add(row.code)
            self._put(row)
        units = [row[0] for row in self.rows("touched_units", zone_ids=self.zones, coverage_ids=self.coverages)]
        for start in range(0, len(units), CHUNK):
            on_step("Computing parcels", start, len(units))
            refresh_parcels(self.session, units[start : start + CHUNK])
        self.report.parcels = len(units)

    def _put(self, row: PlanRow) -> None:
        theme = row.theme or self.plans.options.theme or DEFAULT_THEME
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
                srid=self.plans.working,
                replace=True,
            )
            self.coverages += ids
        if plan.changed:
            self.zones += [found[0] for found in self.rows("zones_of_plan", plan_id=plan.id, theme_ids=None)]
            self.coverages += [found[0] for found in self.rows("coverages_of_plan", plan_id=plan.id)]
        self.report.loaded += plan.changed or covers
        self.report.unchanged += not (plan.changed or covers)


def read_plans(options: Options, *, working: int, variant: Variant) -> PlanList:
    """Return the plans of a file: any layer GDAL reads, or a table (CSV, UTF-8) without geometry.

    Raise `BadPlanRow` and what reading raises.
    """
    try:
        reading = make_reading(options, targets=PLAN_TARGETS, working=working, variant=variant)
    except NoGeometry:
        if options.path.suffix.lower() not in {".csv", ".tsv"}:
            raise
        return _of_table(options, working)
    rows = []
    for batch in read_batches(reading.info.path, reading.info, columns=sorted(set(reading.fields.values()))):
        for index, shape in enumerate(batch.geometry):
            values = {ours: batch.columns[theirs][index] for ours, theirs in reading.fields.items()}
            there = shape is not None and not shape.is_empty
            rows.append(
                _plan(options, batch.row0 + index + 1, values, reading.to_working(shape) if there else None)
            )
    return PlanList(options, working, rows, reading.lines())


def _of_table(options: Options, working: int) -> PlanList:
    mark = "\t" if options.path.suffix.lower() == ".tsv" else ","
    try:
        with options.path.open(encoding=options.encoding or "utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines, delimiter=mark)
            chosen = choose(list(table.fieldnames or ()), options.mapping, PLAN_TARGETS)
            found = [{ours: row.get(theirs) for ours, theirs in chosen.fields.items()} for row in table]
    except (UnicodeDecodeError, LookupError, csv.Error) as error:
        raise UnreadableTable(field="encoding", path=str(options.path), reason=str(error)) from None
    said = [
        f"{ours:<18} <- {theirs}{' (guessed)' if ours in chosen.guessed else ''}"
        for ours, theirs in chosen.fields.items()
    ]
    rows = [_plan(options, number, values, None) for number, values in enumerate(found, 1)]
    return PlanList(options, working, rows, [f"file       {options.path.name}, {len(rows)} rows", *said])


def _plan(options: Options, number: int, values: dict[str, Any], shape: BaseGeometry | None) -> PlanRow:
    def text(target: str) -> str | None:
        value = values.get(target)
        said = "" if value is None or str(value) == "nan" else str(value).strip()
        return said or None

    code = text("plan_code") or options.plan
    if code is None:
        raise BadPlanRow(field="plan_code", row=number, target="plan_code", value=None, expected="a code")
    said: dict[str, Any] = {}
    for item in fields(PlanFacts):
        value = text(item.name)
        said[item.name] = None if value is None else _read(number, item.name, value)
    stated = {name: value for name, value in asdict(options.facts).items() if value is not None}
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
        if target == "link":
            expected = "an address such as https://example.org/decision"
            return read_link(value)
    except ValueError:
        raise BadPlanRow(field=target, row=number, target=target, value=value, expected=expected) from None
    allowed = {"level": LEVELS, "status": STATUSES}.get(target)
    if allowed is not None and value not in allowed:
        raise BadPlanRow(
            field=target, row=number, target=target, value=value, expected=f"one of {', '.join(allowed)}"
        )
    return value

"""Run an import of zones from the file to the commit: all of it in one transaction, or nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.core.errors import Conflict, InvalidInput
from landsvc.core.progress import Progress, silent
from landsvc.geo.ewkb import ewkb
from landsvc.planning.importing.coverage import land_spoken_of, put_coverage
from landsvc.planning.importing.judge import QUARANTINED, Judged, Row, judge
from landsvc.planning.importing.options import PlanFacts, Reading
from landsvc.planning.importing.plans import SQL, Connection, PutPlan, put_plan
from landsvc.planning.importing.report import Report
from landsvc.planning.jobs.zoning import CHUNK
from landsvc.planning.queries import refresh_parcels
from landsvc.planning.reference import load_themes


class NoPlan(InvalidInput):
    """Nobody says which plan the zones belong to."""

    slug = "no-plan-for-zones"
    title = "The zones belong to no plan"
    detail = "Row {row} names no plan."
    remedy = "Name the plan with --plan CODE, or the field that holds it with --map plan_code=FIELD."


class UnknownTheme(InvalidInput):
    """A theme is asked for that is not in the list."""

    slug = "unknown-theme"
    title = "There is no such theme"
    detail = "{theme} is none of: {known}."
    remedy = "Give --theme with one of the themes listed."


class PlanOccupied(Conflict):
    """The plan already has zones in the themes of an import."""

    slug = "plan-occupied"
    title = "The plan has zones already"
    detail = "Plan {plan} has {count} zones in these themes."
    remedy = "Add to them with --onto add, or put these in their place with --onto replace."


class _DryRun(Exception):
    """Leave the transaction without committing."""


def import_zones(database: Database, reading: Reading, *, gis_data: Path, on_step: Progress = silent) -> Report:
    """Import a file of zones; raise what reading raises, `NoPlan`, `UnknownTheme` or `PlanOccupied`."""
    reports: list[Report] = []
    try:
        with database.unit_of_work(IMPORT_ROLE) as session:
            reports.append(_Import(session, reading, on_step).run(gis_data))
            if reading.options.dry_run or reports[0].judged.refused:
                raise _DryRun
            on_step("Committing", 0, 0)
    except _DryRun:
        return replace(reports[0], record=None)
    return reports[0]


class _Import:
    """One import inside its transaction."""

    def __init__(self, session: Session, reading: Reading, on_step: Progress) -> None:
        self.session, self.reading, self.on_step = session, reading, on_step
        self.options = reading.options
        self.conn: Connection = driver_connection(session)
        self.themes: dict[str, int] = {}
        self.uses: frozenset[str] = frozenset()
        self.zones: list[int] = []
        """Zones begun or ended here: parcels they meet are computed anew."""
        self.coverages: list[int] = []
        self.coverage_m2 = 0.0

    def run(self, gis_data: Path) -> Report:
        self._learn(gis_data)
        self.on_step("Reading", 0, 0)
        judged = judge(self.reading, self.themes, self.uses)
        if judged.refused:
            return Report(judged, self.options.dry_run)
        self.rows("lock_overlay")
        record_id, record = self._record(judged)
        plans = self._plans(judged)
        for code, plan in plans.items():
            mine = [row for row in judged.kept if self.plan_code(row) == code]
            self._make_room(code, plan, mine)
            self._put_zones(plan, mine)
            self._cover(plan, mine)
        self._put_aside(judged, record_id)
        parcels = self._refresh()
        themes = tuple(sorted({str(row.theme) for row in judged.kept}))
        return Report(judged, self.options.dry_run, record, tuple(plans), themes, self.coverage_m2, parcels)

    def rows(self, statement: str, /, **params: Any) -> list[Any]:
        """Run a named statement and return its rows."""
        cursor = self.conn.execute(SQL[statement].text, params)
        return cursor.fetchall() if cursor.description else []

    def _learn(self, gis_data: Path) -> None:
        load_themes(self.session, gis_data)
        self.themes = {code: number for code, number, _kind in self.rows("known_themes")}
        self.uses = frozenset(row[0] for row in self.rows("known_uses"))
        if self.options.theme is not None and self.options.theme not in self.themes:
            raise UnknownTheme(field="theme", theme=self.options.theme, known=", ".join(self.themes))

    def _record(self, judged: Judged) -> tuple[int, str]:
        facts = self.options.facts
        details = Report(judged, self.options.dry_run).as_json()
        details["findings"] = [
            {key: item[key] for key in ("rule", "count", "areaM2")} for item in details["findings"]
        ]
        name = self.reading.info.path.name
        found = self.rows(
            "put_record",
            title=f"Nhập quy hoạch từ tệp {name}",
            doc_no=facts.decision,
            doc_on=facts.decided_on,
            authority=facts.authority,
            reason=f"Nhập từ tệp {name}",
            details=json.dumps(details, ensure_ascii=False),
        )
        return int(found[0][0]), str(found[0][1])

    def plan_code(self, row: Row) -> str:
        """Return the plan a row belongs to; raise `NoPlan`."""
        guessed = "plan_code" in self.reading.guessed and self.options.plan is not None
        code = self.options.plan if guessed else row.text("plan_code") or self.options.plan
        if code is None:
            raise NoPlan(field="plan", row=row.number)
        return code

    def _plans(self, judged: Judged) -> dict[str, PutPlan]:
        codes = dict.fromkeys(self.plan_code(row) for row in judged.kept)
        several = len(codes) > 1
        facts = replace(self.options.facts, name=None) if several else self.options.facts
        return {code: put_plan(self.conn, code, facts, theme=judged.theme) for code in codes}

    def _make_room(self, code: str, plan: PutPlan, rows: Sequence[Row]) -> None:
        themes = sorted({self.themes[str(row.theme)] for row in rows})
        there = [row[0] for row in self.rows("zones_of_plan", plan_id=plan.id, theme_ids=themes)]
        if there and self.options.onto == "empty":
            raise PlanOccupied(field="plan", plan=code, count=len(there))
        if there and self.options.onto == "replace":
            self.rows("end_zones", zone_ids=there)
            self.zones += there
        if plan.changed:
            self.zones += [row[0] for row in self.rows("zones_of_plan", plan_id=plan.id, theme_ids=None)]
            self.coverages += [row[0] for row in self.rows("coverages_of_plan", plan_id=plan.id)]

    def _put_zones(self, plan: PutPlan, rows: Sequence[Row]) -> None:
        for done, row in enumerate(rows, 1):
            self.zones.append(self.rows("put_zone", **self._zone(plan, row))[0][0])
            self.on_step("Writing zones", done, len(rows))

    def _zone(self, plan: PutPlan, row: Row) -> dict[str, Any]:
        code = row.code or str(row.theme)
        use = row.text("use_code")
        facts: PlanFacts = plan.facts
        return {
            "plan_id": plan.id,
            "theme_id": self.themes[str(row.theme)],
            "code": code,
            "name": row.text("name"),
            "name_en": row.text("name_en"),
            "use_code": use if use in self.uses else code if code in self.uses else None,
            "status": row.status,
            "legal_source": row.text("legal_source"),
            "project": None if row.project is None else json.dumps(row.project, ensure_ascii=False),
            "building": None if row.building is None else json.dumps(row.building),
            "corridor_m": self.options.corridor_m,
            "source_scale": facts.source_scale,
            "accuracy_m": facts.accuracy_m,
            "valid_from": row.valid_from or facts.valid_from,
            "valid_to": row.valid_to or facts.valid_to,
            "geom": ewkb(row.shape, self.reading.working),
        }

    def _cover(self, plan: PutPlan, rows: Sequence[Row]) -> None:
        for theme in sorted({str(row.theme) for row in rows}):
            shapes = [row.shape for row in rows if row.theme == theme and row.shape is not None]
            land = land_spoken_of(self.rows, self.reading, shapes)
            if land is not None:
                ids, size = put_coverage(
                    self.rows,
                    plan_id=plan.id,
                    theme_id=self.themes[theme],
                    land=land,
                    srid=self.reading.working,
                    replace=self.options.onto == "replace",
                )
                self.coverages += ids
                self.coverage_m2 += size

    def _put_aside(self, judged: Judged, record_id: int) -> None:
        for row in judged.rows:
            if row.action == QUARANTINED:
                rules = [rule for rule, items in judged.findings.items() if any(item[0] is row for item in items)]
                self.rows(
                    "put_aside",
                    record_id=record_id,
                    source_row=row.number,
                    rules=rules,
                    attributes=json.dumps(row.values, ensure_ascii=False, default=str),
                    geom=ewkb(row.shape, self.reading.working),
                )

    def _refresh(self) -> int:
        units = [row[0] for row in self.rows("touched_units", zone_ids=self.zones, coverage_ids=self.coverages)]
        for start in range(0, len(units), CHUNK):
            self.on_step("Computing parcels", start, len(units))
            refresh_parcels(self.session, units[start : start + CHUNK])
        return len(units)

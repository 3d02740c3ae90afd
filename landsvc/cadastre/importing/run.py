"""Run one import from the file to the commit: the locks first, then everything that is read or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from landsvc.cadastre.importing.examine import Examined, Neighbours, Register, examine
from landsvc.cadastre.importing.load import SQL, Connection, Written, series_code, write
from landsvc.cadastre.importing.places import Unit
from landsvc.cadastre.importing.plan import Options, Plan
from landsvc.cadastre.importing.reading import Source, read
from landsvc.cadastre.importing.replacing import old_map, thresholds
from landsvc.cadastre.importing.report import Report
from landsvc.cadastre.importing.resurvey import OldMap, Resurvey, compare
from landsvc.cadastre.importing.rings import Rings
from landsvc.core import clock
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.core.errors import Conflict, InvalidInput
from landsvc.core.memory import hand_back
from landsvc.core.progress import Progress, silent

CELLS = 64


class CommuneOccupied(Conflict):
    """The communes of an import already have parcels."""

    slug = "commune-occupied"
    title = "There are parcels already"
    detail = "Communes {communes} have current parcels."
    remedy = (
        "Add to them with --onto add, replace their map by a new survey with --onto replace, or undo the import."
    )


class NothingToReplace(Conflict):
    """There is no map where a new survey shall replace one."""

    slug = "nothing-to-replace"
    title = "There is no map to replace"
    detail = "{place} has no parcels with a map."
    remedy = "Import the first map with --onto empty, or name another commune or sheet."


class CommuneNotStated(InvalidInput):
    """A new survey does not say which commune it replaces."""

    slug = "replaced-commune-not-stated"
    title = "Which commune is measured anew must be stated"
    detail = "--onto replace was given without --commune."
    remedy = "State the commune of today with --commune, and one sheet of it with --sheet."


class DayOfSurveyAhead(InvalidInput):
    """A survey of a day to come."""

    slug = "survey-in-the-future"
    title = "The day of the survey is still to come"
    detail = "--surveyed-on {day} lies after today."
    remedy = "State the day on which the new map came into use, today at the latest."


class UnknownCommune(InvalidInput):
    """The commune stated is not known."""

    slug = "unknown-import-commune"
    title = "The commune is not known"
    detail = "There is no commune {code}."
    remedy = "Import the units first (landsvc import units), or name it: --commune {code} --commune-name NAME."


class _DryRun(Exception):
    """Leave the transaction without committing."""


def import_parcels(database: Database, plan: Plan, on_step: Progress = silent) -> Report:
    """Import a file as its plan says: all of it in one transaction, or nothing.

    Raise `CommuneOccupied`, `UnknownCommune`, `core.db.DiskFull`, or what reading the file raises.
    """
    _require_replaceable(plan)
    source = plan.sheet.source if plan.sheet else _read(plan, on_step)
    reports: list[Report] = []
    try:
        with database.unit_of_work(IMPORT_ROLE) as session:
            reports.append(_in_transaction(session, plan, source, on_step))
            if plan.options.dry_run or reports[0].record is None:
                raise _DryRun
            on_step("Committing", 0, 0)
    except _DryRun:
        pass
    return reports[0]


def _require_replaceable(plan: Plan) -> None:
    options = plan.options
    if options.onto == "replace" and options.commune is None:
        raise CommuneNotStated(field="commune")
    if options.surveyed_on is not None and options.surveyed_on > clock.today():
        raise DayOfSurveyAhead(field="surveyed-on", day=options.surveyed_on.isoformat())


def _read(plan: Plan, on_step: Progress) -> Source:
    columns = sorted({*plan.fields.fields.values()})
    source = read(plan.info, columns, lambda done, of: on_step("Reading", done, of))
    hand_back()
    return source


def _in_transaction(session: Session, plan: Plan, source: Source, on_step: Progress) -> Report:
    conn = driver_connection(session)
    register = _Reader(conn, plan)
    register.lock(source)
    found = examine(plan, source, register.facts(), on_step)
    resurvey = register.compared(found, on_step)
    if found.refused:
        return Report(found, None, plan.options.dry_run, resurvey=resurvey)
    if plan.options.onto == "empty":
        register.require_empty(found)
    draft = Report(found, None, plan.options.dry_run, resurvey=resurvey)
    written = write(conn, found, _title(plan), _details(draft), on_step, resurvey)
    on_step("Proving", 0, 0)
    conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return _final(draft, written)


def _final(draft: Report, written: Written) -> Report:
    record = None if draft.dry_run else written.record
    return replace(draft, record=record, noded_neighbours=written.noded_neighbours)


def _title(plan: Plan) -> str:
    if plan.options.onto == "replace":
        sheet = f" tờ {plan.options.sheet}" if plan.options.sheet else ""
        return f"Thay bản đồ địa chính{sheet} của xã {plan.options.commune} từ tệp {plan.info.path.name}"
    return f"Nhập dữ liệu địa chính từ tệp {plan.info.path.name}"


def _details(report: Report) -> Mapping[str, Any]:
    """Return the report for the record, without the single features."""
    told = report.as_json()
    told["findings"] = [{k: item[k] for k in ("rule", "count", "areaM2", "notes")} for item in told["findings"]]
    return told


class _Reader:
    """What the register says, read after the locks are taken."""

    def __init__(self, conn: Connection, plan: Plan) -> None:
        self.conn, self.plan = conn, plan
        self.old: OldMap | None = None
        self.current = {
            code: Unit(unit, code, name, None if land is None else shapely.from_wkb(land))
            for unit, code, name, land in self._rows("import_units_current")
        }

    def _rows(self, statement: str, /, **params: Any) -> list[Any]:
        return self.conn.execute(SQL[statement].text, params).fetchall()

    def lock(self, source: Source) -> None:
        """Lock the communes that rows may fall into, before anything of the fabric is read."""
        options = self.plan.options
        working = source.rings.with_xy(self.plan.to_working(source.rings.xy))
        boxes = _cells(working)
        wanted = {"*"} if options.commune is None else {"*", options.commune}
        for unit in self.current.values():
            if unit.land is not None and boxes is not None and shapely.intersects(unit.land, boxes):
                wanted.add(unit.code)
        field = self.plan.fields.fields.get("commune")
        if field is not None:
            known = {str(value).zfill(5) for value in source.table.column(field).unique().to_pylist() if value}
            wanted |= known & self.current.keys()
        self._rows("import_lock", communes=sorted(wanted), place=None)

    def facts(self) -> Register:
        """Return what an examination needs."""
        options = self.plan.options
        year = options.series_year
        day = date(year, 12, 31) if year else clock.today()
        issued = {
            code: Unit(unit, code, name, None, tuple(heirs))
            for unit, code, name, heirs in self._rows("import_units_at", on_day=min(day, clock.today()))
        }
        if options.commune is not None and not (options.commune in issued or options.commune in self.current):
            self._add_commune(options, issued)
        codes = dict(self._rows("import_use_codes"))
        known = frozenset(code for code, maps_to in codes.items() if code == maps_to)
        return Register(issued, self.current, known, codes, self._numbers_of, self._neighbours_of)

    def _add_commune(self, options: Options, issued: dict[str, Unit]) -> None:
        if not options.commune_name:
            raise UnknownCommune(field="commune", code=options.commune)
        code = str(options.commune)
        ((made,),) = self._rows("import_add_commune", code=code, name=options.commune_name)
        self.current[code] = issued[code] = Unit(made, code, options.commune_name)
        self._rows("import_lock", communes=[code], place=None)

    def compared(self, found: Examined, on_step: Progress) -> Resurvey | None:
        """Return what became of the map that is replaced, its findings added to the file's; None for other imports."""
        if self.old is None:
            return None
        options = self.plan.options
        if self.old.is_object.all():
            raise NothingToReplace(
                place=f"Sheet {options.sheet} of {options.commune}" if options.sheet else options.commune
            )
        on_step("Comparing with the old map", 0, 0)
        day = options.surveyed_on or clock.today()
        return compare(found, self.old, day, thresholds(self.conn))

    def _numbers_of(self, unit: Unit) -> set[tuple[str, str]]:
        options = self.plan.options
        if options.onto == "replace":
            return set()  # a new series begins
        code = series_code(unit.code, options.series_kind, options.series_year)
        found = self._rows("import_series_found", code=code)
        return set(map(tuple, self._rows("import_numbers", series_id=found[0][0]))) if found else set()

    def _neighbours_of(self, rings: Rings) -> Neighbours:
        boxes = _cells(rings)
        rows: list[Any] = []
        if boxes is not None:
            place = shapely.to_wkb(shapely.set_srid(boxes, self.plan.working), include_srid=True)
            rows = self._rows("import_neighbours", boxes=place)
        if self.plan.options.onto == "replace" and self.plan.options.commune is not None:
            self.old = old_map(self.conn, self.plan.options.commune, self.plan.options.sheet, rings)
            replaced = set(self.old.unit_id.tolist())
            rows = [row for row in rows if row[0] not in replaced]
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        return Neighbours(ids, Rings.of(shapely.from_wkb([row[2] for row in rows])))

    def require_empty(self, found: Examined) -> None:
        """Raise `CommuneOccupied` if a commune of the import has parcels."""
        communes = sorted({code for code in found.placed.commune.tolist() if code is not None})
        taken = [row[0] for row in self._rows("import_occupied", communes=communes)]
        if taken:
            raise CommuneOccupied(communes=", ".join(taken))


def _cells(rings: Rings) -> Any:
    """Return the boxes of the polygons as few rectangles, 1 m wider; None when there is nothing."""
    box = rings.bounds()
    box = box[np.isfinite(box).all(axis=1)]
    if not len(box):
        return None
    low, high = box[:, :2].min(axis=0) - 1, box[:, 2:].max(axis=0) + 1
    side = np.maximum((high - low) / CELLS, 1.0)
    first = ((box[:, :2] - 1 - low) // side).astype(np.int64)
    last = ((box[:, 2:] + 1 - low) // side).astype(np.int64)
    filled = np.zeros((CELLS + 2, CELLS + 2), dtype=bool)
    # Four small numbers as one: rows sort slowly.
    corners = np.unique(np.concatenate([first, last], axis=1).clip(0, CELLS) @ (CELLS + 1) ** np.arange(4)[::-1])
    for x0, y0, x1, y1 in np.stack(np.unravel_index(corners, (CELLS + 1,) * 4), axis=1).tolist():
        filled[x0 : x1 + 1, y0 : y1 + 1] = True
    cell = np.argwhere(filled)
    corner = low + cell * side
    return shapely.multipolygons(list(shapely.box(*corner.T, *(corner + side).T)))

"""Judge the rows of a file of zones: mend shapes, read values, decide what becomes of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.importing.days import read_day
from landsvc.cadastre.importing.plan import expected_place
from landsvc.geo.crs import WGS84, transform
from landsvc.geo.formats import read_batches
from landsvc.planning.importing.options import Reading
from landsvc.planning.importing.rules import RULES
from landsvc.planning.importing.stated import read_building, read_project
from landsvc.planning.models import STATUSES

LOADED, REPAIRED, ADMITTED = "loaded", "repaired", "admitted"
QUARANTINED, REFUSED = "quarantined", "refused"
SURE_OVERLAP_M2 = 0.01
NOTHING = {"", "nan", "None", "NULL", "<null>"}


@dataclass
class Row:
    """One feature of the file on its way to be a zone. The shape is in the working system."""

    number: int
    """Counted from 1."""
    values: dict[str, Any]
    shape: BaseGeometry | None
    code: str | None = None
    theme: str | None = None
    status: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    project: dict[str, Any] | None = None
    building: dict[str, float | int] | None = None
    action: str = LOADED

    def text(self, target: str) -> str | None:
        """Return a value as trimmed text, None for nothing."""
        value = str(self.values.get(target) if self.values.get(target) is not None else "").strip()
        return None if value in NOTHING else value


@dataclass
class Judged:
    """All rows and what was found about them."""

    reading: Reading
    rows: list[Row] = field(default_factory=list)
    findings: dict[str, list[tuple[Row, float, BaseGeometry | None]]] = field(default_factory=dict)
    theme: str = ""

    def add(self, rule: str, row: Row, area_m2: float = 0.0, place: BaseGeometry | None = None) -> None:
        """Note that a rule found something about a row."""
        self.findings.setdefault(rule, []).append((row, area_m2, place if place is not None else row.shape))

    @property
    def kept(self) -> list[Row]:
        """Return the rows that become zones."""
        return [row for row in self.rows if row.action in {LOADED, REPAIRED, ADMITTED}]

    @property
    def refused(self) -> bool:
        """Tell whether the file as a whole is refused."""
        return any(row.action == REFUSED for row in self.rows)


def judge(reading: Reading, known_themes: Mapping[str, int], known_uses: frozenset[str]) -> Judged:
    """Read the file and decide about every row; nothing is written."""
    judged = Judged(reading)
    for batch in read_batches(reading.info.path, reading.info, columns=sorted(set(reading.fields.values()))):
        _take(judged, batch)
    _mend(judged)
    judged.theme = _main_theme(judged, known_themes, known_uses)
    for row in judged.rows:
        _read_values(judged, row, known_themes)
    _look_for_slivers(judged)
    _look_for_overlaps(judged)
    _decide(judged)
    return judged


def _take(judged: Judged, batch: Any) -> None:
    fields = judged.reading.fields
    shapes = batch.geometry.copy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if there.any():
        shapes[there] = judged.reading.to_working(shapely.force_2d(shapes[there]))
    first = len(judged.rows)
    for index, shape in enumerate(shapes):
        values = {ours: batch.columns[theirs][index] for ours, theirs in fields.items()}
        judged.rows.append(Row(batch.row0 + index + 1, values, shape if there[index] else None))
    for number in (*batch.notes.linearised, *batch.notes.rings_closed):
        row = judged.rows[first + number - batch.row0]
        row.action = REPAIRED
        judged.add("ZON-CURVE" if number in batch.notes.linearised else "ZON-RING-OPEN", row)


def _mend(judged: Judged) -> None:
    for row in judged.rows:
        if row.shape is None or not np.isfinite(shapely.get_coordinates(row.shape)).all():
            row.shape = None
            continue
        if not row.shape.is_valid:
            mended = _highest(shapely.make_valid(row.shape))
            judged.add("ZON-INVALID-RING", row, abs(mended.area - row.shape.area), mended)
            row.shape, row.action = mended, REPAIRED
        elif row.shape.geom_type == "GeometryCollection":
            row.shape, row.action = _highest(row.shape), REPAIRED
            judged.add("ZON-MIXED", row)


def _highest(shape: BaseGeometry) -> BaseGeometry:
    """Return the parts of the highest dimension as one geometry."""
    parts = shapely.get_parts(shape) if hasattr(shape, "geoms") else np.array([shape])
    while any(part.geom_type == "GeometryCollection" or hasattr(part, "geoms") for part in parts):
        parts = shapely.get_parts(parts)
    dimension = shapely.get_dimensions(parts)
    highest = parts[dimension == dimension.max()] if len(parts) else parts
    joined: BaseGeometry = shapely.union_all(highest) if len(highest) else shape
    return joined


def _main_theme(judged: Judged, themes: Mapping[str, int], uses: frozenset[str]) -> str:
    """Return the theme of rows that name none: as stated, as the plan is called, or by what the codes look like."""
    options = judged.reading.options
    for said in (options.theme, options.plan):
        if said in themes:
            return str(said)
    codes = [row.text("zone_code") for row in judged.rows]
    known = sum(1 for code in codes if code in uses)
    return "land_use_plan" if codes and 2 * known > len(codes) else "zoning"


def _read_values(judged: Judged, row: Row, themes: Mapping[str, int]) -> None:
    row.code = row.text("zone_code")
    named = row.text("theme")
    row.theme = named if named in themes else judged.theme
    row.status = row.text("status")
    bad = named is not None and "theme" not in judged.reading.guessed and named not in themes
    if row.status is not None and row.status not in STATUSES:
        bad = bad or "status" not in judged.reading.guessed
        row.status = None
    try:
        row.valid_from, row.valid_to = (
            read_day(row.values.get("valid_from")),
            read_day(row.values.get("valid_to")),
        )
        if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
            raise ValueError
    except ValueError:
        row.valid_from, row.valid_to, bad = None, None, True
    try:
        row.project, row.building = read_project(row.text), read_building(row.text)
    except ValueError:
        bad = True
    if bad:
        judged.add("ZON-BAD-VALUE", row)
    if row.code is None:
        judged.add("ZON-NO-CODE", row)
    if row.shape is None or row.shape.is_empty:
        judged.add("ZON-NO-GEOMETRY", row)
    elif not _inside(judged.reading, row.shape):
        judged.add("ZON-OUTSIDE", row)


def _inside(reading: Reading, shape: BaseGeometry) -> bool:
    west, south, east, north = expected_place(reading.working)
    corners = shapely.get_coordinates(
        transform(shapely.box(*shape.bounds), reading.working, WGS84, reading.variant)
    )
    low, high = corners.min(axis=0), corners.max(axis=0)
    return bool(
        np.isfinite(corners).all() and low[0] <= east and high[0] >= west and low[1] <= north and high[1] >= south
    )


def _surfaces(judged: Judged) -> list[Row]:
    return [row for row in judged.rows if row.shape is not None and row.shape.area > 0]


def _look_for_slivers(judged: Judged) -> None:
    accuracy = judged.reading.options.facts.accuracy_m
    if not accuracy:
        return
    for row in _surfaces(judged):
        if row.shape is not None and row.shape.buffer(-accuracy).is_empty:
            judged.add("ZON-SLIVER", row, row.shape.area)


def _look_for_overlaps(judged: Judged) -> None:
    rows = _surfaces(judged)
    shapes = np.array([row.shape for row in rows], dtype=object)
    if not len(rows):
        return
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a < b and rows[a].theme == rows[b].theme:
            common = shapely.intersection(shapes[a], shapes[b])
            if common.area > SURE_OVERLAP_M2:
                judged.add("ZON-OVERLAP", rows[b], common.area, common)


def _decide(judged: Judged) -> None:
    """Give each row with a defect its action; what has no shape can never be admitted."""
    how = judged.reading.options.on_defect
    for rule, items in judged.findings.items():
        if RULES[rule].kind != "defect":
            continue
        for row, _area, _place in items:
            if how == "refuse":
                row.action = REFUSED
            elif how == "quarantine" or rule in {"ZON-NO-GEOMETRY", "ZON-OUTSIDE"}:
                row.action = QUARANTINED
            elif row.action != QUARANTINED:
                row.action = ADMITTED

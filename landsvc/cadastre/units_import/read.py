"""Read a file of administrative units and decide about each row; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.importing.days import read_day
from landsvc.cadastre.importing.findings import ADMITTED, LOADED, QUARANTINED, REFUSED, REPAIRED
from landsvc.cadastre.importing.mapping import Targets, choose
from landsvc.cadastre.importing.plan import NoReferenceSystem, OnDefect, expected_place, first_points
from landsvc.cadastre.units_import.rules import RULES
from landsvc.geo.crs import WGS84, Variant, transform
from landsvc.geo.formats import SourceInfo, inspect, read_batches
from landsvc.geo.srid_guess import SridGuess, guess_srid

Level = Literal["province", "district", "commune"]
LENGTHS: Mapping[Level, int] = {"province": 2, "district": 3, "commune": 5}
"""Digits of a unit's code (QĐ 19/2025/QĐ-TTg)."""
KINDS = ("thành phố", "tỉnh", "quận", "huyện", "thị xã", "thị trấn", "đặc khu", "phường", "xã")
"""What a unit's name begins with, and so what it is; the longest first where one begins another."""
TARGETS: Targets = {
    "code": ("code", "ma", "maxa", "maxaphuong", "madvhc", "madvhcxa", "mahc", "kvhc", "matinh", "mahuyen"),
    "name": ("name", "ten", "tenxa", "tendvhc", "tendonvi", "tenxaphuong", "namevi", "tentinh", "tenhuyen"),
    "kind": ("kind", "loai", "capdvhc", "loaidvhc", "type"),
    "parent": ("parent", "parentcode", "mahuyen", "matinh", "provincecode"),
    "valid_from": ("validfrom", "ngayhieuluc", "hieuluctu", "tungay"),
    "valid_to": ("validto", "hethieuluc", "hieulucden", "denngay"),
}
"""Our names, and the names met in files: folded, the surest first."""
MOST_OVERLAP_M2 = 1.0


@dataclass(frozen=True)
class Options:
    """What a person asks for; None means: guess, or the default."""

    path: Path
    level: Level = "commune"
    layer: str | None = None
    srid: int | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    valid_from: date | None = None
    onto: Literal["empty", "replace"] = "empty"
    on_defect: OnDefect = "refuse"
    dry_run: bool = False


@dataclass
class Row:
    """One unit on its way in; its land is in the working system. `first` and `last` are days it holds."""

    number: int
    code: str
    name: str
    kind: str
    parent: str | None
    first: date | None
    last: date | None
    land: BaseGeometry | None
    point: BaseGeometry | None
    values: dict[str, Any]
    action: str = LOADED

    @property
    def short_name(self) -> str:
        """Return the name without what the unit is: Tân Khai of Xã Tân Khai."""
        begins = self.name.casefold().startswith(f"{self.kind} ")
        return self.name[len(self.kind) + 1 :] if begins else self.name

    @property
    def valid(self) -> str:
        """Return the days it holds as a PostgreSQL range, both ends in it."""
        return f"[{self.first or ''},{self.last or ''}{']' if self.last else ')'}"

    def meets(self, other: Row) -> bool:
        """Tell whether both hold on some day."""
        early, late = date.min, date.max
        return (self.first or early) <= (other.last or late) and (other.first or early) <= (self.last or late)


@dataclass
class Units:
    """A file of units as it was read, with what was found."""

    options: Options
    info: SourceInfo
    fields: Mapping[str, str]
    guessed: frozenset[str]
    system: SridGuess
    working: int
    rows: list[Row] = field(default_factory=list)
    findings: dict[str, list[Row]] = field(default_factory=dict)

    def find(self, rule: str, row: Row) -> None:
        """Note a finding, and give the row what `--on-defect` says of it."""
        self.findings.setdefault(rule, []).append(row)
        if RULES[rule].kind == "repair" and row.action == LOADED:
            row.action = REPAIRED
        elif RULES[rule].kind == "defect":
            row.action = self._fate(rule, row)

    def _fate(self, rule: str, row: Row) -> str:
        how = self.options.on_defect
        if how == "refuse":
            return REFUSED
        # Without a code, a time or a place of its own a unit cannot be stored.
        stored = how == "admit" and rule in {"UNI-NO-NAME", "UNI-NOT-SURFACE"}
        return ADMITTED if stored and row.action != QUARANTINED else QUARANTINED

    @property
    def kept(self) -> list[Row]:
        """Return the rows that become units."""
        return [row for row in self.rows if row.action in {LOADED, REPAIRED, ADMITTED}]

    @property
    def refused(self) -> bool:
        """Tell whether the file as a whole is refused."""
        return any(row.action == REFUSED for row in self.rows)

    def lines(self) -> list[str]:
        """Say to a person how the file is read, one decision a line."""
        guess = {True: " (guessed)", False: ""}
        said = [
            f"file       {self.info.path.name}, layer {self.info.layer}, {self.info.count} rows ({self.info.driver})",
            f"system     {self.system.srid}{guess[self.system.guessed]}: {self.system.reason}",
            f"encoding   {self.info.encoding}{guess[self.info.encoding_guessed]}",
        ]
        return said + [
            f"{ours:<18} <- {theirs}{guess[ours in self.guessed]}" for ours, theirs in self.fields.items()
        ]


def read_units(options: Options, *, working: int, variant: Variant) -> Units:
    """Read and judge a file; raise an error of `geo.formats`, of the mapping, or `NoReferenceSystem`."""
    info = inspect(options.path, layer=options.layer, encoding=options.encoding)
    found = choose([item.name for item in info.fields], options.mapping, TARGETS)
    fields = found.fields
    units = Units(options, info, fields, found.guessed, _system(options, info, working, variant), working)
    for batch in read_batches(info.path, info, columns=sorted(set(fields.values()))):
        shapes = _to_working(batch.geometry, units, variant)
        for index, shape in enumerate(shapes):
            values = {ours: batch.columns[theirs][index] for ours, theirs in fields.items()}
            _take(units, batch.row0 + index + 1, values, shape, variant)
    _look_for_duplicates(units)
    _look_for_overlaps(units)
    return units


def _system(options: Options, info: SourceInfo, working: int, variant: Variant) -> SridGuess:
    points = first_points(info)
    place = expected_place(working)
    found = guess_srid(points, info.crs, working=working, variant=variant, extent=place, stated=options.srid)
    if found.srid is None and len(points):
        sample = ", ".join(f"({x:.3f} {y:.3f})" for x, y in points[:2].tolist())
        raise NoReferenceSystem(field="srid", path=str(options.path), reason=found.reason, sample=sample)
    return found


def _to_working(shapes: Any, units: Units, variant: Variant) -> Any:
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    moved = shapes.copy()
    moved[~there] = None
    if there.any() and units.system.srid is not None:
        flat = shapely.force_2d(shapes[there])
        if units.system.axis_swapped:
            flat = shapely.transform(flat, lambda xy: xy[:, ::-1])
        moved[there] = transform(flat, units.system.srid, units.working, variant)
    return moved


def _take(
    units: Units, number: int, values: dict[str, Any], shape: BaseGeometry | None, variant: Variant
) -> None:
    """Judge one row for itself."""
    code, name = _code(values, units.options.level), _text(values, "name")
    kind = (_text(values, "kind") or _kind_of(name or "") or units.options.level).casefold()
    row = Row(number, code, name or code, kind, _text(values, "parent"), None, None, None, None, values)
    units.rows.append(row)
    if not re.fullmatch(f"[0-9]{{{LENGTHS[units.options.level]}}}", code):
        units.find("UNI-BAD-CODE", row)
    if name is None:
        units.find("UNI-NO-NAME", row)
    try:
        row.first = read_day(values.get("valid_from")) or units.options.valid_from
        row.last = read_day(values.get("valid_to"))
        if row.first and row.last and row.last < row.first:
            raise ValueError
    except ValueError:
        row.first = row.last = None
        units.find("UNI-BAD-DATE", row)
    if shape is not None:
        _place(units, row, shape, variant)


def _place(units: Units, row: Row, shape: BaseGeometry, variant: Variant) -> None:
    if not np.isfinite(shapely.get_coordinates(shape)).all() or not _inside(shape, units.working, variant):
        units.find("UNI-OUTSIDE", row)
    elif shape.geom_type == "Point":
        row.point = shape
    else:
        mended = shape if shape.is_valid else shapely.make_valid(shape)
        parts = shapely.get_parts(mended)
        areas = parts[shapely.get_dimensions(parts) == 2]
        if not len(areas):
            units.find("UNI-NOT-SURFACE", row)
            return
        row.land = shapely.union_all(areas) if mended is not shape else shape
        row.point = shapely.point_on_surface(row.land)
        if mended is not shape:
            units.find("UNI-INVALID-RING", row)


def _inside(shape: BaseGeometry, working: int, variant: Variant) -> bool:
    west, south, east, north = expected_place(working)
    lon, lat = shapely.get_coordinates(transform(shapely.centroid(shape), working, WGS84, variant))[0].tolist()
    return bool(west <= lon <= east and south <= lat <= north)


def _look_for_duplicates(units: Units) -> None:
    seen: dict[str, list[Row]] = {}
    for row in units.rows:
        before = seen.setdefault(row.code, [])
        if row.code and any(row.meets(other) for other in before):
            units.find("UNI-DUPLICATE", row)
        before.append(row)


def _look_for_overlaps(units: Units) -> None:
    rows = [row for row in units.kept if row.land is not None]
    lands = np.array([row.land for row in rows], dtype=object)
    if not len(rows):
        return
    left, right = shapely.STRtree(lands).query(lands, predicate="intersects")
    later = left < right
    common = shapely.area(shapely.intersection(lands[left[later]], lands[right[later]]))
    for a, b, area in zip(left[later].tolist(), right[later].tolist(), common.tolist(), strict=True):
        if area > MOST_OVERLAP_M2 and rows[a].meets(rows[b]):
            units.find("UNI-OVERLAP", rows[b])


def _kind_of(name: str) -> str | None:
    return next((kind for kind in KINDS if name.casefold().startswith(f"{kind} ")), None)


def _code(values: Mapping[str, Any], level: Level) -> str:
    value = values.get("code")
    if isinstance(value, int | float) and value == value:
        # A spreadsheet took the code for a number: its zeros are gone.
        return f"{value:.0f}".zfill(LENGTHS[level])
    return _text(values, "code") or ""


def _text(values: Mapping[str, Any], target: str) -> str | None:
    value = values.get(target)
    told = "" if value is None else str(value).strip()
    return None if told in {"", "nan", "None", "NULL"} else told

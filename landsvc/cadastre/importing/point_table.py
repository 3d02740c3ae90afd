"""Make the rows of a sheet out of a table of boundary points (bảng kê toạ độ góc thửa): one polygon a parcel.

The result is what any layer of polygons would give, and goes the same way from there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from landsvc.cadastre.importing.decimals import Habit, decimals, habit_of
from landsvc.cadastre.importing.mapping import choose
from landsvc.cadastre.importing.point_columns import ROLES, Head, PointColumnsMissing, find_head, is_head
from landsvc.cadastre.importing.point_rings import Collector, Columns, Point, Ring, put_right, rings_of
from landsvc.cadastre.importing.reading import Drawn, Source
from landsvc.cadastre.importing.rings import Rings
from landsvc.cadastre.importing.sheet import Sheet
from landsvc.geo.formats import Field, Layer, SourceInfo, errors
from landsvc.geo.formats.tables import Cells, first_rows, is_table, read_cells
from landsvc.geo.srid_guess import recognise

SHEET, NUMBER = "sheet_no", "parcel_no"
_EDGE_TOLERANCE_M = 0.02
"""What rounding of two corners and of the length itself to the centimetre can make."""
_EDGE_HABIT = Habit(None, "")
_ONLY_POINTS = frozenset({".txt", ".xlsx", ".ods"})
"""Tables that can be nothing else; a CSV may hold WKT."""


@dataclass(frozen=True)
class Parcel:
    """One polygon: its outer ring, the rings of its holes."""

    outer: Ring
    holes: tuple[Ring, ...] = ()


def open_points(
    path: Path, *, layer: str | None, encoding: str | None, sheet_no: str | None, mapping: Mapping[str, str]
) -> Sheet | None:
    """Read a table of points; None where the file is none.

    Raise one of `geo.formats.errors`, `PointColumnsMissing` or `PointOrderInDoubt`.
    """
    if not is_table(path) or not _may_hold_points(path, mapping):
        return None
    found = [
        (cells, head)
        for cells in read_cells(path, layer=layer, encoding=encoding)
        if (head := find_head(cells.rows, mapping))
    ]
    if not found:
        if path.suffix.lower() in _ONLY_POINTS or mapping.keys() & ROLES.keys():
            raise PointColumnsMissing(field="map", path=str(path))
        return None
    if len(found) > 1:
        names = ", ".join(cells.layer for cells, _ in found)
        raise errors.SeveralLayers(field="layer", path=str(path), count=len(found), layers=names)
    return _Table(*found[0], sheet_no, mapping).sheet()


def _may_hold_points(path: Path, mapping: Mapping[str, str]) -> bool:
    """Look at the head of a CSV before reading it whole: it may be a layer of a million shapes."""
    if path.suffix.lower() in _ONLY_POINTS or mapping.keys() & ROLES.keys():
        return True
    return find_head(first_rows(path), mapping) is not None


class _Table:
    """One table on its way to polygons."""

    def __init__(self, cells: Cells, head: Head, sheet_no: str | None, mapping: Mapping[str, str]) -> None:
        self.cells, self.head, self.sheet_no = cells, head, sheet_no
        attributes = {target: name for target, name in mapping.items() if target not in ROLES}
        keys = choose(head.others, attributes).fields
        self.columns = Columns(*(head.others.get(keys.get(target, ""), -1) for target in (SHEET, NUMBER)))
        self.body = [
            (at + 1, row) for at, row in enumerate(cells.rows) if at > head.row and not is_head(row, head)
        ]
        self.habit = habit_of(self._texts("north") + self._texts("east"))
        self.collected = self._collect()
        self.points = put_right(self.collected.points, str(cells.path))
        self.rings = rings_of(self.points)
        with np.errstate(invalid="ignore"):  # a corner that is no number: told as IMP-POINT-UNREADABLE
            self.parcels = _parcels(self.rings)
            self.shapes = [_shape(parcel) for parcel in self.parcels]

    def _texts(self, role: str) -> list[str]:
        at = self.head.roles[role]
        return [row[at] for _, row in self.body if at < len(row)]

    def _collect(self) -> Collector:
        made = Collector(self.head, self.columns)
        north, east, edge = (self.head.roles.get(role, -1) for role in ("north", "east", "edge"))
        for line, row in self.body:
            cells = [row[at] if 0 <= at < len(row) else "" for at in (north, east, edge)]
            made.take(line, row, self.habit.read(cells[0]), self.habit.read(cells[1]), cells[2])
        return made

    def sheet(self) -> Sheet:
        """Return the parcels as rows."""
        areal = [shape.geom_type == "Polygon" for shape in self.shapes]
        none = np.zeros(len(self.shapes), dtype=bool)
        info = self._info()
        source = Source(
            Rings.of(
                np.array([s if ok else None for s, ok in zip(self.shapes, areal, strict=True)], dtype=object)
            ),
            pa.table(
                {item.name: pa.array(self._column(item.name), pa.string()) for item in info.fields}
                or {"": pa.nulls(len(self.shapes))}
            ),
            {row: shape for row, shape in enumerate(self.shapes) if not areal[row]},
            curved=none,
            collected=none,
            closed=none,
            unreadable=none,
            encodings=self.cells.encodings,
            drawn=(*self._unread(), *self._exchanged(), *self._edges()),
        )
        return Sheet(info, source, self._said(), self._choices(), points=True, axes_by_custom=self.head.by_letter)

    def _column(self, name: str) -> list[str | None]:
        """Return an attribute of each parcel: the first that is written beside one of its points."""
        at = self.head.others.get(name, -1)
        for part, (target, column) in enumerate(((SHEET, self.columns.sheet), (NUMBER, self.columns.number))):
            if at == column if at >= 0 else name == target:
                keys = [parcel.outer.points[0].key[part] for parcel in self.parcels]
                return [key or (self.sheet_no if name == SHEET else None) or None for key in keys]
        written = ([p.cells[at] for p in parcel.outer.points if at < len(p.cells)] for parcel in self.parcels)
        return [next(filter(None, cells), None) for cells in written]

    def _names(self) -> list[str]:
        made = list(self.head.others)
        if self.columns.number < 0 and self.collected.titled:
            made += [name for name in (SHEET, NUMBER) if name not in made]
        elif self.columns.sheet < 0 and self.sheet_no and SHEET not in made:
            made.append(SHEET)
        return made

    def _unread(self) -> list[Drawn]:
        return [
            Drawn("IMP-POINT-UNREADABLE", (row,), [_place(parcel)], note=f"row {point.line}: {point.unread}")
            for row, parcel in enumerate(self.parcels)
            for point in _all_points(parcel)
            if point.unread
        ]

    def _exchanged(self) -> list[Drawn]:
        return [
            Drawn(
                "IMP-POINT-EXCHANGED", (row,), [shapely.Point(point.east, point.north)], note=f"row {point.line}"
            )
            for row, parcel in enumerate(self.parcels)
            for point in _all_points(parcel)
            if point.exchanged
        ]

    def _edges(self) -> list[Drawn]:
        """Compare the lengths written with those between the points: of the edge that begins or that ends there."""
        if "edge" not in self.head.roles:
            return []
        ways = [
            [found for row, parcel in enumerate(self.parcels) for found in _wrong_edges(row, parcel.outer, way)]
            for way in (1, -1)
        ]
        return [edge.drawn() for edge in min(ways, key=len)]

    def _said(self) -> tuple[str, ...]:
        roles = self.head.roles
        named = ", ".join(f"{role} <- {self.head.names[at]}" for role, at in roles.items())
        sign = {".": "point", ",": "comma", None: "point or comma"}[self.habit.decimal]
        said = [
            f"{len(self.points)} points in {len(self.parcels)} rings, head in row {self.head.row + 1}: {named}"
        ]
        said.append(
            f"decimal {sign}" + (f", thousands parted by {self.habit.thousands!r}" * bool(self.habit.thousands))
        )
        if self.collected.left_out:
            said.append(f"{self.collected.left_out} rows without coordinates were left out")
        return tuple(said)

    def _choices(self) -> dict[str, Any]:
        return {
            "points": len(self.points),
            "columns": {role: self.head.names[at] for role, at in self.head.roles.items()},
            "decimalSign": self.habit.decimal,
            "thousandsSign": self.habit.thousands or None,
            "rowsLeftOut": self.collected.left_out,
        }

    def _info(self) -> SourceInfo:
        found = self.cells.encoding
        return SourceInfo(
            path=self.cells.path,
            driver=f"{self.cells.kind}, boundary points",
            layer=self.cells.layer,
            layers=(Layer(self.cells.layer, "Polygon"),),
            count=len(self.parcels),
            fields=tuple(Field(name, name, "object") for name in self._names()),
            crs=recognise(None),
            geometry_type="Polygon",
            bounds=None,
            encoding=found.encoding,
            encoding_guessed=found.guessed,
            encoding_reason=found.reason,
            encoding_mixed=found.mixed,
        )


def _parcels(rings: Sequence[Ring]) -> list[Parcel]:
    """Take a ring inside the ring before it, of the same parcel, as its hole; any other is a parcel of its own."""
    made: list[Parcel] = []
    for ring in rings:
        before = made[-1] if made else None
        if before and before.outer.points[0].key == ring.points[0].key and _inside(ring, before.outer):
            made[-1] = Parcel(before.outer, (*before.holes, ring))
        else:
            made.append(Parcel(ring))
    return made


def _inside(ring: Ring, outer: Ring) -> bool:
    shell, hole = _shape(Parcel(outer)), _shape(Parcel(ring))
    areal = shell.geom_type == hole.geom_type == "Polygon"
    return bool(areal and shell.is_valid and shapely.contains_properly(shell, hole))


def _shape(parcel: Parcel) -> Any:
    """Return the polygon; a line or a point where there are too few corners."""
    corners = _xy(parcel.outer)
    if len(corners) >= 3:
        return shapely.Polygon(corners, [hole for hole in map(_xy, parcel.holes) if len(hole) >= 3])
    return shapely.LineString(corners) if len(corners) == 2 else shapely.Point(corners[0])


def _xy(ring: Ring) -> list[tuple[float, float]]:
    return [(point.east, point.north) for point in ring.corners]


def _all_points(parcel: Parcel) -> list[Point]:
    return [point for ring in (parcel.outer, *parcel.holes) for point in ring.points]


def _place(parcel: Parcel) -> Any:
    """Return the corners of a parcel that could be read."""
    good = [xy for xy in _xy(parcel.outer) if not math.isnan(sum(xy))]
    return shapely.MultiPoint(good)


@dataclass(frozen=True)
class _WrongEdge:
    """An edge whose length in the table is not that between its points."""

    row: int
    begin: Point
    end: Point
    stated_m: float
    length_m: float

    def drawn(self) -> Drawn:
        """Return it as a finding at its place."""
        place = shapely.LineString([(self.begin.east, self.begin.north), (self.end.east, self.end.north)])
        note = f"row {self.begin.line}: {self.stated_m:g} m, {self.length_m:.2f} m between the points"
        return Drawn("IMP-EDGE-LENGTH", (self.row,), [place], note=note)


def _wrong_edges(row: int, ring: Ring, way: int) -> Iterator[_WrongEdge]:
    """Yield the edges from each point to the next (`way` 1) or to the one before (-1) that differ."""
    corners = ring.corners
    for at, point in enumerate(corners if len(corners) > 2 else []):
        stated = _EDGE_HABIT.read(point.edge) if point.edge else None
        other = corners[(at + way) % len(corners)]
        length = math.hypot(other.east - point.east, other.north - point.north)
        if stated is None or math.isnan(length) or abs(stated - length) <= _EDGE_TOLERANCE_M:
            continue
        if abs(stated - length) > 0.51 * 10.0 ** -decimals(point.edge, _EDGE_HABIT):
            yield _WrongEdge(row, point, other, stated, length)

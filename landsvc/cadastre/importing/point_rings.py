"""Gather the points of a table into rings, one parcel after the other, in the order they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from landsvc.cadastre.importing.mapping import fold
from landsvc.cadastre.importing.point_columns import Head
from landsvc.core.errors import InvalidInput

Key = tuple[str, str]
"""Sheet and number as written."""
APART_M = 100_000.0
"""Northing and easting differ by more in every zone of the country: which is which shows in each point."""
_FEW = 0.2
_TITLE = re.compile(r"thua\D*(\w+)")
_TITLE_SHEET = re.compile(r"\bto\b\D*(\d+)")


class PointOrderInDoubt(InvalidInput):
    """North and east are exchanged in so many rows that neither order is the rule."""

    slug = "point-order-in-doubt"
    title = "The columns of coordinates are mixed up"
    detail = "In {swapped} of {count} rows of {path} the larger coordinate stands in the other column."
    remedy = "Put northing (X) and easting (Y) each into its own column, and import again."


@dataclass(frozen=True)
class Point:
    """One row with coordinates (metres or degrees as written, NaN where not readable)."""

    line: int
    """Row of the table, from 1."""
    key: Key
    name: str
    order: float
    north: float
    east: float
    edge: str
    cells: Sequence[str]
    unread: str = ""
    """The cells that are no numbers, as written."""
    exchanged: bool = False
    """Whether its two coordinates stood in each other's column."""

    def at(self, other: Point) -> bool:
        """Tell whether both are the same place."""
        return self.north == other.north and self.east == other.east


@dataclass
class Ring:
    """Consecutive points of one parcel; the last may repeat the first."""

    points: list[Point] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Tell whether the last point repeats the first."""
        return len(self.points) > 3 and self.points[-1].at(self.points[0])

    @property
    def corners(self) -> list[Point]:
        """Return the points without the closing one and without repetitions."""
        found: list[Point] = []
        for point in self.points:
            if not found or not point.at(found[-1]):
                found.append(point)
        return found[:-1] if len(found) > 1 and found[-1].at(found[0]) else found


@dataclass(frozen=True)
class Columns:
    """Where sheet and number stand, -1 where in no column."""

    sheet: int
    number: int


class Collector:
    """Walk through the rows of a table and gather points."""

    def __init__(self, head: Head, columns: Columns) -> None:
        self.head, self.columns = head, columns
        self.points: list[Point] = []
        self.left_out = 0
        self.titled = False
        """Whether lines between the points name the parcels, as in `Thửa đất số 12, tờ bản đồ số 5`."""
        self._key: Key = ("", "")

    def take(self, line: int, row: Sequence[str], north: float | None, east: float | None, edge: str) -> None:
        """Take one row: a point, a line that names a parcel, or neither."""

        def cell(role: str) -> str:
            return _cell(row, self.head.roles.get(role, -1))

        sheet, number = _cell(row, self.columns.sheet), _cell(row, self.columns.number)
        if number and number != self._key[1]:
            self._key = (sheet or self._key[0], number)
        elif sheet:
            self._key = (sheet, self._key[1])
        written = [text for text, value in ((cell("north"), north), (cell("east"), east)) if value is None]
        if len(written) == 2 and (not any(written) or self._title(row)):
            self.left_out += not (self._title(row) or number)
            return
        unread = "; ".join(text or "(blank)" for text in written)
        self.points.append(
            Point(
                line,
                self._key,
                cell("point"),
                _number(cell("order")),
                math.nan if north is None else north,
                math.nan if east is None else east,
                edge,
                row,
                unread,
            )
        )

    def _title(self, row: Sequence[str]) -> bool:
        text = " ".join(re.sub(r"\W+", " ", _plain(cell)) for cell in row)
        found = _TITLE.search(text)
        if found is None or self.columns.number >= 0:
            return False
        sheet = _TITLE_SHEET.search(text)
        self._key = (sheet.group(1) if sheet else self._key[0], found.group(1))
        self.titled = True
        return True


def rings_of(points: Sequence[Point]) -> list[Ring]:
    """Return the rings in the order of the table.

    A ring ends where it closes, where another parcel begins, or where the numbering starts again. Where that leaves
    mostly pieces, the rows are not sorted by parcel, and all points of one parcel are its ring.
    """
    rings: list[Ring] = []
    for point in points:
        if not rings or _begins(rings[-1], point):
            rings.append(Ring())
        rings[-1].points.append(point)
    if sum(len(ring.points) < 3 for ring in rings) * 2 > len(rings):
        by_key: dict[Key, Ring] = {}
        for point in points:
            by_key.setdefault(point.key, Ring()).points.append(point)
        rings = list(by_key.values())
    for ring in rings:
        if not any(math.isnan(point.order) for point in ring.points):
            ring.points.sort(key=lambda point: point.order)
    return rings


def put_right(points: Sequence[Point], path: str) -> list[Point]:
    """Exchange the coordinates of the few points that have them in each other's column.

    Raise `PointOrderInDoubt` where they are not few.
    """
    apart = np.array([point.north - point.east for point in points], dtype=np.float64)
    told = np.abs(apart) > APART_M
    larger_north = apart > 0
    usual = (told & larger_north).sum() * 2 >= told.sum()
    odd = told & (larger_north != usual)
    if odd.sum() > _FEW * max(told.sum(), 1):
        raise PointOrderInDoubt(field="file", swapped=int(odd.sum()), count=len(points), path=path)
    return [
        replace(point, north=point.east, east=point.north, exchanged=True) if exchanged else point
        for point, exchanged in zip(points, odd.tolist(), strict=True)
    ]


def _begins(ring: Ring, point: Point) -> bool:
    """Tell whether a point begins another ring."""
    first = ring.points[0]
    if ring.closed or point.key != first.key:
        return True
    again = (point.name and point.name == first.name) or point.order == first.order
    return bool(again) and len(ring.points) >= 3 and not point.at(first)


def _cell(row: Sequence[str], at: int) -> str:
    return row[at] if 0 <= at < len(row) else ""


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


def _plain(text: str) -> str:
    """Return text folded word by word."""
    return " ".join(filter(None, map(fold, re.split(r"[\s:;,.()-]+", text))))

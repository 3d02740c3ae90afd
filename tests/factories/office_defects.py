"""Spoil the sheet of `office_files` in one way at a time, and say what an import must report of it.

A finding is: rule, key of the row, the other row's key, its place (SRID 9212, the middle), its notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from tests.factories import office_files as office
from tests.factories import point_files as points
from tests.factories.office_files import Lot, changed

LOTS = office.sheet()
BY_NUMBER = {lot.number: lot for lot in LOTS}
SHARED = [f"12/{number}" for number in range(3, 41, 3)]
"""Parcels of the sheet with two uses and no area of each."""


@dataclass(frozen=True)
class Found:
    """One thing an import must say."""

    rule: str
    key: str | None
    place: Any = None
    """The shape whose middle it is; None where it has no place."""
    other: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Defect:
    """The spoilt sheet, and what is said of it besides what is said of the sound one."""

    lots: Sequence[Lot]
    findings: tuple[Found, ...] = ()
    refused: bool = True
    repaired: int = 0


def _moved(number: str, east: float, north: float) -> list[Lot]:
    return changed(LOTS, number, shape=shapely.affinity.translate(BY_NUMBER[number].shape, east, north))


def _bow_tie(number: str) -> list[Lot]:
    a, b, c, d, _ = BY_NUMBER[number].shape.exterior.coords
    return changed(LOTS, number, shape=shapely.Polygon([a, c, b, d]))


def _at(number: str) -> Any:
    return BY_NUMBER[number].shape


def _common(lots: Sequence[Lot], one: str, two: str) -> Any:
    shapes = {lot.number: lot.shape for lot in lots}
    return shapes[one] & shapes[two]


_SHIFTED, _FAR = _moved("40", -3, 0), _moved("40", 6000, 0)
DEFECTS = {
    "sound": Defect(LOTS, refused=False),
    "number twice": Defect(
        changed(LOTS, "8", number="7"), (Found("IMP-DUPLICATE", "12/7", _at("8"), note="number"),)
    ),
    "number missing": Defect(changed(LOTS, "8", number="0"), (Found("IMP-NO-NUMBER", "12/?", _at("8")),)),
    "parcel twice": Defect(
        [*LOTS, replace(LOTS[9], number="41")],
        (Found("IMP-DUPLICATE", "12/41", _at("10"), "row 10: 12/10", "shape"),),
    ),
    "parcel shifted over its neighbour": Defect(
        _SHIFTED, (Found("IMP-OVERLAP", "12/40", _common(_SHIFTED, "39", "40"), "row 39: 12/39"),)
    ),
    "parcel missing": Defect(
        [lot for lot in LOTS if lot.number != "19"],
        (Found("IMP-GAP", "25195", _at("19"), note="25195"),),
        refused=False,
    ),
    "commune unknown": Defect(
        changed(LOTS, "3", commune="99999"), (Found("IMP-UNKNOWN-COMMUNE", "12/3", _at("3")),)
    ),
    "far away": Defect(_FAR, (Found("IMP-OUTSIDE", "12/40", _FAR[39].shape),)),
    "use unknown": Defect(changed(LOTS, "1", use="QQQ"), (Found("IMP-USE-UNKNOWN", "12/1", _at("1")),)),
    "use of an older list": Defect(
        changed(LOTS, "1", use="LNK"), (Found("IMP-USE-LEGACY", "12/1"),), refused=False
    ),
    "area wrong": Defect(
        changed(LOTS, "5", area_m2=300.0), (Found("IMP-AREA-DIFF", "12/5", _at("5")),), refused=False
    ),
    "area missing": Defect(changed(LOTS, "5", area_m2=0.0), (Found("IMP-NO-AREA", "12/5"),), refused=False),
    "boundary crosses itself": Defect(
        _bow_tie("40"),
        (Found("IMP-INVALID-RING", "12/40", _at("40")), Found("IMP-AREA-DIFF", "12/40", _at("40"))),
        refused=False,
        repaired=1,
    ),
}

# ---- what only a table of points can have ----

X, Y, EDGE = 7, 8, 9
"""Columns of a table; row 0 is its head, rows 1 to 5 the first parcel."""
Cells = list[list[str]]


@dataclass(frozen=True)
class TableDefect:
    """A change to the cells of a table, and what is said of it besides what is said of the sound one."""

    change: Callable[[Cells], object]
    findings: tuple[Found, ...] = ()
    refused: bool = True
    repaired: int = 0


def _put(row: int, column: int, text: str) -> Callable[[Cells], object]:
    return lambda cells: cells[row].__setitem__(column, text)


def exchange(*rows: int) -> Callable[[Cells], object]:
    """Return what exchanges X and Y in some rows."""

    def change(cells: Cells) -> None:
        for row in rows:
            cells[row][X], cells[row][Y] = cells[row][Y], cells[row][X]

    return change


def _corners(number: str, *which: int) -> Any:
    corners = shapely.get_coordinates(_at(number))[[*which]]
    return shapely.MultiPoint(corners) if len(which) > 1 else shapely.Point(corners[0])


_FIRST_EDGE = shapely.LineString(shapely.get_coordinates(_at("1"))[1:3])
TABLE_DEFECTS = {
    "blank": TableDefect(
        _put(3, X, ""),
        (Found("IMP-POINT-UNREADABLE", "12/1", _corners("1", 0, 1, 3), note="row 4: (blank)"),),
    ),
    "no number": TableDefect(
        _put(3, Y, "56800O,1"),
        (Found("IMP-POINT-UNREADABLE", "12/1", _corners("1", 0, 1, 3), note="row 4: 56800O,1"),),
    ),
    "point exchanged": TableDefect(
        exchange(8), (Found("IMP-POINT-EXCHANGED", "12/2", _corners("2", 2), note="row 9"),), False, 1
    ),
    "edge wrong": TableDefect(
        _put(2, EDGE, "27,00"),
        (Found("IMP-EDGE-LENGTH", "12/1", _FIRST_EDGE, note="row 3: 27 m, 11.37 m between the points"),),
        refused=False,
    ),
    "two corners": TableDefect(lambda cells: cells.__delitem__(slice(3, 6)), (Found("IMP-NOT-SURFACE", "12/1"),)),
    "head repeated": TableDefect(lambda cells: cells.insert(6, [*points.HEAD]), refused=False),
    "columns swapped": TableDefect(
        exchange(*range(1, 201)), (Found("IMP-COLUMNS-SWAPPED", None),), refused=False
    ),
}

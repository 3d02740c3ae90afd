"""Find which commune issued the numbers of each row, and in which commune of today its land lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landsvc.cadastre.importing.attributes import absent
from landsvc.cadastre.importing.rings import Booleans, Floats, Integers

OUTSIDE_M = 100.0
"""The polygons of communes are simplified by 12 m, and old boundaries are no better: allow for both."""
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Unit:
    """A commune: as it is today with its land, or as it was, with what it became (the larger part first)."""

    id: int
    code: str
    name: str
    land: Any = None
    successors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placed:
    """For each row the issuing unit (index into `issuers`, -1 unknown) and the commune of today (None unknown)."""

    issuers: Sequence[Unit]
    issuer: Integers
    commune: Texts
    outside: Booleans


def place(
    given: Texts,
    points: Floats,
    *,
    issued: Mapping[str, Unit],
    current: Mapping[str, Unit],
) -> Placed:
    """Place all rows. `given` are commune codes or None; `points` lie inside the parcels (NaN where unmapped).

    `issued` are the communes of the day the map series was made, `current` those of today. A row without a
    code belongs to the commune it lies in.
    """
    located = _Locator(current)
    issuers: list[Unit] = []
    numbers: dict[int, int] = {}

    def number_of(unit: Unit) -> int:
        if unit.id not in numbers:
            numbers[unit.id] = len(issuers)
            issuers.append(unit)
        return numbers[unit.id]

    issuer = np.full(len(given), -1, dtype=np.int64)
    commune = np.full(len(given), None, dtype=object)
    codes, index = np.unique(np.where(absent(given), "", given).astype(str), return_inverse=True)
    for number, code in enumerate(codes.tolist()):
        rows = np.flatnonzero(index == number)
        if not code:
            for home, part in located.split(rows, points):
                issuer[part], commune[part] = number_of(home), home.code
            continue
        unit = issued.get(code) or current.get(code)
        if unit is None:
            continue
        issuer[rows] = number_of(unit)
        commune[rows] = _homes(unit, rows, points, current, located)
    return Placed(issuers, issuer, commune, located.outside(commune, points))


def _homes(
    unit: Unit, rows: Integers, points: Floats, current: Mapping[str, Unit], located: _Locator
) -> Texts | str | None:
    """Return the communes of today for rows issued by one unit."""
    heirs = [code for code in unit.successors if code in current]
    if not heirs:
        return unit.code if unit.code in current else None
    if len(heirs) == 1:
        return heirs[0]
    homes = np.full(len(rows), heirs[0], dtype=object)
    for home, part in located.split(np.arange(len(rows)), points[rows], only=set(heirs)):
        homes[part] = home.code
    return homes


class _Locator:
    """Points in communes."""

    def __init__(self, current: Mapping[str, Unit]) -> None:
        self.units = [unit for unit in current.values() if unit.land is not None]
        self.by_code = {unit.code: unit for unit in self.units}
        for unit in self.units:
            shapely.prepare(unit.land)

    def split(self, rows: Integers, points: Floats, only: set[str] | None = None) -> list[tuple[Unit, Integers]]:
        """Return the units that hold some of the rows, and which."""
        found = []
        left = rows[np.isfinite(points[rows]).all(axis=1)]
        for unit in self.units:
            if not left.size:
                break
            if only is not None and unit.code not in only:
                continue
            inside = shapely.contains_xy(unit.land, points[left, 0], points[left, 1])
            if inside.any():
                found.append((unit, left[inside]))
                left = left[~inside]
        return found

    def outside(self, commune: Texts, points: Floats) -> Booleans:
        """Return the rows that lie clearly outside the commune they belong to."""
        marks = np.zeros(len(commune), dtype=bool)
        mapped = np.isfinite(points).all(axis=1)
        for code in {value for value in commune.tolist() if value is not None}:
            unit = self.by_code.get(code)
            if unit is None:
                continue
            rows = np.flatnonzero((commune == code) & mapped)
            off = rows[~shapely.contains_xy(unit.land, points[rows, 0], points[rows, 1])]
            far = ~shapely.dwithin(unit.land, shapely.points(points[off]), OUTSIDE_M)
            marks[off[far]] = True
        return marks

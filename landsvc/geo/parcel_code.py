"""Make the 12-character code of an area: the GeoHash of its pole of inaccessibility.

A code is stored with how it was made (system, shift, algorithm, tolerance, step) and never computed again.
Source: Circular 19/2026/TT-BNNMT article 11(3) and appendix I.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.core.errors import RuleViolation
from landsvc.geo import geohash
from landsvc.geo.crs import WGS84, Variant, transform_point, transformer
from landsvc.geo.polylabel import ALGORITHM, poles

MAX_STEPS = 5_000
"""Cells tried around a taken one, about 2.6 m by 1.3 m: more would mean that something else is wrong."""


class NoFreeCode(RuleViolation):
    """Every cell inside the area near its pole was used before, or the area has no inside."""

    slug = "no-free-parcel-code"
    title = "No parcel code is free inside this area"
    detail = "No unused 12-character cell was found inside the area near {code}."
    remedy = "Check that the area is a polygon of at least a few square centimetres."


@dataclass(frozen=True)
class ParcelCode:
    """A code and the proof of how it was made: the pole (x, y in `srid`) and the cell chosen."""

    code: str
    lon: float
    lat: float
    x: float
    y: float
    srid: int
    variant: Variant
    algorithm: str
    tolerance_m: float
    step: int = 0
    """Place of the cell on the spiral around the pole's own cell; 0 is that cell."""


def parcel_codes(polygons: Any, srid: int, variant: Variant) -> list[ParcelCode | None]:
    """Return the code of each polygon (coordinates in `srid`, metres); None where it has no inside.

    The codes are not checked against codes in use: see `first_free`.
    """
    found = poles(polygons)
    good = np.flatnonzero(np.isfinite(found.radius))
    lon, lat = transformer(srid, WGS84, variant).transform(found.x[good], found.y[good])
    codes = geohash.encode_all(lon, lat)
    result: list[ParcelCode | None] = [None] * len(found.x)
    columns = (good, codes, lon, lat, found.x[good], found.y[good], found.tolerance[good])
    for row, code, at_lon, at_lat, x, y, tolerance in zip(*(c.tolist() for c in columns), strict=True):
        result[row] = ParcelCode(code, at_lon, at_lat, x, y, srid, variant, ALGORITHM, tolerance)
    return result


def parcel_code(polygon: BaseGeometry, srid: int, variant: Variant) -> ParcelCode:
    """Return the code of one polygon; raise `NoFreeCode` when it has no inside."""
    code = parcel_codes([polygon], srid, variant)[0]
    if code is None:
        raise NoFreeCode(code="-")
    return code


def first_free(code: ParcelCode, polygon: BaseGeometry, is_taken: Callable[[str], bool]) -> ParcelCode:
    """Return the code itself, or the first cell of the spiral whose middle is inside and which is free.

    The polygon is in `code.srid`. Raise `NoFreeCode` when there is none.
    """
    for step, text in _cells_inside(code, polygon):
        if not is_taken(text):
            return _moved(code, text, step)
    raise NoFreeCode(code=code.code)


def cells_of(code: ParcelCode, polygon: BaseGeometry, count: int) -> list[str]:
    """Return the first cells that `first_free` would try."""
    return [text for _, text in islice(_cells_inside(code, polygon), count)]


def _cells_inside(code: ParcelCode, polygon: BaseGeometry) -> Iterator[tuple[int, str]]:
    """Yield the cell of a code and then those of the spiral whose middle is inside."""
    shapely.prepare(polygon)
    for step, text in takewhile(lambda item: item[0] <= MAX_STEPS, geohash.spiral(code.code)):
        if not step or shapely.contains_xy(polygon, *_middle(text, code)):
            yield step, text


def _middle(text: str, code: ParcelCode) -> tuple[float, float]:
    return transform_point(*geohash.decode(text).centre, WGS84, code.srid, code.variant)


def _moved(code: ParcelCode, text: str, step: int) -> ParcelCode:
    made_by = (code.lon, code.lat, code.x, code.y, code.srid, code.variant, code.algorithm, code.tolerance_m)
    return ParcelCode(text, *made_by, step)

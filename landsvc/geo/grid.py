"""Put coordinates on the 1 mm grid, the same doubles here and in SQL.

On the grid means `x == round(x * 1000) / 1000` in double precision for every ordinate: the doubles that a
decimal with three places reads as. A vertex that repeats the one before it is dropped, because a corner is
its coordinates. `geo.to_grid` and `geo.is_on_grid` in the database do the same; docs/geo.md has the proof.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry, BaseMultipartGeometry

Geometries = TypeVar("Geometries", bound="BaseGeometry | NDArray[Any]")
Floats = NDArray[np.float64]

STEPS_PER_METRE = 1000
GRID_M = 0.001


def round_ordinates(values: Floats) -> Floats:
    """Return ordinates in metres on the grid; ties go to the even millimetre, as in C's `rint`."""
    # Adding zero turns -0.0 into 0.0, which SQL gives: two spellings of one place are never equal bytes.
    return np.round(values * STEPS_PER_METRE) / STEPS_PER_METRE + 0.0


def to_grid(geometry: Geometries) -> Geometries:
    """Return a geometry, or an array of them, on the grid, in metres of its own system.

    Z is dropped. A ring or line that collapses is left out; a polygon without its shell becomes empty.
    The result may be invalid, as two edges may now touch: check it.
    """
    given = cast("Any", geometry)
    rounded: Any = shapely.set_srid(shapely.transform(given, round_ordinates), shapely.get_srid(given))
    if isinstance(rounded, BaseGeometry):
        return cast("Geometries", _drop_repeats(rounded) if _repeating([rounded]).size else rounded)
    flat = rounded.reshape(-1)
    for row in _repeating(flat):
        flat[row] = _drop_repeats(flat[row])
    return cast("Geometries", rounded)


def is_on_grid(geometry: BaseGeometry) -> bool:
    """Tell whether every ordinate is, bit for bit, a multiple of 1 mm (repeated vertices are no matter)."""
    return bool(on_grid([geometry])[0])


def on_grid(geometries: Any) -> NDArray[np.bool_]:
    """Tell for each geometry of an array whether it is on the grid; an empty one is."""
    array = np.asarray(geometries, dtype=object).reshape(-1)
    ordinates, owner = shapely.get_coordinates(array, include_z=True, return_index=True)
    rounded = round_ordinates(ordinates)
    off = ((ordinates != rounded) & ~np.isnan(ordinates)).any(axis=1)
    good = np.ones(len(array), dtype=bool)
    good[owner[off]] = False
    return good


def _repeating(geometries: Any) -> NDArray[np.int64]:
    """Return the rows that may hold a repeated vertex (the seam between two rings looks like one too)."""
    ordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    same = (ordinates[1:] == ordinates[:-1]).all(axis=1) & (owner[1:] == owner[:-1])
    return cast("NDArray[np.int64]", np.unique(owner[1:][same]))


def _drop_repeats(geometry: BaseGeometry) -> BaseGeometry:
    """Return the geometry without repeated vertices and without what collapsed, as ST_SnapToGrid does."""
    clean: BaseGeometry = geometry
    match geometry:
        case Polygon():
            clean = _polygon(geometry)
        case LineString():
            kept = _distinct(shapely.get_coordinates(geometry))
            clean = LineString(kept) if len(kept) > 1 else LineString()
        case BaseMultipartGeometry():
            parts = [part for part in map(_drop_repeats, geometry.geoms) if not part.is_empty]
            make: Any = type(geometry)
            clean = make(parts)
    return shapely.set_srid(clean, shapely.get_srid(geometry))


def _polygon(polygon: Polygon) -> Polygon:
    shell = _distinct(shapely.get_coordinates(polygon.exterior))
    holes = [_distinct(shapely.get_coordinates(ring)) for ring in polygon.interiors]
    if len(shell) < 4:
        return Polygon()
    return Polygon(shell, [hole for hole in holes if len(hole) >= 4])


def _distinct(ordinates: Floats) -> Floats:
    keep = np.ones(len(ordinates), dtype=bool)
    keep[1:] = (ordinates[1:] != ordinates[:-1]).any(axis=1)
    return ordinates[keep]

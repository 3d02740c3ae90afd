"""Find the pole of inaccessibility of many polygons: the point inside that is farthest from the edge.

The search is GEOS's maximum inscribed circle, which is *polylabel* (cover the box with squares, cut in four
those that could still hold a better point) with an exact short cut for convex shapes of four corners. Its cost
grows with length / tolerance, so the tolerance follows the shape; docs/geo.md has the measured times.
Source: Circular 19/2026/TT-BNNMT, appendix I names the algorithm and leaves the tolerance open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

ALGORITHM = f"polylabel GEOS {shapely.geos_version_string.split('-')[0]}"
TOLERANCE_SHARE = 0.25
"""Tolerance as a share of area / perimeter: at most an eighth of a long strip's inscribed radius."""
MIN_TOLERANCE_M = 0.001
STRAIGHT_M = 0.002
"""Vertices that only node a straight edge lie within a grid step of it; without them most parcels have 4."""


@dataclass(frozen=True)
class Poles:
    """Poles of an array of polygons in their own system; radius is the distance to the nearest edge."""

    x: Floats
    y: Floats
    radius: Floats
    tolerance: Floats


def poles(polygons: Any) -> Poles:
    """Return the pole of each polygon (of the largest part when it has several), to a tolerance it states.

    Planar metres. The tolerance is a quarter of area / perimeter, to the millimetre. Every point lies inside;
    an empty or flat polygon gives NaN.
    """
    parts = _largest_parts(polygons)
    tolerance = _tolerances(parts)
    x, y, radius = np.full((3, len(parts)), np.nan)
    rows = np.flatnonzero(shapely.area(parts) > 0)
    while rows.size:
        x[rows], y[rows], radius[rows] = _search(parts[rows], tolerance[rows])
        missed = ~shapely.contains_xy(parts[rows], x[rows], y[rows]) & (tolerance[rows] > MIN_TOLERANCE_M)
        rows = rows[missed]
        tolerance[rows] = np.maximum(np.round(tolerance[rows] / 8, 3), MIN_TOLERANCE_M)
    return Poles(x, y, radius, tolerance)


def pole(polygon: BaseGeometry) -> tuple[float, float, float]:
    """Return x, y and radius of the pole of one polygon; see `poles`."""
    found = poles([polygon])
    return float(found.x[0]), float(found.y[0]), float(found.radius[0])


def _search(parts: NDArray[np.object_], tolerance: Floats) -> tuple[Floats, Floats, Floats]:
    plain = shapely.simplify(parts, STRAIGHT_M)
    plain = np.where(shapely.area(plain) > 0, plain, parts)
    circles = shapely.maximum_inscribed_circle(plain, tolerance=tolerance)
    ends = shapely.get_coordinates(circles).reshape(-1, 2, 2)
    return ends[:, 0, 0], ends[:, 0, 1], shapely.length(circles)


def _largest_parts(polygons: Any) -> NDArray[np.object_]:
    parts = np.array(polygons, dtype=object).reshape(-1)
    multi = shapely.get_type_id(parts) == int(shapely.GeometryType.MULTIPOLYGON)
    for row in np.flatnonzero(multi):
        pieces = shapely.get_parts(parts[row])
        parts[row] = pieces[int(np.argmax(shapely.area(pieces)))] if len(pieces) else shapely.Polygon()
    return parts


def _tolerances(parts: NDArray[np.object_]) -> Floats:
    area, length = shapely.area(parts), shapely.length(parts)
    share = np.divide(area, length, out=np.zeros_like(area), where=length > 0) * TOLERANCE_SHARE
    return np.maximum(np.round(share, 3), MIN_TOLERANCE_M)

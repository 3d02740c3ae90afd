"""Find land inside the mapped extent that nothing covers: pure geometry, no database."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

MIN_GAP_M2 = 0.01
"""What is smaller comes from computing, not from the land."""
Shapes = NDArray[np.object_]


def uncovered(extents: Shapes, land: Shapes) -> list[Polygon]:
    """Return the gaps between `land` inside `extents`, largest first; all in one projected system, metres.

    The 25 000 parcels of a large commune take 0.8 s; GEOS joins them as fast without being told that they share edges.
    """
    left = shapely.get_parts(shapely.difference(shapely.union_all(extents), shapely.union_all(land)))
    areal = left[(shapely.get_type_id(left) == shapely.GeometryType.POLYGON) & (shapely.area(left) >= MIN_GAP_M2)]
    return list(areal[np.argsort(-shapely.area(areal), kind="stable")])


def shapes_of(wkb: Sequence[bytes]) -> Shapes:
    """Return geometries read from the database as an array, also an empty one."""
    shapes: Shapes = np.empty(len(wkb), dtype=object)
    shapes[:] = shapely.from_wkb([bytes(each) for each in wkb]) if len(wkb) else []
    return shapes

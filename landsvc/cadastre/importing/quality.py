"""Look for what is wrong in a noded fabric: overlaps, gaps, slivers. Nothing here changes a coordinate.

Coordinates are planar metres on the grid. The work is cut into neighbourhoods of some ten thousand polygons, so
memory stays flat and time grows with the number of polygons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.rings import Booleans, Floats, Integers, Rings, Shapes

GROUP = 10_000
THREADS = 2
MIN_AREA_M2 = 0.1
MIN_WIDTH_M = 0.1
GAP_MAX_M2 = 1000.0
"""A hole up to this size, or a narrow one, is a gap; a larger one is land that was not mapped."""
GAP_MAX_WIDTH_M = 3.0
INTERIORS_MEET = "2********"


@dataclass(frozen=True)
class Overlaps:
    """Pairs of polygons whose interiors meet: the lower row first, what they share, and its size in m²."""

    a: Integers
    b: Integers
    common: Shapes
    area_m2: Floats
    equal: Booleans
    """Whether the two are the same shape."""
    unmatched: Integers
    """Polygons with an edge that meets a neighbour without being its edge (not noded, or an overlap)."""


def find_overlaps(rings: Rings, rows: Integers, on_step: Callable[[int, int], None] | None = None) -> Overlaps:
    """Return the overlaps among some valid polygons, by the exact predicate."""
    groups = list(neighbourhoods(rings.bounds(), rows))
    found: list[tuple[Integers, Integers, Integers]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for done, part in enumerate(pool.map(lambda group: _overlaps_of(rings, *group), groups), 1):
            found.append(part)
            if on_step:
                on_step(done, len(groups))
    none = np.zeros(0, dtype=np.int64)
    a, b, unmatched = (
        (np.concatenate([none, *column]) for column in zip(*found, strict=True)) if found else [none] * 3
    )
    pairs = np.unique(np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1), axis=0)
    return _measured(rings, pairs, np.unique(unmatched))


def neighbourhoods(bounds: Floats, rows: Integers, size: int = GROUP) -> Iterator[tuple[Integers, Integers]]:
    """Yield groups of near polygons, each with the others whose boxes touch the group's box."""
    rows = rows[np.isfinite(bounds[rows, 0])]
    if not rows.size:
        return
    box = bounds[rows]
    middle = (box[:, :2] + box[:, 2:]) / 2
    strips = max(1, int(np.sqrt(len(rows) / size)))
    by_y = np.argsort(middle[:, 1], kind="stable")
    for strip in np.array_split(by_y, strips):
        by_x = strip[np.argsort(middle[strip, 0], kind="stable")]
        for group in np.array_split(by_x, max(1, -(-len(strip) // size))):
            low, high = box[group, :2].min(axis=0), box[group, 2:].max(axis=0)
            touching = ((box[:, :2] <= high) & (box[:, 2:] >= low)).all(axis=1)
            touching[group] = False
            yield rows[group], rows[touching]


def _overlaps_of(rings: Rings, group: Integers, around: Integers) -> tuple[Integers, Integers, Integers]:
    rows = np.concatenate([group, around])
    shapes = rings.shapes(rows)
    flagged = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes))[: len(group)])
    if not flagged.size:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    tree = shapely.STRtree(shapes)
    asked, other = tree.query(shapes[flagged])
    mine = flagged[asked]
    fresh = (other != mine) & ((other >= len(group)) | (other > mine) | ~np.isin(other, flagged))
    mine, other = mine[fresh], other[fresh]
    shapely.prepare(shapes[flagged])
    meet = shapely.relate_pattern(shapes[mine], shapes[other], INTERIORS_MEET)
    return rows[mine[meet]], rows[other[meet]], rows[flagged]


def _measured(rings: Rings, pairs: Integers, unmatched: Integers) -> Overlaps:
    a, b = pairs.reshape(-1, 2).T
    first, second = rings.shapes(a), rings.shapes(b)
    common = only_areas(shapely.intersection(first, second))
    equal = shapely.equals(first, second)
    sizes: Floats = np.atleast_1d(shapely.area(common))
    return Overlaps(a, b, common, sizes, np.atleast_1d(equal), unmatched)


def only_areas(shapes: Shapes) -> Shapes:
    """Return the polygons of each geometry as one (multi)polygon, without the lines and points."""
    made = np.asarray(shapes, dtype=object).copy()
    areal = np.isin(shapely.get_type_id(made), (3, 6))
    for row in np.flatnonzero(~areal):
        parts = shapely.get_parts(made[row])
        polygons = parts[shapely.get_type_id(parts) == 3]
        made[row] = polygons[0] if len(polygons) == 1 else shapely.multipolygons(list(polygons))
    return made


def slivers(shapes: Shapes) -> Booleans:
    """Return which polygons are too small to keep or narrower than 10 cm on average."""
    area, length = shapely.area(shapes), shapely.length(shapes)
    width = np.divide(2 * area, length, out=np.zeros_like(area), where=length > 0)
    small: Booleans = (area < MIN_AREA_M2) | (width < MIN_WIDTH_M)
    return small


@dataclass(frozen=True)
class Extent:
    """The mapped land of one commune: the union of its parcels with the gaps filled, and the gaps."""

    area: Any
    gaps: list[Any]


def extent_of(shapes: Shapes, odd: Booleans) -> Extent:
    """Return the extent of parcels; `odd` ones have overlaps or unmatched edges, which the fast union refuses."""
    whole: Any = shapely.coverage_union_all(shapes[~odd]) if (~odd).any() else shapely.MultiPolygon()
    if odd.any():
        whole = shapely.union_all([whole, *shapes[odd]])
    parts = shapely.get_parts(whole)
    rings, part = shapely.get_rings(parts, return_index=True)
    outer = np.ones(len(part), dtype=bool)
    outer[1:] = part[1:] != part[:-1]
    hole = np.asarray(shapely.polygons(rings[~outer]), dtype=object)
    gap = _is_gap(hole)
    kept = np.flatnonzero(~outer)[~gap]
    by_part: dict[int, list[Any]] = {}
    for index in kept:
        by_part.setdefault(int(part[index]), []).append(rings[index])
    shells = [shapely.Polygon(rings[i], by_part.get(int(part[i]), [])) for i in np.flatnonzero(outer)]
    return Extent(shapely.multipolygons(shells), list(hole[gap]))


def _is_gap(holes: Shapes) -> Booleans:
    area, length = shapely.area(holes), shapely.length(holes)
    width = np.divide(2 * area, length, out=np.zeros_like(area), where=length > 0)
    small: Booleans = (area <= GAP_MAX_M2) | (width <= GAP_MAX_WIDTH_M)
    return small

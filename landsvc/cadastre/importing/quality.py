"""Look for what is wrong in a noded fabric: overlaps, gaps, slivers. Nothing here changes a coordinate.

Coordinates are planar metres on the grid. The work is cut into neighbourhoods of some ten thousand polygons, so
memory stays flat and time grows with the number of polygons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.rings import THREADS, Booleans, Floats, Integers, Rings, Shapes

GROUP = 10_000
MIN_AREA_M2 = 0.1
MIN_WIDTH_M = 0.1
GAP_MAX_M2 = 1000.0
"""A hole up to this size, or a narrow one, is a gap; a larger one is land that was not mapped."""
GAP_MAX_WIDTH_M = 3.0
MANY_CORNERS = 1000
ON_EDGE_M = 1e-6
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

    def with_one_below(self, count: int) -> Overlaps:
        """Return the pairs of which one is among the first `count` polygons; all that is unmatched stays."""
        kept = (self.a < count) | (self.b < count)
        return replace(
            self,
            a=self.a[kept],
            b=self.b[kept],
            common=self.common[kept],
            area_m2=self.area_m2[kept],
            equal=self.equal[kept],
        )


def find_overlaps(rings: Rings, rows: Integers, on_step: Callable[[int, int], None] | None = None) -> Overlaps:
    """Return the overlaps among some valid polygons, by the exact predicate."""
    groups = list(neighbourhoods(rings.bounds(), rows, GROUP))
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


def neighbourhoods(bounds: Floats, rows: Integers, size: int) -> Iterator[tuple[Integers, Integers]]:
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
    mine, other, flagged = meeting_pairs(rings.shapes(rows), len(group))
    return rows[mine], rows[other], rows[flagged]


def meeting_pairs(shapes: Shapes, own: int) -> tuple[Integers, Integers, Integers]:
    """Return pairs whose interiors meet, as two arrays of indexes, and which polygons have an unmatched edge.

    Only pairs with one of the first `own` polygons are looked for. A polygon with very many corners, such as a
    network of streets, is tried apart: coverage checks take seconds for it, a prepared predicate none. It counts
    as unmatched, for nobody looked at its edges: see `loose_corners`.
    """
    large = shapely.get_num_coordinates(shapes) > MANY_CORNERS
    rest, big = np.flatnonzero(~large), np.flatnonzero(large)
    tree = shapely.STRtree(shapes)
    found = [_meeting_small(shapes, rest, own, tree), *(_meeting_big(shapes, int(row), own, tree) for row in big)]
    mine, other, flagged = (np.concatenate(column) for column in zip(*found, strict=True))
    return mine, other, flagged


def _meeting_small(
    shapes: Shapes, rest: Integers, own: int, tree: shapely.STRtree
) -> tuple[Integers, Integers, Integers]:
    """Look at unmatched edges: where two overlap, an edge of one lies in the other and matches nothing."""
    edges: Any = shapely.coverage_invalid_edges(shapes[rest])
    bad = np.flatnonzero(~shapely.is_empty(edges) & (rest < own))
    flagged = rest[bad]
    if not flagged.size:
        return flagged, flagged, flagged
    pieces, owner = shapely.get_parts(edges[bad], return_index=True)
    asked, other = tree.query(pieces)
    pairs = np.unique(np.stack([flagged[owner[asked]], other], axis=1), axis=0)
    mine, other = pairs[pairs[:, 0] != pairs[:, 1]].T
    shapely.prepare(shapes[flagged])
    meet = shapely.relate_pattern(shapes[mine], shapes[other], INTERIORS_MEET)
    return mine[meet], other[meet], flagged


def _meeting_big(
    shapes: Shapes, row: int, own: int, tree: shapely.STRtree
) -> tuple[Integers, Integers, Integers]:
    big: Any = shapes[row]
    shapely.prepare(big)
    near = tree.query(big, predicate="intersects")
    near = near[(near != row) & ((near < own) | (row < own))]
    # Of two polygons that intersect, the interiors meet unless they only touch.
    meet = near[~shapely.touches(big, shapes[near])]
    return np.full(len(meet), row), meet, np.array([row] if row < own else [], dtype=np.int64)


def loose_corners(shapes: Shapes) -> Integers:
    """Return polygons with very many corners, or beside one, where a corner lies on an edge that lacks it."""
    large = shapely.get_num_coordinates(shapes) > MANY_CORNERS
    if not large.any():
        return np.zeros(0, dtype=np.int64)
    bad: set[int] = set()
    lines: Any = shapely.boundary(shapes)
    small = np.flatnonzero(~large)
    tree, places = shapely.STRtree(shapes), shapely.STRtree(lines[small])
    for row in np.flatnonzero(large).tolist():
        own = shapely.get_coordinates(shapes[row])
        near = tree.query(shapes[row])
        theirs, owner = shapely.get_coordinates(shapes[near[near != row]], return_index=True)
        names = near[near != row][owner]
        shapely.prepare(lines[row])
        touching = shapely.dwithin(lines[row], shapely.points(theirs), ON_EDGE_M)
        bad |= {row} if _missing(theirs[touching], own).any() else set()
        corner, other = places.query(shapely.points(own), predicate="dwithin", distance=ON_EDGE_M)
        have = {*zip(names.tolist(), *theirs.T.tolist(), strict=True)}
        bad |= {
            polygon
            for polygon, (x, y) in zip(small[other].tolist(), own[corner].tolist(), strict=True)
            if (polygon, x, y) not in have
        }
    return np.array(sorted(bad), dtype=np.int64)


def lacking_corners(shapes: Shapes, flagged: Integers) -> Integers:
    """Return those of some polygons that lack a neighbour's corner on their edge, or whose neighbour lacks theirs.

    The check of coverages also names sound edges: those at a corner where a hole of a polygon touches its outline.
    """
    tree = shapely.STRtree(shapes)
    return np.array(
        [
            row
            for row in flagged.tolist()
            for near in [tree.query(shapes[row], predicate="dwithin", distance=ON_EDGE_M)]
            if any(_lacks(shapes[row], shapes[other]) or _lacks(shapes[other], shapes[row]) for other in near)
        ],
        dtype=np.int64,
    )


def _lacks(shape: Any, other: Any) -> bool:
    theirs = shapely.get_coordinates(other)
    on_edge = shapely.dwithin(shapely.boundary(shape), shapely.points(theirs), ON_EDGE_M)
    return bool(_missing(theirs[on_edge], shapely.get_coordinates(shape)).any())


def _missing(corners: Floats, among: Floats) -> Booleans:
    lacking: Booleans = ~np.isin(corners[:, 0] + 1j * corners[:, 1], among[:, 0] + 1j * among[:, 1])
    return lacking


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
    parts: Any = shapely.get_parts(whole)
    parts = parts[~shapely.is_empty(parts)]
    rings, part = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        # Every shape fell together on the grid: nothing is mapped, so nothing can lack.
        return Extent(shapely.MultiPolygon(), [])
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

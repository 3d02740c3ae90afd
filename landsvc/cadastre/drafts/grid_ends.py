"""Choose the ends of a cut among the grid points near the ideal line, so that the area comes out best.

The ideal line meets edges between grid points. Every grid point that lies on an edge (within the 0.71 mm by which
noding may bend it) and within 20 mm of the ideal line may be an end; moving one by a millimetre turns the line and
changes the area by half its length in square millimetres. All pairs are weighed at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.cut import SNAP_M, STEPS
from landsvc.cadastre.drafts.noding import Point
from landsvc.cadastre.drafts.sweep import Crossings, Floats, Sweep
from landsvc.geo.grid import GRID_M, round_ordinates

REACH_M = 0.020
"""How far an end may lie from the ideal line."""
BESIDE_M = 0.0007
"""How far beside its edge an end may lie: noding takes 0.71 mm (I4)."""
MOST_PLACES = 401
"""Grid points looked at on one edge: on one that runs nearly along the cut there are thousands."""
FINE_M2 = 0.002
"""Among ends that give the area as well as this, those nearest to the ideal line are taken."""
BEND_WEIGHT = 0.25
"""How much it counts that ends bend the outline (which I4 allows) against what the piece misses."""
TRIES = 24
ASIDE_M = (0.0, 0.01, -0.01, 0.019, -0.019)
"""Where a corner lies within reach, a line a little aside meets other edges: they are looked at too."""


@dataclass(frozen=True)
class Ends:
    """The ends of a cut in order along the line (grid points), and what they promise: area before it, off the line."""

    points: tuple[Point, ...]
    off_m: float
    area_m2: float


@dataclass(frozen=True)
class _Places:
    """Grid points on one edge, relative to the origin, and by how much each bends the outline (m²)."""

    points: Floats
    off: Floats
    bends: Floats


def ends_near(
    sweep: Sweep, polygon: Polygon, height: float, area_m2: float, overlap: BaseGeometry | None
) -> Iterator[Ends]:
    """Yield the ends of cuts near a height, for each set of edges the one that gives an area best first.

    Where the polygon is known to overlap others (`overlap`), ends lie inside it: the overlap never grows.
    """
    seen = set[bytes]()
    for aside in ASIDE_M:
        clear = sweep.clear_height(height + aside)
        found = sweep.crossings(clear)
        key = found.downs.tobytes() + found.ups.tobytes()
        if key not in seen:
            seen.add(key)
            yield from _ends_on(found, sweep, polygon, (height, clear), area_m2, overlap)


def _ends_on(
    found: Crossings,
    sweep: Sweep,
    polygon: Polygon,
    heights: tuple[float, float],
    area_m2: float,
    overlap: BaseGeometry | None,
) -> Iterator[Ends]:
    """Yield ends on the edges a line crosses, at most `TRIES`; `heights` are the ideal one and one clear of corners."""
    height, clear = heights
    edges = np.column_stack([found.downs, found.ups])
    places = [[_places(sweep, polygon, int(edge), height, overlap) for edge in pair] for pair in edges]
    if not places or any(len(each.points) == 0 for pair in places for each in pair):
        return
    middle = [[int(np.argmin(each.off)) for each in pair] for pair in places]
    chosen = _longest(places, middle)
    steady = _steady_area(sweep, clear, edges, places, middle, chosen)
    downs, ups = places[chosen]
    area = steady + _chord_area(sweep, edges[chosen], downs.points, ups.points)
    for down, up in _best(area - area_m2, downs, ups):
        pairs = [
            (downs.points[down], ups.points[up])
            if at == chosen
            else (places[at][0].points[middle[at][0]], places[at][1].points[middle[at][1]])
            for at in range(len(places))
        ]
        points = round_ordinates(np.array(pairs).reshape(-1, 2) + sweep.origin)
        off = float(np.abs(sweep.height(points - sweep.origin) - height).max())
        yield Ends(tuple((float(x), float(y)) for x, y in points), off, float(area[down, up]))


def _places(sweep: Sweep, polygon: Polygon, edge: int, height: float, overlap: BaseGeometry | None) -> _Places:
    """Return the grid points on an edge within `REACH_M` of the ideal line, and its corners if they are."""
    start, end = sweep.starts[edge], sweep.ends[edge]
    along = end - start
    length = float(np.hypot(*along))
    reach = np.array([height - REACH_M, height + REACH_M])
    shares = np.sort((reach - sweep.low[edge]) / (sweep.high[edge] - sweep.low[edge]))
    first, last = np.clip(shares, 2 * SNAP_M / length, 1 - 2 * SNAP_M / length)
    count = int(np.clip(np.ceil((last - first) * length / GRID_M) + 1, 1, MOST_PLACES))
    inner = start + np.linspace(first, last, count)[:, None] * along if last > first else np.empty((0, 2))
    # Rounded where they lie, not where they are counted from: the grid is that of the working system.
    around = round_ordinates(inner + sweep.origin)[:, None, :] + STEPS[None, :, :]
    rounded = round_ordinates(around.reshape(-1, 2)) - sweep.origin
    points = np.unique(np.concatenate([rounded, [start, end]]), axis=0)
    off = np.abs(sweep.height(points) - height)
    bends = _cross(points - start, along) / 2
    near = (off <= REACH_M) & (np.abs(bends) * 2 / length <= BESIDE_M)
    near &= _inside(points + sweep.origin, polygon, overlap)
    return _Places(points[near], off[near], bends[near])


def _inside(points: Floats, polygon: Polygon, overlap: BaseGeometry | None) -> NDArray[np.bool_]:
    if overlap is None:
        return np.ones(len(points), dtype=bool)
    there = shapely.points(round_ordinates(points))
    return np.asarray(~shapely.dwithin(overlap, there, SNAP_M) | shapely.covers(polygon, there))


def _longest(places: list[list[_Places]], middle: list[list[int]]) -> int:
    """Return which chord is the longest: moving its ends does most."""
    lengths = [
        float(np.hypot(*(downs.points[at[0]] - ups.points[at[1]])))
        for (downs, ups), at in zip(places, middle, strict=True)
    ]
    return int(np.argmax(lengths))


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _chord_area(sweep: Sweep, pair: NDArray[np.int64], downs: Floats, ups: Floats) -> Floats:
    """Return what the two cut edges and the chord between them add to the area, for every pair of ends."""
    to_up = _cross(sweep.starts[pair[1]], ups)[None, :]
    from_down = _cross(downs, sweep.ends[pair[0]])[:, None]
    return np.asarray((to_up + from_down + _cross(ups[None, :, :], downs[:, None, :])) / 2)


def _steady_area(
    sweep: Sweep,
    height: float,
    edges: NDArray[np.int64],
    places: list[list[_Places]],
    middle: list[list[int]],
    chosen: int,
) -> float:
    """Return what everything but the chosen chord adds to the area before the line."""
    whole = (sweep.low < height) & (sweep.high < height)
    total = float(_cross(sweep.starts[whole], sweep.ends[whole]).sum()) / 2
    for at, ((downs, ups), (down, up)) in enumerate(zip(places, middle, strict=True)):
        if at != chosen:
            one = _chord_area(sweep, edges[at], downs.points[down][None, :], ups.points[up][None, :])
            total += float(one[0, 0])
    return total


def _best(missing: Floats, downs: _Places, ups: _Places) -> list[tuple[int, int]]:
    """Return pairs of ends, best first: by the area they miss, and, where that is fine, by how near they lie."""
    bends = np.abs(downs.bends[:, None] + ups.bends[None, :])
    cost = np.abs(missing) + BEND_WEIGHT * bends
    off = np.maximum(downs.off[:, None], ups.off[None, :])
    rank = np.lexsort((off.ravel(), np.maximum(cost, FINE_M2).ravel()))[:TRIES]
    return [(int(row), int(column)) for row, column in zip(*np.unravel_index(rank, cost.shape), strict=True)]

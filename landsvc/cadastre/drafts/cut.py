"""Cut a polygon along a line, exactly: every corner on the 1 mm grid, every cut end a corner of both sides.

The line is bent by less than a millimetre so that it crosses the boundary in grid points; those become corners
of the polygon (it is *noded*), and the pieces together cover the noded polygon exactly. Pure functions; planar
metres of the working system, coordinates on the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import CutTooFine, LineCrossesItself, LineDoesNotCut, shown
from landsvc.cadastre.drafts.noding import NODE_M, Bend, node_geometry
from landsvc.cadastre.drafts.noding import Point as Place
from landsvc.geo.grid import round_ordinates

SNAP_M = 0.002
"""A line that passes a corner within two grid steps was meant to go through it."""
MAX_ROUNDS = 8
"""Bending the line can make it cross another edge; each round settles the new crossings."""
CLOSE_M2 = 1e-6
STEPS = np.array([(x, y) for x in (-0.001, 0.0, 0.001) for y in (-0.001, 0.0, 0.001)])
"""The grid points around one."""
REACH = np.array([(x, y) for x in range(-2, 3) for y in range(-2, 3)]) / 1000
"""The grid points a cut end may go to when the nearest one does not fit."""
MAX_TRIES = 24
"""How many cut ends may be moved until the cut is refused."""
SAMPLES = np.linspace(0.0625, 0.9375, 15)


@dataclass(frozen=True)
class Cut:
    """The pieces of a polygon, north-west first; the corners it got; and itself with them."""

    pieces: tuple[Polygon, ...]
    nodes: tuple[Bend, ...]
    noded: Polygon
    moved_m: float
    edges_m: float


Misfit = Callable[[Sequence[Bend]], Place | None]
"""Which of the corners that a cut makes does not fit the land around; None when all do."""


class _Misplaced(Exception):
    """A corner cannot stand where it is: the cut is tried again without it."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


def cut_polygon(
    polygon: Polygon,
    line: LineString,
    ref: str = "",
    overlap: BaseGeometry | None = None,
    misfit: Misfit = lambda _: None,
) -> Cut:
    """Cut a polygon (with or without holes) along a line; both on the grid. `ref` names it in errors.

    Where the polygon is known to overlap others (`overlap`), cut ends are rounded inward: the overlap never grows.
    A cut end that does not fit goes to the next grid point of the boundary, 3 mm away at most.

    The line may bend, go through corners, run along edges, cut off several pieces, or be closed. Raises
    `LineCrossesItself`, `LineDoesNotCut` or `CutTooFine`.
    """
    if not line.is_simple:
        raise LineCrossesItself(field="line", ref=ref, **shown(line))
    avoid = dict[Place, None]()
    while len(avoid) <= MAX_TRIES:
        try:
            cut = _cut(polygon, line, ref, overlap, avoid)
            place = misfit(cut.nodes)
        except _Misplaced as found:
            place = found.place
        if place is None:
            return cut
        if place in avoid:
            break
        avoid[place] = None
    raise CutTooFine(field="line", ref=ref, **shown(Point(next(iter(avoid)))))


def _cut(
    polygon: Polygon, line: LineString, ref: str, overlap: BaseGeometry | None, avoid: Collection[Place]
) -> Cut:
    """Cut a polygon without using some grid points; raise `_Misplaced` when one more cannot be used."""
    path = _through_corners(shapely.get_coordinates(line), polygon)
    path = _without_repeats(
        [_on_grid(place, polygon, overlap, avoid) if place in avoid else place for place in path]
    )
    if len(path) == 1:
        raise LineDoesNotCut(line, ref)
    noded, nodes, moved, edges = polygon, list[Bend](), 0.0, 0.0
    for _ in range(MAX_ROUNDS):
        path, bent = _with_crossings(path, noded, overlap, avoid)
        chains = list(_inner_chains(path, noded))
        found = node_geometry(noded, [end for chain in chains for end in (chain[0], chain[-1])])
        nodes += found.bends
        moved, edges = max(moved, found.moved_m), edges + found.edges_m
        if not bent and not found.bends:
            break
        noded = _sound(noded, found.geometry, found.bends)
    else:
        raise CutTooFine(field="line", ref=ref, **shown(line))
    _check_ends(path, chains, noded, ref)
    pieces = _faces(noded, chains, ref)
    if len(pieces) < 2:
        raise LineDoesNotCut(line, ref)
    return Cut(pieces, tuple(nodes), noded, moved, edges)


def _sound(before: Polygon, after: BaseGeometry, bends: Sequence[Bend]) -> Polygon:
    """Return a polygon with new corners; raise `_Misplaced` with the first that makes it invalid."""
    if isinstance(after, Polygon) and after.is_valid:
        return after
    tried = (many for many in range(1, len(bends)) if not node_geometry(before, bends[:many]).geometry.is_valid)
    raise _Misplaced(bends[next(tried, len(bends)) - 1].place)


def _through_corners(path: np.ndarray, polygon: Polygon) -> list[Place]:
    """Return the path led through the corners it passes within `SNAP_M`."""
    line = LineString(path)
    corners = np.unique(shapely.get_coordinates(polygon), axis=0)
    hits = corners[shapely.distance(shapely.points(corners), line) <= SNAP_M]
    own = [place for place in path if not len(hits) or np.hypot(*(hits - place).T).min() > SNAP_M]
    stops = [*own, *hits]
    if np.array_equal(path[0], path[-1]):  # closed: both ends stand at 0, and one must come last
        return _closed_stops(path, stops, line)
    ordered = sorted(stops, key=lambda place: line.project(Point(place)))
    return _without_repeats([(float(x), float(y)) for x, y in ordered])


def _closed_stops(path: np.ndarray, stops: Sequence[np.ndarray], line: LineString) -> list[Place]:
    ordered = sorted({(float(x), float(y)) for x, y in stops}, key=lambda place: line.project(Point(place)))
    return _without_repeats([*ordered, ordered[0]])


def _with_crossings(
    path: Sequence[Place], polygon: Polygon, overlap: BaseGeometry | None, avoid: Collection[Place]
) -> tuple[list[Place], bool]:
    """Return the path with a grid point wherever it crosses the boundary, and whether it got a new one."""
    boundary = polygon.boundary
    shapely.prepare(boundary)
    made: list[Place] = [path[0]]
    for start, end in pairwise(path):
        step = LineString([start, end])
        # What runs along an edge crosses it nowhere, though on the grid it may lie a step beside it.
        hugs = float(shapely.distance(_samples(step, ends=True), boundary).max()) <= NODE_M
        met = shapely.LineString() if hugs else shapely.intersection(step, boundary)
        new = {_on_grid(stop, polygon, overlap, avoid) for stop in shapely.get_coordinates(met)} - {start, end}
        made += [*sorted(new, key=lambda place: step.project(Point(place))), end]
    made = _without_repeats(made)
    return made, len(made) > len(path)


def _inner_chains(path: Sequence[Place], polygon: Polygon) -> Iterator[list[Place]]:
    """Yield the parts of a path between two contacts with the boundary that run inside the polygon."""
    boundary = polygon.boundary
    touching = np.atleast_1d(shapely.distance(shapely.points(np.asarray(path)), boundary) <= NODE_M)
    starts = [0, *(at for at in range(1, len(path) - 1) if touching[at]), len(path) - 1]
    for first, last in pairwise(starts):
        chain = list(path[first : last + 1])
        samples = _samples(LineString(chain))
        depths = shapely.distance(samples, boundary)
        deepest = int(np.argmax(depths))
        # What hugs the boundary runs along it: on the grid it may lie up to a step beside it.
        if depths[deepest] > NODE_M and polygon.contains(samples[deepest]):
            yield chain


def _samples(line: LineString, *, ends: bool = False) -> NDArray[np.object_]:
    """Return points along a line, more than enough to tell whether it stays at the boundary."""
    shares = np.concatenate(([0.0], SAMPLES, [1.0])) if ends else SAMPLES
    return np.asarray(shapely.line_interpolate_point(line, shares, normalized=True))


def _check_ends(path: Sequence[Place], chains: Sequence[Sequence[Place]], polygon: Polygon, ref: str) -> None:
    """Raise `LineDoesNotCut` when an end of the line lies inside; a closed line has none."""
    if path[0] == path[-1]:
        return
    for end in (Point(place) for chain in chains for place in (chain[0], chain[-1])):
        depth = end.distance(polygon.boundary)
        if depth > NODE_M:
            raise LineDoesNotCut(end, ref, depth)


def _faces(polygon: Polygon, chains: Sequence[Sequence[Place]], ref: str) -> tuple[Polygon, ...]:
    """Return the pieces of the polygon between its rings and the chains, north-west first."""
    rings = [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
    steps = {
        frozenset(((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))))
        for line in (*rings, *chains)
        for a, b in pairwise(line)
    }
    edges = [LineString(list(step)) for step in steps if len(step) > 1]  # a corner may be said twice
    faces = [
        face
        for face in shapely.get_parts(shapely.polygonize(edges))
        if polygon.contains(face.representative_point())
    ]
    total = sum(face.area for face in faces)
    if not all(face.is_valid for face in faces) or abs(total - polygon.area) > CLOSE_M2:
        raise CutTooFine(field="line", ref=ref, **shown(MultiLineString(list(chains))))
    turned = [shapely.geometry.polygon.orient(face) for face in faces]
    return tuple(sorted(turned, key=lambda face: (-round(face.centroid.y, 3), round(face.centroid.x, 3))))


def _on_grid(
    place: NDArray[np.float64] | Place, polygon: Polygon, overlap: BaseGeometry | None, avoid: Collection[Place]
) -> Place:
    """Return the grid point nearest to a place of the boundary; where others overlap, the nearest one inside.

    Instead of a point to avoid, return the nearest other one at the boundary; raise `_Misplaced` if there is none.
    """
    first = _rounded(place, polygon, overlap)
    if first not in avoid:
        return first
    around = round_ordinates(np.asarray(first) + REACH)
    close = around[shapely.distance(shapely.points(around), polygon.boundary) <= NODE_M]
    for at in np.argsort(np.hypot(*(close - np.asarray(place)).T), kind="stable"):
        other = (float(close[at][0]), float(close[at][1]))
        if other not in avoid:
            return other
    raise _Misplaced(first)


def _rounded(place: NDArray[np.float64] | Place, polygon: Polygon, overlap: BaseGeometry | None) -> Place:
    nearest = round_ordinates(np.asarray(place, dtype=np.float64))
    if overlap is None or not shapely.dwithin(overlap, Point(nearest), SNAP_M) or polygon.covers(Point(nearest)):
        return float(nearest[0]), float(nearest[1])
    around = round_ordinates(nearest + STEPS)
    inside = around[shapely.covers(polygon, shapely.points(around))]
    close = inside[shapely.distance(shapely.points(inside), polygon.boundary) <= NODE_M]
    if len(close):
        nearest = close[int(np.argmin(np.hypot(*(close - place).T)))]
    return float(nearest[0]), float(nearest[1])


def _without_repeats(path: Sequence[Place]) -> list[Place]:
    return [place for at, place in enumerate(path) if at == 0 or place != path[at - 1]]

"""Cut a polygon along a line, exactly: every corner on the 1 mm grid, every cut end a corner of both sides.

The line is bent by less than a millimetre so that it crosses the boundary in grid points; those become corners
of the polygon (it is *noded*), and the pieces together cover the noded polygon exactly. Pure functions; planar
metres of the working system, coordinates on the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import CutTooFine, LineCrossesItself, LineDoesNotCut, shown
from landsvc.cadastre.drafts.noding import NODE_M, Bend, Floats, node_geometry
from landsvc.cadastre.drafts.noding import Point as Place
from landsvc.geo.grid import round_ordinates

SNAP_M = 0.002
"""A line that passes a corner within two grid steps was meant to go through it."""
MAX_ROUNDS = 8
"""Bending the line can make it cross another edge; each round settles the new crossings."""
CLOSE_M2 = 1e-6
NEAR_M = 1.0
"""What is farther from a polygon does not touch it: most of a strip's outline, for one parcel of many."""
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
    avoid: Iterable[Place] = (),
) -> Cut:
    """Cut a polygon (with or without holes) along a line; both on the grid. `ref` names it in errors.

    Where the polygon is known to overlap others (`overlap`), cut ends are rounded inward: the overlap never grows.
    A cut end that does not fit, or would stand on a point of `avoid`, goes to the next grid point of the boundary,
    3 mm away at most.

    The line may bend, go through corners, run along edges, cut off several pieces, or be closed. Raises
    `LineCrossesItself`, `LineDoesNotCut` or `CutTooFine`.
    """
    if not line.is_simple:
        raise LineCrossesItself(field="line", ref=ref, **shown(line))
    moved = dict.fromkeys(avoid)
    tries = MAX_TRIES + len(moved)
    while len(moved) <= tries:
        try:
            cut = _cut(polygon, line, ref, overlap, moved)
            place = misfit(cut.nodes)
        except _Misplaced as found:
            place = found.place
        if place is None:
            return cut
        if place in moved:
            break
        moved[place] = None
    raise CutTooFine(field="line", ref=ref, **shown(Point(next(iter(moved)))))


def _cut(
    polygon: Polygon, line: LineString, ref: str, overlap: BaseGeometry | None, avoid: Collection[Place]
) -> Cut:
    """Cut a polygon without using some grid points; raise `_Misplaced` when one more cannot be used."""
    path = _through_corners(shapely.get_coordinates(line), polygon)
    if avoid:
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


def _through_corners(path: Floats, polygon: Polygon) -> list[Place]:
    """Return the path led through the corners it passes within `SNAP_M`."""
    line = LineString(path)
    corners = np.array(sorted(set(map(tuple, shapely.get_coordinates(polygon).tolist()))))
    hits = corners[shapely.distance(shapely.points(corners), line) <= SNAP_M]
    if not len(hits):
        return _without_repeats(_places(path))
    away = np.hypot(hits[:, 0] - path[:, :1], hits[:, 1] - path[:, 1:]).min(axis=1) > SNAP_M
    # How far along the line: of its own corners the lengths before them, measured only where it was led aside.
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    along = dict(zip(_places(path[away]), lengths[away].tolist(), strict=True))
    led = np.asarray(shapely.line_locate_point(line, shapely.points(hits)))
    along |= dict(zip(_places(hits), led.tolist(), strict=True))
    if np.array_equal(path[0], path[-1]):  # closed: both ends stand at 0, and one must come last
        if away[0]:
            along[_places(path[:1])[0]] = 0.0
        ordered = sorted(set(along), key=along.__getitem__)
        return _without_repeats([*ordered, ordered[0]])
    return _without_repeats(sorted(along, key=along.__getitem__))


def _with_crossings(
    path: Sequence[Place], polygon: Polygon, overlap: BaseGeometry | None, avoid: Collection[Place]
) -> tuple[list[Place], bool]:
    """Return the path with a grid point wherever it crosses the boundary, and whether it got a new one."""
    boundary = polygon.boundary
    shapely.prepare(boundary)
    met = _met(np.array(path), boundary, polygon)
    made: list[Place] = [path[0]]
    for at, (start, end) in enumerate(pairwise(path)):
        if at in met:
            new = {_on_grid(stop, polygon, overlap, avoid) for stop in met[at]} - {start, end}
            step = LineString([start, end])
            made += sorted(new, key=lambda place: step.project(Point(place))) if len(new) > 1 else new
        made.append(end)
    made = _without_repeats(made)
    return made, len(made) > len(path)


def _met(path: Floats, boundary: BaseGeometry, polygon: Polygon) -> dict[int, Floats]:
    """Return where the steps of a path meet a boundary, by their numbers; far ones are not even looked at."""
    steps = np.stack([path[:-1], path[1:]], axis=1)
    box = np.asarray(polygon.bounds)
    near = np.flatnonzero(((steps.min(axis=1) <= box[2:]) & (steps.max(axis=1) >= box[:2])).all(axis=1))
    lines = np.asarray(shapely.linestrings(steps[near]))
    found = shapely.intersects(boundary, lines)
    near, lines = near[found], lines[found]
    # What runs along an edge crosses it nowhere, though on the grid it may lie a step beside it.
    hugs = shapely.distance(_samples(lines, ends=True), boundary).max(axis=1, initial=0.0) <= NODE_M
    crossed = shapely.intersection(lines[~hugs], boundary)
    return {int(at): shapely.get_coordinates(place) for at, place in zip(near[~hugs], crossed, strict=True)}


def _inner_chains(path: Sequence[Place], polygon: Polygon) -> Iterator[list[Place]]:
    """Yield the parts of a path between two contacts with the boundary that run inside the polygon."""
    boundary = polygon.boundary
    places = np.asarray(path)
    box = np.asarray(polygon.bounds)
    touching = np.asarray(((places >= box[:2] - NEAR_M) & (places <= box[2:] + NEAR_M)).all(axis=1))
    touching[touching] = shapely.distance(shapely.points(places[touching]), boundary) <= NODE_M
    inner = np.flatnonzero(touching[1:-1]) + 1
    for first, last in pairwise([0, *inner.tolist(), len(path) - 1]):
        chain = list(path[first : last + 1])
        samples = _samples(np.array([LineString(chain)]))[0]
        inside = shapely.contains(polygon, samples)
        if not inside.any():
            continue
        depths = shapely.distance(samples, boundary)
        deepest = int(np.argmax(depths))
        # What hugs the boundary runs along it: on the grid it may lie up to a step beside it.
        if depths[deepest] > NODE_M and inside[deepest]:
            yield chain


def _samples(lines: NDArray[np.object_], *, ends: bool = False) -> NDArray[np.object_]:
    """Return points along each of some lines, more than enough to tell whether it stays at the boundary."""
    shares = np.concatenate(([0.0], SAMPLES, [1.0])) if ends else SAMPLES
    return np.asarray(shapely.line_interpolate_point(lines[:, None], shares, normalized=True))


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
    edges = np.array([list(step) for step in steps if len(step) > 1])  # a corner may be said twice
    faces = shapely.get_parts(shapely.polygonize(np.asarray(shapely.linestrings(edges))))
    faces = faces[shapely.contains(polygon, shapely.point_on_surface(faces))]
    total = sum(shapely.area(faces).tolist())
    if not shapely.is_valid(faces).all() or abs(total - polygon.area) > CLOSE_M2:
        raise CutTooFine(field="line", ref=ref, **shown(MultiLineString(list(chains))))
    turned = [shapely.geometry.polygon.orient(face) for face in faces]
    middles = shapely.get_coordinates(shapely.centroid(turned)).tolist()
    order = sorted(range(len(turned)), key=lambda at: (-round(middles[at][1], 3), round(middles[at][0], 3)))
    return tuple(turned[at] for at in order)


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


def _places(path: Floats) -> list[Place]:
    return [(x, y) for x, y in path.tolist()]


def _without_repeats(path: Sequence[Place]) -> list[Place]:
    return [place for at, place in enumerate(path) if at == 0 or place != path[at - 1]]

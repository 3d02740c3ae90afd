"""Make polygons of boundary lines: cut them where they meet, close small gaps, and say which ends stay open.

Lines are planar; lengths are in the unit of their coordinates (metres). A corner of a polygon has the very
coordinates that were drawn, unless it is a crossing nobody drew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Shapes = Any
"""An array of shapely geometries: their stubs do not say what numpy makes of them."""
GRID = 0.001
"""Ends nearer than this are one corner; lines are cut on this grid, for only there cutting is exact."""
SILENT = 1.5 * GRID
"""A gap that the grid itself closes is not worth a word."""
TOLERANCE = 0.05
Kind = Literal["open", "joined", "trimmed", "unused"]


@dataclass(frozen=True)
class Flaw:
    """One place where lines do not meet as they should.

    *open*: an end hangs, and `width` away is the nearest line. *joined*: a gap of that width was closed.
    *trimmed*: a line went that far beyond the one it meets. *unused*: a line of that length bounds nothing.
    """

    kind: Kind
    place: Any
    width: float
    faces: tuple[int, ...] = ()
    """The polygons that touch the place."""


@dataclass(frozen=True)
class Faces:
    """The polygons that lines enclose, from north to south, and what was found on the way."""

    polygons: Shapes
    curved: Booleans
    """Polygons with an edge that was drawn as a curve."""
    flaws: tuple[Flaw, ...]


def enclose(lines: Shapes, curved: Booleans, tolerance: float = TOLERANCE) -> Faces:
    """Return the polygons that lines enclose; ends up to `tolerance` from a line are led to it.

    `curved` marks lines that stand for curves.
    """
    edges = _cut(lines)
    edges, trimmed = _trim(edges, tolerance)
    links = _links(edges, tolerance)
    if links:
        edges = _cut(np.concatenate([edges, [flaw.place for flaw in links]]))
    made, unused, _dangles, _invalid = shapely.polygonize_full(edges)
    # A straight line is drawn from corner to corner; the ends of a curve are only computed.
    drawn = _Drawn(np.concatenate([lines[~curved], lines[curved]]))
    polygons = drawn.restored(shapely.get_parts(made))
    polygons = polygons[_order(polygons)]
    flaws = [flaw for flaw in (*trimmed, *links) if flaw.width > SILENT]
    flaws += _open_ends(edges)
    flaws += [Flaw("unused", line, float(line.length)) for line in shapely.get_parts(unused)]
    return Faces(polygons, _marked(polygons, lines[curved]), tuple(_touched(polygons, flaws)))


def _cut(lines: Shapes) -> Shapes:
    """Return the lines cut wherever two meet, each piece once (snap rounding)."""
    if not len(lines):
        return lines
    return shapely.get_parts(shapely.line_merge(shapely.union_all(lines, grid_size=GRID)))


@dataclass(frozen=True)
class _Ends:
    """The two ends of every edge, and how many edges meet there."""

    xy: Floats
    """First the starts of all edges, then their ends."""
    degree: Integers

    @classmethod
    def of(cls, edges: Shapes) -> _Ends:
        xy = np.concatenate(
            [
                shapely.get_coordinates(shapely.get_point(edges, 0)),
                shapely.get_coordinates(shapely.get_point(edges, -1)),
            ]
        )
        if not len(xy):
            return cls(xy.reshape(0, 2), np.zeros(0, dtype=np.int64))
        _, index, count = np.unique(_cells(xy), axis=0, return_inverse=True, return_counts=True)
        return cls(xy, count[index.reshape(-1)])

    def hanging(self) -> Integers:
        """Return the ends no other edge meets."""
        return np.flatnonzero(self.degree == 1)


def _trim(edges: Shapes, tolerance: float) -> tuple[Shapes, list[Flaw]]:
    """Cut off what goes a little beyond the line it meets."""
    ends = _Ends.of(edges)
    many = len(edges)
    hanging, other = ends.degree[:many] == 1, ends.degree[many:] == 1
    short = shapely.length(edges) <= tolerance
    met = np.where(hanging, ends.degree[many:], ends.degree[:many]) >= 3
    off = (hanging ^ other) & short & met
    if not off.any():
        return edges, []
    flaws = [Flaw("trimmed", line, float(line.length)) for line in edges[off]]
    return _cut(edges[~off]), flaws


def _links(edges: Shapes, tolerance: float) -> list[Flaw]:
    """Return the short lines that close gaps."""
    return [
        Flaw("joined", line, float(line.length))
        for line in _nearest(edges, tolerance)
        if 0 < line.length <= tolerance
    ]


def _open_ends(edges: Shapes) -> list[Flaw]:
    return [Flaw("open", line, float(line.length)) for line in _nearest(edges, np.inf)]


def _nearest(edges: Shapes, tolerance: float) -> list[Any]:
    """Return for each hanging end the line to what is nearest; ends that are nearest to each other share one."""
    ends = _Ends.of(edges)
    hanging = ends.hanging()
    tree = shapely.STRtree(edges)
    found: dict[tuple[Any, ...], Any] = {}
    for end in hanging.tolist():
        target = _target(edges, tree, ends, hanging, end, tolerance)
        if target is not None:
            start = tuple(ends.xy[end].tolist())
            found.setdefault(tuple(sorted((start, target))), shapely.LineString([start, target]))
    return list(found.values())


def _target(
    edges: Shapes, tree: shapely.STRtree, ends: _Ends, hanging: Integers, end: int, tolerance: float
) -> tuple[float, float] | None:
    """Return where a hanging end should go: another hanging end, a corner, or the nearest line, in this order."""
    here, own = ends.xy[end], end % len(edges)
    away = np.hypot(*(ends.xy[hanging] - here).T)
    # The other end of the same edge is a way out for a ring that was not closed, and none for a stroke.
    away[hanging % len(edges) == own] *= np.where(
        edges[own].length > 3 * away[hanging % len(edges) == own], 1, np.inf
    )
    away[hanging == end] = np.inf
    away[np.isnan(away)] = np.inf
    mate = int(np.argmin(away))
    point = shapely.Point(here)
    other, gap = _nearest_edge(edges, tree, point, own, min(tolerance, float(away[mate])))
    if away[mate] <= min(tolerance, gap + (0 if tolerance == np.inf else tolerance)):
        return _pair(ends.xy[hanging[mate]])
    if other is None or gap > tolerance:
        return None
    corners = shapely.get_coordinates(other)
    to_corner = np.hypot(*(corners - here).T)
    if to_corner.min() <= min(tolerance, max(2 * gap, GRID), gap + TOLERANCE):
        return _pair(corners[int(np.argmin(to_corner))])
    foot = other.interpolate(other.project(point))
    return (foot.x, foot.y)


def _nearest_edge(edges: Shapes, tree: shapely.STRtree, point: Any, own: int, reach: float) -> tuple[Any, float]:
    """Return the nearest edge but its own within reach, and how far it is."""
    everywhere = np.arange(len(edges))
    near = tree.query(point, predicate="dwithin", distance=reach) if np.isfinite(reach) else everywhere
    near = near[near != own]
    if not len(near):
        return None, np.inf
    away = shapely.distance(edges[near], point)
    best = int(np.argmin(away))
    return edges[near[best]], float(away[best])


def _pair(xy: Floats) -> tuple[float, float]:
    return float(xy[0]), float(xy[1])


def _cells(xy: Floats) -> Integers:
    """Return the cells of the grid that points lie in."""
    cells: Integers = np.floor(xy / GRID + 0.5).astype(np.int64)
    return cells


class _Drawn:
    """The corners as drawn, by the cell of the grid they lie in."""

    def __init__(self, lines: Shapes) -> None:
        xy = shapely.get_coordinates(lines)
        self.of_cell: dict[tuple[int, int], tuple[float, float]] = {}
        for cell, point in zip(map(tuple, _cells(xy).tolist()), map(tuple, xy.tolist()), strict=True):
            self.of_cell.setdefault(cell, point)

    def restored(self, polygons: Shapes) -> Shapes:
        """Return polygons whose corners are the drawn ones again, not the cells they were cut in."""

        def back(xy: Floats) -> Floats:
            cells = map(tuple, _cells(xy).tolist())
            return np.array(
                [self.of_cell.get(cell, point) for cell, point in zip(cells, xy.tolist(), strict=True)]
            )

        return shapely.transform(polygons, back) if len(polygons) else polygons


def _order(polygons: Shapes) -> Integers:
    """Return the order from north to south, and from west to east."""
    box = shapely.bounds(polygons)
    return np.lexsort((box[:, 0], -box[:, 3])) if len(polygons) else np.zeros(0, dtype=np.int64)


def _marked(polygons: Shapes, curves: Shapes) -> Booleans:
    """Return the polygons with a corner inside one of some curves."""
    marks = np.zeros(len(polygons), dtype=bool)
    if not len(curves):
        return marks
    inner = {
        cell for curve in curves for cell in map(tuple, _cells(shapely.get_coordinates(curve)[1:-1]).tolist())
    }
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    on_curve = [cell in inner for cell in map(tuple, _cells(xy).tolist())]
    marks[owner[np.array(on_curve, dtype=bool)]] = True
    return marks


def _touched(polygons: Shapes, flaws: list[Flaw]) -> list[Flaw]:
    """Add to each repaired place the polygons it belongs to."""
    if not len(polygons):
        return flaws
    tree = shapely.STRtree(polygons)
    told = []
    for flaw in flaws:
        # The middle of a short line, for at its ends other polygons meet.
        middle = flaw.place.interpolate(0.5, normalized=True)
        near = tree.query(middle, predicate="dwithin", distance=GRID) if flaw.kind != "open" else ()
        told.append(Flaw(flaw.kind, flaw.place, flaw.width, tuple(sorted(int(face) for face in near))))
    return told

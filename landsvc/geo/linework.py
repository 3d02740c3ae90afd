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
"""A gap that rounding alone makes is not worth a word."""
HALF = GRID / 2 + 1e-7
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
    edges = _cut(_led_through_corners(lines))
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


def _led_through_corners(lines: Shapes) -> Shapes:
    """Lead every line through the corners drawn on it, which rounding left up to 1.4 mm beside it.

    Without this a line that ends there would be cut where it crosses, a millimetre before its corner.
    """
    if not len(lines):
        return lines
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    starts = np.flatnonzero(owner[:-1] == owner[1:])
    corners = xy[np.unique(_cells(xy), axis=0, return_index=True)[1]]
    segments: Shapes = shapely.linestrings(np.stack([xy[starts], xy[starts + 1]], axis=1))
    corner, segment = shapely.STRtree(segments).query(
        shapely.points(corners), predicate="dwithin", distance=SILENT
    )
    here, first = corners[corner], starts[segment]
    begin, end = xy[first], xy[first + 1]
    inside = (np.hypot(*(here - begin).T) > SILENT) & (np.hypot(*(here - end).T) > SILENT)
    along = ((here - begin) * (end - begin)).sum(axis=1)
    order = np.lexsort((along[inside], first[inside]))
    place = first[inside][order] + 1
    return shapely.linestrings(
        np.insert(xy, place, here[inside][order], axis=0), indices=np.insert(owner, place, owner[place - 1])
    )


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
    lines = _Search(edges, tolerance).lines()
    return [Flaw("joined", line, float(line.length)) for line in lines if line.length <= tolerance]


def _open_ends(edges: Shapes) -> list[Flaw]:
    return [Flaw("open", line, float(line.length)) for line in _Search(edges, np.inf).lines()]


class _Search:
    """Find where the hanging ends of edges should go, within reach."""

    def __init__(self, edges: Shapes, reach: float) -> None:
        self.edges, self.reach = edges, reach
        self.ends = _Ends.of(edges)
        self.hanging = self.ends.hanging()
        self.xy = self.ends.xy[self.hanging]
        self.own = self.hanging % max(len(edges), 1)
        self.tree = shapely.STRtree(edges)

    def lines(self) -> list[Any]:
        """Return for each end the line to its target; two ends that go to each other share one."""
        found: dict[tuple[Any, ...], Any] = {}
        for index in range(len(self.hanging)):
            start, target = _pair(self.xy[index]), self._target(index)
            if target is not None and target != start:
                found.setdefault(tuple(sorted((start, target))), shapely.LineString([start, target]))
        return list(found.values())

    def _target(self, index: int) -> tuple[float, float] | None:
        """Return another hanging end, else a corner, else the nearest point of a line; None out of reach."""
        mate, to_mate = self._mate(index)
        point = shapely.Point(self.xy[index])
        line, to_line = self._line(point, int(self.own[index]), min(self.reach, to_mate))
        # Within the tolerance two ends are meant for each other, even where a line passes nearer.
        favour = 0.0 if np.isinf(self.reach) else self.reach
        if np.isfinite(to_mate) and to_mate <= min(self.reach, to_line + favour):
            return _pair(self.xy[mate])
        if line is None:
            # A stroke alone has nothing to go to: it is told as a whole.
            return self._far_end(index) if np.isinf(self.reach) else None
        corners = shapely.get_coordinates(line)
        to_corner = np.hypot(*(corners - self.xy[index]).T)
        if to_corner.min() <= min(self.reach, max(2 * to_line, GRID), to_line + TOLERANCE):
            return _pair(corners[int(np.argmin(to_corner))])
        foot = line.interpolate(line.project(point))
        return (foot.x, foot.y)

    def _mate(self, index: int) -> tuple[int, float]:
        """Return the nearest other hanging end, and how far it is."""
        away = np.hypot(*(self.xy - self.xy[index]).T)
        same = np.flatnonzero(self.own == self.own[index])
        # The other end of the same edge is where a ring should have closed; for a stroke it is no way out.
        stroke = self.edges[self.own[index]].length <= 3 * away[same]
        away[same[stroke]] = np.inf
        away[index] = np.inf
        mate = int(np.argmin(away))
        return mate, float(away[mate])

    def _far_end(self, index: int) -> tuple[float, float]:
        many = len(self.edges)
        return _pair(self.ends.xy[(self.hanging[index] + many) % (2 * many)])

    def _line(self, point: Any, own: int, reach: float) -> tuple[Any, float]:
        """Return the nearest edge but its own within reach, and how far it is."""
        everywhere = np.arange(len(self.edges))
        near = self.tree.query(point, predicate="dwithin", distance=reach) if np.isfinite(reach) else everywhere
        near = near[near != own]
        if not len(near):
            return None, np.inf
        away = shapely.distance(self.edges[near], point)
        best = int(np.argmin(away))
        return self.edges[near[best]], float(away[best])


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
            return np.array([self._at(cell, point) for cell, point in zip(cells, xy.tolist(), strict=True)])

        return shapely.transform(polygons, back) if len(polygons) else polygons

    def _at(self, cell: tuple[int, int], point: list[float]) -> tuple[float, float] | list[float]:
        if (drawn := self.of_cell.get(cell)) is not None:
            return drawn
        # A corner drawn on the border of two cells may have been put into the other one.
        around = (self.of_cell.get((cell[0] + x, cell[1] + y)) for x in (-1, 0, 1) for y in (-1, 0, 1))
        on_border = (to for to in around if to and max(abs(to[0] - point[0]), abs(to[1] - point[1])) < HALF)
        return next(on_border, point)


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

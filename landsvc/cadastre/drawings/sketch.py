"""Number the corners of a parcel, measure its edges, choose a scale: the rules of a drawing on paper.

Pure functions in plane metres (x east, y north). A drawing of the cadastre numbers the corners clockwise from the
north-west, and names edges by their corners. Source: domain rules of the cadastral map, Circular 25/2014/TT-BTNMT.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

Point = tuple[float, float]

SCALES = (200, 500, 1000, 2000, 5000, 10000)
"""The scales of the cadastral map. Source: Circular 25/2014/TT-BTNMT."""
WIDE_STEP = 25000
"""Land too large for a sheet at the smallest of them is drawn at a multiple of this."""
MM_PER_M = 1000


@dataclass(frozen=True)
class Corner:
    """A numbered corner (điểm góc thửa): metres, x east, y north."""

    number: int
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    """A side of a parcel (cạnh thửa) from one corner to the next."""

    start: Corner
    end: Corner

    @property
    def length_m(self) -> float:
        """Return the plane length in metres."""
        return math.dist((self.start.x, self.start.y), (self.end.x, self.end.y))


@dataclass(frozen=True)
class Ring:
    """A closed line of corners, clockwise as seen on the map; `hole` when land lies outside it only."""

    corners: tuple[Corner, ...]
    hole: bool

    @property
    def edges(self) -> list[Edge]:
        """Return the edges in order; the last one closes the ring."""
        return [Edge(a, b) for a, b in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)]


def numbered(shape: BaseGeometry) -> list[Ring]:
    """Return the rings of a polygon or multipolygon with their corners numbered through from 1.

    Each ring runs clockwise from the corner nearest to the north-west of its own box. Parts follow each other
    from the north-west too, the holes of a part right after its outline.
    """
    rings: list[Ring] = []
    number = 1
    for points, hole in _lines(shape):
        corners = tuple(Corner(number + at, x, y) for at, (x, y) in enumerate(points))
        rings.append(Ring(corners, hole))
        number += len(corners)
    return rings


def _lines(shape: BaseGeometry) -> Iterator[tuple[list[Point], bool]]:
    corner = north_west(shape.bounds)
    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon)]
    for part in sorted(parts, key=lambda part: _away(clockwise(part.exterior.coords)[0], corner)):
        yield clockwise(part.exterior.coords), False
        holes = [clockwise(hole.coords) for hole in part.interiors]
        for hole in sorted(holes, key=lambda points: _away(points[0], corner)):
            yield hole, True


def clockwise(ring: Iterable[Sequence[float]]) -> list[Point]:
    """Return a closed ring as open points, clockwise from the point nearest to the north-west of its box.

    A point that stands twice in a row is one corner.
    """
    closed = [(point[0], point[1]) for point in ring]
    points = [point for point, next_one in pairwise(closed) if point != next_one]
    if _signed_area(points) > 0:
        points.reverse()
    box = (min(x for x, _ in points), 0.0, 0.0, max(y for _, y in points))
    first = min(range(len(points)), key=lambda at: _away(points[at], north_west(box)))
    return points[first:] + points[:first]


def north_west(box: Sequence[float]) -> Point:
    """Return the north-west corner of (west, south, east, north)."""
    return box[0], box[3]


def _away(point: Point, corner: Point) -> tuple[float, float]:
    """Order points by their distance to a corner; of two as far, the northern one comes first."""
    return round(math.dist(point, corner), 6), -point[1]


def _signed_area(points: Sequence[Point]) -> float:
    """Return the area, positive when the points run counter-clockwise (x east, y north)."""
    x0, y0 = points[0]  # close to the land, or digits are lost
    moved = [(x - x0, y - y0) for x, y in points]
    pairs = zip(moved, (*moved[1:], moved[0]), strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs) / 2


@dataclass(frozen=True)
class Paper:
    """A frame of paper (millimetres, y down) over the land, north up."""

    width_mm: float
    height_mm: float
    scale: int
    """Denominator: 500 stands for 1:500."""
    middle: Point

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Return the land in the frame: west, south, east, north in metres."""
        half_w, half_h = (side * self.scale / MM_PER_M / 2 for side in (self.width_mm, self.height_mm))
        x, y = self.middle
        return x - half_w, y - half_h, x + half_w, y + half_h

    def mm(self, x: float, y: float) -> Point:
        """Return where a point of the land lies on the paper."""
        west, _, _, north = self.box
        return (x - west) * MM_PER_M / self.scale, (north - y) * MM_PER_M / self.scale

    def length_mm(self, metres: float) -> float:
        """Return how long a distance is on the paper."""
        return metres * MM_PER_M / self.scale


def lay_out(shape: BaseGeometry, *, width_mm: float, height_mm: float, margin_mm: float) -> Paper:
    """Return the frame with the land in its middle, at the largest scale that leaves the margin free."""
    west, south, east, north = shape.bounds
    free_w, free_h = width_mm - 2 * margin_mm, height_mm - 2 * margin_mm
    needed = max((east - west) * MM_PER_M / free_w, (north - south) * MM_PER_M / free_h)
    return Paper(width_mm, height_mm, scale_for(needed), ((west + east) / 2, (south + north) / 2))


def scale_for(needed: float) -> int:
    """Return the denominator of the largest usual scale that is not larger than 1:`needed`."""
    for scale in SCALES:
        if scale >= needed:
            return scale
    return math.ceil(needed / WIDE_STEP) * WIDE_STEP


def bar_m(scale: int, longest_mm: float = 40) -> int:
    """Return the length in metres of a scale bar: 1, 2 or 5 times a power of ten, at most `longest_mm` on paper."""
    longest = longest_mm * scale / MM_PER_M
    power = 10 ** math.floor(math.log10(longest))
    return int(max(step * power for step in (1, 2, 5) if step * power <= longest))


def parts_of(shape: BaseGeometry) -> list[Polygon]:
    """Return the polygons a geometry consists of; lines and points that an intersection left are dropped."""
    if isinstance(shape, Polygon):
        return [shape]
    return [part for part in getattr(shape, "geoms", []) if isinstance(part, Polygon)]


def largest_part(shape: BaseGeometry) -> Polygon:
    """Return the largest polygon of a geometry; an empty one when it has none."""
    return max(parts_of(shape), key=lambda part: part.area, default=Polygon())

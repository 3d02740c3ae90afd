"""Put grid points into the edges they lie on: the twin in Python of `cadastre.node_geometry`.

A draft works on a picture of the land in memory, where an operation must see what an earlier one noded. The
database nodes the neighbours itself when the draft is written; both insert the points one by one, in the same order.

A point near two edges of a thin parcel belongs to the one that was cut, not to the nearest: a `Bend` names its edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

NODE_M = 0.00072
"""A point that lay on an edge is at most 0.7072 mm from it once it is on the 1 mm grid."""

ON_EDGE_M = 1e-6
"""A point so near lies on an edge, as far as doubles can tell (the check of the fabric asks the same)."""

FEW_RINGS = 8
"""So many rings are asked one by one; of more only those whose bounds hold a place."""

Point = tuple[float, float]
Floats = NDArray[np.float64]
AROUND = 2 * NODE_M * np.array([-1.0, -1.0, 1.0, 1.0])


class Bend(NamedTuple):
    """A grid point, and the two corners between which it goes: their edge is bent by `NODE_M` at most."""

    start: Point
    place: Point
    end: Point


Node = Point | Bend


@dataclass(frozen=True)
class Noded:
    """A polygon with more corners: what was inserted, how far an edge moved, and how long the moved edges are."""

    geometry: BaseGeometry
    bends: tuple[Bend, ...]
    moved_m: float
    edges_m: float

    @property
    def points(self) -> tuple[Point, ...]:
        """Return the points that were inserted, each once."""
        return tuple(dict.fromkeys(bend.place for bend in self.bends))


class Outline:
    """The rings of a polygon or multipolygon that take corners over, one node after the other.

    Rings are read once: for a corridor they are asked thousands of times. Planar metres of the working system.
    """

    def __init__(self, geometry: BaseGeometry) -> None:
        """Read the rings."""
        self._geometry = geometry
        self._lines = [shapely.get_rings(part) for part in parts_of(geometry)]
        self._rings: list[dict[int, Floats]] = [{} for _ in self._lines]
        many = sum(map(len, self._lines)) > FEW_RINGS
        self._boxes = [shapely.bounds(lines) + AROUND for lines in self._lines] if many else None
        self._bends: list[Bend] = []
        self._moved_m = self._edges_m = 0.0
        self._built = 0
        self._grown: set[tuple[int, int]] = set()

    @property
    def geometry(self) -> BaseGeometry:
        """Return the polygon with the corners it has by now; it may be invalid."""
        if self._built < len(self._bends):
            for part, at in self._grown:
                self._lines[part][at] = shapely.linearrings(self._rings[part][at])
            self._grown.clear()
            made = [shapely.polygons(lines[0], holes=lines[1:]) for lines in self._lines]
            self._geometry = made[0] if isinstance(self._geometry, Polygon) else MultiPolygon(made)
            self._built = len(self._bends)
        return self._geometry

    @property
    def noded(self) -> Noded:
        """Return what became of it."""
        return Noded(self.geometry, tuple(self._bends), self._moved_m, self._edges_m)

    def takes(self, node: Node) -> bool:
        """Tell whether a ring takes a node over: it has the very edge of a bend, any edge near a bare point."""
        return any(_edge_of(self._ring(part, at), node) is not None for part, at in self._around(node))

    def bends_of(self, node: Node) -> list[Bend]:
        """Return the edges that take a node over, with its place between their ends."""
        rings = [self._ring(part, at) for part, at in self._around(node)]
        found = [(ring, _edge_of(ring, node)) for ring in rings]
        return [_bend(ring, edge[0], node) for ring, edge in found if edge is not None]

    def put(self, node: Node) -> bool:
        """Put a node into every ring that takes it over; tell whether one did."""
        before = len(self._bends)
        for part, at in self._around(node):
            ring = self._ring(part, at)
            found = _edge_of(ring, node)
            if found is None:
                continue
            edge, distance = found
            bend = _bend(ring, edge, node)
            self._edges_m += float(np.hypot(*(ring[edge + 1] - ring[edge])))
            self._rings[part][at] = np.concatenate([ring[: edge + 1], [bend.place], ring[edge + 1 :]])
            self._grown.add((part, at))
            if self._boxes is not None:
                self._boxes[part][at] = _box(self._rings[part][at])
            self._moved_m = max(self._moved_m, distance)
            self._bends.append(bend)
        return len(self._bends) > before

    def _around(self, node: Node) -> list[tuple[int, int]]:
        """Return the rings a node may go into, by part and number: streets have hundreds, and one or two lie there."""
        x, y = node.place if isinstance(node, Bend) else node
        if self._boxes is None:
            return [(part, at) for part, lines in enumerate(self._lines) for at in range(len(lines))]
        return [(part, at) for part, boxes in enumerate(self._boxes) for at in _holding(boxes, x, y)]

    def _ring(self, part: int, at: int) -> Floats:
        """Return the corners of a ring, read when it is first asked for."""
        ring = self._rings[part].get(at)
        if ring is None:
            ring = self._rings[part][at] = shapely.get_coordinates(self._lines[part][at])
        return ring


def node_geometry(geometry: BaseGeometry, nodes: Iterable[Node]) -> Noded:
    """Return the polygon or multipolygon with each bend put into its edge, each point into the nearest within `NODE_M`.

    A bend whose edge a ring does not have, and a point that is a corner of it already, are left out there; planar
    metres of the working system.
    """
    outline = Outline(geometry)
    for node in nodes:
        outline.put(node)
    return outline.noded


def bounds_near(shapes: Sequence[BaseGeometry]) -> Callable[[Node], NDArray[np.bool_]]:
    """Return a function that tells which shapes a node may touch, by their bounds: a strip has hundreds of both."""
    bounds = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4)
    low, high = bounds[:, :2] - 2 * NODE_M, bounds[:, 2:] + 2 * NODE_M

    def near(node: Node) -> NDArray[np.bool_]:
        places = np.array(node if isinstance(node, Bend) else [node])
        return np.asarray(((low <= places.max(axis=0)) & (high >= places.min(axis=0))).all(axis=1))

    return near


def place_of(nodes: Iterable[Node]) -> BaseGeometry:
    """Return where nodes are: their points, and the edges they bend."""
    return shapely.GeometryCollection(
        [shapely.LineString(node) if isinstance(node, Bend) else shapely.Point(node) for node in nodes]
    )


def nodes_of(outline: Outline, node: Node, *, known: bool) -> Sequence[Bend]:
    """Return how a polygon takes a point over: in the bent edge, in another, or not at all; any edge for a bare point.

    `known` tells that somebody beside has the very edge. Else, as in old data, an edge that runs along it is bent too.
    A point that lies on any edge is its corner in any case: that moves nothing.
    """
    found = outline.bends_of(node)
    if found or not isinstance(node, Bend):
        return found
    return [
        each
        for each in outline.bends_of(node.place)
        if _distance(each.place, each) <= ON_EDGE_M or (not known and _runs_along(each, node))
    ]


def where_broken(shape: BaseGeometry) -> BaseGeometry:
    """Return the place that GEOS names as the reason, the whole outline when it names none."""
    told = shapely.is_valid_reason(shape)
    if "[" in told:
        x, y = told[told.index("[") + 1 : told.index("]")].split()[:2]
        return shapely.Point(float(x), float(y))
    return shapely.MultiPoint(shapely.get_coordinates(shape))


def parts_of(geometry: BaseGeometry | None) -> Sequence[Polygon]:
    """Return the polygons a polygon or multipolygon consists of, in their order."""
    if isinstance(geometry, Polygon):  # nearly all are: asked thousands of times for one corridor
        return [geometry]
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]


def _box(ring: Floats) -> Floats:
    """Return the bounds of a ring and a little more: west, south, east, north."""
    return np.concatenate([ring.min(axis=0), ring.max(axis=0)]) + AROUND


def _holding(boxes: Floats, x: float, y: float) -> list[int]:
    """Return which boxes hold a place."""
    west, south, east, north = boxes.T
    found: list[int] = np.flatnonzero((west <= x) & (x <= east) & (south <= y) & (y <= north)).tolist()
    return found


def _bend(ring: Floats, edge: int, node: Node) -> Bend:
    if isinstance(node, Bend):
        return node
    (x0, y0), (x1, y1) = ring[edge].tolist(), ring[edge + 1].tolist()
    return Bend((x0, y0), node, (x1, y1))


def _distance(point: Point, bend: Bend) -> float:
    return float(shapely.Point(point).distance(shapely.LineString([bend.start, bend.end])))


def _runs_along(first: Bend, second: Bend) -> bool:
    """Tell whether of two edges one lies along the other."""
    return any(
        max(_distance(one.start, other), _distance(one.end, other)) <= NODE_M
        for one, other in ((first, second), (second, first))
    )


def _edge_of(ring: Floats, node: Node) -> tuple[int, float] | None:
    """Return the number of the edge a node goes into and how far it is, None when there is none."""
    if isinstance(node, Bend):
        return _named_edge(ring, node)
    return None if len(_rows(ring, node)) else _nearest_edge(ring, np.asarray(node))


def _rows(ring: Floats, place: Point) -> NDArray[np.int64]:
    """Return where a ring has a corner: most rings that are asked have nothing of that x."""
    rows = np.flatnonzero(ring[:, 0] == place[0])
    return rows[ring[rows, 1] == place[1]] if len(rows) else rows


def _named_edge(ring: Floats, bend: Bend) -> tuple[int, float] | None:
    starts = _rows(ring, bend.start)
    if not len(starts):
        return None
    ends = set(_rows(ring, bend.end).tolist())
    edges = [low for at in starts.tolist() for other, low in ((at + 1, at), (at - 1, at - 1)) if other in ends]
    if not edges or len(_rows(ring, bend.place)):
        return None
    distance = _distance(bend.place, bend)
    return (min(edges), distance) if distance <= NODE_M else None


def _nearest_edge(ring: Floats, place: Floats) -> tuple[int, float] | None:
    start, along = ring[:-1], ring[1:] - ring[:-1]
    length2 = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((place - start) * along).sum(axis=1) / length2, 0, 1)
    distance = np.hypot(*(start + share[:, None] * along - place).T)
    edge = int(np.argmin(distance))
    return (edge, float(distance[edge])) if distance[edge] <= NODE_M else None

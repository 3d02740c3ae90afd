"""Put grid points into the edges they lie on: the twin in Python of `cadastre.node_geometry`.

A draft works on a picture of the land in memory, where an operation must see what an earlier one noded. The
database nodes the neighbours itself when the draft is written; both insert the points one by one, in the same order.

A point near two edges of a thin parcel belongs to the one that was cut, not to the nearest: a `Bend` names its edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

Point = tuple[float, float]
Floats = NDArray[np.float64]


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


def node_geometry(geometry: BaseGeometry, nodes: Iterable[Node]) -> Noded:
    """Return the polygon or multipolygon with each bend put into its edge, each point into the nearest within `NODE_M`.

    A bend whose edge a ring does not have, and a point that is a corner of it already, are left out there; planar
    metres of the working system.
    """
    added: list[Bend] = []
    moved = edges = 0.0
    rings = [[_ring(ring) for ring in (part.exterior, *part.interiors)] for part in parts_of(geometry)]
    for node in nodes:
        for part in rings:
            for at, ring in enumerate(part):
                found = _edge_of(ring, node)
                if found is None:
                    continue
                edge, distance = found
                bend = _bend(ring, edge, node)
                edges += float(np.hypot(*(ring[edge + 1] - ring[edge])))
                part[at] = np.insert(ring, edge + 1, bend.place, axis=0)
                moved = max(moved, distance)
                added.append(bend)
    if not added:
        return Noded(geometry, (), 0.0, 0.0)
    made = [Polygon(part[0], part[1:]) for part in rings]
    whole: BaseGeometry = made[0] if isinstance(geometry, Polygon) else MultiPolygon(made)
    return Noded(whole, tuple(added), moved, edges)


def place_of(nodes: Iterable[Node]) -> BaseGeometry:
    """Return where nodes are: their points, and the edges they bend."""
    return shapely.GeometryCollection(
        [shapely.LineString(node) if isinstance(node, Bend) else shapely.Point(node) for node in nodes]
    )


def nodes_of(geometry: BaseGeometry, node: Node, *, known: bool) -> Sequence[Bend]:
    """Return how a polygon takes a point over: in the bent edge, in another, or not at all; any edge for a bare point.

    `known` tells that somebody beside has the very edge. Else, as in old data, an edge that runs along it is bent too.
    A point that lies on any edge is its corner in any case: that moves nothing.
    """
    found = node_geometry(geometry, [node]).bends
    if found or not isinstance(node, Bend):
        return found
    return [
        each
        for each in node_geometry(geometry, [node.place]).bends
        if _distance(each.place, each) <= ON_EDGE_M or (not known and _runs_along(each, node))
    ]


def parts_of(geometry: BaseGeometry | None) -> Sequence[Polygon]:
    """Return the polygons a polygon or multipolygon consists of, in their order."""
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]


def _ring(ring: BaseGeometry) -> Floats:
    return shapely.get_coordinates(ring)


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
    place = np.asarray(node.place if isinstance(node, Bend) else node)
    if bool((ring == place).all(axis=1).any()):
        return None
    return _named_edge(ring, node) if isinstance(node, Bend) else _nearest_edge(ring, place)


def _named_edge(ring: Floats, bend: Bend) -> tuple[int, float] | None:
    first, last = (ring == np.asarray(bend.start)).all(axis=1), (ring == np.asarray(bend.end)).all(axis=1)
    edges = np.flatnonzero((first[:-1] & last[1:]) | (last[:-1] & first[1:]))
    if not len(edges):
        return None
    distance = _distance(bend.place, bend)
    return (int(edges[0]), distance) if distance <= NODE_M else None


def _nearest_edge(ring: Floats, place: Floats) -> tuple[int, float] | None:
    start, along = ring[:-1], ring[1:] - ring[:-1]
    length2 = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((place - start) * along).sum(axis=1) / length2, 0, 1)
    distance = np.hypot(*(start + share[:, None] * along - place).T)
    edge = int(np.argmin(distance))
    return (edge, float(distance[edge])) if distance[edge] <= NODE_M else None

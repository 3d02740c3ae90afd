"""Put grid points into the edges they lie on: the twin in Python of `cadastre.node_geometry`.

A draft works on a picture of the land in memory, where an operation must see what an earlier one noded. The
database nodes the neighbours itself when the draft is written; both insert the points one by one, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

NODE_M = 0.00072
"""A point that lay on an edge is at most 0.7072 mm from it once it is on the 1 mm grid."""

Point = tuple[float, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Noded:
    """A polygon with more corners: what was inserted, how far an edge moved, and how long the moved edges are."""

    geometry: BaseGeometry
    points: tuple[Point, ...]
    moved_m: float
    edges_m: float


def node_geometry(geometry: BaseGeometry, points: Iterable[Point]) -> Noded:
    """Return the polygon or multipolygon with each point put into the nearest edge within `NODE_M` of it.

    A point that is a corner of a ring already is left out there; planar metres of the working system.
    """
    added: list[Point] = []
    moved = edges = 0.0
    rings = [[_ring(ring) for ring in (part.exterior, *part.interiors)] for part in parts_of(geometry)]
    for point in points:
        for part in rings:
            for at, ring in enumerate(part):
                found = _nearest_edge(ring, point)
                if found is None:
                    continue
                edge, distance = found
                edges += float(np.hypot(*(ring[edge + 1] - ring[edge])))
                part[at] = np.insert(ring, edge + 1, point, axis=0)
                moved = max(moved, distance)
                added.append(point)
    if not added:
        return Noded(geometry, (), 0.0, 0.0)
    made = [Polygon(part[0], part[1:]) for part in rings]
    whole: BaseGeometry = made[0] if isinstance(geometry, Polygon) else MultiPolygon(made)
    return Noded(whole, tuple(dict.fromkeys(added)), moved, edges)


def parts_of(geometry: BaseGeometry | None) -> Sequence[Polygon]:
    """Return the polygons a polygon or multipolygon consists of, in their order."""
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]


def _ring(ring: BaseGeometry) -> Floats:
    return shapely.get_coordinates(ring)


def _nearest_edge(ring: Floats, point: Point) -> tuple[int, float] | None:
    """Return the number of the edge nearest to a point and the distance, None when it is a corner or far."""
    place = np.asarray(point)
    if bool((ring == place).all(axis=1).any()):
        return None
    start, along = ring[:-1], ring[1:] - ring[:-1]
    length2 = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((place - start) * along).sum(axis=1) / length2, 0, 1)
    distance = np.hypot(*(start + share[:, None] * along - place).T)
    edge = int(np.argmin(distance))
    return (edge, float(distance[edge])) if distance[edge] <= NODE_M else None

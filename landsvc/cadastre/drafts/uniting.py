"""Unite polygons that share edges, exactly: no corner is computed, none is lost. Pure functions, planar metres."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import shapely
from shapely.geometry import LineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.noding import Point, parts_of

Edge = frozenset[Point]
CLOSE_M2 = 1e-6


def edges_of(geometry: BaseGeometry | None) -> set[Edge]:
    """Return the edges of all rings of a polygon or multipolygon, each by its two ends."""
    found: set[Edge] = set()
    for part in parts_of(geometry):
        for ring in (part.exterior, *part.interiors):
            for start, end in pairwise(shapely.get_coordinates(ring)):
                found.add(frozenset(((float(start[0]), float(start[1])), (float(end[0]), float(end[1])))))
    return found


def lines_of(edges: Iterable[Edge]) -> list[LineString]:
    """Return edges as lines, in an order that does not depend on how they were found."""
    return [LineString([*ends]) for ends in sorted(tuple(sorted(edge)) for edge in edges)]


def touching(geometries: Sequence[BaseGeometry]) -> list[list[int]]:
    """Return the places of geometries that hang together by common edges, group by group, each in order."""
    edges = [edges_of(geometry) for geometry in geometries]
    left, groups = list(range(len(geometries))), []
    while left:
        group, wave = [], [left[0]]
        while wave:
            at = wave.pop()
            left.remove(at)
            group.append(at)
            wave += [other for other in left if other not in wave and edges[at] & edges[other]]
        groups.append(sorted(group))
    return groups


def united(geometries: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Return what polygons cover together; None when they overlap, so that edges do not tell.

    Edges that two of them share vanish; every other corner stays, also one in the middle of a straight edge: it is a
    corner of some neighbour.
    """
    edges: set[Edge] = set()
    for geometry in geometries:
        edges ^= edges_of(geometry)
    land = shapely.union_all(list(geometries))
    faces = [
        shapely.geometry.polygon.orient(face)
        for face in shapely.get_parts(shapely.polygonize(lines_of(edges)))
        if land.contains(face.representative_point())
    ]
    if abs(sum(face.area for face in faces) - sum(geometry.area for geometry in geometries)) > CLOSE_M2:
        return None
    faces.sort(key=lambda face: (-round(face.centroid.y, 3), round(face.centroid.x, 3)))
    return faces[0] if len(faces) == 1 else MultiPolygon(faces)

"""Fit land that is drawn anew into what lies around it: shared corners on both sides, no overlap.

Whoever moves an edge calls `fitted`. New corners that lie on a neighbour's edge become corners of the neighbour,
corners of neighbours that lie on a new edge become corners of the new land, each within 0.71 mm, until nothing is left
to do. What then overlaps, or is no polygon any more, is refused at its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import GeometryCollection, MultiLineString
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.model import Unit
from landsvc.cadastre.drafts.noding import NODE_M, node_geometry, where_broken
from landsvc.cadastre.drafts.noding import Point as Place
from landsvc.cadastre.drafts.surroundings import changed_parts, corners_near, fresh_edges
from landsvc.cadastre.drafts.uniting import lines_of
from landsvc.core.errors import LandsvcError

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground

MIN_AREA_M2 = 0.1
KNOWN_M2 = 1e-6
MAX_ROUNDS = 6
Fault = Callable[[Unit, BaseGeometry, Unit | None], LandsvcError]
"""What to raise: the unit drawn anew, the place, and the neighbour it meets (None when its own ring is broken)."""


@dataclass(frozen=True)
class Fit:
    """The new geometry of each unit, and the corners its neighbours get."""

    shapes: Mapping[int, BaseGeometry]
    nodes: tuple[Place, ...]


def fitted(ground: Ground, drawn: Sequence[tuple[Unit, BaseGeometry]], fault: Fault) -> Fit:
    """Return how new geometries (working system, on the grid) fit; `drawn` names the units as they are now.

    A unit without geometry is new land. Raises what `fault` makes of what does not fit.
    """
    shapes = {unit.id: shape for unit, shape in drawn}
    for unit, shape in drawn:
        _check_sound(unit, shape, fault)
    fresh = [edge for unit, shape in drawn for edge in fresh_edges(shape, unit.geometry)]
    if not fresh:
        return Fit(shapes, ())
    front = MultiLineString(lines_of(fresh))
    gained = [_gained(shape, unit.geometry) for unit, shape in drawn]
    near = {
        unit.id: unit for unit in ground.around(GeometryCollection([front, *gained])) if unit.id not in shapes
    }
    around = {unit_id: unit.geometry for unit_id, unit in near.items() if unit.geometry is not None}
    nodes = _node_both(shapes, around, front)
    for unit, shape in drawn:
        if shapes[unit.id] is not shape:
            _check_sound(unit, shapes[unit.id], fault)
        for other_id, other in around.items():
            _check_apart(ground, (unit, shapes[unit.id]), (near[other_id], other), fault)
    for at, (unit, _) in enumerate(drawn):
        for other_unit, _ in drawn[at + 1 :]:
            _check_apart(ground, (unit, shapes[unit.id]), (other_unit, shapes[other_unit.id]), fault)
    return Fit(shapes, nodes)


def _node_both(
    shapes: dict[int, BaseGeometry], around: dict[int, BaseGeometry], front: BaseGeometry
) -> tuple[Place, ...]:
    """Node new land and neighbours against each other; return the corners that neighbours need."""
    nodes: dict[Place, None] = dict.fromkeys(_corners(front))
    for _ in range(MAX_ROUNDS):
        for other in around.values():
            nodes |= dict.fromkeys(_near(other, front))
        grown = False
        for land in (shapes, around):
            for unit_id, shape in land.items():
                noded = node_geometry(shape, nodes)
                land[unit_id], grown = noded.geometry, grown or bool(noded.points)
        if not grown:
            break
    return tuple(nodes)


def _gained(shape: BaseGeometry, before: BaseGeometry | None) -> BaseGeometry:
    """Return the land that a new geometry covers and the one before did not."""
    ((was, now),) = changed_parts([(before, shape)])
    return shape if was is None or now is None else shapely.difference(now, was)


def _corners(geometry: BaseGeometry) -> list[Place]:
    return [(float(x), float(y)) for x, y in np.unique(shapely.get_coordinates(geometry), axis=0)]


def _near(geometry: BaseGeometry, front: BaseGeometry) -> list[Place]:
    """Return the corners of a geometry that lie on a line, in a stable order."""
    corners = corners_near([geometry], front, NODE_M)
    close = corners[shapely.dwithin(shapely.points(corners), front, NODE_M)]
    return [(float(x), float(y)) for x, y in close]


def _check_sound(unit: Unit, shape: BaseGeometry, fault: Fault) -> None:
    if shape.is_empty or not shape.is_valid:
        raise fault(unit, where_broken(shape), None)
    if shape.area < MIN_AREA_M2:
        raise fault(unit, shape, None)


def _check_apart(
    ground: Ground, mine: tuple[Unit, BaseGeometry], theirs: tuple[Unit, BaseGeometry], fault: Fault
) -> None:
    """Raise when land overlaps, but for what is known to overlap."""
    (unit, shape), (other_unit, other) = mine, theirs
    if not shapely.relate_pattern(shape, other, "2********"):
        return
    common, known = shapely.intersection(shape, other), ground.known_overlap(unit, other_unit)
    if known is None or shapely.difference(common, known).area > KNOWN_M2:
        raise fault(unit, common, other_unit)

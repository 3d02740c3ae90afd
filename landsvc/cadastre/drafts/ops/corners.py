"""Find corners and change them in every unit that has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LinearRing, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import UsesDrawn, shown
from landsvc.cadastre.drafts.limits import CLOSE_M2, follows
from landsvc.cadastre.drafts.model import Unit, Use
from landsvc.cadastre.drafts.noding import Floats, parts_of
from landsvc.cadastre.drafts.noding import Point as Place
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.drafts.ops.errors import CornerCrossesEdge, CornerNotFound
from landsvc.cadastre.drafts.ops.pieces import codes_of, measure
from landsvc.cadastre.drafts.settling import Fit, fitted
from landsvc.cadastre.drafts.surroundings import corners_near
from landsvc.core.errors import LandsvcError
from landsvc.geo.grid import to_grid

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground

LOOK_AROUND_M = 5.0
"""How far the nearest corner is looked for, to tell where one is."""


def corner_at(ground: Ground, place: Point, within_m: float, field: str) -> Place:
    """Return the corner that a place means; raise `CornerNotFound`, which shows the nearest one around."""
    found = ground.around(place, LOOK_AROUND_M)
    shapes = [unit.geometry for unit in found]
    corners = corners_near(shapes, place, LOOK_AROUND_M)
    if not len(corners):
        corners = np.unique(shapely.get_coordinates(shapes), axis=0)
    at = np.array([place.x, place.y])
    distances = np.hypot(*(corners - at).T) if len(corners) else np.array([np.inf])
    nearest = int(np.argmin(distances))
    if distances[nearest] > within_m:
        near = shown(Point(corners[nearest])) if len(corners) else shown(place)
        told = (
            f"{distances[nearest]:.3f}"
            if len(corners) and distances[nearest] <= LOOK_AROUND_M
            else f"> {LOOK_AROUND_M}"
        )
        raise CornerNotFound(field=field, distance_m=told, **near)
    return float(corners[nearest][0]), float(corners[nearest][1])


def units_with(ground: Ground, corners: Sequence[Place]) -> list[Unit]:
    """Return the units that have some of these corners, exactly."""
    return [
        unit
        for unit in ground.around(shapely.MultiPoint(list(corners)))
        if _among(shapely.get_coordinates(unit.geometry), corners).any()
    ]


def _among(places: Floats, corners: Iterable[Place]) -> NDArray[np.bool_]:
    """Tell which places are one of some corners, exactly."""
    found = np.zeros(len(places), bool)
    for x, y in corners:
        found |= (places[:, 0] == x) & (places[:, 1] == y)
    return found


def with_corners(geometry: BaseGeometry | None, moves: Mapping[Place, Place | None]) -> BaseGeometry:
    """Return a geometry with corners moved, or left out where they go nowhere; it may be invalid then."""
    made = []
    for part in parts_of(geometry):
        rings = shapely.get_rings(part)
        places, ring_of = shapely.get_coordinates(rings, return_index=True)
        for at in np.unique(ring_of[_among(places, moves)]).tolist():
            ring = _ring(places[ring_of == at], moves)
            if len(ring) < 4:
                return Polygon()
            rings[at] = LinearRing(ring)
        made.append(shapely.polygons(rings[0], holes=rings[1:]))
    shape: BaseGeometry = MultiPolygon(made) if isinstance(geometry, MultiPolygon) else made[0]
    return to_grid(shape)


def _ring(places: Floats, moves: Mapping[Place, Place | None]) -> list[Place]:
    moved = [moves.get((x, y), (x, y)) for x, y in places[:-1].tolist()]
    kept = [place for place in moved if place is not None]
    return [*kept, kept[0]] if kept else []


def crosses(unit: Unit, place: BaseGeometry, other: Unit | None) -> LandsvcError:
    """Return what is raised when a corner's new place does not fit."""
    return CornerCrossesEdge(field="moves", ref=unit.name, other=(other or unit).name, **shown(place))


def redraw(
    ground: Ground, units: Sequence[Unit], moves: Mapping[Place, Place | None], seq: int, frame: Frame
) -> None:
    """Move or leave out corners in all units at once, fitted into what lies around."""
    drawn = [(unit, with_corners(unit.geometry, moves)) for unit in units]
    reshape(ground, units, fitted(ground, drawn, crosses), seq, frame, moves)


def reshape(
    ground: Ground,
    units: Sequence[Unit],
    fit: Fit,
    seq: int,
    frame: Frame,
    moves: Mapping[Place, Place | None] = MappingProxyType({}),
) -> None:
    """Give units their fitted geometry and measure; registered areas stay, and drawn uses follow the moved corners.

    Raises `UsesDrawn` where they cannot.
    """
    changed, codes = [], {}
    for unit in units:
        shape = fit.shapes[unit.id]
        srid = unit.measured_srid or frame.srid
        measured = round(measure(shape, frame, srid), 4)
        uses = _followed(unit, shape, moves)
        changed.append(replace(unit, geometry=shape, measured_m2=measured, measured_srid=srid, uses=uses))
        if unit.made_by is not None:
            (codes[unit.id],) = codes_of([shape], unit.name, frame, "parcels")
    ground.reshape(changed, fit.nodes, seq, codes)


def _followed(unit: Unit, shape: BaseGeometry, moves: Mapping[Place, Place | None]) -> tuple[Use, ...]:
    """Return the uses of a unit, those that are drawn with the corners that moved; raise `UsesDrawn`."""
    drawn = [use.geometry for use in unit.uses if use.geometry is not None]
    if not drawn or unit.geometry is None:
        return unit.uses
    lands = follows(shape, [with_corners(use, moves) for use in drawn])
    tiled = abs(unit.geometry.area - sum(use.area for use in drawn)) <= CLOSE_M2
    if lands is None or (tiled and abs(shape.area - sum(land.area for land in lands)) > CLOSE_M2):
        raise UsesDrawn(field="parcels", ref=unit.name, **shown(shape))
    given = iter(lands)
    return tuple(replace(use, geometry=next(given)) if use.drawn else use for use in unit.uses)

"""Put a point into a boundary, or take one out (thêm, bớt điểm ranh giới)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import ParcelUnmapped, shown
from landsvc.cadastre.drafts.noding import NODE_M, Outline, parts_of
from landsvc.cadastre.drafts.ops.base import BOUNDARY, BOUNDARY_TITLE, Frame, Operation
from landsvc.cadastre.drafts.ops.corners import corner_at, redraw, units_with
from landsvc.cadastre.drafts.ops.errors import CornerIsJunction, CornerThere, LineWouldMove, PointNotOnEdge
from landsvc.cadastre.drafts.ops.reading import read_point, snap_m
from landsvc.cadastre.drafts.uniting import lines_of
from landsvc.geo.grid import round_ordinates

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit
    from landsvc.cadastre.drafts.noding import Point as Place

TOLERANCE_M = 0.02
"""A point this far from the straight line between its neighbours is taken out without being asked."""
STEPS = np.array([(x, y) for x in (-0.001, 0.0, 0.001) for y in (-0.001, 0.0, 0.001)])


@dataclass(frozen=True)
class InsertPoint(Operation):
    """Put a corner into an edge of a parcel, and into whoever shares that edge; the line moves by 0.71 mm at most."""

    ref: str
    point: Point
    within_m: float

    op = "insert_point"
    kind = BOUNDARY
    title = BOUNDARY_TITLE

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> InsertPoint:
        """Return the operation; raise `UnofferedCrs` or `PlaceOutside`."""
        point = read_point(body["point"], body, frame, "point")
        return cls(body["parcels"][0], point, max(TOLERANCE_M, snap_m(body, frame)))

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcel whose edge gets the point."""
        return (self.ref,)

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the point."""
        return (self.point,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Put the point in; raise what stands against it."""
        (unit,) = units
        if unit.geometry is None:
            raise ParcelUnmapped(field="parcels", ref=unit.name)
        boundary = unit.geometry.boundary
        foot = shapely.shortest_line(boundary, self.point).coords[0]
        distance = boundary.distance(self.point)
        if distance > self.within_m:
            raise PointNotOnEdge(field="point", ref=unit.name, distance_m=f"{distance:.3f}", **shown(Point(foot)))
        place = _on_edge(foot, boundary)
        if units_with(ground, [place]):
            raise CornerThere(field="point", ref=unit.name, **shown(Point(place)))
        # The edge is named: near a sharp corner the point is within reach of another one too.
        ground.insert(Outline(unit.geometry).bends_of(place), unit, seq)


def _on_edge(foot: Sequence[float], boundary: BaseGeometry) -> Place:
    """Return the grid point nearest to a place of a boundary among those within reach of it."""
    around = round_ordinates(round_ordinates(np.asarray(foot[:2], dtype=np.float64)) + STEPS)
    close = around[shapely.distance(shapely.points(around), boundary) <= NODE_M]
    best = close[int(np.argmin(np.hypot(*(close - np.asarray(foot[:2])).T)))]
    return float(best[0]), float(best[1])


@dataclass(frozen=True)
class RemovePoint(Operation):
    """Take a corner out of every unit that has it, where it joins the same two edges in all of them."""

    point: Point
    within_m: float
    tolerance_m: float = TOLERANCE_M

    op = "remove_point"
    kind = BOUNDARY
    title = BOUNDARY_TITLE

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> RemovePoint:
        """Return the operation; raise `UnofferedCrs` or `PlaceOutside`."""
        point = read_point(body["point"], body, frame, "point")
        return cls(point, snap_m(body, frame), body.get("toleranceM", TOLERANCE_M))

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the point."""
        return (self.point,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Take the corner out; raise what stands against it."""
        corner = corner_at(ground, self.point, self.within_m, "point")
        found = units_with(ground, [corner])
        sides = {frozenset(pair) for unit in found for pair in _sides(unit.geometry, corner)}
        if len(sides) > 1 or any(len(pair) < 2 for pair in sides):
            refs = ", ".join(unit.name for unit in found)
            raise CornerIsJunction(field="point", refs=refs, **shown(Point(corner)))
        (line,) = lines_of(sides)
        moved = line.distance(Point(corner))
        if moved > self.tolerance_m:
            raise LineWouldMove(
                field="point", distance_m=f"{moved:.3f}", tolerance_m=self.tolerance_m, **shown(line)
            )
        redraw(ground, found, {corner: None}, seq, frame)


def _sides(geometry: BaseGeometry | None, corner: Place) -> list[tuple[Place, Place]]:
    """Return the corners before and after one, for every ring it stands in."""
    found = []
    for part in parts_of(geometry):
        for ring in (part.exterior, *part.interiors):
            places = shapely.get_coordinates(ring)[:-1]
            for at in np.flatnonzero((places == corner).all(axis=1)).tolist():
                (x0, y0), (x1, y1) = places[[at - 1, (at + 1) % len(places)]].tolist()
                found.append(((x0, y0), (x1, y1)))
    return found

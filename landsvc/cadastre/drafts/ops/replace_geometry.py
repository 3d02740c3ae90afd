"""Give a parcel the geometry of a new survey (đo đạc lại thửa đất)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import shown
from landsvc.cadastre.drafts.model import Unit, Use
from landsvc.cadastre.drafts.noding import Point as Place
from landsvc.cadastre.drafts.noding import node_geometry
from landsvc.cadastre.drafts.ops.base import Frame, Operation
from landsvc.cadastre.drafts.ops.corners import reshape
from landsvc.cadastre.drafts.ops.drawn import Drawn, read_drawn
from landsvc.cadastre.drafts.ops.errors import GeometryBroken, GeometryOverlaps, GeometryUnchanged
from landsvc.cadastre.drafts.settling import fitted
from landsvc.cadastre.drafts.surroundings import corners_near
from landsvc.cadastre.rules import share_area
from landsvc.core.errors import LandsvcError
from landsvc.geo.grid import to_grid

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class ReplaceGeometry(Operation):
    """Draw one parcel anew; corners that mean corners of neighbours become those, what overlaps is refused."""

    ref: str
    drawn: Drawn
    legal_m2: Decimal | None = None

    op = "replace_geometry"
    kind = "resurvey"
    title = "Đo đạc lại thửa đất"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> ReplaceGeometry:
        """Return the operation; raise `UnofferedCrs` or `PlaceOutside`."""
        legal = body.get("legalAreaM2")
        area = None if legal is None else Decimal(str(legal)).quantize(TENTH)
        return cls(body["parcels"][0], read_drawn(body, frame), area)

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcel that is drawn anew."""
        return (self.ref,)

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the outline."""
        return (self.drawn.shape.boundary,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Draw the parcel anew; raise what stands against it."""
        (unit,) = units
        shape = _with_ends(on_corners(ground, self.drawn.shape, self.drawn.within_m), unit)
        if unit.geometry is not None and shapely.equals(shape, unit.geometry):
            raise GeometryUnchanged(field="points", ref=unit.name, **shown(shape))
        fit = fitted(ground, [(unit, shape)], overlaps)
        reshape(ground, [self._registered(unit)], fit, seq, frame, moved_corners(unit.geometry, shape))

    def _registered(self, unit: Unit) -> Unit:
        """Return the parcel with its new survey, and the registered area that has, where one is given.

        Its uses share the area.
        """
        unit = replace(
            unit, survey_id=None, source=self.drawn.source, measured_srid=self.drawn.zone or unit.measured_srid
        )
        if self.legal_m2 is None:
            return unit
        return replace(unit, legal_m2=self.legal_m2, uses=_scaled(unit, self.legal_m2))


def _with_ends(shape: BaseGeometry, unit: Unit) -> BaseGeometry:
    """Return an outline with the corners where drawn limits end, as far as they still lie on it."""
    drawn = [use.geometry for use in unit.uses if use.geometry is not None]
    ends = corner_set(unit.geometry) & set().union(*map(corner_set, drawn)) if drawn else set()
    return node_geometry(shape, sorted(ends)).geometry


def corner_set(geometry: BaseGeometry | None) -> set[Place]:
    """Return the corners of a geometry."""
    return {(float(x), float(y)) for x, y in shapely.get_coordinates(geometry)}


def moved_corners(before: BaseGeometry | None, after: BaseGeometry) -> dict[Place, Place]:
    """Return which corner became which: each that is gone the nearest new one; nothing where that is not clear."""
    gone = sorted(corner_set(before) - corner_set(after))
    come = sorted(corner_set(after) - corner_set(before))
    if not gone or len(gone) != len(come):
        return {}
    away = np.hypot(*(np.array(gone)[:, None, :] - np.array(come)[None, :, :]).transpose(2, 0, 1))
    nearest = away.argmin(axis=1).tolist()
    if len(set(nearest)) < len(gone):
        return {}
    return {old: come[new] for old, new in zip(gone, nearest, strict=True)}


def _scaled(unit: Unit, area_m2: Decimal) -> tuple[Use, ...]:
    """Return the uses of a parcel, sharing another registered area as they shared the old one."""
    if not unit.uses:
        return ()
    shares = share_area(area_m2, [float(use.area_m2) for use in unit.uses])
    return tuple(replace(use, area_m2=share) for use, share in zip(unit.uses, shares, strict=True) if share > 0)


def on_corners(ground: Ground, shape: Polygon, within_m: float) -> BaseGeometry:
    """Return a polygon whose corners are those that stand already, where they lie within reach of one."""
    around = ground.around(shape.boundary, within_m)
    corners = corners_near([unit.geometry for unit in around], shape, within_m)

    def settled(places: Any) -> Any:
        for at, place in enumerate(places):
            distances = np.hypot(*(corners - place).T) if len(corners) else np.array([np.inf])
            if distances.min() <= within_m:
                places[at] = corners[int(np.argmin(distances))]
        return places

    # Two corners may settle on one: on the grid no corner is said twice.
    made: BaseGeometry = to_grid(shapely.transform(shape, settled))
    return made


def overlaps(unit: Unit, place: BaseGeometry, other: Unit | None) -> LandsvcError:
    """Return what is raised when new land is broken or lies on somebody else's."""
    if other is None:
        return GeometryBroken(field="points", ref=unit.name, **shown(place))
    return GeometryOverlaps(
        field="points", ref=unit.name, other=other.name, area_m2=round(place.area, 3), **shown(place)
    )

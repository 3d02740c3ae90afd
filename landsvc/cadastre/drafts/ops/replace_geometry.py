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

from landsvc.cadastre.drafts.errors import UsesDrawn, shown
from landsvc.cadastre.drafts.model import Unit, Use
from landsvc.cadastre.drafts.ops.base import Frame, Operation
from landsvc.cadastre.drafts.ops.corners import reshape
from landsvc.cadastre.drafts.ops.drawn import Drawn, read_drawn
from landsvc.cadastre.drafts.ops.errors import GeometryBroken, GeometryOverlaps, GeometryUnchanged
from landsvc.cadastre.drafts.settling import fitted
from landsvc.cadastre.rules import share_area
from landsvc.core.errors import LandsvcError

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
        if any(use.drawn for use in unit.uses):
            raise UsesDrawn(field="parcels", ref=unit.name)
        shape = on_corners(ground, self.drawn.shape, self.drawn.within_m)
        if unit.geometry is not None and shapely.equals(shape, unit.geometry):
            raise GeometryUnchanged(field="points", ref=unit.name, **shown(shape))
        fit = fitted(ground, [(unit, shape)], overlaps)
        reshape(ground, [self._registered(unit)], fit, seq, frame)

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


def _scaled(unit: Unit, area_m2: Decimal) -> tuple[Use, ...]:
    """Return the uses of a parcel, sharing another registered area as they shared the old one."""
    if not unit.uses:
        return ()
    shares = share_area(area_m2, [float(use.area_m2) for use in unit.uses])
    return tuple(replace(use, area_m2=share) for use, share in zip(unit.uses, shares, strict=True) if share > 0)


def on_corners(ground: Ground, shape: Polygon, within_m: float) -> BaseGeometry:
    """Return a polygon whose corners are those that stand already, where they lie within reach of one."""
    around = ground.around(shape.boundary, within_m)
    corners = np.unique(shapely.get_coordinates([unit.geometry for unit in around]), axis=0)

    def settled(places: Any) -> Any:
        for at, place in enumerate(places):
            distances = np.hypot(*(corners - place).T) if len(corners) else np.array([np.inf])
            if distances.min() <= within_m:
                places[at] = corners[int(np.argmin(distances))]
        return places

    made: BaseGeometry = shapely.transform(shape, settled)
    return made


def overlaps(unit: Unit, place: BaseGeometry, other: Unit | None) -> LandsvcError:
    """Return what is raised when new land is broken or lies on somebody else's."""
    if other is None:
        return GeometryBroken(field="points", ref=unit.name, **shown(place))
    return GeometryOverlaps(
        field="points", ref=unit.name, other=other.name, area_m2=round(place.area, 3), **shown(place)
    )

"""Make the parcels that take another one's place: its facts shared, its numbers followed by the next free ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import PieceTooSmall, TooManyPieces, UsesDrawn, shown
from landsvc.cadastre.drafts.limits import Carried, LimitsLost, carried
from landsvc.cadastre.drafts.model import MADE_HERE, Unit, Use
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.drafts.use_areas import share_by_land
from landsvc.cadastre.rules import share_area, share_uses
from landsvc.geo.crs import transform
from landsvc.geo.parcel_code import ParcelCode, parcel_codes

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground

MIN_AREA_M2 = 0.1
"""The least area the register takes (check geom_size, I1)."""
MOST_PIECES = 100
"""More than any lot was ever parcelled into at once; five hundred keep a preview busy for a minute."""


def pieces_of(
    ground: Ground,
    parent: Unit,
    shapes: Sequence[Polygon],
    seq: int,
    frame: Frame,
    *,
    field: str = "line",
    legal: Sequence[Decimal] | None = None,
    codes: Sequence[ParcelCode | None] | None = None,
    limits: Carried | None = None,
) -> list[tuple[Unit, ParcelCode]]:
    """Return a parcel for each shape, of the parent's facts, in the order of the shapes.

    Registered areas (tenths, summing to the parent's) are shared by what the shapes measure unless `legal` gives
    them; `codes` and `limits` are given where they are known already. Drawn limits of uses go along. Raises
    `TooManyPieces` or `PieceTooSmall` naming the field, or `UsesDrawn`.
    """
    if len(shapes) > MOST_PIECES:
        raise TooManyPieces(field=field, ref=parent.name, count=len(shapes), most=MOST_PIECES)
    for shape in shapes:
        refuse_sliver(shape, parent.name, field)
    limits = limits or limits_of(parent, shapes)
    shapes = limits.shapes if limits else shapes
    srid = parent.measured_srid or frame.srid
    measures = [measure(shape, frame, srid) for shape in shapes]
    areas = legal_areas(parent, measures) if legal is None else list(legal)
    for shape, area in zip(shapes, areas, strict=True):
        if area is not None and area <= 0:
            raise PieceTooSmall(field=field, ref=parent.name, area_m2=area, **shown(shape))
    uses = shared_uses(parent, [area for area in areas if area is not None], limits)
    made = []
    given = parcel_codes(list(shapes), frame.srid, frame.variant) if codes is None else codes
    ground.reserved.reserve([(parent.series_id, parent.sheet)] * len(shapes))
    for at, (shape, code) in enumerate(zip(shapes, _sound(shapes, given, parent.name, field), strict=True)):
        facts = replace(
            parent,
            legal_m2=areas[at],
            measured_m2=round(measures[at], 4),
            measured_srid=srid,
            geometry=shape,
            uses=uses[at] if uses else (),
        )
        made.append((new_unit(ground, facts, code, seq), code))
    return made


def new_unit(ground: Ground, facts: Unit, code: ParcelCode, seq: int) -> Unit:
    """Return a parcel of these facts under an identity of its own and the next number of its sheet."""
    slot = ground.reserved.slot(facts.series_id, facts.sheet)
    return replace(
        facts,
        id=slot.unit_id,
        version_id=MADE_HERE,
        ref=None if slot.number is None else f"{facts.issuing}-{slot.sheet}-{slot.number}",
        code=code.code,
        series_id=slot.series_id,
        issuing=facts.issuing if slot.number is not None else None,
        sheet=slot.sheet,
        number=slot.number,
        valid_from=None,
        made_by=seq,
    )


def codes_of(shapes: Sequence[BaseGeometry], name: str, frame: Frame, field: str) -> list[ParcelCode]:
    """Return the code each shape gets where it was never given; raise `PieceTooSmall` when one has no inside."""
    return _sound(shapes, parcel_codes(list(shapes), frame.srid, frame.variant), name, field)


def _sound(
    shapes: Sequence[BaseGeometry], codes: Sequence[ParcelCode | None], name: str, field: str
) -> list[ParcelCode]:
    for shape, code in zip(shapes, codes, strict=True):
        if code is None:
            raise PieceTooSmall(field=field, ref=name, area_m2=round(shape.area, 3), **shown(shape))
    return [code for code in codes if code is not None]


def refuse_sliver(shape: BaseGeometry, name: str, field: str) -> None:
    """Raise `PieceTooSmall` for less land than the register takes."""
    if shape.area < MIN_AREA_M2:
        raise PieceTooSmall(field=field, ref=name, area_m2=round(shape.area, 3), **shown(shape))


def measure(shape: BaseGeometry, frame: Frame, srid: int) -> float:
    """Return the area of a shape in a zone, m²; the shape is in the working system."""
    return float(shape.area if srid == frame.srid else transform(shape, frame.srid, srid, frame.variant).area)


def legal_areas(parent: Unit, measures: Sequence[float]) -> list[Decimal | None]:
    """Return the registered area shared among pieces by what they measure, none where none is registered."""
    if parent.legal_m2 is None:
        return [None] * len(measures)
    return list(share_area(parent.legal_m2, measures))


def limits_of(parent: Unit, shapes: Sequence[Polygon]) -> Carried | None:
    """Return the drawn limits of a parcel's uses in its pieces, None without any; raise `UsesDrawn`."""
    if not any(use.drawn for use in parent.uses):
        return None
    try:
        return carried(shapes, [use.geometry for use in parent.uses])
    except LimitsLost as lost:
        raise UsesDrawn(field="parcels", ref=parent.name, **shown(lost.place)) from lost


def shared_uses(parent: Unit, areas: Sequence[Decimal], limits: Carried | None = None) -> list[tuple[Use, ...]]:
    """Return the uses of each piece: the parent's, each in proportion, or where they are drawn; none of nothing."""
    if not parent.uses or not areas:
        return []
    wholes = [use.area_m2 for use in parent.uses]
    if limits is None:
        shares: list[list[Decimal]] | None = share_uses(wholes, areas)
    else:
        shares = share_by_land(wholes, areas, _land(parent, limits))
    if shares is None:
        raise UsesDrawn(field="parcels", ref=parent.name, **shown(parent.geometry or Polygon()))
    nothing: Sequence[BaseGeometry | None] = (None,) * len(parent.uses)
    return [
        tuple(
            replace(use, area_m2=area, geometry=drawn)
            for use, area, drawn in zip(parent.uses, row, limits.parts[at] if limits else nothing, strict=True)
            if area > 0
        )
        for at, row in enumerate(shares)
    ]


def _land(parent: Unit, limits: Carried) -> list[list[float]]:
    """Return the land of each use in each piece: uses that are not drawn share what the drawn ones leave, m²."""
    others = float(sum(use.area_m2 for use in parent.uses if not use.drawn))
    rows = []
    for shape, areas in zip(limits.shapes, limits.areas, strict=True):
        left = shape.area - sum(areas)
        left = left if left >= MIN_AREA_M2 else 0.0
        rows.append(
            [
                area if use.drawn else left * float(use.area_m2) / others
                for use, area in zip(parent.uses, areas, strict=True)
            ]
        )
    return rows

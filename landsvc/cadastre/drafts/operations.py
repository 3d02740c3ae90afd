"""Read operations as the API takes them, and carry them out on a `Ground`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from landsvc.cadastre.drafts.cut import SNAP_M, cut_polygon
from landsvc.cadastre.drafts.errors import (
    ParcelUnmapped,
    PartNotNamed,
    PartUnknown,
    PieceTooSmall,
    TooManyPieces,
    UsesDrawn,
    shown,
)
from landsvc.cadastre.drafts.ground import Ground
from landsvc.cadastre.drafts.model import MADE_HERE, Operation, SplitByLine, Unit, Use
from landsvc.cadastre.drafts.noding import NODE_M, parts_of
from landsvc.cadastre.rules import offered_srid, share_area, share_uses
from landsvc.core.errors import InvalidInput
from landsvc.geo.crs import WGS84, Variant, transform
from landsvc.geo.grid import to_grid
from landsvc.geo.parcel_code import ParcelCode, parcel_codes

OFFERED = ("split_by_line",)
MIN_AREA_M2 = 0.1
"""The least area the register takes (check geom_size, I1)."""
MOST_PIECES = 100
"""More than any lot was ever parcelled into at once; five hundred keep a preview busy for a minute."""


class LineOutside(InvalidInput):
    """The line does not lie where the register's reference system reaches. 400."""

    slug = "line-outside"
    title = "The line lies outside the register"
    detail = "The line is too short on the grid of 1 mm, or lies where the working system does not reach."
    remedy = "Check the coordinates and `crs`; in longitude and latitude, longitude comes first."


@dataclass(frozen=True)
class Frame:
    """The working reference system and how it is shifted to WGS 84."""

    srid: int
    variant: Variant


def read_operation(body: Mapping[str, Any], frame: Frame) -> Operation:
    """Return an operation from its JSON body, which the API has checked; its line on the grid of the working system.

    Raises `UnofferedCrs` or `LineOutside`.
    """
    asked = body.get("crs")
    srid = WGS84 if asked is None else offered_srid(asked, frame.srid)
    given = LineString(body["line"]["coordinates"])
    line = given if srid == frame.srid else transform(given, srid, frame.srid, frame.variant)
    if not np.isfinite(shapely.get_coordinates(line)).all():
        raise LineOutside(field="line")
    line = to_grid(line)
    if line.is_empty:
        raise LineOutside(field="line")
    return SplitByLine(body["parcels"][0], line, body.get("part"))


def carry_out(ground: Ground, operation: Operation, unit: Unit, seq: int, frame: Frame) -> None:
    """Change the ground as an operation asks; raise what stands against it."""
    split_by_line(ground, operation, unit, seq, frame)


def split_by_line(ground: Ground, operation: SplitByLine, parent: Unit, seq: int, frame: Frame) -> None:
    """Cut one part of a parcel along a line; every piece, and every other part, becomes a parcel of its own."""
    if parent.geometry is None:
        raise ParcelUnmapped(field="parcels", ref=parent.name)
    if any(use.drawn for use in parent.uses):
        raise UsesDrawn(field="parcels", ref=parent.name)
    parts = parts_of(parent.geometry)
    chosen = _part_to_cut(parts, operation, parent.name)
    cut = cut_polygon(parts[chosen], operation.line, parent.name, parent.overlap)
    shapes = [*parts[:chosen], *cut.pieces, *parts[chosen + 1 :]]
    if len(shapes) > MOST_PIECES:
        raise TooManyPieces(field="line", ref=parent.name, count=len(shapes), most=MOST_PIECES)
    ground.divide(parent, _pieces(ground, parent, shapes, seq, frame), cut.nodes, seq)


def _part_to_cut(parts: Sequence[Polygon], operation: SplitByLine, ref: str) -> int:
    """Return the place of the part to cut; raise `PartUnknown`, or `PartNotNamed` when the line cuts several."""
    if operation.part is not None:
        if operation.part > len(parts):
            raise PartUnknown(field="part", ref=ref, part=operation.part, count=len(parts))
        return operation.part - 1
    cut = [at for at, part in enumerate(parts) if _runs_through(part, operation.line)]
    if len(cut) > 1:
        named = ", ".join(str(at + 1) for at in cut)
        raise PartNotNamed(field="part", ref=ref, parts=named, members={"parts": [at + 1 for at in cut]})
    return cut[0] if cut else int(np.argmin([part.distance(operation.line) for part in parts]))


def _runs_through(part: Polygon, line: LineString) -> bool:
    """Tell whether a line has more than a grid step of its way inside a polygon."""
    inside = shapely.intersection(part, line)
    return bool(
        inside.length > SNAP_M and shapely.difference(inside, shapely.buffer(part.boundary, NODE_M)).length > 0
    )


def _pieces(
    ground: Ground, parent: Unit, shapes: Sequence[Polygon], seq: int, frame: Frame
) -> list[tuple[Unit, ParcelCode]]:
    """Return the parcels that take a parcel's place: its facts shared, its numbers followed by the next free ones."""
    _refuse_slivers(parent, shapes)
    srid = parent.measured_srid or frame.srid
    measures = [_measure(shape, frame, srid) for shape in shapes]
    legal = share_area(parent.legal_m2, measures) if parent.legal_m2 is not None else [None] * len(shapes)
    for shape, area in zip(shapes, legal, strict=True):
        if area is not None and area <= 0:
            raise PieceTooSmall(field="line", ref=parent.name, area_m2=area, **shown(shape))
    uses = _shared_uses(parent, [area for area in legal if area is not None])
    made = []
    for at, (shape, code) in enumerate(
        zip(shapes, parcel_codes(list(shapes), frame.srid, frame.variant), strict=True)
    ):
        if code is None:
            raise PieceTooSmall(field="line", ref=parent.name, area_m2=round(shape.area, 3), **shown(shape))
        slot = ground.slot(parent.series_id, parent.sheet)
        ref = None if slot.number is None else f"{parent.issuing}-{slot.sheet}-{slot.number}"
        piece = Unit(
            slot.unit_id,
            MADE_HERE,
            parent.kind,
            ref,
            code.code,
            parent.commune,
            slot.series_id,
            parent.issuing if slot.number is not None else None,
            slot.sheet,
            slot.number,
            legal[at],
            round(measures[at], 4),
            srid,
            parent.address,
            None,
            parent.survey_id,
            shape,
            uses[at] if uses else (),
            parent.roots,
            seq,
            parent.overlap,
        )
        made.append((piece, code))
    return made


def _refuse_slivers(parent: Unit, shapes: Sequence[Polygon]) -> None:
    for shape in shapes:
        if shape.area < MIN_AREA_M2:
            raise PieceTooSmall(field="line", ref=parent.name, area_m2=round(shape.area, 3), **shown(shape))


def _measure(shape: Polygon, frame: Frame, srid: int) -> float:
    """Return the area of a shape in the zone its parent was measured in, m²."""
    return float(shape.area if srid == frame.srid else transform(shape, frame.srid, srid, frame.variant).area)


def _shared_uses(parent: Unit, areas: Sequence[Any]) -> list[tuple[Use, ...]]:
    """Return the uses of each piece: the parent's, each in proportion, none of nothing."""
    if not parent.uses or not areas:
        return []
    shares = share_uses([use.area_m2 for use in parent.uses], areas)
    return [
        tuple(
            Use(use.code, area, use.origin, use.shared, use.term_until)
            for use, area in zip(parent.uses, row, strict=True)
            if area > 0
        )
        for row in shares
    ]

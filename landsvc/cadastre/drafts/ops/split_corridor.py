"""Cut a strip of land out of many parcels at once, as for the widening of a road (cắt dải đất mở đường).

What lies in the strip becomes a parcel of its own of each holder, with its uses and registered area shared: recovery of
land (thu hồi đất) is decided, compensated and registered holder by holder, so that rights must end parcel by parcel,
each under its own document. Making one road of them is what is done afterwards, by merging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.area_errors import NothingInStrip, StripMisses
from landsvc.cadastre.drafts.corridor import Side, StripCut, cut_by_strip, strip_along
from landsvc.cadastre.drafts.errors import shown
from landsvc.cadastre.drafts.noding import Bend, parts_of
from landsvc.cadastre.drafts.noding import Point as Place
from landsvc.cadastre.drafts.ops.base import SPLIT, Frame, Operation
from landsvc.cadastre.drafts.ops.pieces import limits_of, pieces_of
from landsvc.cadastre.drafts.ops.reading import read_line
from landsvc.cadastre.drafts.ops.split_by_line import to_divide
from landsvc.geo.parcel_code import parcel_codes

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit

PARCEL = "parcel"
PUBLIC_NEED = "public-need"
"""Why the least plot is not asked of these pieces: it binds who divides by choice, not whose land a road takes."""


@dataclass(frozen=True)
class SplitCorridor(Operation):
    """Cut parcels along a strip; those wholly inside stay as they are, land without a number is left alone.

    Without `parcels` all that lie under the strip are cut. The line is in the working system, on the grid.
    """

    parcels: tuple[str, ...]
    line: LineString
    width_m: float
    side: str

    op = "split_corridor"
    kind = SPLIT
    title = "Tách thửa đất"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> SplitCorridor:
        """Return the operation; raise `UnofferedCrs` or `LineOutside`."""
        return cls(tuple(body.get("parcels") or ()), read_line(body, frame), body["widthM"], body["side"])

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcels that are named."""
        return self.parcels

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the strip."""
        return (strip_along(self.line, self.width_m, self.side),)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Cut the parcels; raise what stands against it."""
        strip = strip_along(self.line, self.width_m, self.side)
        under = _under(ground, strip)
        chosen = list(units) or [unit for unit in under if unit.kind == PARCEL]
        if not chosen:
            raise NothingInStrip(field="line", **shown(strip))
        sides, nodes = _cut(ground, chosen, strip)
        missed = [unit.name for unit in chosen if not any(side.inside for side in sides[unit.id])]
        if self.parcels and missed:
            raise StripMisses(
                field="parcels", parcels=", ".join(missed), members={"parcels": missed}, **shown(strip)
            )
        made = _divide(
            ground, [to_divide(unit) for unit in chosen if len(sides[unit.id]) > 1], sides, nodes, seq, frame
        )
        ground.exempt([piece.id for each in made.values() for piece in each], PUBLIC_NEED)
        losses = [
            _loss(unit, sides[unit.id], made.get(unit.id, ())) for unit in chosen if unit.name not in missed
        ]
        named = {unit.id for unit in chosen}
        ground.tell(
            seq,
            {
                "op": self.op,
                "widthM": self.width_m,
                "side": self.side,
                "parcels": losses,
                "lossM2": round(sum(each["lossM2"] for each in losses), 3),
                "lossRegisteredM2": sum((each["lossRegisteredM2"] or Decimal(0) for each in losses), Decimal(0)),
                "notNamed": [unit.name for unit in under if unit.kind == PARCEL and unit.id not in named],
                "objects": sum(unit.kind != PARCEL for unit in under),
                "geometry": shapely.geometry.mapping(strip),
            },
        )


def _under(ground: Ground, strip: Polygon) -> list[Unit]:
    """Return the units of which land lies under a strip."""
    return [
        unit
        for unit in ground.around(strip, 0)
        if unit.geometry is not None and shapely.relate_pattern(strip, unit.geometry, "T********")
    ]


def _cut(ground: Ground, units: Sequence[Unit], strip: Polygon) -> tuple[dict[int, list[Side]], Sequence[Bend]]:
    """Return the sides of each unit, of all its parts, and the corners that the cuts need."""
    parts = [(unit, part) for unit in units if unit.geometry is not None for part in parts_of(unit.geometry)]

    def sides_of(cut: StripCut) -> dict[int, list[Side]]:
        sides: dict[int, list[Side]] = {unit.id: [] for unit in units}
        for (unit, _), found in zip(parts, cut.sides, strict=True):
            sides[unit.id] += found
        # Several parts, all taken or all left: nothing is divided.
        return {
            unit: each[:1] if len({side.inside for side in each}) == 1 else each for unit, each in sides.items()
        }

    def misfit(cut: StripCut) -> Place | None:
        sides = sides_of(cut)
        return ground.misfit([unit for unit in units if len(sides[unit.id]) > 1], cut.nodes)

    cut = cut_by_strip(
        [part for _, part in parts],
        strip,
        refs=[unit.name for unit, _ in parts],
        overlaps=[unit.overlap for unit, _ in parts],
        misfit=misfit,
    )
    return sides_of(cut), cut.nodes


def _divide(
    ground: Ground,
    units: Sequence[Unit],
    sides: Mapping[int, Sequence[Side]],
    nodes: Sequence[Bend],
    seq: int,
    frame: Frame,
) -> dict[int, list[Unit]]:
    """Put pieces in the place of the units that are cut, all at once; return those of each."""
    limits = {unit.id: limits_of(unit, [side.shape for side in sides[unit.id]]) for unit in units}
    shapes = {
        unit.id: given.shapes if (given := limits[unit.id]) else tuple(side.shape for side in sides[unit.id])
        for unit in units
    }
    ground.reserved.reserve([(unit.series_id, unit.sheet) for unit in units for _ in shapes[unit.id]])
    codes = iter(parcel_codes([shape for each in shapes.values() for shape in each], frame.srid, frame.variant))
    pieces = {
        unit.id: pieces_of(
            ground,
            unit,
            shapes[unit.id],
            seq,
            frame,
            codes=list(islice(codes, len(shapes[unit.id]))),
            limits=limits[unit.id],
        )
        for unit in units
    }
    if units:
        ground.unite(units, [piece for each in pieces.values() for piece in each], nodes, seq)
    return {unit_id: [unit for unit, _ in each] for unit_id, each in pieces.items()}


def _loss(unit: Unit, sides: Sequence[Side], pieces: Sequence[Unit]) -> dict[str, Any]:
    """Return what a parcel loses and what is left of it, measured in its own zone and as registered."""
    if not pieces:  # taken whole, as it is
        taken: list[Unit] = [unit]
        left: list[Unit] = []
    else:
        taken = [piece for piece, side in zip(pieces, sides, strict=True) if side.inside]
        left = [piece for piece, side in zip(pieces, sides, strict=True) if not side.inside]
    whole = sum(piece.measured_m2 or 0.0 for piece in (*taken, *left))
    loss = sum(piece.measured_m2 or 0.0 for piece in taken)
    return {
        "parcel": unit.name,
        "takenWhole": not left,
        "lossM2": round(loss, 3),
        "lossRegisteredM2": _registered(unit, taken),
        "lossPct": round(100 * loss / whole, 2) if whole else None,
        "leftM2": round(whole - loss, 3),
        "leftRegisteredM2": _registered(unit, left),
        "taken": [piece.name for piece in taken],
        "left": [piece.name for piece in left],
    }


def _registered(unit: Unit, pieces: Sequence[Unit]) -> Decimal | None:
    """Return the registered area of pieces, None where the parcel has none."""
    return None if unit.legal_m2 is None else sum((piece.legal_m2 or Decimal(0) for piece in pieces), Decimal(0))

"""Say what a parcel is used for (cập nhật mục đích sử dụng đất)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.cut import cut_polygon
from landsvc.cadastre.drafts.errors import ParcelUnmapped, shown
from landsvc.cadastre.drafts.model import Unit, Use
from landsvc.cadastre.drafts.noding import parts_of
from landsvc.cadastre.drafts.ops.base import Frame, Operation
from landsvc.cadastre.drafts.ops.errors import AreasUnknown, LimitPieces, UnknownCode, UsesSum
from landsvc.cadastre.drafts.ops.reading import read_line

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class SetUses(Operation):
    """Give a parcel its uses; they sum to the registered area. A line inside may draw the limit between them."""

    ref: str
    uses: tuple[Use, ...]
    line: LineString | None = None

    op = "set_uses"
    kind = "uses"
    title = "Cập nhật mục đích sử dụng đất"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> SetUses:
        """Return the operation; raise `UnofferedCrs` or `LineOutside`."""
        uses = tuple(read_use(use) for use in body["uses"])
        return cls(body["parcels"][0], uses, read_line(body, frame) if body.get("line") else None)

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcel."""
        return (self.ref,)

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the line between the uses."""
        return () if self.line is None else (self.line,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Set the uses; raise what stands against them."""
        (unit,) = units
        check_uses(ground, unit.name, unit.legal_m2, self.uses)
        uses = tuple(_with_facts(use, unit) for use in self.uses)
        if self.line is not None:
            pieces, nodes = self._limits(unit)
            uses = _drawn(uses, pieces)
            ground.insert(nodes, unit, seq)
            unit = ground.unit(unit.id) or unit
        ground.revise(replace(unit, uses=uses), seq)

    def _limits(self, unit: Unit) -> tuple[tuple[Polygon, ...], Any]:
        """Return the land of each use, and the corners the parcel gets where the line meets its boundary."""
        if self.line is None or unit.geometry is None:
            raise ParcelUnmapped(field="parcels", ref=unit.name)
        parts = parts_of(unit.geometry)
        cut = cut_polygon(parts[0], self.line, unit.name, unit.overlap)
        if len(parts) > 1 or len(cut.pieces) != len(self.uses):
            count = len(cut.pieces) + len(parts) - 1
            raise LimitPieces(field="line", ref=unit.name, count=count, uses=len(self.uses), **shown(self.line))
        return cut.pieces, cut.nodes


def read_use(given: Mapping[str, Any]) -> Use:
    """Return a use from its body."""
    area = Decimal(str(given["areaM2"])).quantize(TENTH)
    return Use(given["code"], area, given.get("origin"), given.get("shared", False), given.get("termUntil"))


def check_uses(ground: Ground, ref: str, legal_m2: Decimal | None, uses: Sequence[Use]) -> None:
    """Raise `UnknownCode`, `AreasUnknown` or `UsesSum`."""
    unknown = ground.unknown_codes([use.code for use in uses], [use.origin for use in uses if use.origin])
    if unknown:
        raise UnknownCode(field="uses", codes=", ".join(unknown))
    if legal_m2 is None:
        raise AreasUnknown(field="parcels", ref=ref)
    total = sum((use.area_m2 for use in uses), Decimal(0))
    if total != legal_m2:
        raise UsesSum(field="uses", ref=ref, total_m2=total, legal_m2=legal_m2)


def _with_facts(use: Use, unit: Unit) -> Use:
    """Return a use with the origin and term the parcel had for the same code, where none are given."""
    had = next((each for each in unit.uses if each.code == use.code), None)
    if had is None:
        return use
    return replace(
        use,
        origin=use.origin or had.origin,
        shared=use.shared or had.shared,
        term_until=use.term_until or had.term_until,
    )


def _drawn(uses: Sequence[Use], pieces: Sequence[Polygon]) -> tuple[Use, ...]:
    """Return each use with the piece whose area is nearest to its own, all together."""

    def off(order: Sequence[int]) -> float:
        return sum(abs(float(use.area_m2) - pieces[at].area) for use, at in zip(uses, order, strict=True))

    best = min(permutations(range(len(pieces))), key=off)
    return tuple(replace(use, geometry=pieces[at]) for use, at in zip(uses, best, strict=True))

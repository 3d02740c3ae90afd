"""Give a parcel another number on the map (đánh lại số thửa)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from landsvc.cadastre.drafts.ops.base import Frame, Operation
from landsvc.cadastre.drafts.ops.errors import NumberUnchanged, NumberUsed, SeriesMissing

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit


@dataclass(frozen=True)
class Renumber(Operation):
    """Give a parcel a number that was never used on that sheet; one printed on a certificate stays in use as that."""

    ref: str
    sheet: str
    number: str

    op = "renumber"
    kind = "renumber"
    title = "Đánh lại số thửa"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> Renumber:
        """Return the operation."""
        return cls(body["parcels"][0], body["sheet"], body["number"])

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcel."""
        return (self.ref,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Give the number; raise what stands against it."""
        (unit,) = units
        if (unit.sheet, unit.number) == (self.sheet, self.number):
            raise NumberUnchanged(field="number", ref=unit.name)
        own = None if unit.series_id is None else (unit.series_id, unit.issuing)
        series = own or ground.series_of(unit.commune)
        if series is None:
            raise SeriesMissing(field="parcels", commune=unit.commune)
        series_id, issuing = series
        if not ground.reserved.number(series_id, self.sheet, self.number):
            raise NumberUsed(field="number", sheet=self.sheet, number=self.number)
        ref = f"{issuing}-{self.sheet}-{self.number}"
        ground.revise(
            replace(unit, series_id=series_id, issuing=issuing, sheet=self.sheet, number=self.number, ref=ref),
            seq,
        )

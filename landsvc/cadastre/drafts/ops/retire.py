"""End a parcel without a successor (thửa đất chấm dứt)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from landsvc.cadastre.drafts.ops.base import Frame, Operation

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit


@dataclass(frozen=True)
class Retire(Operation):
    """End a parcel for a stated reason; its land is covered by nothing then, which is told as a gap."""

    ref: str
    reason: str

    op = "retire"
    kind = "retire"
    title = "Chấm dứt thửa đất"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> Retire:
        """Return the operation."""
        return cls(body["parcels"][0], body["reason"])

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcel."""
        return (self.ref,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """End the parcel."""
        ground.end(units[0], self.reason, seq)

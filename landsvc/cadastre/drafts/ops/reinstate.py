"""Undo a record inside a draft (hủy kết quả biến động)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from landsvc.cadastre.drafts.ops.base import Frame, Operation

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit


@dataclass(frozen=True)
class Reinstate(Operation):
    """Undo all that a record did: the register is again what it was before. It stands alone in its draft."""

    record: str

    op = "reinstate"
    kind = "annulment"
    title = "Hủy kết quả biến động"
    alone = True

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> Reinstate:
        """Return the operation."""
        return cls(body["record"])

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Look whether the record can be undone; the database does it when the draft is written."""
        ground.watch(ground.units_of_record(ground.record_to_annul(self.record).id), seq)

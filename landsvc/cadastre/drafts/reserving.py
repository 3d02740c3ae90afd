"""Keep what a draft reserves: identities and numbers for parcels to come, so that the screen shows the register's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import Slot

Sheet = tuple[int | None, str | None]
"""A map series and a sheet; no series where the parent has no number."""


class Reservations:
    """What one draft has reserved and has not used yet."""

    def __init__(self, session: Session, draft_id: int) -> None:
        """Read nothing yet."""
        self._session = session
        self._draft_id = draft_id
        self._slots: list[Slot] | None = None

    def reserve(self, sheets: Sequence[Sheet]) -> None:
        """Reserve what is missing for parcels on these sheets, in this order, all at once."""
        free = Counter((slot.series_id, slot.sheet) for slot in self._free())
        missing = []
        for sheet in sheets:
            free[sheet] -= 1
            if free[sheet] < 0:
                missing.append(sheet)
        if missing:
            self._free().extend(queries.reserve_slots(self._session, draft_id=self._draft_id, sheets=missing))

    def slot(self, series_id: int | None, sheet: str | None) -> Slot:
        """Return the next reservation on a sheet, a new one if none is left."""
        self.reserve([(series_id, sheet)])
        free = self._free()
        return free.pop(
            next(at for at, slot in enumerate(free) if (slot.series_id, slot.sheet) == (series_id, sheet))
        )

    def number(self, series_id: int, sheet: str, number: str) -> bool:
        """Reserve a certain number on a sheet; tell whether it was free, or reserved by this draft."""
        return queries.reserve_number(
            self._session, draft_id=self._draft_id, series_id=series_id, sheet=sheet, number=number
        )

    def _free(self) -> list[Slot]:
        """Return what is reserved and not used; what somebody else was given meanwhile is dropped."""
        if self._slots is None:
            found = queries.slots(self._session, draft_id=self._draft_id)
            for slot in found:
                if slot.taken:
                    queries.run(self._session, "drop_slot", draft_id=self._draft_id, seq=slot.seq)
            self._slots = [slot for slot in found if not slot.taken]
        return self._slots

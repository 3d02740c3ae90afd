"""Say what can go wrong with what the office prints."""

from __future__ import annotations

from landsvc.core.errors import RuleViolation


class NothingToDraw(RuleViolation):
    """A draft changes nothing that is on the map. 422."""

    slug = "nothing-to-draw"
    title = "There is nothing to draw"
    detail = "Draft {draft} changes no parcel that is on the map."
    remedy = "Add an operation to the draft first."

"""Say what can go wrong when a person asks who looked at their data."""

from __future__ import annotations

from landsvc.core.errors import RuleViolation


class NotProven(RuleViolation):
    """The number shown is on no document of this person. 422."""

    slug = "person-not-proven"
    title = "The document shown is not this person's"
    detail = "No document of {party} in the register has the number that was typed."
    remedy = "Compare the number with the card. A new card is entered in the register first."

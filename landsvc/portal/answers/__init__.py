"""Turn the record tree of a look-up into what a page says: sentences, chips, bars, sources.

Input is the tree of `GET /api/v1/lookup`; nothing here asks the database. Templates only print.
"""

from __future__ import annotations

from landsvc.portal.answers.names import day_in_words
from landsvc.portal.answers.present import present, present_place
from landsvc.portal.answers.shapes import NO_COLOR, LandUse, LandUses

__all__ = ["NO_COLOR", "LandUse", "LandUses", "day_in_words", "present", "present_place"]

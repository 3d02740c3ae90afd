"""Say what can go wrong when the tax office looks at land."""

from __future__ import annotations

from landsvc.core.errors import NotFound, RuleViolation


class SearchPurposeUnknown(RuleViolation):
    """A search by taxpayer names no purpose that holds today. 422."""

    slug = "search-purpose-unknown"
    title = "The purpose of the search is not known"
    detail = "{purpose} is no purpose for which land may be looked for by taxpayer today."
    remedy = "Take a code of the list: /api/v1/tax/catalogues/search-purposes."


class NothingBelieved(NotFound):
    """A unit is known, but no parcel: nothing is believed of it any more, or it is a road or canal. 404."""

    slug = "nothing-believed"
    title = "There is no parcel any more"
    detail = "What was written of {ref} was taken back, or it is no parcel."
    remedy = "Follow the change feed: it tells what was taken back."

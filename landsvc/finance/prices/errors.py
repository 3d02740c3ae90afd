"""Say what can go wrong with land prices."""

from __future__ import annotations

from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class NoPriceTable(NotFound):
    """No table holds. 404."""

    slug = "no-price-table"
    title = "No table of land prices holds on that day"
    detail = "No table of land prices is known for {day}."
    remedy = "Ask for a day of a table that is known, or have the table imported."


class UnknownPriceUse(InvalidInput):
    """A land use nobody knows. 400."""

    slug = "unknown-price-use"
    title = "There is no such land use"
    detail = "{code} is not in the list of land uses."
    remedy = "Take the code from /api/v1/land-use-types."


class PricesOverlap(Conflict):
    """Two tables would hold on one day. 409."""

    slug = "price-tables-overlap"
    title = "Two tables of land prices would hold on one day"
    detail = "Table {code} (decision {decision}) holds from {since} to {until}."
    remedy = "End the earlier table with --end-previous, or mend valid_from and valid_to of the new one."


class PricesOccupied(Conflict):
    """A table with this code is there. 409."""

    slug = "price-table-occupied"
    title = "There is a table of land prices with this code"
    detail = "Table {code} is in the database already."
    remedy = "Give the new one another code, or put it in the place of the old one with --onto replace."


class PlaceNotKnown(RuleViolation):
    """An officer names a place that cannot be. 422."""

    slug = "price-place-unknown"
    title = "This place is not in the table of land prices"
    detail = "The table knows no position or street {given} for this land."
    remedy = "Choose a position the table's rules name, and a street by its code in the table."


class PlaceWithoutLand(RuleViolation):
    """The parcel has no shape, or changed. 422."""

    slug = "price-place-without-land"
    title = "This parcel cannot be placed"
    detail = "The parcel has no shape on the map, or it changed since the proposal was made."
    remedy = "Compute the proposals of the commune anew and look at the parcel again."


class ReasonWanted(InvalidInput):
    """Another place than the proposed one is confirmed without a reason. 400."""

    slug = "price-reason-wanted"
    title = "A reason is wanted"
    detail = "The place differs from what the map says, or the map leaves doubts."
    remedy = "Say in a few words what the decision rests on."

"""Say what can go wrong with drafts and operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import ConcurrentChange, on_violation
from landsvc.core.errors import N_, Conflict, Forbidden, InvalidInput, NotFound, RuleViolation

WORKING_CRS = f"EPSG:{WORKING_SRID}"


def shown(geometry: BaseGeometry) -> dict[str, Any]:
    """Return the members of an error that show a place: GeoJSON in the working system, and that system."""
    return {"geometry": shapely.geometry.mapping(geometry), "crs": WORKING_CRS}


ENDS_INSIDE = N_("The line ends {depth_m} m inside parcel {ref}.")
EXTEND = N_("Extend the line beyond both sides.")
SHORT_M = 0.1
"""Below this a tenth of a metre would read as nothing: millimetres are told."""


class DraftNotFound(NotFound):
    """No draft has this name. 404."""

    slug = "draft-not-found"
    title = "There is no such draft"
    detail = "No draft is called {draft}."
    remedy = "Look for it in the list of drafts."


class UnknownRule(NotFound):
    """No rule has this code. 404."""

    slug = "rule-not-found"
    title = "There is no such rule"
    detail = "No rule is called {rule}."
    remedy = "Look for it in the list of rules."


class DraftClosed(Conflict):
    """The draft was committed or withdrawn: it cannot change any more. 409."""

    slug = "draft-closed"
    title = "The draft is closed"
    detail = "Draft {draft} is {state} and cannot change any more."
    remedy = "Begin a new draft."


class DraftOfAnother(Conflict):
    """The draft belongs to somebody else. 409."""

    slug = "draft-of-another"
    title = "The draft belongs to somebody else"
    detail = "Draft {draft} belongs to {owner}."
    remedy = "Ask its owner, or begin a draft of your own."


class StaleDraft(Conflict):
    """The draft changed since it was read (If-Match). 409."""

    slug = "stale-draft"
    title = "The draft changed meanwhile"
    detail = "Draft {draft} changed since you read it."
    remedy = "Load the draft again and repeat what is still wanted."


class NothingToUndo(Conflict):
    """The draft has no operation to take back. 409."""

    slug = "nothing-to-undo"
    title = "There is nothing to undo"
    detail = "Draft {draft} has no operation."
    remedy = "Add an operation first."


class DraftEmpty(RuleViolation):
    """A draft without operations changes nothing. 422."""

    slug = "draft-empty"
    title = "The draft is empty"
    detail = "Draft {draft} has no operation, so there is nothing to commit."
    remedy = "Add an operation first."


class NotCommittable(RuleViolation):
    """A critical rule fails: nothing was written; the report says which. 422."""

    slug = "draft-not-committable"
    title = "The rules refuse this draft"
    detail = "{count} critical rule(s) fail: {rules}."
    remedy = "Read the report, change the draft, and look at its preview."


class SecondPersonNeeded(RuleViolation):
    """A rule asks that somebody else approves the draft: nothing was written. 422."""

    slug = "second-person-needed"
    title = "A second person must approve this draft"
    detail = "These rules ask for the approval of somebody else: {rules}."
    remedy = "Submit the draft; a checker or signer approves it."


class OwnDraft(Forbidden):
    """Whoever prepared a draft does not approve or reject it. 403."""

    slug = "own-draft"
    title = "You prepared this draft yourself"
    detail = "Draft {draft} is yours: somebody else approves or rejects it."
    remedy = "Ask a colleague who is a checker or signer."


class GroundsMissing(InvalidInput):
    """A change stands on a document or a reason. 400."""

    slug = "grounds-missing"
    title = "A document or a reason is missing"
    detail = "What is registered or confirmed stands on a document, or on a reason."
    remedy = "Give the number of a document, or a reason."


class SplitOnly(RuleViolation):
    """Only a split is confirmed before it is carried out. 422."""

    slug = "split-only"
    title = "Only a split can be confirmed"
    detail = "Draft {draft} holds more than splits."
    remedy = "Submit or commit it instead."


class SplitExpired(Conflict):
    """The last day of a confirmed split is over. 409."""

    slug = "split-expired"
    title = "The confirmed split has expired"
    detail = "Draft {draft} was confirmed until {last}."
    remedy = "Prepare the split again and have it confirmed."


class HoldsLater(RuleViolation):
    """Land cannot change from a day on which it was not yet as it is, or which is still to come. 422."""

    slug = "land-holds-later"
    title = "The land was not yet as it is on that day"
    detail = "Its parcels are as they are since {first}; today is {last}."
    remedy = "Choose a day between the two, or none: then it holds from today."


class PlannedNotFound(NotFound):
    """No confirmed split ever planned this number. 404."""

    slug = "planned-number-not-found"
    title = "There is no such planned number"
    detail = "No confirmed split plans or planned parcel {ref}."
    remedy = "Compare the number with the drawing of the split."


class OperationConflict(Conflict):
    """Somebody changed a parcel, and the operation no longer applies. 409."""

    slug = "operation-conflict"
    title = "The land changed, and an operation no longer applies"
    detail = "Operation {operation} of the draft can no longer be carried out on parcel {ref}."
    remedy = "Take the operation back and do it again on the land as it is now."


class OperationAlone(RuleViolation):
    """An operation that stands alone would have company in its draft. 422."""

    slug = "operation-alone"
    title = "This operation needs a draft of its own"
    detail = "The operation {op} cannot stand beside others in one draft."
    remedy = "Commit or withdraw the other operations, or begin another draft."


class NumberTaken(Conflict):
    """The number that was reserved has been given to another parcel. 409."""

    slug = "number-taken"
    title = "A reserved number was given away"
    detail = "A number that the draft reserved was given to another parcel meanwhile."
    remedy = "Repeat the request: the draft takes the next free number."


class ParcelUsedUp(Conflict):
    """An earlier operation of the same draft divided the parcel. 409."""

    slug = "parcel-used-up"
    title = "The parcel was divided earlier in this draft"
    detail = "Parcel {ref} no longer exists after operation {operation} of this draft."
    remedy = "Name one of the parcels that operation made."


class ParcelUnmapped(RuleViolation):
    """The parcel has no geometry yet. 422."""

    slug = "parcel-unmapped"
    title = "The parcel has no map"
    detail = "Parcel {ref} is known by its papers only; there is nothing to cut."
    remedy = "Give it a geometry from a survey first."


class UsesDrawn(RuleViolation):
    """The drawn limits of a parcel's uses cannot follow what becomes of it; the geometry shows where. 422."""

    slug = "uses-drawn"
    title = "The drawn limits of uses cannot follow"
    detail = (
        "The uses of parcel {ref} have drawn limits, which do not fit its new boundary exactly, or whose registered "
        "areas do not."
    )
    remedy = (
        "Record its uses by area first, without a line, in this same draft, and draw their limits afterwards."
    )


class PartNotNamed(RuleViolation):
    """The line cuts several parts of a parcel. 422."""

    slug = "part-not-named"
    title = "The line cuts several parts of the parcel"
    detail = "The line cuts the parts {parts} of parcel {ref}."
    remedy = "Name one of them in `part`, or draw a shorter line."


class PartUnknown(RuleViolation):
    """The parcel has fewer parts. 422."""

    slug = "part-unknown"
    title = "The parcel has no such part"
    detail = "Parcel {ref} has {count} part(s); part {part} was named."
    remedy = "Name a part from 1 to {count}, or none."


class LineDoesNotCut(RuleViolation):
    """The line divides nothing, or an end of it lies inside (then `depth_m` says how far from the boundary). 422."""

    slug = "line-does-not-cut"
    title = "The line does not cut the parcel"
    detail = (
        "The line does not divide parcel {ref}: it passes beside it, runs along its boundary, or ends in a hole."
    )
    remedy = "Draw the line from one side of the parcel to another."

    def __init__(self, place: BaseGeometry, ref: str, depth_m: float | None = None) -> None:
        told = None if depth_m is None else f"{depth_m:.{1 if depth_m >= SHORT_M else 3}f}"
        if told is not None:
            self.detail, self.remedy = ENDS_INSIDE, EXTEND  # type: ignore[misc]
        super().__init__(field="line", ref=ref, depth_m=told, **shown(place))


class LineCrossesItself(RuleViolation):
    """The line crosses itself. 422."""

    slug = "line-crosses-itself"
    title = "The line crosses itself"
    detail = "The line that shall cut parcel {ref} crosses itself."
    remedy = "Draw it without crossings, or cut in two steps."


class CutTooFine(RuleViolation):
    """The cut cannot be made on the millimetre grid; the geometry shows where. 422."""

    slug = "cut-too-fine"
    title = "The cut is too fine for the millimetre grid"
    detail = (
        "On the grid of 1 mm the line would touch or cross the boundary of parcel {ref}, or of one beside it, "
        "where it should not."
    )
    remedy = "Move the line some millimetres away from corners and edges it nearly touches."


class PieceTooSmall(RuleViolation):
    """A piece would be no parcel. 422."""

    slug = "piece-too-small"
    title = "A piece is too small to be a parcel"
    detail = "A piece of parcel {ref} would have {area_m2} m²; a parcel has at least 0.1 m²."
    remedy = "Draw the line farther from the boundary."


class TooManyPieces(RuleViolation):
    """A line cuts a parcel into more pieces than one operation makes. 422."""

    slug = "too-many-pieces"
    title = "The line makes too many pieces"
    detail = "The line cuts parcel {ref} into {count} pieces; one operation makes {most} at most."
    remedy = "Cut the parcel in several operations."


def _number_taken(_: Mapping[str, Any]) -> NumberTaken:
    return NumberTaken()


on_violation("uq_parcel_number_series_id_sheet_number", _number_taken)
# The locks were taken around land that somebody changed while we waited for them: it reaches farther now.
on_violation("fabric-not-locked", lambda _: ConcurrentChange())

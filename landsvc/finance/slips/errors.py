"""Say what can go wrong with slips to the tax office."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, NotFound, RuleViolation


class SlipNotFound(NotFound):
    """No slip has this number. 404."""

    slug = "slip-not-found"
    title = "There is no such slip"
    detail = "There is no slip {slip}."
    remedy = "Take the number from the list of slips."


class SlipReplaced(Conflict):
    """A newer version took the place of the slip. 409."""

    slug = "slip-replaced"
    title = "A newer version took the place of this slip"
    detail = "A slip is answered as long as no newer version took its place."
    remedy = "Answer the newest version: the list of slips names what each one replaces."


class SlipAnsweredOtherwise(Conflict):
    """The slip was answered so before, with other content. 409."""

    slug = "slip-answered-otherwise"
    title = "This slip was answered before, with other content"
    detail = "{slip} was answered before, and the first answer stands."
    remedy = "Send the same content again, or wait for the next version of the slip."


class ReturnReasonUnknown(RuleViolation):
    """A slip was returned for a reason that is in no catalogue. 422."""

    slug = "return-reason-unknown"
    title = "There is no such reason for a return"
    detail = "{reasons}: not in the catalogue, or not in force."
    remedy = "Take codes from the catalogue of reasons: /api/v1/tax/catalogues/return-reasons."


on_violation("slip-replaced", lambda facts: SlipReplaced())

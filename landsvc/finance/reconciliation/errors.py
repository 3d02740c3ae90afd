"""Say what can go wrong with the reconciliation of a day."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, NotFound, RuleViolation


class ListDiffers(Conflict):
    """This version of the list of a day was taken before, and says something else. 409."""

    slug = "reconciliation-differs"
    title = "This list was taken before, with other content"
    detail = "Version {version} of {day} of {tax_office_code} was taken before and differs in: {names}."
    remedy = "The first is kept. Send what holds now as the next version."


class ListOutOfOrder(RuleViolation):
    """Versions of a list follow one another. 422."""

    slug = "reconciliation-out-of-order"
    title = "A version of the list is missing before this one"
    detail = "The next version of {day} of {tax_office_code} is {expected}, not {version}."
    remedy = "Number the versions of a day 1, 2, 3, and send them in this order."


class ListDoesNotSum(RuleViolation):
    """Count or sum of a stream is not that of its lines. 422."""

    slug = "reconciliation-does-not-sum"
    title = "Count or sum is not that of the lines"
    detail = "{stream} says {told}; its lines come to {found}."
    remedy = "Mend the count, the sum or the lines, and send the list again with the same key."


class ListTooLong(RuleViolation):
    """A list has more lines than one may have. 422."""

    slug = "reconciliation-too-long"
    title = "The list is too long"
    detail = "A list has at most {most} lines."
    remedy = "Ask the land office how to hand in a day as long as this."


class StreamTwice(RuleViolation):
    """A stream has two totals, or lines and none. 422."""

    slug = "reconciliation-stream-unclear"
    title = "Each stream has one total"
    detail = "{stream} has {count} totals."
    remedy = "Give one total for each stream that the list tells of, also where it has no line."


class DayNotBegun(RuleViolation):
    """The day of a list lies in the future. 422."""

    slug = "reconciliation-day-not-begun"
    title = "This day has not begun"
    detail = "{day} has not begun in Vietnam."
    remedy = "Send the list of a day when it is over, or of today as far as it goes."


class NoSuchDay(NotFound):
    """Nothing was compared, or is to be, under this name. 404."""

    slug = "no-such-reconciliation"
    title = "There is nothing to reconcile here"
    detail = "Nothing was compared of {stream} with {party} on {day}."
    remedy = "Take the day from the list of days."


class UnknownList(NotFound):
    """No list has this number. 404."""

    slug = "unknown-reconciliation"
    title = "There is no such list"
    detail = "No list has the number {number}."
    remedy = "Name it by the `id` that its intake answered."


class ReasonUnknown(RuleViolation):
    """A difference was settled for a reason that is in no catalogue, or not in force. 422."""

    slug = "reconciliation-reason-unknown"
    title = "There is no such reason"
    detail = "The reason is not in the catalogue, or not in force."
    remedy = "Choose one of the reasons of the page."


class DayLocked(Conflict):
    """The day is locked. 409."""

    slug = "reconciliation-locked"
    title = "This day is locked"
    detail = "What was compared and settled of a locked day stays."
    remedy = "What comes later for it is settled on the day it comes."


class ItemStandsOtherwise(Conflict):
    """The item was settled, opened again or cleared meanwhile. 409."""

    slug = "reconciliation-stale"
    title = "This stands otherwise by now"
    detail = "Somebody settled it, or it was compared anew."
    remedy = "Load the page again."


class SomethingOpen(Conflict):
    """Something of the day is open. 409."""

    slug = "reconciliation-open"
    title = "Something of this day is open"
    detail = "A day is locked when nothing of it is open."
    remedy = "Settle each difference first, or wait for what clears it."


class OwnWork(Conflict):
    """Who locks a day settled something of it. 409."""

    slug = "reconciliation-own-work"
    title = "You settled a difference of this day"
    detail = "Who settles differences of a day does not lock it."
    remedy = "Have another auditor lock it."


class DayNotOver(Conflict):
    """The day is not over. 409."""

    slug = "reconciliation-not-over"
    title = "This day is not over"
    detail = "A day is locked when it is over in Vietnam."
    remedy = "Lock it tomorrow."


class ListMissing(Conflict):
    """Their list of the day is not here. 409."""

    slug = "reconciliation-without-list"
    title = "Their list of this day is not here"
    detail = "Without it nothing was compared."
    remedy = "Have the other side send it."


on_violation("reconciliation-locked", lambda _facts: DayLocked())
on_violation("pk_reconciliation_lock", lambda _facts: DayLocked())
on_violation("reconciliation-stale", lambda _facts: ItemStandsOtherwise())
on_violation("reconciliation-open", lambda _facts: SomethingOpen())
on_violation("reconciliation-own-work", lambda _facts: OwnWork())
on_violation("reconciliation-not-over", lambda _facts: DayNotOver())
on_violation("reconciliation-without-list", lambda _facts: ListMissing())

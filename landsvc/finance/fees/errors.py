"""Say what can go wrong with fees of the office."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, Forbidden, NotFound, RuleViolation


class OrderNotFound(NotFound):
    """No order of fees has this code. 404."""

    slug = "no-such-fee-order"
    title = "There is no such order of fees"
    detail = "No order of fees has the code {code}."
    remedy = "Take the code from the dossier or from the list of the day."


class OrderElsewhere(Forbidden):
    """The counter of one office would take money for another. 403."""

    slug = "fee-order-elsewhere"
    title = "Another office asks for this fee"
    detail = "Order {order} is of the office {branch}."
    remedy = "Send the payer to a counter of that office, or let them pay online."


class OfficeElsewhere(Forbidden):
    """Somebody would read the money of an office that is not theirs. 403."""

    slug = "fee-office-elsewhere"
    title = "This is another office's money"
    detail = "You do not read the money of the office {branch}."
    remedy = "Choose an office that you work for."


class EntryNotFound(NotFound):
    """An order has no such entry. 404."""

    slug = "no-such-fee-entry"
    title = "The order has no such entry"
    detail = "Order {order} has no entry {entry}."
    remedy = "Open the order again and choose one of its entries."


class ReceiptNotFound(NotFound):
    """An order has no such receipt. 404."""

    slug = "no-such-fee-receipt"
    title = "There is no such receipt"
    detail = "Order {order} has no receipt {receipt}."
    remedy = "Take the number from the list of the day or from the page of the order."


class RefundTooMuch(RuleViolation):
    """More would be paid back than was paid. 422."""

    slug = "fee-refund-too-much"
    title = "No more is paid back than was paid"
    detail = "Of order {order}, {paid_vnd} đồng were paid; {refunded_vnd} would be paid back."
    remedy = "Pay back at most what was paid and not yet paid back."


class WaivedTooMuch(RuleViolation):
    """More would be waived than is asked for. 422."""

    slug = "fee-waived-too-much"
    title = "No more is waived than is asked for"
    detail = "Order {order} asks for {charged_vnd} đồng; {waived_vnd} would be waived."
    remedy = "Waive at most what is asked for and not yet waived."


class TakenTooMuch(RuleViolation):
    """The counter would take more than is owed. 422."""

    slug = "fee-taken-too-much"
    title = "The counter takes no more than is owed"
    detail = "Of order {order}, {owed_vnd} đồng are owed."
    remedy = "Open the order again and take what it says is owed; perhaps it was paid meanwhile."


class NothingOwed(RuleViolation):
    """An order owes nothing. 422."""

    slug = "fee-nothing-owed"
    title = "Nothing is owed"
    detail = "Order {order} owes nothing: it was paid or waived."
    remedy = "Open the list again."


class CloseNotFound(NotFound):
    """There is no such close of a day. 404."""

    slug = "no-such-fee-close"
    title = "There is no such close of a day"
    detail = "There is no close {close}."
    remedy = "Open the day again and choose one of its closes."


class DayAhead(RuleViolation):
    """A day would be closed before it has come. 422."""

    slug = "fee-day-ahead"
    title = "This day has not come yet"
    detail = "{day} is closed when it has come."
    remedy = "Choose today or an earlier day."


class DayClosed(Conflict):
    """A cashier closed this day before, otherwise. 409."""

    slug = "fee-day-closed"
    title = "This day was closed before"
    detail = "You closed {day} at the office {branch} before, and counted otherwise then."
    remedy = "Ask a processor of your office to put the close right."


class NothingToClose(RuleViolation):
    """A day has no money of this cashier. 422."""

    slug = "fee-day-empty"
    title = "There is nothing to close"
    detail = "No money of yours counts for {day} at the office {branch}."
    remedy = "Choose a day on which you took money or paid some back."


class ReasonNeeded(RuleViolation):
    """What was counted differs from the ledger, or a close is put right, and nobody says why. 422."""

    slug = "fee-day-reason"
    title = "Say why"
    detail = "What was counted differs from the ledger, or puts a close right: both need a reason."
    remedy = "Count again, or say why in three letters or more."


class OwnDay(RuleViolation):
    """A cashier would put their own close right. 422."""

    slug = "fee-day-own"
    title = "Somebody else must do this"
    detail = "Nobody puts right what they counted themselves, and nobody closes the day of another."
    remedy = "Ask a processor of your office to do it."


class CloseCorrected(Conflict):
    """A close was put right meanwhile. 409."""

    slug = "fee-close-corrected"
    title = "This close was put right before"
    detail = "Somebody put it right meanwhile."
    remedy = "Open the day again; what stands last can be put right."


class OwnMoney(RuleViolation):
    """Who entered money would pay it back or undo it. 422."""

    slug = "fee-own-work"
    title = "Somebody else must do this"
    detail = "Money of order {order} is paid back, and entries are undone, by somebody else than entered them."
    remedy = "Ask a colleague to do it."


class NotReversible(Conflict):
    """An entry cannot be undone, or was. 409."""

    slug = "fee-not-reversible"
    title = "This entry cannot be undone"
    detail = "It was undone before, undoes another itself, or is money that a channel took."
    remedy = "Pay the money of a channel back instead."


on_violation(
    RefundTooMuch.slug,
    lambda facts: RefundTooMuch(
        order=facts["order"], paid_vnd=facts["paidVnd"], refunded_vnd=facts["refundedVnd"], field="amount"
    ),
)
on_violation(
    WaivedTooMuch.slug,
    lambda facts: WaivedTooMuch(
        order=facts["order"], charged_vnd=facts["chargedVnd"], waived_vnd=facts["waivedVnd"], field="amount"
    ),
)
on_violation(
    TakenTooMuch.slug,
    lambda facts: TakenTooMuch(order=facts["order"], owed_vnd=facts["owedVnd"], field="amount"),
)
on_violation(OwnMoney.slug, lambda facts: OwnMoney(order=facts["order"]))
on_violation(NotReversible.slug, lambda _facts: NotReversible(field="entry"))
on_violation("uq_fee_entry_reverses_id", lambda _facts: NotReversible(field="entry"))
on_violation(DayAhead.slug, lambda facts: DayAhead(day=facts["day"], field="day"))
on_violation(DayClosed.slug, lambda facts: DayClosed(day=facts["day"], branch=facts["branch"]))
on_violation(NothingToClose.slug, lambda facts: NothingToClose(day=facts["day"], branch=facts["branch"]))
on_violation("ck_fee_day_close_reason", lambda _facts: ReasonNeeded(field="reason"))
on_violation("ck_fee_day_close_account", lambda _facts: OwnDay())
on_violation("uq_fee_day_close_corrects_id", lambda _facts: CloseCorrected())

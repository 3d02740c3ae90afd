"""Say what can go wrong with notices."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, NotFound, RuleViolation


class NoticeDiffers(Conflict):
    """A notice with this number was taken before, and says something else. 409."""

    slug = "notice-differs"
    title = "This notice was taken before, with other content"
    detail = "{notice_no} of {tax_office_code} was taken before and differs in: {names}."
    remedy = "The first is kept. Send what shall hold now as a notice of its own that supersedes it."


class NoticeActDiffers(Conflict):
    """What became of a notice was told before, and otherwise. 409."""

    slug = "notice-act-differs"
    title = "This was told of the notice before, with other content"
    detail = "{notice_no} was {kind} before, under {reference_no}."
    remedy = "The first is kept. What shall hold now is said by a notice that supersedes it."


class UnknownNotice(NotFound):
    """No notice has this number. 404."""

    slug = "unknown-notice"
    title = "There is no such notice"
    detail = "No notice has the number {number}."
    remedy = "Name it by the `id` that its intake answered; GET /api/v1/tax/notices lists them."


class UnknownLine(RuleViolation):
    """The notice has no such line. 422."""

    slug = "unknown-notice-line"
    title = "The notice has no such line"
    detail = "Notice {notice} has no line {line_no}."
    remedy = "Name a line of the notice by its number there; GET /api/v1/tax/notices lists them."


class MoveTooLarge(RuleViolation):
    """More shall be moved than stands there. 422."""

    slug = "move-too-large"
    title = "There is not so much money to move"
    detail = "{amount_vnd} đồng shall be moved; {there_vnd} of this payment stand there."
    remedy = "Move at most what stands there; without `from`, what stands on no line."


class MoveToEndedNotice(RuleViolation):
    """Money shall be put on a notice that asks for nothing any more. 422."""

    slug = "move-to-ended-notice"
    title = "The notice is no more in force"
    detail = "Notice {notice} is cancelled or was replaced: nothing is owed on it."
    remedy = "Put the money on a notice that is in force, such as the one that replaced it."


class MoveDiffers(Conflict):
    """A move of the payment by this document was taken before, and says something else. 409."""

    slug = "move-differs"
    title = "This move was taken before, with other content"
    detail = "The payment was moved by {reference_no} before, and that differs."
    remedy = "The first is kept. Undo it by a move back, under a document of its own."


class SupersededUnknown(RuleViolation):
    """The notice to be replaced is not here. 422."""

    slug = "superseded-notice-unknown"
    title = "The notice that is replaced is not known"
    detail = "{notice_no} of {tax_office_code} was not taken in."
    remedy = "Send that notice first, then this one again with the same key."


class SupersededBefore(Conflict):
    """The notice was replaced by another one before. 409."""

    slug = "superseded-before"
    title = "The notice was replaced before"
    detail = "{notice_no} was replaced by another notice."
    remedy = "Name the notice that is in force as the one replaced."


class ObligationNoticedBefore(Conflict):
    """An obligation stands on another notice. 409."""

    slug = "obligation-noticed-before"
    title = "The obligation stands on another notice"
    detail = "{obligation_id} stands on {notice_no}."
    remedy = "A notice that replaces it names it in supersedesNo; any other has obligations of its own."


class ObligationIsPaymentCode(Conflict):
    """An obligation is called as the payment code of another. 409."""

    slug = "obligation-is-payment-code"
    title = "The obligation is called as the payment code of another"
    detail = "{obligation_id} is what transfers name another obligation by."
    remedy = "Give the obligation another id."


on_violation(
    ObligationIsPaymentCode.slug,
    lambda facts: ObligationIsPaymentCode(field="lines.obligationId", obligation_id=facts["obligationId"]),
)


class DuesDoNotSum(RuleViolation):
    """The parts of a payment plan do not come to the amount. 422."""

    slug = "dues-do-not-sum"
    title = "The parts do not come to the amount"
    detail = "Line {line_no} owes {amount_vnd} đồng; its parts come to {total_vnd}."
    remedy = "Give parts that sum to the amount, or the one day it is due."


class NothingOwedWithoutReason(RuleViolation):
    """A line of nought says no reason. 422."""

    slug = "exemption-without-reason"
    title = "Nothing is owed, and no reason is given"
    detail = "Line {line_no} owes nothing."
    remedy = "Give the reason for the exemption."


class LineTwice(RuleViolation):
    """A notice has two lines with one number. 422."""

    slug = "line-twice"
    title = "Two lines have one number"
    detail = "Line {line_no} stands twice in the notice."
    remedy = "Number the lines of a notice 1, 2, 3."

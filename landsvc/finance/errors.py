"""Say what can go wrong with money."""

from __future__ import annotations

from landsvc.core.errors import Conflict, NotFound, RuleViolation


class PaymentParcelUnknown(RuleViolation):
    """A payment names a parcel that the register does not know, or several. 422."""

    slug = "payment-parcel-unknown"
    title = "The payment is for no parcel of this register"
    detail = "{ref} names no parcel of this register, or several."
    remedy = "Name the parcel by its 12-character code, or by commune-sheet-number as its certificate does."


class PaymentNamedParcel(Conflict):
    """The tax office said itself which parcel the payment is for. 409."""

    slug = "payment-named-parcel"
    title = "The payment names its parcel itself"
    detail = "The tax office named {ref}."
    remedy = "Ask the tax office: what it states is kept as it is."


class PaidAtImplausible(RuleViolation):
    """A payment was made in the future or before there was anything to pay. 422."""

    slug = "paid-at-implausible"
    title = "The moment of payment cannot be"
    detail = "{paid_at} is not between {first} and now."
    remedy = "Give the moment the money was paid, with its zone."


class PaymentDiffers(Conflict):
    """A payment with this reference was taken before, and says something else. 409."""

    slug = "payment-differs"
    title = "This payment was taken before, with other content"
    detail = "{channel} {reference_no} line {line_no} was taken before and differs in: {names}."
    remedy = (
        "The first is kept. Give another payment its own reference; differences are settled in reconciliation."
    )


class UnknownPayment(NotFound):
    """No payment has this number. 404."""

    slug = "unknown-payment"
    title = "There is no such payment"
    detail = "There is no payment {number}."
    remedy = "Take the number from the payments of a parcel."

"""Say what can go wrong with an estimate."""

from __future__ import annotations

from landsvc.core.errors import RuleViolation


class ParameterMissing(RuleViolation):
    """No figure of the law is in force on the day. 422."""

    slug = "parameter-missing"
    title = "A figure of the law is not known for this day"
    detail = "{code} has no value on {day}."
    remedy = "Choose another day, or have the province enter the figure with the days it holds."


class TermMissing(RuleViolation):
    """No term of payment is in force on the day. 422."""

    slug = "payment-term-missing"
    title = "No term of payment is known for this day"
    detail = "When {kind} is to be paid is not known on {day}."
    remedy = "Choose another day, or have the province enter the term with the days it holds."


class ExemptionUnknown(RuleViolation):
    """No such reason frees of an obligation on the day. 422."""

    slug = "exemption-unknown"
    title = "There is no such reason for exemption"
    detail = "{code} is no reason for exemption on {day}."
    remedy = "Take one of those that GET /api/v1/estimates/parameters lists."


class SharesNotWhole(RuleViolation):
    """The shares of several persons do not sum to one. 422."""

    slug = "estimate-shares-not-whole"
    title = "The shares do not sum to the whole"
    detail = "The shares sum to {total}."
    remedy = "Give fractions such as 1/3 that sum to 1, or only how many persons there are."


class TooMuchLand(RuleViolation):
    """A part is larger than the whole it is taken from. 422."""

    slug = "area-beyond-the-whole"
    title = "The part is larger than the whole"
    detail = "{part} m² is more than {whole} m²."
    remedy = "Check both areas."

"""Say what can go wrong when an extract is asked for."""

from __future__ import annotations

from landsvc.core.errors import InvalidInput, NotFound, RuleViolation


class ExtractNotFound(NotFound):
    """No extract of this register bears the number. 404."""

    slug = "extract-not-found"
    title = "No extract of this register bears this number"
    detail = "{id} was not issued here."
    remedy = "Check the number: it stands beside the QR code, such as QH-20261122-0123456789ab."


class BadInterval(InvalidInput):
    """The interval of days cannot be read. 400."""

    slug = "bad-interval"
    title = "This is not an interval of days"
    detail = "{text} cannot be read: {reason}"
    remedy = "Give the first and the last day with a stroke between, such as 2024-01-01/2025-12-31."


class TooManyChanges(RuleViolation):
    """More changed in the interval than an extract tells. 422."""

    slug = "too-many-changes"
    title = "Too much changed in this interval"
    detail = "What plans say about this parcel changed on {count} days of the interval; an extract tells {most}."
    remedy = "Ask for a shorter interval."

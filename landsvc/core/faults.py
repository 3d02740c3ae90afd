"""Say what is wrong with a malformed request: the field at fault, and why, in the reader's language."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext


def invalid_input(error: ValidationError, *, flat: bool = True) -> InvalidInput:
    """Return the domain error of a malformed request: it names the first field at fault and lists all.

    Paths and queries are `flat`: what follows the name tells which type of a union did not fit.
    """
    found = [
        {"field": ".".join(map(str, each["loc"][:1] if flat else each["loc"])), "reason": reason_of(each)}
        for each in error.errors(include_url=False, include_input=False)
    ]
    first = found[0]
    return InvalidInput(field=first["field"], members={"errors": found}, reason=first["reason"])


def reason_of(error: Any) -> str:
    """Return what is wrong with one value, in the reader's language."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return gettext("It is required.")
        case "extra_forbidden":
            return gettext("There is no such parameter.")
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return gettext("It must be a whole number.")
        case "float_parsing" | "float_type" | "finite_number":
            return gettext("It must be a number.")
        case "greater_than_equal":
            return gettext("It must be at least %(limit)s.", limit=limits["ge"])
        case "less_than_equal":
            return gettext("It must be at most %(limit)s.", limit=limits["le"])
        case "greater_than":
            return gettext("It must be more than %(limit)s.", limit=limits["gt"])
        case "less_than":
            return gettext("It must be less than %(limit)s.", limit=limits["lt"])
        case "string_too_long":
            return gettext("It may have at most %(limit)s characters.", limit=limits["max_length"])
        case "too_long":
            return gettext("It may have at most %(limit)s entries.", limit=limits["max_length"])
        case "too_short":
            return gettext("It must have at least %(limit)s entries.", limit=limits["min_length"])
        case "string_too_short":
            return gettext("It must have at least %(limit)s characters.", limit=limits["min_length"])
        case "literal_error" | "enum":
            return gettext("It must be one of %(names)s.", names=limits["expected"].replace("'", ""))
        case "date_parsing" | "date_from_datetime_parsing" | "date_from_datetime_inexact" | "date_type":
            return gettext("It must be a date such as 2026-11-22.")
        case "datetime_parsing" | "datetime_from_date_parsing" | "datetime_type" | "timezone_aware":
            return gettext("It must be an instant with its zone, such as 2026-11-22T03:00:00Z.")
        case "value_error":
            return gettext("It holds a character that is not allowed, or is not of the expected form.")
    return gettext("It is not of the expected form.")

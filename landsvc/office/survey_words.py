"""Write how the corners of a parcel were measured, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landsvc.core import i18n
from landsvc.core.i18n import gettext


def methods() -> dict[str, str]:
    """Return what each way of measuring is called; those below come from files and older maps."""
    return method_choices() | {
        "import": gettext("taken from a file"),
        "cadastral_map": gettext("cadastral map"),
    }


def method_choices() -> dict[str, str]:
    """Return the ways of measuring that an officer may state."""
    return {
        "total_station": gettext("total station"),
        "gnss": gettext("satellite positioning (GNSS)"),
        "tape": gettext("tape: distances and offsets"),
        "traverse": gettext("traverse"),
        "photogrammetry": gettext("aerial photographs"),
        "digitised": gettext("digitised from a map"),
        "coordinates": gettext("coordinates as given"),
    }


def method_name(method: str) -> str:
    """Return what a way of measuring is called; an unknown one as it was recorded."""
    return methods().get(method, method)


def survey_line(survey: Mapping[str, Any]) -> str:
    """Write a survey as the history of a parcel tells it: how, when, in which system, how accurate."""
    accuracy = survey["accuracyM"]
    facts = [
        method_name(survey["method"]),
        i18n.day(survey["surveyedOn"]),
        survey["crs"],
        accuracy and f"± {i18n.number(accuracy, 2)} m",
    ]
    return gettext("Survey: %(facts)s", facts=", ".join(filter(None, facts)))

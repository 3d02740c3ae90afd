"""Name answers and states of the decision table."""

from __future__ import annotations

from landsvc.core.i18n import gettext
from landsvc.planning.activities.rules import ALLOWED, IF, NOT, UNKNOWN


def answer_words(verdict: str) -> str:
    """Return an answer in words."""
    return {
        ALLOWED: gettext("Allowed"),
        IF: gettext("Allowed if"),
        NOT: gettext("Not allowed"),
        UNKNOWN: gettext("Not known"),
        "end": gettext("The line ends"),
    }[verdict]


def state_words(state: str) -> str:
    """Return what became of a proposal."""
    return {
        "proposed": gettext("waits for another planner"),
        "confirmed": gettext("confirmed"),
        "rejected": gettext("rejected"),
        "withdrawn": gettext("taken back"),
    }[state]


def certainty_words(certainty: str) -> str:
    """Return how sure a line is."""
    return {
        "S": gettext("from the text of the law"),
        "K": gettext("generally known"),
        "?": gettext("to be confirmed by the province"),
    }[certainty]

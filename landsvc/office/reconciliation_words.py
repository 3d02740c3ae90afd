"""Say in words what reconciliation finds."""

from __future__ import annotations

from landsvc.core.i18n import gettext
from landsvc.finance.reconciliation.entries import DayLine


def streams() -> dict[str, str]:
    """Return what each stream is about."""
    return {
        "slips": gettext("Slips with the tax office"),
        "notices": gettext("Notices to pay with the tax office"),
        "payments": gettext("Payments with the tax office"),
        "channel": gettext("Reports of a channel with its list"),
        "channel-tax": gettext("Channel with the tax office"),
        "fees": gettext("Fees of the office with the channel"),
        "refunds": gettext("Fees paid back with the channel"),
    }


def kinds() -> dict[str, str]:
    """Return what an item lacks."""
    return {
        "missing": gettext("They have it, we have not"),
        "extra": gettext("We have it, they have not"),
        "different": gettext("Both have it, otherwise"),
    }


def marks() -> dict[str, tuple[str, str]]:
    """Return class and sign of the light of each state; its words stand beside it."""
    return {
        "agrees": ("pass", "✓"),
        "locked": ("pass", "✓"),
        "open": ("fail", "✕"),
        "waiting": ("warning", "!"),
        "due": ("untested", "?"),
        "resolved": ("pass", "✓"),
        "cleared": ("pass", "✓"),
    }


def item_states() -> dict[str, str]:
    """Return how an item stands."""
    return {
        "open": gettext("not settled"),
        "resolved": gettext("settled"),
        "cleared": gettext("cleared by another day"),
    }


def state_words(line: DayLine | None) -> str:
    """Return how a stream of a day stands."""
    if line is None:
        return gettext("nothing to compare")
    if line.state == "open":
        told = gettext("%(count)s open", count=line.open)
        return f"{told}, {gettext('locked')}" if line.locked_at else told
    known = {
        "agrees": gettext("agrees")
        if not line.settled
        else gettext("agrees, %(count)s settled", count=line.settled),
        "locked": gettext("locked"),
        "waiting": gettext("their list is not here yet"),
        "due": gettext("to be compared"),
    }
    return known[line.state]

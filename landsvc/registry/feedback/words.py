"""Say in the reader's language what came of an opinion on a plan."""

from __future__ import annotations

from landsvc.core.i18n import gettext


def outcomes() -> dict[str, str]:
    """Return what may come of an opinion on a plan, by its code."""
    return {
        "agreed": gettext("agreed: the plan is changed so"),
        "partly": gettext("agreed in part"),
        "not-agreed": gettext("not agreed"),
        "elsewhere": gettext("not a matter of this plan"),
        "no-opinion": gettext("no opinion on the plan (advertising, an empty text, a second sending)"),
    }

"""Say in words when rules are asked and what they do, for every page that tells of rules."""

from __future__ import annotations

from landsvc.core.i18n import gettext

OF_DOSSIERS = "DOS-"


def moments(code: str = "") -> dict[str, str]:
    """Return what the moments are called at which a rule is asked, in their order; rules of dossiers have theirs."""
    if code.startswith(OF_DOSSIERS):
        return {
            "preview": gettext("At reception"),
            "submit": gettext("At each step"),
            "commit": gettext("At completion"),
        }
    return {
        "preview": gettext("While drawing"),
        "submit": gettext("When submitted for approval"),
        "commit": gettext("When entered into the register"),
    }


def severities() -> dict[str, str]:
    """Return what severities are called, the gravest first."""
    return {
        "critical": gettext("stops the change"),
        "warning": gettext("warns"),
        "info": gettext("tells"),
    }

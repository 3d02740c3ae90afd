"""Write who looked at somebody's data as lines of a page or a paper, in the reader's language."""

from __future__ import annotations

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import gettext
from landsvc.registry.readings.service import Line


def row(line: Line) -> tuple[str, str, str, str]:
    """Write when, who by role and office, why, and at what."""
    english = i18n.current_language() == "en"
    who = ", ".join(line.roles[english]) or line.machine or gettext("the service itself")
    return (
        f"{line.at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}",
        " · ".join(filter(None, [who, ", ".join(line.branches[english])])),
        line.why,
        line.on,
    )

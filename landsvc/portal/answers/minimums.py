"""Say what a new parcel must have at least."""

from __future__ import annotations

from collections.abc import Sequence

from landsvc.cadastre.drafts.checks.minimum import Minimum
from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.planning.taking.rules import PlotMinimum


def minimums_told(minimums: Sequence[Minimum | PlotMinimum]) -> list[str]:
    """Return minimum plots (m², metres along a road) with the decisions they stand in."""
    return [_told(each) for each in minimums]


def _told(found: Minimum | PlotMinimum) -> str:
    said = {"use": found.use, "area": i18n.area(float(found.area_m2)), "source": found.source}
    if found.frontage_m is None:
        return gettext("Minimum plot for %(use)s here: %(area)s (%(source)s)", **said)
    metres = i18n.number(float(found.frontage_m))
    return gettext(
        "Minimum plot for %(use)s here: %(area)s, %(metres)s m along a road (%(source)s)", metres=metres, **said
    )

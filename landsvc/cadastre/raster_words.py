"""Say in the reader's words what a raster is."""

from __future__ import annotations

from landsvc.core.i18n import day, gettext, number
from landsvc.geo.raster.register import Raster


def raster_facts(raster: Raster) -> str:
    """Return what a raster is, how sharp, and of which day."""
    kinds = {
        "orthophoto": gettext("Imagery from above"),
        "plan": gettext("Scanned plan"),
        "elevation": gettext("Heights"),
    }
    digits = 0 if raster.pixel_m >= 10 else 2
    sharp = gettext("%(metres)s m to a pixel", metres=number(raster.pixel_m, digits))
    return " · ".join([kinds[raster.kind], sharp, *([day(raster.taken_on)] if raster.taken_on else [])])

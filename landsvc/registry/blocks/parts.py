"""Read the part of a parcel a notice is about from a pasted table of points, as surveys paste theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapely.geometry import mapping

from landsvc.cadastre.importing.plan import expected_place
from landsvc.cadastre.rules import offered_srid
from landsvc.cadastre.survey.pasted import read_pasted
from landsvc.cadastre.survey.service import outline
from landsvc.core.errors import LandsvcError
from landsvc.geo.crs import Variant
from landsvc.registry.blocks.errors import PartMalformed


def part_of_points(text: str, crs: str | None, *, working: int, variant: Variant) -> Mapping[str, Any]:
    """Return a polygon (GeoJSON in the working system) from points in their order: names, X north and Y east.

    Raises `NoPointsPasted`, `PlaceNotTold`, `PartMalformed` for fewer than three points or an edge that crosses
    another, and as `offered_srid`; each names `points` or `crs`.
    """
    try:
        stated = None if crs is None else offered_srid(crs, working)
        found = read_pasted(text, stated=stated, working=working, variant=variant, extent=expected_place(working))
    except LandsvcError as error:
        error.field = "crs" if error.field == "crs" else "points"
        raise
    made = outline([point.at for point in found.points], found.place.srid or working, working, variant)
    if made.polygon is None:
        raise PartMalformed(field="points")
    shape: Mapping[str, Any] = mapping(made.polygon)
    return shape

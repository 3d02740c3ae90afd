"""Ask whether a file lies where it should: in the province, in the right zone, drawn with the right scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.places import Unit
from landsvc.cadastre.importing.plan import Plan
from landsvc.cadastre.importing.rings import Booleans, Floats
from landsvc.core.errors import InvalidInput
from landsvc.geo.crs import VN2000, WGS84, transform, transformer
from landsvc.geo.srid_guess import check_scale

SAMPLE = 1000
ENOUGH = 0.5
CLEARLY = 0.8
MOST_COMMUNES = 5


class OutsideProvince(InvalidInput):
    """Most of the file lies outside every commune of the province."""

    slug = "file-outside-province"
    title = "The file lies outside the province"
    detail = "{share} of the parcels lie in a commune we know; the first is at {place} (longitude, latitude)."
    remedy = "{way_out}"


def require_in_province(plan: Plan, recorded: Floats, current: Mapping[str, Unit]) -> None:
    """Raise `OutsideProvince` when less than half of the points (as recorded) lie in a known commune.

    Nothing is asked where no commune has land, or where the commune named has none.
    """
    lands = [unit.land for unit in current.values() if unit.land is not None]
    named = current.get(plan.options.commune or "")
    points = _sample(recorded)
    if not lands or not len(points) or (named is not None and named.land is None):
        return
    share = _share(plan.to_working(points), lands)
    if share >= ENOUGH:
        return
    lon, lat = transformer(plan.working, WGS84, plan.variant).transform(*plan.to_working(points[:1])[0])
    raise OutsideProvince(
        field="srid",
        share=f"{share:.0%}",
        place=f"{lon:.4f} {lat:.4f}",
        way_out=_way_out(plan, points, lands),
    )


def scale_is_doubtful(plan: Plan, recorded: Floats, communes: list[Unit]) -> bool:
    """Tell whether the points (as recorded, in a VN-2000 zone) fit their communes better with k = 0.9996."""
    zone = VN2000.get(plan.srid)
    lands = [unit.land for unit in communes if unit.land is not None]
    if zone is None or not zone.cadastral or plan.options.scale_factor or len(lands) != len(communes):
        return False
    if not 0 < len(lands) <= MOST_COMMUNES:
        return False
    here = transform(np.array(lands, dtype=object), plan.working, plan.srid, plan.variant)
    points = _sample(recorded)
    ordered = points[:, ::-1] if plan.axis_swapped else points
    return bool(len(points)) and check_scale(ordered, shapely.union_all(here)).suspected


def _sample(points: Floats) -> Floats:
    good: Floats = points[np.isfinite(points).all(axis=1)]
    return good[:: max(1, len(good) // SAMPLE)]


def _share(points: Floats, lands: list[Any]) -> float:
    inside: Booleans = np.zeros(len(points), dtype=bool)
    for land in lands:
        left = np.flatnonzero(~inside)
        inside[left] = shapely.contains_xy(land, points[left, 0], points[left, 1])
    return float(inside.mean())


def _way_out(plan: Plan, points: Floats, lands: list[Any]) -> str:
    """Return what would bring the points into the province."""
    if _share(plan.to_working(points[:, ::-1]), lands) > CLEARLY:
        return f"Easting and northing seem exchanged: use {'--no-swap-axes' if plan.axis_swapped else '--swap-axes'}."
    fits = []
    for system in VN2000.values():
        if not system.cadastral:
            continue
        east, north = transformer(system.srid, plan.working, plan.variant).transform(points[:, 0], points[:, 1])
        if _share(np.stack([east, north], axis=1), lands) > CLEARLY:
            fits.append(str(system.srid))
    if fits:
        return f"The coordinates would lie in the province in SRID {', '.join(fits)}: state it with --srid."
    return "State the right reference system with --srid, or import the units of that province first."

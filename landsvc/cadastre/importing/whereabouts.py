"""Ask whether a file lies where it should: in the province, in the right zone, drawn with the right scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.places import Unit
from landsvc.cadastre.importing.plan import Plan
from landsvc.cadastre.importing.rings import Booleans, Floats
from landsvc.core.errors import N_, InvalidInput
from landsvc.geo.crs import CADASTRAL_SCALE, TOPOGRAPHIC_SCALE, VN2000, WGS84, transform, transformer
from landsvc.geo.srid_guess import ScaleCheck, check_scale

SAMPLE = 1000
ENOUGH = 0.5
CLEARLY = 0.8
MOST_COMMUNES = 5
EXCHANGED = N_("Easting and northing seem exchanged: use {option}.")
OTHER_ZONE = N_("The coordinates would lie in the province in SRID {zones}: state it with --srid.")


class OutsideProvince(InvalidInput):
    """Most of the file lies outside every commune of the province."""

    slug = "file-outside-province"
    title = "The file lies outside the province"
    detail = "{share} of the parcels lie in a commune we know; the first is at {place} (longitude, latitude)."
    remedy = "State the right reference system with --srid, or import the units of that province first."

    def __init__(
        self, share: float, place: tuple[float, float], option: str | None = None, zones: Sequence[int] = ()
    ) -> None:
        if option or zones:
            self.remedy = EXCHANGED if option else OTHER_ZONE  # type: ignore[misc]
        super().__init__(
            field="srid",
            share=f"{share:.0%}",
            place=f"{place[0]:.4f} {place[1]:.4f}",
            option=option,
            zones=", ".join(map(str, zones)),
        )


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
    wanted = lands if named is None else [named.land]
    if _share(plan.to_working(points[:, ::-1]), wanted) > CLEARLY:
        option = "--no-swap-axes" if plan.axis_swapped else "--swap-axes"
        raise OutsideProvince(share, (lon, lat), option)
    raise OutsideProvince(share, (lon, lat), zones=_zones_in(plan, points, wanted))


def doubtful_scale(plan: Plan, recorded: Floats, communes: list[Unit]) -> str | None:
    """Say why the scale factor of points (as recorded, in a VN-2000 zone) is in doubt; None where it is not.

    Either the file describes another than its zone has, or the points fit their communes better with k = 0.9996.
    """
    zone = VN2000.get(plan.srid)
    if zone is None or not zone.cadastral or plan.options.scale_factor is not None:
        return None
    check = _scale_check(plan, recorded, communes)
    stated = plan.info.crs.scale
    if stated is None and not (check and check.suspected):
        return None
    said = [] if stated is None else [f"the file says k = {stated:g}"]
    if check is not None:
        said.append(f"in its communes: {check.share_as_given:.0%} as k = {CADASTRAL_SCALE:g}")
        said.append(f"{check.share_rescaled:.0%} as k = {TOPOGRAPHIC_SCALE:g}")
    return ", ".join(said)


def _scale_check(plan: Plan, recorded: Floats, communes: list[Unit]) -> ScaleCheck | None:
    lands = [unit.land for unit in communes if unit.land is not None]
    points = _sample(recorded)
    if len(lands) != len(communes) or not 0 < len(lands) <= MOST_COMMUNES or not len(points):
        return None
    here = transform(np.array(lands, dtype=object), plan.working, plan.srid, plan.variant)
    return check_scale(points[:, ::-1] if plan.axis_swapped else points, shapely.union_all(here))


def other_zones(plan: Plan, recorded: Floats, communes: list[Unit]) -> list[int]:
    """Return the zones in which points (as recorded) lie in their communes, where in the one chosen they do not."""
    lands = [unit.land for unit in communes if unit.land is not None]
    points = _sample(recorded)
    if not lands or not len(points) or _share(plan.to_working(points), lands) >= ENOUGH:
        return []
    return [srid for srid in _zones_in(plan, points, lands) if srid != plan.srid]


def _sample(points: Floats) -> Floats:
    good: Floats = points[np.isfinite(points).all(axis=1)]
    return good[:: max(1, len(good) // SAMPLE)]


def _share(points: Floats, lands: list[Any]) -> float:
    inside: Booleans = np.zeros(len(points), dtype=bool)
    for land in lands:
        left = np.flatnonzero(~inside)
        inside[left] = shapely.contains_xy(land, points[left, 0], points[left, 1])
    return float(inside.mean())


def _zones_in(plan: Plan, points: Floats, lands: list[Any]) -> list[int]:
    """Return the cadastral zones in which points, read in the order of the plan, lie in one of the lands."""
    east, north = (points[:, ::-1] if plan.axis_swapped else points).T
    fits = []
    for system in VN2000.values():
        if system.cadastral:
            moved = transformer(system.srid, plan.working, plan.variant).transform(east, north)
            if _share(np.stack(moved, axis=1), lands) > CLEARLY:
                fits.append(system.srid)
    return fits

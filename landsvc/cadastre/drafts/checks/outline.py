"""Rules of the outline of what a draft draws: slivers, spikes, corners beside corners. Old defects are not judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPoint, Point
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts import queries as drafts
from landsvc.cadastre.drafts.checks import queries
from landsvc.cadastre.drafts.checks.case import Case, corners_of, failed, passed, shape, untested
from landsvc.cadastre.drafts.checks.fixes import merge_with_longest, remove_point
from landsvc.cadastre.drafts.model import Finding

NO_MAP = "no-map"
SLIVER, SPIKE, NEAR = "FAB-SLIVER", "FAB-SPIKE", "FAB-NEAR"
MOST_TOLD = 20
"""Places one rule names; whoever mends those sees the next."""
Place = tuple[float, float]


def mean_width_m(geometry: BaseGeometry) -> float:
    """Return twice the area by the perimeter: the width of a strip, half that of a square. Metres."""
    return float(2 * geometry.area / geometry.length) if geometry.length else 0.0


def check_slivers(case: Case) -> Iterable[Finding]:
    """Tell of parcels that come out thinner than the limit, unless what they come from was as thin."""
    limit = case.figure(SLIVER, "widthM", 0.5)
    drawn = [unit for unit in case.now if unit.geometry is not None]
    if not drawn:
        yield untested(NO_MAP)
        return
    thin_before = {unit.id for unit in case.was if unit.geometry and mean_width_m(unit.geometry) < limit}
    found = [
        (unit, width)
        for unit in drawn
        if unit.geometry is not None
        and (width := mean_width_m(unit.geometry)) < limit
        and not thin_before & {unit.id, *unit.roots}
    ]
    for unit, width in found:
        inputs = {"ref": unit.name, "widthM": round(width, 3), "leastM": limit}
        yield failed(inputs, shape(unit), merge_with_longest(case, unit))
    if not found:
        yield passed({"parcels": len(drawn), "leastM": limit})


def check_spikes(case: Case) -> Iterable[Finding]:
    """Tell of new corners where a boundary goes out and back on nearly the same line."""
    limit = case.figure(SPIKE, "angleDeg", 3.0)
    drawn = [unit for unit in case.now if unit.geometry is not None]
    if not drawn:
        yield untested(NO_MAP)
        return
    # An old corner between two old corners is an old spike; one that a new corner sharpens is new.
    found = [
        (unit, tip, angle)
        for unit in drawn
        for tip, angle, sides in sharp_corners(unit.geometry, limit)
        if not {tip, *sides} <= case.old_corners
    ]
    for unit, tip, angle in found[:MOST_TOLD]:
        inputs = {"ref": unit.name, "angleDeg": round(angle, 3), "leastDeg": limit}
        yield failed(inputs, shapely.geometry.mapping(Point(tip)), remove_point(tip))
    if not found:
        yield passed({"parcels": len(drawn), "leastDeg": limit})


def sharp_corners(
    geometry: BaseGeometry | None, limit_deg: float
) -> Iterator[tuple[Place, float, tuple[Place, Place]]]:
    """Yield the corners of a polygon whose edges meet at less than an angle: the corner, the angle, its neighbours."""
    for part in shapely.get_parts(geometry):
        for ring in (part.exterior, *part.interiors):
            corners = shapely.get_coordinates(ring)[:-1]
            back, ahead = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
            one, two = back - corners, ahead - corners
            across = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
            angles = np.degrees(np.abs(np.arctan2(across, (one * two).sum(axis=1))))
            for at in np.flatnonzero(angles < limit_deg):
                yield _place(corners[at]), float(angles[at]), (_place(back[at]), _place(ahead[at]))


def _place(pair: NDArray[np.float64]) -> Place:
    return float(pair[0]), float(pair[1])


def check_near_points(case: Case) -> Iterable[Finding]:
    """Tell of new corners that lie beside a corner or an edge, closer than the limit, without being shared."""
    limit = case.figure(NEAR, "withinM", 0.02)
    drawn = [unit for unit in case.now if unit.geometry is not None]
    if not drawn:
        yield untested(NO_MAP)
        return
    new = sorted({corner for unit in drawn for corner in corners_of(unit.geometry)} - case.old_corners)
    near = list(_near(case, new, limit)) if new else []
    for place, distance, ref in near[:MOST_TOLD]:
        inputs = {"ref": ref, "distanceM": round(distance, 4), "withinM": limit}
        yield failed(inputs, shapely.geometry.mapping(Point(place)))
    if not near:
        yield passed({"corners": len(new), "withinM": limit})


def _near(case: Case, new: list[Place], limit: float) -> Iterator[tuple[Place, float, str]]:
    """Yield each new corner that lies beside something, how far from it, and whose it is."""
    rows = queries.run(case.session, "boundaries_near", points=drafts.ewkb(MultiPoint(new)), within_m=limit)
    for place, around in groupby(rows, key=lambda row: (float(row[0]), float(row[1]))):
        found = [
            (gap, ref)
            for _, _, _, ref, boundary in around
            if (gap := gap_beside(place, shapely.from_wkb(bytes(boundary)), limit)) is not None
        ]
        if found:
            distance, ref = min(found)
            yield place, distance, ref


def gap_beside(place: Place, boundary: BaseGeometry, limit: float) -> float | None:
    """Return how far a boundary's nearest corner or edge is that should be shared and is not; None when all is well.

    A place that is a corner of the boundary is shared; then only another corner of it can be too near.
    """
    corners = shapely.get_coordinates(boundary)
    away = np.hypot(*(corners - np.asarray(place)).T)
    others = away[away > 0]
    nearest = float(others.min()) if len(others) else np.inf
    if len(others) == len(away):
        nearest = min(nearest, float(shapely.distance(Point(place), boundary)))
    return nearest if nearest <= limit else None

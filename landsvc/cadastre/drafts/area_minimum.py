"""Find the cut that leaves every piece the least area and road frontage the province asks for. Pure functions.

Both grow as the line moves on, so the first place where a piece has enough of both is the least it can take, and
taking the least leaves the most to the pieces behind it: when these do not get enough, no parallel cut in that order
gives it to them. What a piece had to wait for is what *binds* it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.area_cut import AreaCut
from landsvc.cadastre.drafts.area_errors import (
    AreaNotReached,
    MinimumBinds,
    PieceNotOne,
    PieceTooThin,
)
from landsvc.cadastre.drafts.errors import CutTooFine
from landsvc.cadastre.drafts.sweep import LEFT, RIGHT, Heading, Sweep, height_of_length
from landsvc.cadastre.rules import TENTH

AREA, FRONTAGE = "area", "frontage"
BESIDE_M = 0.001
"""An edge that noding bent lies within a grid step of the road's."""
SPARE_M = (0.0, 0.03, 0.1, 0.3)
"""Frontage asked for beyond the minimum, until the ends on the grid leave enough of it."""
MOST_DIRECTIONS = 8
SAME_DEG = 1.0


@dataclass(frozen=True)
class Least:
    """What every piece must have: registered area in m², and metres along roads where the province says so."""

    area_m2: Decimal
    frontage_m: float | None


@dataclass(frozen=True)
class Division:
    """Areas (tenths of a square metre) for all pieces but the last, and what bound each of them."""

    areas_m2: tuple[Decimal, ...]
    binds: tuple[str, ...]


def least_areas(
    polygon: Polygon,
    heading: Heading,
    count: int,
    least: Least,
    whole_m2: float,
    roads: BaseGeometry,
    *,
    ref: str = "",
    spare_m: float = 0.0,
) -> Division:
    """Return the least areas that leave each of `count` pieces the minimum, the last what remains.

    `whole_m2` is the area the minimum is compared with (registered, where there is one); `roads` the part of the
    outline along roads. Raises `MinimumBinds` when the pieces cannot all have it.
    """
    sweep = Sweep.of(polygon, heading)
    scale = whole_m2 / polygon.area
    front = 0.0 if least.frontage_m is None else least.frontage_m + spare_m
    areas, binds, before, passed = list[Decimal](), list[str](), 0.0, 0.0

    def refusal(number: int) -> MinimumBinds:
        # Where the area would do for all, it was the frontage that took too much of it.
        by_area = count * float(least.area_m2) > whole_m2 + 1e-6
        return MinimumBinds(
            binds=AREA if by_area else FRONTAGE,
            ref=ref,
            pieces=count,
            piece=number,
            needed_m2=least.area_m2,
            needed_m=least.frontage_m,
            left_m2=round((polygon.area - before) * scale, 1),
            left_m=round(roads.length - passed, 2) + 0.0,
        )

    for number in range(1, count):
        wanted = before + _up(float(least.area_m2) / scale, scale)
        by_front = height_of_length(roads, heading, sweep.origin, passed + front) if front else -math.inf
        if wanted >= polygon.area or by_front == math.inf:
            raise refusal(number)
        needed = sweep.area(by_front) if front else 0.0
        binds.append(FRONTAGE if needed > wanted else AREA)
        area = Decimal(str((max(wanted, needed) - before) * scale - 1e-7)).quantize(TENTH, ROUND_CEILING)
        areas.append(area)
        before += float(area) / scale
        passed = _length_before(roads, sweep, heading, before)
    short = (polygon.area - before) * scale < float(least.area_m2) - 1e-6
    if short or (front and roads.length - passed < front):
        raise refusal(count)
    return Division(tuple(areas), tuple(binds))


def _up(area_m2: float, scale: float) -> float:
    """Return an area rounded up to a tenth of what is compared."""
    return math.ceil(area_m2 * scale * 10 - 1e-6) / 10 / scale


def _length_before(roads: BaseGeometry, sweep: Sweep, heading: Heading, area_m2: float) -> float:
    """Return how many metres of road lie before the line that has an area before it."""
    height = sweep.height_of_area(area_m2)
    low, high = 0.0, float(roads.length)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if height_of_length(roads, heading, sweep.origin, middle) <= height else (low, middle)
        )
    return low


def cut_to_minimum(
    polygon: Polygon,
    headings: Sequence[Heading],
    count: int,
    least: Least,
    whole_m2: float,
    roads: BaseGeometry,
    cut: Callable[[Heading, Sequence[Decimal]], AreaCut],
    *,
    ref: str = "",
) -> tuple[AreaCut, Division]:
    """Return the first cut that leaves every piece the minimum, over some headings; `cut` makes it from areas.

    Raises what stood against the first heading; `MinimumBinds` before anything else.
    """
    refusals: list[MinimumBinds | PieceNotOne | PieceTooThin | AreaNotReached | CutTooFine] = []
    for heading in headings:
        for spare in SPARE_M:
            try:
                division = least_areas(polygon, heading, count, least, whole_m2, roads, ref=ref, spare_m=spare)
                found = cut(heading, division.areas_m2)
            except (MinimumBinds, PieceNotOne, PieceTooThin, AreaNotReached, CutTooFine) as refused:
                refusals.append(refused)
                break
            if all(front_of(piece.shape, roads) >= (least.frontage_m or 0.0) for piece in found.pieces):
                return found, division
    raise next((each for each in refusals if isinstance(each, MinimumBinds)), refusals[0])


def front_of(shape: Polygon, roads: BaseGeometry) -> float:
    """Return along how many metres a piece borders on roads: the length of its edges that lie on them."""
    if roads.is_empty:
        return 0.0
    ends = [
        pair for ring in (shape.exterior, *shape.interiors) for pair in pairwise(shapely.get_coordinates(ring))
    ]
    pairs = np.asarray(ends)
    places = np.stack([pairs[:, 0], pairs.mean(axis=1), pairs[:, 1]], axis=1)
    beside: NDArray[np.bool_] = np.asarray(shapely.distance(shapely.points(places), roads) <= BESIDE_M)
    along = beside.all(axis=1)
    return float(np.hypot(*(pairs[:, 1] - pairs[:, 0])[along].T).sum())


def headings_to_try(polygon: Polygon, roads: BaseGeometry) -> list[Heading]:
    """Return directions to try where none was given: square to the longest road edges, then along the parcel's own."""
    own = _bearings(polygon.boundary)
    found: list[float] = []
    for bearing in [(each + 90) % 180 for each in _bearings(roads)[:2]] + own:
        if all(abs((bearing - other + 90) % 180 - 90) > SAME_DEG for other in found):
            found.append(bearing)
    return [Heading(bearing, side) for bearing in found[:MOST_DIRECTIONS] for side in (LEFT, RIGHT)]


def _bearings(lines: BaseGeometry) -> list[float]:
    """Return the bearings of edges, 0 to 180 degrees, the longest first."""
    edges = [
        (math.dist(a, b), math.degrees(math.atan2(b[0] - a[0], b[1] - a[1])) % 180)
        for part in shapely.get_parts(lines)
        if part.geom_type in {"LineString", "LinearRing"}
        for a, b in pairwise(part.coords)
    ]
    return [bearing for _, bearing in sorted(edges, reverse=True)]

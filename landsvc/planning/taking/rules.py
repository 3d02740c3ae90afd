"""Tell what planned works would take of a parcel in square metres of its registered area. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANNUAL, PLANNED, PENDING, NOTHING = "annual", "planned", "pending", "nothing"
"""How near it is: in the annual plan, in a plan alone, in a plan to come, or not at all."""


@dataclass(frozen=True)
class Measured:
    """What the overlay measured, in m² of the working system; `pieces` are what is left, the largest first."""

    whole_m2: float
    taken_m2: float
    annual_m2: float
    pieces_m2: Sequence[float]
    zones: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Taking:
    """What would be taken and left, in m² of the registered area to a decimetre; shares in percent to a tenth."""

    stage: str
    area_m2: float
    taken_m2: float
    taken_pct: float
    annual_m2: float
    left_m2: float
    pieces_m2: Sequence[float]
    zones: Sequence[Mapping[str, Any]]


def taking_of(found: Measured, legal_area_m2: float | None) -> Taking:
    """Return what would be taken: ratios of the working system times the registered area, else what is measured.

    Taken and left add up to the area: what is left is the difference of two rounded numbers.
    """
    area = round(legal_area_m2 if legal_area_m2 is not None else found.whole_m2, 1)
    factor = area / found.whole_m2
    taken = min(round(found.taken_m2 * factor, 1), area)
    zones = [{**each, "areaM2": round(each["m2"] * factor, 1)} for each in found.zones]
    return Taking(
        _stage(found),
        area,
        taken,
        round(100 * found.taken_m2 / found.whole_m2, 1),
        min(round(found.annual_m2 * factor, 1), taken),
        round(area - taken, 1),
        [round(each * factor, 1) for each in found.pieces_m2],
        zones,
    )


def _stage(found: Measured) -> str:
    if found.annual_m2 > 0:
        return ANNUAL
    if found.taken_m2 > 0:
        return PLANNED
    return PENDING if found.zones else NOTHING


def bounds_vnd(taken_m2: float, uses: Sequence[tuple[float | None, int]]) -> tuple[int, int]:
    """Return the least and the most that the land taken is worth (đồng), where nobody drew which use lies where.

    `uses` are areas (m², None for all of the parcel) with prices (đồng/m²): the least where the cheapest is taken
    first, the most where the dearest is.
    """
    by_price = sorted(uses, key=lambda each: each[1])
    return _filled(taken_m2, by_price), _filled(taken_m2, by_price[::-1])


def _filled(taken_m2: float, uses: Sequence[tuple[float | None, int]]) -> int:
    left, total = taken_m2, 0.0
    for area, price in uses:
        part = left if area is None else min(left, area)
        total += part * price
        left -= part
    # Areas of uses may sum to less than the parcel: what is over is of the first price, too.
    return round(total + left * (uses[0][1] if uses else 0))

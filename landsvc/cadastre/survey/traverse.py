"""Work out a traverse of bearings and distances with its misclose, and spread the misclose over its sides.

Pure functions on the places of `cogo`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from landsvc.cadastre.survey.cogo import Place, polar
from landsvc.cadastre.survey.errors import DoesNotClose

GROSS = 100
"""A misclose of more than a hundredth of the way is no error of measuring but a wrong number."""
EXACT_M = 0.0005
"""Below half a grid step nothing is left to close."""


@dataclass(frozen=True)
class Traverse:
    """The points of a traverse after the start, adjusted; and how it closed before.

    `misclose_m` (east, north) is what was missing at the end point, None when it has none to reach.
    """

    places: tuple[Place, ...]
    length_m: float
    misclose_m: Place | None

    @property
    def gap_m(self) -> float | None:
        """Return the length of the misclose."""
        return None if self.misclose_m is None else math.hypot(*self.misclose_m)

    @property
    def precision(self) -> int | None:
        """Return the N of the precision 1:N, None where nothing is missing or there is nothing to reach."""
        return None if not self.gap_m or self.gap_m < EXACT_M else int(self.length_m / self.gap_m)


def run_traverse(
    start: Place, legs: Sequence[tuple[float, float]], end: Place | None, *, step: int = 0
) -> Traverse:
    """Return the traverse from a start along legs (bearing in degrees, distance in metres).

    Where it must reach `end` (the start itself, for a closed one) the misclose is spread over the points in proportion
    to the way to each (Bowditch's rule; the last point becomes `end`). Raises `DoesNotClose` for a gross misclose.
    """
    raw, ways = [start], [0.0]
    for bearing_deg, distance_m in legs:
        raw.append(polar(raw[-1], bearing_deg, distance_m))
        ways.append(ways[-1] + distance_m)
    length = ways[-1]
    if end is None:
        return Traverse(tuple(raw[1:]), length, None)
    missing = end[0] - raw[-1][0], end[1] - raw[-1][1]
    found = Traverse((), length, missing)
    if found.precision is not None and found.precision < GROSS:
        raise DoesNotClose(
            field="steps", step=step, misclose_m=found.gap_m, length_m=length, precision=found.precision
        )
    adjusted = [
        (place[0] + missing[0] * way / length, place[1] + missing[1] * way / length)
        for place, way in zip(raw, ways, strict=True)
    ]
    return Traverse((*adjusted[1:-1], end), length, missing)

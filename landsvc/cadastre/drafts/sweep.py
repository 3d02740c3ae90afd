"""See a polygon along a direction: what lies before a line that moves across it, exactly, holes and all.

Everything is a sum over edges (Green), so a concave outline or a hole is no special case: the area before the line is
the integral of the position along the line over the height of the line, and the line itself adds nothing to it. It
never falls as the line moves on, which is all that bisection asks for. Planar metres, pure functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

Floats = NDArray[np.float64]
LEFT, RIGHT = "left", "right"
HALVINGS = 60
"""A kilometre halved so often is less than what a double can tell."""
CLEAR_M = 1e-4
"""How far a line keeps from corners, so that every crossing is one of an edge's inside."""


@dataclass(frozen=True)
class Heading:
    """The direction of a cut: degrees clockwise from grid north, and on which side of it the first piece lies."""

    bearing_deg: float
    side: str = LEFT

    @property
    def onward(self) -> Floats:
        """Return the unit vector (x, y) in which the line moves, away from the first piece."""
        turn = math.radians(self.bearing_deg)
        right = np.array([math.cos(turn), -math.sin(turn)])
        return right if self.side == LEFT else -right

    @property
    def reversed(self) -> Heading:
        """Return the same direction with the first piece on the other side."""
        return Heading(self.bearing_deg, RIGHT if self.side == LEFT else LEFT)


@dataclass(frozen=True)
class Crossings:
    """Where a line crosses edges: the ends of each chord as numbers of edges, in order along the line."""

    downs: NDArray[np.int64]
    ups: NDArray[np.int64]


@dataclass(frozen=True)
class Sweep:
    """The edges of a polygon, land on their left, with the height of their ends over the start of the movement."""

    origin: Floats
    onward: Floats
    starts: Floats
    ends: Floats
    low: Floats = field(init=False)
    high: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Measure the heights once."""
        object.__setattr__(self, "low", self.starts @ self.onward)
        object.__setattr__(self, "high", self.ends @ self.onward)

    @classmethod
    def of(cls, polygon: Polygon, heading: Heading) -> Sweep:
        """Return a polygon seen along a heading; inside, coordinates count from its south-west corner."""
        origin = np.floor(np.asarray(polygon.bounds[:2]))
        turned = orient(polygon)
        rings = [shapely.get_coordinates(ring) - origin for ring in (turned.exterior, *turned.interiors)]
        starts = np.concatenate([ring[:-1] for ring in rings])
        ends = np.concatenate([ring[1:] for ring in rings])
        return cls(origin, heading.onward, starts, ends)

    @property
    def along(self) -> Floats:
        """Return the unit vector along the line, so that (along, onward) is turned as (x, y) is."""
        return np.array([self.onward[1], -self.onward[0]])

    def height(self, points: Floats) -> Floats:
        """Return how far places (relative to the origin) lie onward, metres."""
        return np.asarray(points @ self.onward)

    def area(self, height: float) -> float:
        """Return the area that lies before a line at a height, m²."""
        rise = self.high - self.low
        flat = rise == 0
        share = np.clip((height - self.low) / np.where(flat, 1, rise), 0, 1)
        first, last = np.where(rise > 0, 0.0, share), np.where(rise > 0, share, 1.0)
        at = self.starts @ self.along
        by = (self.ends - self.starts) @ self.along
        swept = at * (last - first) + by * (last**2 - first**2) / 2
        return float(np.where(flat, 0.0, rise * swept).sum())

    def height_of_area(self, area_m2: float) -> float:
        """Return the height at which a given area lies before the line."""
        low, high = float(self.low.min()), float(self.low.max())
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.area(middle) < area_m2 else (low, middle)
        return (low + high) / 2

    def clear_height(self, height: float) -> float:
        """Return the height nearest to one that keeps clear of all corners."""
        steps = np.concatenate([[0.0], *([at, -at] for at in np.arange(1, 100) * CLEAR_M)])
        tried = height + steps
        free = np.abs(self.low[None, :] - tried[:, None]).min(axis=1) >= CLEAR_M / 2
        return float(tried[int(np.argmax(free))])

    def crossings(self, height: float) -> Crossings:
        """Return the edges that a line at a clear height crosses, in pairs along the line."""
        crossed = np.flatnonzero((self.low - height) * (self.high - height) < 0)
        share = (height - self.low[crossed]) / (self.high[crossed] - self.low[crossed])
        place = self.starts[crossed] + share[:, None] * (self.ends[crossed] - self.starts[crossed])
        ordered = crossed[np.argsort(place @ self.along, kind="stable")]
        return Crossings(ordered[0::2], ordered[1::2])


def height_of_length(lines: BaseGeometry, heading: Heading, origin: Floats, length_m: float) -> float:
    """Return the height at which a given length of lines lies before the line; infinite when there is less."""
    starts, ends = _segments(lines, origin)
    low, high = starts @ heading.onward, ends @ heading.onward
    lengths = np.hypot(*(ends - starts).T)
    if not len(lengths) or lengths.sum() < length_m:
        return math.inf
    low, high = np.minimum(low, high), np.maximum(low, high)
    first, last = float(low.min()), float(high.max())
    for _ in range(HALVINGS):
        middle = (first + last) / 2
        rise = np.maximum(high - low, 1e-12)
        before = float((np.clip((middle - low) / rise, 0, 1) * lengths).sum())
        first, last = (middle, last) if before < length_m else (first, middle)
    return last


def _segments(lines: BaseGeometry, origin: Floats) -> tuple[Floats, Floats]:
    pairs = [
        pair
        for part in shapely.get_parts(lines)
        if part.geom_type == "LineString"
        for pair in pairwise(shapely.get_coordinates(part) - origin)
    ]
    if not pairs:
        return np.empty((0, 2)), np.empty((0, 2))
    found = np.asarray(pairs)
    return found[:, 0], found[:, 1]

"""Work out single points from measurements, as a surveyor does. Pure functions.

Places are (x east, y north) in metres of one plane, not rounded; bearings are degrees clockwise from grid north. Of
distances the plane ones are meant: reduction to the grid (less than 2 mm in 20 m) is the surveyor's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landsvc.cadastre.survey.errors import BaseTooShort, DistancesTooShort, DistanceTooLong

Place = tuple[float, float]
LEAST_BASE_M = 0.01
"""Below this two points on the grid give no direction."""
ROUNDS = 20
SETTLED_M = 1e-7


@dataclass(frozen=True)
class Met:
    """A point from distances: what each measured distance has more than the one to the point, and how they cross.

    `angle_deg` (0 to 90) is the widest angle two of them cross at: distances that meet flatly tell little.
    """

    place: Place
    residuals_m: tuple[float, ...]
    angle_deg: float


def bearing(start: Place, end: Place) -> float:
    """Return the bearing of one place from another, degrees from 0 to 360."""
    return math.degrees(math.atan2(end[0] - start[0], end[1] - start[1])) % 360


def polar(start: Place, bearing_deg: float, distance_m: float) -> Place:
    """Return the place in a direction at a plane distance."""
    turn = math.radians(bearing_deg)
    return start[0] + distance_m * math.sin(turn), start[1] + distance_m * math.cos(turn)


def along(start: Place, end: Place, distance_m: float, offset_m: float = 0.0, step: int = 0) -> Place:
    """Return the place at a distance from `start` towards `end` and an offset square to it, right positive.

    Both may be negative: behind the start, to the left. Raises `BaseTooShort`.
    """
    _check_base(start, end, step)
    east, north = _unit(start, end)
    return start[0] + distance_m * east + offset_m * north, start[1] + distance_m * north - offset_m * east


def plane_distance(slope_m: float, zenith_deg: float) -> float:
    """Return the plane distance of a slope distance and the angle from the zenith."""
    return slope_m * math.sin(math.radians(zenith_deg))


def intersect(
    corners: Sequence[Place], distances_m: Sequence[float], *, left: bool, step: int = 0, slack_m: float = 0.0
) -> Met:
    """Return the point at measured distances from two or more known corners (giao hội cạnh).

    Two distances meet twice: `left` takes the point left of the way from the first corner to the second. With more
    than two the point is the one of least squares. Raises `BaseTooShort`, or `DistancesTooShort` or `DistanceTooLong`
    when they miss each other by more than `slack_m`; within it the point lies on the line through the corners.
    """
    first = _two_meet(corners[:2], distances_m[:2], left=left, step=step, slack_m=slack_m)
    place = first if len(corners) == 2 else _least_squares(first, corners, distances_m)
    toward = np.array(place) - np.asarray(corners, dtype=float)
    reached = np.hypot(*toward.T)
    residuals = tuple(float(said - got) for said, got in zip(distances_m, reached, strict=True))
    return Met(place, residuals, _widest(toward))


def _two_meet(
    corners: Sequence[Place], distances_m: Sequence[float], *, left: bool, step: int, slack_m: float
) -> Place:
    (start, end), (near, far) = corners, distances_m
    _check_base(start, end, step)
    base = math.dist(start, end)
    if base - near - far > slack_m:
        raise DistancesTooShort(field="steps", step=step, gap_m=base - near - far)
    if abs(near - far) - base > slack_m:
        raise DistanceTooLong(field="steps", step=step, gap_m=abs(near - far) - base)
    foot = (near**2 - far**2 + base**2) / (2 * base)
    height = math.sqrt(max(near**2 - foot**2, 0.0))
    return along(start, end, foot, -height if left else height, step)


def _least_squares(place: Place, corners: Sequence[Place], distances_m: Sequence[float]) -> Place:
    """Return the place whose distances differ least from those measured (Gauss-Newton)."""
    known, said = np.asarray(corners, dtype=float), np.asarray(distances_m, dtype=float)
    found = np.array(place)
    for _ in range(ROUNDS):
        toward = found - known
        reached = np.maximum(np.hypot(*toward.T), SETTLED_M)
        change, *_ = np.linalg.lstsq(toward / reached[:, None], said - reached, rcond=None)
        found = found + change
        if np.hypot(*change) < SETTLED_M:
            break
    return float(found[0]), float(found[1])


def _widest(toward: np.ndarray) -> float:
    """Return the widest angle between two directions taken as lines, degrees from 0 to 90."""
    turns = np.arctan2(toward[:, 0], toward[:, 1])
    apart = np.abs(turns[:, None] - turns[None, :]) % math.pi
    return float(np.degrees(np.minimum(apart, math.pi - apart)).max())


def _check_base(start: Place, end: Place, step: int) -> None:
    length = math.dist(start, end)
    if length < LEAST_BASE_M:
        raise BaseTooShort(field="steps", step=step, first=_told(start), second=_told(end), length_m=length)


def _told(place: Place) -> str:
    return f"({place[0]:.3f}; {place[1]:.3f})"


def _unit(start: Place, end: Place) -> Place:
    length = math.dist(start, end)
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length

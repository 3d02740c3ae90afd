"""Find what is wrong with the shapes of a commune: pure geometry and arithmetic over arrays, no database.

All geometries are in the working system, metres. The 25 000 parcels of a large commune take about two seconds, of which
the gaps take half.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.gaps import MIN_GAP_M2, Shapes, uncovered

DRIFT, GAP, OVERLAP, SLIVER, SPIKE = "drift", "gap", "overlap", "sliver", "spike"
KINDS = (OVERLAP, GAP, DRIFT, SLIVER, SPIKE)
"""Every kind, in the order pages tell them."""
UNITS: Mapping[str, str] = {OVERLAP: "m²", GAP: "m²", DRIFT: "%", SLIVER: "m", SPIKE: "°"}
"""What the size of each kind is told in."""
BORDER_M = 0.001
MOST_NEIGHBOURS = 20
HEAVIEST = 1e9
"""The weight of a spike without any angle and of a strip without any width."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """By which figures land is judged: the parameters of the rules of drafts (rule data)."""

    gap_m2: float = MIN_GAP_M2
    drift_factor: float = 0.0004
    drift_scale: float = 1000
    drift_m2: float = 0.1
    sliver_m: float = 0.5
    spike_deg: float = 3.0


@dataclass(frozen=True)
class Land:
    """The current land of a commune: parallel arrays; areas in m², NaN where unknown."""

    units: NDArray[np.int64]
    versions: NDArray[np.int64]
    is_parcel: NDArray[np.bool_]
    shapes: Shapes
    legal_m2: Floats
    computed_m2: Floats
    scale: Floats


@dataclass(frozen=True)
class Found:
    """One defect: `place` tells it from others of its kind at the next look too; the larger `weight`, the worse."""

    kind: str
    place: str
    units: tuple[int, ...]
    measure: float
    weight: float
    geometry: BaseGeometry
    version: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    mirrored: bool = False


def find_drift(land: Land, figures: Figures) -> Iterator[Found]:
    """Yield parcels whose registered area differs from the computed one by more than the scale of the map allows.

    The measure is the difference in percent of the registered area. Source: as `allowed_drift_m2` of the drafts.
    """
    scale = np.where(np.isnan(land.scale), figures.drift_scale, land.scale)
    root = np.sqrt(np.maximum(land.computed_m2, 0))
    allowed = np.maximum(figures.drift_m2, figures.drift_factor * scale * root)
    drift = land.legal_m2 - land.computed_m2
    for at in np.flatnonzero(land.is_parcel & (np.abs(drift) > allowed)):
        base = land.legal_m2[at] or land.computed_m2[at]
        percent = float(100 * abs(drift[at]) / base) if base else 100.0
        facts = {
            "legalAreaM2": round(float(land.legal_m2[at]), 1),
            "measuredM2": round(float(land.computed_m2[at]), 2),
            "driftM2": round(float(drift[at]), 2),
            "allowedM2": round(float(allowed[at]), 2),
            "scale": int(scale[at]),
        }
        yield _alone(land, int(at), DRIFT, percent, percent, land.shapes[at], facts)


def find_slivers(land: Land, figures: Figures) -> Iterator[Found]:
    """Yield parcels whose mean width (twice the area by the perimeter) is below the limit; the measure is it, in m."""
    with np.errstate(divide="ignore", invalid="ignore"):
        width = 2 * shapely.area(land.shapes) / shapely.length(land.shapes)
    for at in np.flatnonzero(land.is_parcel & (width < figures.sliver_m)):
        weight = min(HEAVIEST, figures.sliver_m / width[at]) if width[at] else HEAVIEST
        facts = {"leastM": figures.sliver_m}
        yield _alone(land, int(at), SLIVER, float(width[at]), float(weight), land.shapes[at], facts)


def find_spikes(land: Land, figures: Figures) -> Iterator[Found]:
    """Yield corners where a parcel's outline goes out and back at less than an angle, which is the measure, degrees."""
    mine = np.flatnonzero(land.is_parcel)
    for at, tip, angle in sharp_tips(land.shapes[mine], figures.spike_deg):
        weight = min(HEAVIEST, figures.spike_deg / angle) if angle else HEAVIEST
        place = f"{land.units[mine[at]]}/{tip[0]:.3f}/{tip[1]:.3f}"
        facts = {"leastDeg": figures.spike_deg}
        yield _alone(land, int(mine[at]), SPIKE, angle, weight, Point(tip), facts, place)


def sharp_tips(shapes: Shapes, limit_deg: float) -> Iterator[tuple[int, tuple[float, float], float]]:
    """Yield the row, the corner and the angle in degrees wherever two edges of a ring meet at less than an angle."""
    rings, owner = shapely.get_rings(shapes, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(corners):
        return
    # Every ring closes on its first corner: the last one goes, and each corner looks around within its ring.
    last = np.append(ring[1:] != ring[:-1], True)
    corners, ring = corners[~last], ring[~last]
    first = np.append(True, ring[1:] != ring[:-1])
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(ring)) - 1
    back, ahead = np.arange(len(ring)) - 1, np.arange(len(ring)) + 1
    back[starts], ahead[ends] = ends, starts
    one, two = corners[back] - corners, corners[ahead] - corners
    across = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    angles = np.degrees(np.abs(np.arctan2(across, (one * two).sum(axis=1))))
    for at in np.flatnonzero(angles < limit_deg):
        yield int(owner[ring[at]]), (float(corners[at][0]), float(corners[at][1])), float(angles[at])


def find_gaps(
    extents: Shapes, land: Land, around: Shapes, around_units: NDArray[np.int64], figures: Figures
) -> Iterator[Found]:
    """Yield what nothing covers inside the mapped extent; the measure is its area, the units are who borders on it.

    Who shares the longest edge comes first.
    """
    if not len(extents):
        return
    shapes = np.concatenate([land.shapes, around])
    units = np.concatenate([land.units, around_units])
    gaps = [gap for gap in uncovered(extents, shapes) if gap.area >= figures.gap_m2]
    tree = shapely.STRtree(shapes)
    for gap in gaps:
        beside = tree.query(gap, predicate="dwithin", distance=BORDER_M)
        edges = shapely.length(
            shapely.intersection(shapely.boundary(shapes[beside]), shapely.buffer(gap, BORDER_M))
        )
        order = np.lexsort((units[beside], -edges))[:MOST_NEIGHBOURS]
        named = tuple(int(unit) for unit in units[beside[order]])
        facts = {"meanWidthM": round(mean_width_m(gap), 3), "bordering": len(beside)}
        yield Found(GAP, _print_of(gap), named, float(gap.area), float(gap.area), gap, facts=facts)


def mean_width_m(shape: BaseGeometry) -> float:
    """Return twice the area by the perimeter, in metres: the width of a strip."""
    return float(2 * shape.area / shape.length) if shape.length else 0.0


def overlap(one: int, other: int, shape: BaseGeometry, *, mirrored: bool) -> Found:
    """Return an admitted overlap of two units as a defect; the measure is its area."""
    facts = {"meanWidthM": round(mean_width_m(shape), 3)}
    area = float(shape.area)
    return Found(OVERLAP, f"{one}-{other}", (one, other), area, area, shape, facts=facts, mirrored=mirrored)


def _print_of(gap: Polygon) -> str:
    """Return what tells a gap from another one: a digest of its outline, whichever corner it begins at."""
    return sha256(shapely.to_wkb(shapely.normalize(gap))).hexdigest()[:24]


def _alone(
    land: Land,
    at: int,
    kind: str,
    measure: float,
    weight: float,
    shape: BaseGeometry,
    facts: Mapping[str, Any],
    place: str | None = None,
) -> Found:
    unit = int(land.units[at])
    return Found(kind, place or str(unit), (unit,), measure, weight, shape, int(land.versions[at]), facts)

"""Look at the part of a large unit that an operation concerns: of streets with fifty thousand corners a few dozen.

Where nothing changed, two states of a unit agree, and nothing need be computed. Pure functions, planar metres of the
working system.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.uniting import Edge, edges_of

LARGE = 500
"""From so many corners on a unit is looked at in part: below, all of it costs no more."""
BESIDE_M = 1.0
"""How far around a change the part reaches."""
Floats = NDArray[np.float64]


def is_large(geometry: BaseGeometry | None) -> bool:
    """Tell whether only a part of a unit should be looked at."""
    return geometry is not None and int(shapely.get_num_coordinates(geometry)) > LARGE


def corners_near(geometries: Iterable[BaseGeometry | None], place: BaseGeometry, within_m: float) -> Floats:
    """Return all corners in the box around a place, each once, in the order of their ordinates."""
    corners = shapely.get_coordinates(list(geometries))
    west, south, east, north = shapely.bounds(place).tolist()
    inside = (corners >= (west - within_m, south - within_m)) & (corners <= (east + within_m, north + within_m))
    return np.unique(corners[inside.all(axis=1)], axis=0)


def fresh_edges(geometry: BaseGeometry, before: BaseGeometry | None) -> set[Edge]:
    """Return the edges of a valid polygon or multipolygon that another one has not.

    Corners that both begin and end with are left out: what lies between them has none of their edges, since no edge is
    twice in a valid polygon.
    """
    if before is None or not (is_large(geometry) and is_large(before)):
        return edges_of(geometry) - edges_of(before)
    (corners, rings), (known, its_rings) = _read(geometry), _read(before)
    head = _alike(corners, known, rings, its_rings)
    tail = _alike(corners[::-1], known[::-1], rings[-1] - rings[::-1], its_rings[-1] - its_rings[::-1])
    tail = min(tail, min(len(corners), len(known)) - head)
    return _edges(corners, rings, head, tail) - _edges(known, its_rings, head, tail)


def changed_parts(
    pairs: Sequence[tuple[BaseGeometry | None, BaseGeometry | None]],
) -> list[tuple[BaseGeometry | None, BaseGeometry | None]]:
    """Return units before and after: large ones only around what changed of any, where both states are known."""
    large = [is_large(before) and is_large(after) for before, after in pairs]
    if not any(large):
        return list(pairs)
    bounds: list[BaseGeometry] = []
    for (before, after), partly in zip(pairs, large, strict=True):
        if partly and before is not None and after is not None:
            changed = fresh_edges(after, before) | fresh_edges(before, after)
            if changed:
                bounds.append(shapely.MultiPoint([place for edge in changed for place in edge]))
        else:
            bounds += [shape for shape in (before, after) if shape is not None]
    west, south, east, north = shapely.total_bounds(bounds).tolist() if bounds else (0.0, 0.0, 0.0, 0.0)
    place = shapely.box(west - BESIDE_M, south - BESIDE_M, east + BESIDE_M, north + BESIDE_M)
    return [
        (shapely.intersection(before, place), shapely.intersection(after, place)) if partly else (before, after)
        for (before, after), partly in zip(pairs, large, strict=True)
    ]


def _read(geometry: BaseGeometry) -> tuple[Floats, NDArray[np.int64]]:
    """Return the corners of all rings, ring after ring, and the number of the ring of each."""
    corners, rings = shapely.get_coordinates(shapely.get_rings(geometry), return_index=True)
    return corners, rings


def _alike(corners: Floats, known: Floats, rings: NDArray[np.int64], its_rings: NDArray[np.int64]) -> int:
    """Return with how many corners two outlines begin alike."""
    most = min(len(corners), len(known))
    same = (corners[:most] == known[:most]).all(axis=1) & (rings[:most] == its_rings[:most])
    return most if same.all() else int(np.argmin(same))


def _edges(corners: Floats, rings: NDArray[np.int64], head: int, tail: int) -> set[Edge]:
    """Return the edges of what lies between so many corners at the beginning and at the end."""
    part = slice(max(head - 1, 0), len(corners) - tail + 1)
    places = [(x, y) for x, y in corners[part].tolist()]
    steps = zip(pairwise(places), pairwise(rings[part].tolist()), strict=True)
    return {frozenset((start, end)) for (start, end), (ring, after) in steps if ring == after}

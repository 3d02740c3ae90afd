"""Bring polygons into the state the fabric demands: valid, on the grid, noded; and say what that changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.noding import node
from landsvc.cadastre.importing.rings import Booleans, Floats, Integers, Rings, Shapes

TURNS = 4


@dataclass(frozen=True)
class Settled:
    """The polygons as the fabric keeps them. A polygon that collapsed is empty."""

    rings: Rings
    repaired: Booleans
    area_change_m2: Floats
    """What making valid changed (not rounding and noding)."""
    moved_mm: Floats
    added: Integers


def settle(recorded: Rings, on_step: Callable[[int, int], None] | None = None) -> Settled:
    """Make valid, round, node, until all three hold; coordinates are planar metres."""
    total = len(recorded)
    repaired = np.zeros(total, dtype=bool)
    change, moved = np.zeros(total), np.zeros(total)
    added = np.zeros(total, dtype=np.int64)
    rings = _made_valid(recorded, repaired, change)
    for _ in range(TURNS):
        noded = node(rings, on_step)
        np.maximum(moved, noded.moved_mm, out=moved)
        added += noded.added
        rings = noded.rings
        mended = _made_valid(rings, repaired, change)
        if mended is rings:
            break
        rings = mended
    return Settled(rings, repaired, change, moved, added)


def _made_valid(rings: Rings, repaired: Booleans, change: Floats) -> Rings:
    """Make invalid polygons valid; note them."""
    bad = invalid_rows(rings)
    if not bad.size:
        return rings
    before = rings.shapes(bad)
    after = valid_areas(before)
    repaired[bad] = True
    change[bad] += shapely.area(after) - shapely.area(before)
    return rings.replaced(bad, after)


def invalid_rows(rings: Rings) -> Integers:
    """Return the rows that are not valid polygons; an empty one is valid."""
    short = np.diff(rings.ring) < 4
    if short.any():
        # GEOS refuses to build rings of fewer than four corners: look at these apart.
        owner = np.unique(rings.shape_of_ring()[short])
        rest = np.setdiff1d(np.arange(len(rings)), owner)
        return np.sort(np.concatenate([owner, rest[~rings.measured(shapely.is_valid, rest)]]))
    found: Integers = np.flatnonzero(~rings.measured(shapely.is_valid))
    return found


def valid_areas(shapes: Shapes) -> Shapes:
    """Return polygons made valid by their structure: a hole stays a hole, what crosses itself is cut there."""
    made: Any = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    made[~np.isin(shapely.get_type_id(made), (3, 6))] = shapely.Polygon()
    return made

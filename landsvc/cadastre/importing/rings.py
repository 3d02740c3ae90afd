"""Hold many polygons as flat arrays, so that corners can be looked at all at once.

Coordinates are planar metres. A polygon is one or more parts, a part one shell and its holes, a ring a run of
corners whose last repeats the first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Shapes = Any
"""An array of shapely geometries: their stubs do not say what numpy makes of them."""
THREADS = min(4, os.cpu_count() or 1)
PIECE = 12_500
"""Polygons made at once: as geometries they take ten times the memory of their corners."""


@dataclass(frozen=True)
class Rings:
    """Polygons as corners and three levels of offsets: rings, parts, polygons."""

    xy: Floats
    ring: Integers
    part: Integers
    shape: Integers

    def __len__(self) -> int:
        """Return the number of polygons."""
        return len(self.shape) - 1

    @classmethod
    def of(cls, shapes: Any) -> Rings:
        """Flatten an array of polygons and multipolygons; None counts as an empty one."""
        array = np.asarray(shapes, dtype=object).reshape(-1).copy()
        if not len(array):
            return cls.joined([])
        array[shapely.is_missing(array) | shapely.is_empty(array)] = shapely.MultiPolygon()
        kind, xy, offsets = shapely.to_ragged_array(array, include_z=False)
        levels = [np.asarray(level, dtype=np.int64) for level in offsets]
        if kind == shapely.GeometryType.POLYGON:
            levels = [levels[0], levels[1], np.arange(len(levels[1]), dtype=np.int64)]
        return cls(np.ascontiguousarray(xy), *levels)

    @classmethod
    def joined(cls, pieces: Sequence[Rings]) -> Rings:
        """Put several sets one after another."""
        if not pieces:
            start = np.zeros(1, dtype=np.int64)
            return cls(np.zeros((0, 2)), start, start, start)
        if len(pieces) == 1:
            return pieces[0]
        return cls(
            np.concatenate([piece.xy for piece in pieces]),
            _chain([piece.ring for piece in pieces]),
            _chain([piece.part for piece in pieces]),
            _chain([piece.shape for piece in pieces]),
        )

    def with_xy(self, xy: Floats) -> Rings:
        """Return the same polygons with other coordinates."""
        return Rings(xy, self.ring, self.part, self.shape)

    def shapes(self, rows: Integers | slice | None = None) -> Shapes:
        """Return shapely polygons (multipolygons where there are several parts) of some rows, or of all."""
        picked = self if rows is None else self.take(rows)
        offsets = (picked.ring, picked.part, picked.shape)
        made = np.asarray(shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, picked.xy, offsets))
        single = np.flatnonzero(np.diff(picked.shape) == 1)
        made[single] = shapely.get_geometry(made[single], 0)
        return made

    def measured(self, measure: Callable[[Shapes], Any], rows: Integers | None = None) -> Any:
        """Return what a function says of each polygon of some rows, or of all, a piece at a time."""
        asked = np.arange(len(self)) if rows is None else rows
        pieces = [asked[start : start + PIECE] for start in range(0, max(len(asked), 1), PIECE)]
        # GEOS works without the interpreter's lock.
        with ThreadPoolExecutor(THREADS) as pool:
            return np.concatenate(list(pool.map(lambda piece: measure(self.shapes(piece)), pieces)))

    def take(self, rows: Integers | slice) -> Rings:
        """Return only some polygons, in the order asked."""
        chosen = np.arange(len(self))[rows] if isinstance(rows, slice) else rows
        parts, shape = _gather(self.shape, chosen)
        rings, part = _gather(self.part, parts)
        corners, ring = _gather(self.ring, rings)
        return Rings(self.xy[corners], ring, part, shape)

    def replaced(self, rows: Integers, shapes: Shapes) -> Rings:
        """Return the same polygons with some of them exchanged."""
        if not len(rows):
            return self
        order = np.arange(len(self))
        order[rows] = len(self) + np.arange(len(rows))
        return Rings.joined([self, Rings.of(shapes)]).take(order)

    def ring_of_corner(self) -> Integers:
        """Return for each corner the number of its ring."""
        return np.repeat(np.arange(len(self.ring) - 1), np.diff(self.ring))

    def shape_of_ring(self) -> Integers:
        """Return for each ring the number of its polygon."""
        part = np.repeat(np.arange(len(self.part) - 1), np.diff(self.part))
        of_part = np.repeat(np.arange(len(self)), np.diff(self.shape))
        return of_part[part]

    def starts(self) -> Integers:
        """Return the corners at which an edge begins: all but the last of each ring."""
        keep = np.ones(len(self.xy), dtype=bool)
        keep[self.ring[1:][np.diff(self.ring) > 0] - 1] = False
        return np.flatnonzero(keep)

    def bounds(self) -> Floats:
        """Return min x, min y, max x, max y of each polygon; NaN for an empty one."""
        box = np.full((len(self), 4), np.nan)
        first = self.ring[self.part[self.shape[:-1]]]
        last = self.ring[self.part[self.shape[1:]]]
        full = np.flatnonzero(last > first)
        if full.size:
            # Polygons lie one after another, so each is one run of corners.
            for column, (axis, reduce) in enumerate(
                ((0, np.minimum), (1, np.minimum), (0, np.maximum), (1, np.maximum))
            ):
                box[full, column] = reduce.reduceat(self.xy[:, axis], first[full])
        return box


def _chain(offsets: Sequence[Integers]) -> Integers:
    sizes = np.concatenate([np.diff(level) for level in offsets])
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])


def _gather(offsets: Integers, rows: Integers) -> tuple[Integers, Integers]:
    """Return the members of the chosen rows one after another, and their new offsets."""
    size = offsets[rows + 1] - offsets[rows]
    fresh = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)])
    members = np.arange(fresh[-1]) - np.repeat(fresh[:-1] - offsets[rows], size)
    return members, fresh

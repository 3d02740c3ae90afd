"""Put a fabric on the 1 mm grid and node it: every corner on a neighbour's edge becomes a corner of that neighbour.

The method is snap rounding. Each corner stands for the square of 1 mm around it; an edge that passes through
the square of another corner is led through that corner. Edges of one true line get the same corners in the
same order, so two parcels that shared a boundary before share it afterwards to the last digit, and rounding
cannot make them overlap. First the edges *as they were recorded* are tried (a T-junction lies on that line, not
on the rounded one), then the rounded edges, until nothing changes. No new place is made: only recorded
corners, rounded, are used, and no point of an edge moves by more than half the diagonal of the square each time.
Source: J. Hershberger, Stable snap rounding, 2013; D. Halperin, E. Packer, Iterated snap rounding, 2002.

The land is cut into strips from west to east, so that memory stays flat and time grows with the number of corners.
An edge belongs to the strip of its lower end (by x, then y) and sees every corner it could be led through, in
whatever strip that lies: so the cut changes nothing in what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from landsvc.cadastre.importing.rings import PIECE, THREADS, Floats, Integers, Rings
from landsvc.cadastre.importing.snapping import REACH_MM, Edges, Neighbourhood, runs
from landsvc.geo.grid import GRID_M, round_ordinates

MM = 1000.0
STRIP = 50_000
"""Corners of a strip: of some 7 000 parcels."""


@dataclass(frozen=True)
class Noded:
    """A fabric on the grid and noded, and what that took."""

    rings: Rings
    added: Integers
    """Corners put into each polygon."""
    moved_mm: Floats
    """The farthest that a corner or a point of an edge of each polygon moved."""


class Fresh(NamedTuple):
    """Corners to put into rings."""

    position: Integers
    """The recorded corner at which the edge begins; several follow one another."""
    xy: Floats
    """In metres on the grid."""
    off_mm: Floats
    """How far the edge went from its recorded line to reach it."""


def node(recorded: Rings, on_step: Callable[[int, int], None] | None = None, *, strip: int = STRIP) -> Noded:
    """Round to the grid and node; coordinates are planar metres.

    Collapsed rings are left as they are (three or fewer places): the caller looks at validity afterwards.
    """
    land = _Land(recorded)
    strips = list(land.strips(strip))
    found: list[Fresh] = []
    # Strips only read the land, and what takes their time leaves the interpreter's lock.
    with ThreadPoolExecutor(THREADS) as pool:
        for done, fresh in enumerate(pool.map(land.fresh_in, strips), 1):
            found.append(fresh)
            if on_step:
                on_step(done, len(strips))
    return _result(recorded, _in_order(found))


class _Land:
    """The recorded corners, found by where they lie."""

    def __init__(self, recorded: Rings) -> None:
        self.xy = recorded.xy
        self.begins = np.ones(len(self.xy), dtype=bool)
        """Whether an edge begins at a corner: at all but the last of each ring."""
        self.begins[recorded.ring[1:][np.diff(recorded.ring) > 0] - 1] = False
        x = np.round(self.xy[:, 0] * MM)
        low_y = np.round(self.xy[:, 1].min() * MM) if len(x) else 0.0
        self.origin = np.array([x.min() if len(x) else 0.0, low_y])
        self.by_x = np.argsort(x).astype(np.int32 if len(x) < 2**31 else np.int64)
        self.x = x[self.by_x]
        """Sorted, rounded to whole millimetres; not from the origin."""

    def strips(self, size: int) -> Iterator[slice]:
        """Yield runs of corners in the order of x; corners of one x lie in one strip."""
        start = 0
        while start < len(self.x):
            last = self.x[min(start + size, len(self.x)) - 1]
            stop = int(np.searchsorted(self.x, last, side="right"))
            yield slice(start, stop)
            start = stop

    def recorded(self, position: Integers) -> Floats:
        """Return recorded corners in millimetres from the origin."""
        local: Floats = self.xy[position] * MM - self.origin
        return local

    def rounded(self, position: Integers) -> Floats:
        """Return corners on the grid in millimetres from the origin."""
        local: Floats = np.round(self.xy[position] * MM) - self.origin
        return local

    def fresh_in(self, strip: slice) -> Fresh:
        """Return what to put into the edges whose lower end lies in a strip."""
        start, low, high = self._edges_of(self.by_x[strip].astype(np.int64))
        reach = self._reach(strip, high)
        corners, number = _distinct(self.rounded(reach))
        order = np.argsort(reach)
        number, reach = number[order], reach[order]
        low_id, high_id = (number[np.searchsorted(reach, end)] for end in (low, high))
        line = np.concatenate([self.recorded(low), self.recorded(high)], axis=1)
        paths, path_of = Neighbourhood(corners).lead(Edges(low_id, high_id, line))
        size = np.diff(paths.begin)[path_of]
        hit = np.flatnonzero(size)
        chosen = runs(paths.begin[path_of[hit]], size[hit], backwards=high[hit] == start[hit])
        position = np.repeat(start[hit], size[hit])
        place = corners[paths.corner[chosen]]
        return Fresh(position, round_ordinates((place + self.origin) * GRID_M), self._off_line(position, place))

    def _edges_of(self, own: Integers) -> tuple[Integers, Integers, Integers]:
        """Return the edges whose lower end is one of some corners: where each begins, its lower and higher end."""
        ahead, behind = own[self.begins[own]], own[own > 0]
        behind = behind[self.begins[behind - 1]]
        start = np.concatenate([ahead, behind - 1])
        low = np.concatenate([ahead, behind])
        high = np.concatenate([ahead + 1, behind - 1])
        a, b = self.rounded(low), self.rounded(high)
        mine = (a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] < b[:, 1]))
        return start[mine], low[mine], high[mine]

    def _reach(self, strip: slice, high: Integers) -> Integers:
        """Return all corners that an edge of a strip could be led through."""
        right = np.round(self.xy[high, 0] * MM).max(initial=self.x[strip.stop - 1])
        first = np.searchsorted(self.x, self.x[strip.start] - REACH_MM)
        last = np.searchsorted(self.x, right + REACH_MM, side="right")
        return self.by_x[first:last].astype(np.int64)

    def _off_line(self, position: Integers, place: Floats) -> Floats:
        p, q = self.recorded(position), self.recorded(position + 1)
        d = q - p
        along = ((place - p) * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12)
        off = place - p - d * np.clip(along, 0.0, 1.0)[:, None]
        distance: Floats = np.hypot(off[:, 0], off[:, 1])
        return distance


def _distinct(places: Floats) -> tuple[Floats, Integers]:
    """Return the distinct places sorted by x and then y, and which of them each place is."""
    order = np.lexsort((places[:, 1], places[:, 0]))
    ordered = places[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return ordered[new], number


def _in_order(found: list[Fresh]) -> Fresh:
    """Join what the strips found, by position; an edge belongs to one strip, so its corners keep their order."""
    if not found:
        return Fresh(np.zeros(0, dtype=np.int64), np.zeros((0, 2)), np.zeros(0))
    position, xy, off = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(position, kind="stable")
    return Fresh(position[order], xy[order], off[order])


def _result(recorded: Rings, fresh: Fresh) -> Noded:
    """Return the rings with the fresh corners, without repeated corners and without spurs."""
    moved = _rounding_mm(recorded)
    ring_number = np.searchsorted(recorded.ring, fresh.position, side="right") - 1
    owner = recorded.shape_of_ring()[ring_number]
    np.maximum.at(moved, owner, fresh.off_mm)
    added = np.bincount(owner, minlength=len(recorded))
    xy, ring = _with(fresh, recorded)
    xy, ring = _without(_repeats(xy, ring), xy, ring)
    xy, ring = _without(_spurs(xy, ring), xy, ring)
    return Noded(Rings(xy, ring, recorded.part, recorded.shape), added, moved)


def _with(fresh: Fresh, recorded: Rings) -> tuple[Floats, Integers]:
    """Return the rounded corners of all rings with the fresh ones, and where the rings begin."""
    xy = np.empty((len(recorded.xy) + len(fresh.position), 2))
    xy[fresh.position + 1 + np.arange(len(fresh.position))] = fresh.xy
    for start in range(0, len(recorded.xy), STRIP):
        piece = round_ordinates(recorded.xy[start : start + STRIP])
        place = np.arange(start, start + len(piece))
        xy[place + np.searchsorted(fresh.position, place)] = piece
    return xy, recorded.ring + np.searchsorted(fresh.position, recorded.ring)


def _rounding_mm(recorded: Rings) -> Floats:
    """Return how far the farthest corner of each polygon moves when rounded."""
    moved = np.zeros(len(recorded))
    first = recorded.ring[recorded.part[recorded.shape]]
    for start in range(0, len(moved), PIECE):
        corner = first[start : start + PIECE + 1]
        exact = recorded.xy[corner[0] : corner[-1]] * MM
        full = np.flatnonzero(np.diff(corner))
        if full.size:
            off = np.hypot(*(exact - np.round(exact)).T)
            moved[start + full] = np.maximum.reduceat(off, corner[full] - corner[0])
    return moved


def _without(gone: Integers, xy: Floats, ring: Integers) -> tuple[Floats, Integers]:
    """Return rings without some of their corners."""
    if not gone.size:
        return xy, ring
    return np.delete(xy, gone, axis=0), ring - np.searchsorted(gone, ring)


def _repeats(xy: Floats, ring: Integers) -> Integers:
    """Return the corners that repeat the one before in their ring."""
    same = np.flatnonzero((xy[1:, 0] == xy[:-1, 0]) & (xy[1:, 1] == xy[:-1, 1])) + 1
    return same[~np.isin(same, ring)]


def _spurs(xy: Floats, ring: Integers) -> Integers:
    """Cut off where a ring goes to a corner and comes back the same way; return the corners left over.

    Two edges led through one corner do that. A spur has no area; left in, it makes the polygon invalid.
    """
    turn = np.flatnonzero((xy[2:, 0] == xy[:-2, 0]) & (xy[2:, 1] == xy[:-2, 1])) + 1
    number = np.searchsorted(ring, turn, side="right") - 1
    inner = number[(ring[number] < turn) & (turn < ring[number + 1] - 1)]
    # A ring's first corner is also its last.
    long = np.flatnonzero(np.diff(ring) > 3)
    at_seam = long[(xy[ring[long] + 1] == xy[ring[long + 1] - 2]).all(axis=1)]
    gone = [np.zeros(0, dtype=np.int64)]
    for begin, end in ring[np.unique(np.concatenate([inner, at_seam]))[:, None] + [0, 1]].tolist():
        left = _spurless([*map(tuple, xy[begin : end - 1].tolist())])
        if len(left) > 2:
            xy[begin : begin + len(left) + 1] = [*left, left[0]]
            gone.append(np.arange(begin + len(left) + 1, end))
    return np.concatenate(gone)


def _spurless(ring: list[Any]) -> list[Any]:
    """Return an open ring of corners without spurs; two corners or fewer when nothing else was in it."""
    path: list[Any] = []
    for corner in ring:
        if len(path) > 1 and path[-2] == corner:
            path.pop()
        elif not path or path[-1] != corner:
            path.append(corner)
    while len(path) > 2 and (path[-1] == path[1] or path[-2] == path[0]):
        path = path[1:-1] if path[-1] == path[1] else path[:-2]
    return path

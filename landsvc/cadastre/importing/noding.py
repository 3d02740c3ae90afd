"""Put a fabric on the 1 mm grid and node it: every corner on a neighbour's edge becomes a corner of that neighbour.

The method is snap rounding. Each corner stands for the square of 1 mm around it; an edge that passes through
the square of another corner is led through that corner. Edges of one true line get the same corners in the
same order, so two parcels that shared a boundary before share it afterwards to the last digit, and rounding
cannot make them overlap. First the edges *as they were recorded* are tried (a T-junction lies on that line, not
on the rounded one), then the rounded edges, until nothing changes. No new place is made: only recorded
corners, rounded, are used, and no point of an edge moves by more than half the diagonal of the square each time.
Source: J. Hershberger, Stable snap rounding, 2013; D. Halperin, E. Packer, Iterated snap rounding, 2002.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely

from landsvc.cadastre.importing.rings import THREADS, Booleans, Floats, Integers, Rings
from landsvc.geo.grid import GRID_M, round_ordinates

MM = 1000.0
HALF_MM = 0.5
NOISE_MM = 1e-6
"""Recorded coordinates carry about this much rounding of doubles."""
MAX_ROUNDS = 12
BLOCK_EDGES = 60_000


@dataclass(frozen=True)
class Noded:
    """A fabric on the grid and noded, and what that took."""

    rings: Rings
    added: Integers
    """Corners put into each polygon."""
    moved_mm: Floats
    """The farthest that a corner or a point of an edge of each polygon moved."""


def node(recorded: Rings, on_step: Callable[[int, int], None] | None = None) -> Noded:
    """Round to the grid and node; coordinates are planar metres.

    Collapsed rings are left as they are (three or fewer places): the caller looks at validity afterwards.
    """
    work = _Fabric(recorded)
    trying = work.all_edges(work.recorded)
    for turn in range(MAX_ROUNDS):
        hits = _find(work, trying, on_step)
        if not len(hits.edge) and turn:
            break
        changed = work.insert(trying, hits)
        trying = work.edges_to_retry(changed) if turn else work.all_edges(work.corner[work.id])
    return work.result()


class Edges(NamedTuple):
    """Edges to try: the ids of both ends, and the line to try (millimetres from the origin)."""

    low: Integers
    high: Integers
    line: Floats


class Hits(NamedTuple):
    """Corner `corner` lies on edge number `edge`, at `along` (0 to 1) from its lower end."""

    edge: Integers
    corner: Integers
    along: Floats


class _Fabric:
    """The rings as ids of distinct grid corners."""

    def __init__(self, recorded: Rings) -> None:
        self.rings = recorded
        whole = np.round(recorded.xy * MM)
        self.origin = whole.min(axis=0) if len(whole) else np.zeros(2)
        local = whole - self.origin
        # As complex numbers, corners sort by x and then y, however far apart they are.
        unique, self.id = np.unique(local[:, 0] + 1j * local[:, 1], return_inverse=True)
        self.corner = np.stack([unique.real, unique.imag], axis=1)
        self.by_y = np.argsort(self.corner[:, 1], kind="stable")
        self.sorted_y = self.corner[self.by_y, 1]
        self.owner = recorded.shape_of_ring()[recorded.ring_of_corner()]
        self.ring_number = recorded.ring_of_corner()
        self.recorded = recorded.xy * MM - self.origin
        self.came_from = np.arange(len(self.id))
        """The recorded corner at which the recorded edge begins that a corner now lies on."""
        move = np.hypot(*(recorded.xy * MM - whole).T)
        self.moved = np.zeros(len(recorded))
        np.maximum.at(self.moved, self.owner, move)
        self.added = np.zeros(len(recorded), dtype=np.int64)

    def starts(self) -> Integers:
        """Return the positions at which an edge begins."""
        return np.flatnonzero(self.ring_number[:-1] == self.ring_number[1:])

    def all_edges(self, line_ends: Floats) -> Edges:
        """Return every distinct edge once, and once more for each other line recorded between the same ends."""
        return self._distinct(self.starts(), line_ends)

    def edges_to_retry(self, changed: Booleans) -> Edges:
        """Return the edges that the last turn made."""
        starts = self.starts()
        return self._distinct(starts[changed[starts]], self.corner[self.id])

    def _distinct(self, starts: Integers, line_ends: Floats) -> Edges:
        a, b = self.id[starts], self.id[starts + 1]
        order = np.lexsort((np.maximum(a, b), np.minimum(a, b)))
        a, b, starts = a[order], b[order], starts[order]
        flip = a > b
        # Lines are the largest thing of all: made once, in their order, and not copied but for what is kept.
        line = np.empty((len(starts), 4))
        line[:, :2] = line_ends[np.where(flip, starts + 1, starts)]
        line[:, 2:] = line_ends[np.where(flip, starts, starts + 1)]
        low, high = np.minimum(a, b), np.maximum(a, b)
        fresh = np.ones(len(low), dtype=bool)
        fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        for column in range(4):
            fresh[1:] |= line[1:, column] != line[:-1, column]
        keep = fresh & (low != high)
        return Edges(low[keep], high[keep], line[keep])

    def insert(self, tried: Edges, hits: Hits) -> Booleans:
        """Put the corners found into every edge between the same ends; return which positions are new or touched."""
        starts = self.starts()
        a, b = self.id[starts], self.id[starts + 1]
        count = np.int64(len(self.corner))
        wanted = tried.low[hits.edge] * count + tried.high[hits.edge]
        order = np.lexsort((hits.corner, hits.along, wanted))
        wanted, corner, along = wanted[order], hits.corner[order], hits.along[order]
        once = _first_of_pairs(wanted, corner)
        wanted, corner, along = wanted[once], corner[once], along[once]
        keys, begin, size = np.unique(wanted, return_index=True, return_counts=True)
        mine = np.minimum(a, b) * count + np.maximum(a, b)
        at = np.minimum(np.searchsorted(keys, mine), max(len(keys) - 1, 0))
        hit = np.flatnonzero(keys[at] == mine) if len(keys) else np.zeros(0, dtype=np.int64)
        many = size[at[hit]] if len(keys) else hit
        position = np.repeat(starts[hit], many)
        step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        backwards = np.repeat(a[hit] > b[hit], many)
        first, length = np.repeat(begin[at[hit]], many), np.repeat(many, many)
        fresh = corner[np.where(backwards, first + length - 1 - step, first + step)]
        self._note_moves(position, fresh)
        return self._splice(position, fresh)

    def _note_moves(self, position: Integers, fresh: Integers) -> None:
        """Measure how far an edge went from its recorded line to reach a corner."""
        origin = self.came_from[position]
        p, q, v = self.recorded[origin], self.recorded[origin + 1], self.corner[fresh]
        d = q - p
        along = ((v - p) * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12)
        off = v - p - d * np.clip(along, 0.0, 1.0)[:, None]
        owner = self.owner[position]
        np.maximum.at(self.moved, owner, np.hypot(off[:, 0], off[:, 1]))
        np.add.at(self.added, owner, 1)

    def _splice(self, position: Integers, fresh: Integers) -> Booleans:
        target = position + 1
        self.id = np.insert(self.id, target, fresh)
        self.ring_number = np.insert(self.ring_number, target, self.ring_number[position])
        self.owner = np.insert(self.owner, target, self.owner[position])
        self.came_from = np.insert(self.came_from, target, self.came_from[position])
        changed = np.zeros(len(self.id), dtype=bool)
        new = target + np.arange(len(target))
        changed[new] = True
        changed[new - 1] = True
        return changed

    def result(self) -> Noded:
        """Return the rings without repeated corners and without spurs, in metres on the grid."""
        keep = np.ones(len(self.id), dtype=bool)
        keep[1:] = (self.id[1:] != self.id[:-1]) | (self.ring_number[1:] != self.ring_number[:-1])
        ids, ring_number = _without_spurs(self.id[keep], self.ring_number[keep])
        size = np.bincount(ring_number, minlength=len(self.rings.ring) - 1)
        ring = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)])
        xy = round_ordinates((self.corner[ids] + self.origin) * GRID_M)
        return Noded(Rings(xy, ring, self.rings.part, self.rings.shape), self.added, self.moved)


def _without_spurs(ids: Integers, ring_number: Integers) -> tuple[Integers, Integers]:
    """Cut off where a ring goes to a corner and comes back the same way: two edges led through one corner do that.

    A spur has no area; left in, it makes the polygon invalid.
    """
    begins = np.flatnonzero(np.diff(ring_number, prepend=-1))
    ends = np.append(begins[1:], len(ids)) - 1
    inner = np.flatnonzero((ids[:-2] == ids[2:]) & (ring_number[:-2] == ring_number[2:])) + 1
    # A ring's first corner is also its last.
    long = ends - begins > 2
    at_seam = begins[long][ids[begins[long] + 1] == ids[ends[long] - 1]]
    keep = np.ones(len(ids), dtype=bool)
    for number in np.unique(ring_number[np.concatenate([inner, at_seam])]):
        begin, end = np.searchsorted(ring_number, [number, number + 1])
        left = _spurless(ids[begin : end - 1].tolist())
        if len(left) > 2:
            ids[begin : begin + len(left) + 1] = [*left, left[0]]
            keep[begin + len(left) + 1 : end] = False
    return ids[keep], ring_number[keep]


def _spurless(ring: list[int]) -> list[int]:
    """Return an open ring of corners without spurs; two corners or fewer when nothing else was in it."""
    path: list[int] = []
    for corner in ring:
        if len(path) > 1 and path[-2] == corner:
            path.pop()
        elif not path or path[-1] != corner:
            path.append(corner)
    while len(path) > 2 and (path[-1] == path[1] or path[-2] == path[0]):
        path = path[1:-1] if path[-1] == path[1] else path[:-2]
    return path


def _find(work: _Fabric, edges: Edges, on_step: Callable[[int, int], None] | None) -> Hits:
    """Return which corners lie in the way of which edges."""
    found: list[Hits] = []
    done = 0
    blocks = list(_blocks(edges))
    # Blocks only read the fabric, and what takes their time leaves the interpreter's lock.
    with ThreadPoolExecutor(THREADS) as pool:
        for block, hits in zip(
            blocks, pool.map(lambda block: _find_in_block(work, edges, block), blocks), strict=True
        ):
            found.append(hits)
            done += len(block)
            if on_step:
                on_step(done, len(edges.low))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Hits(none, none, np.zeros(0))
    return Hits(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _blocks(edges: Edges) -> Iterator[Integers]:
    """Yield groups of edges that lie near one another, so that each needs few corners in memory."""
    total = len(edges.low)
    if not total:
        return
    if total <= BLOCK_EDGES:
        yield np.arange(total)
        return
    x, y = edges.line[:, 0], edges.line[:, 1]
    rows = max(1, int(np.sqrt(total / BLOCK_EDGES)))
    by_y = np.argsort(y, kind="stable")
    for strip in np.array_split(by_y, rows):
        by_x = strip[np.argsort(x[strip], kind="stable")]
        yield from np.array_split(by_x, max(1, -(-len(strip) // BLOCK_EDGES)))


def _find_in_block(work: _Fabric, edges: Edges, block: Integers) -> Hits:
    line = edges.line[block]
    low = np.minimum(line[:, :2], line[:, 2:]) - HALF_MM - NOISE_MM
    high = np.maximum(line[:, :2], line[:, 2:]) + HALF_MM + NOISE_MM
    near = _corners_within(work, low.min(axis=0), high.max(axis=0))
    if not near.size:
        none = np.zeros(0, dtype=np.int64)
        return Hits(none, none, np.zeros(0))
    points: Any = shapely.points(work.corner[near])
    tree = shapely.STRtree(points)
    # Only the box of what is asked with counts here, and a diagonal has the same box as a rectangle.
    asked = shapely.linestrings(np.stack([low, high], axis=1))
    row, item = tree.query(asked)
    corner = near[item]
    other = (corner != edges.low[block[row]]) & (corner != edges.high[block[row]])
    row, corner = row[other], corner[other]
    p, d = line[row, :2], line[row, 2:] - line[row, :2]
    v = work.corner[corner] - p
    through = np.abs(_cross(d, v)) <= (HALF_MM + NOISE_MM) * np.abs(d).sum(axis=1)
    row, corner, d, v = row[through], corner[through], d[through], v[through]
    along = (v * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12)
    return Hits(block[row], corner, along)


def _corners_within(work: _Fabric, low: Floats, high: Floats) -> Integers:
    first, last = np.searchsorted(work.sorted_y, (low[1], high[1] + NOISE_MM))
    rows = work.by_y[first:last]
    x = work.corner[rows, 0]
    inside: Integers = rows[(x >= low[0]) & (x <= high[0])]
    return inside


def _cross(a: Floats, b: Floats) -> Floats:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _first_of_pairs(wanted: Integers, corner: Integers) -> Integers:
    """Return, in the order given, where each (edge, corner) first occurs: two lines may both find a corner."""
    order = np.lexsort((np.arange(len(wanted)), corner, wanted))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (wanted[order][1:] != wanted[order][:-1]) | (corner[order][1:] != corner[order][:-1])
    return np.sort(order[first])

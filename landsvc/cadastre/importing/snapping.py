"""Lead the edges of one neighbourhood through the corners that lie in their way.

Lengths are millimetres from an origin that all neighbourhoods share. What becomes of an edge depends on the corners
near it and on the lines recorded between its two ends, on nothing else: so an edge comes out the same, to the last
bit, whatever else is in its neighbourhood.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

from landsvc.cadastre.importing.rings import Booleans, Floats, Integers

HALF_MM = 0.5
NOISE_MM = 1e-6
"""Recorded coordinates carry about this much rounding of doubles."""
MAX_ROUNDS = 12
REACH_MM = 2 * MAX_ROUNDS * HALF_MM
"""No corner that an edge is led through lies farther outside the box of its ends: half a millimetre each round."""


class Edges(NamedTuple):
    """Edges: the numbers of both corners, the lower first, and the line to try from it (x, y, x, y)."""

    low: Integers
    high: Integers
    line: Floats


class Hits(NamedTuple):
    """Corner `corner` lies on edge number `edge`, at `along` (0 to 1) from its lower end."""

    edge: Integers
    corner: Integers
    along: Floats


class Paths(NamedTuple):
    """Corners put between ends: those of path p are `corner[begin[p]:begin[p + 1]]`, from the lower end on."""

    corner: Integers
    begin: Integers


class Neighbourhood:
    """The corners of a neighbourhood, distinct and sorted by x and then y."""

    def __init__(self, corners: Floats) -> None:
        self.corners = corners
        points: Any = shapely.points(corners)
        self._tree = shapely.STRtree(points)

    def lead(self, recorded: Edges) -> tuple[Paths, Integers]:
        """Return the corners put between each two ends, and for each edge the number of its path.

        First the lines as recorded are tried, then those between the rounded corners, until nothing changes.
        Edges with the same ends take the same path, also where different lines were recorded between them.
        """
        order, new_ends, new_line = self._distinct(recorded)
        path_of = np.empty(len(order), dtype=np.int64)
        path_of[order] = np.cumsum(new_ends) - 1
        ends, lines = order[new_ends], order[new_line]
        work = _Work(recorded.low[ends], recorded.high[ends], len(self.corners))
        trying = Edges(recorded.low[lines], recorded.high[lines], recorded.line[lines])
        for turn in range(MAX_ROUNDS):
            hits = self._hits(trying)
            if not len(hits.edge) and turn:
                break
            changed = work.insert(trying, hits)
            trying = self._straight(*work.edges(changed if turn else None))
        return work.inner(), path_of

    def _distinct(self, edges: Edges) -> tuple[Integers, Booleans, Booleans]:
        """Return an order in which the same ends lie together, and where in it new ends and new lines come."""
        order = np.argsort(edges.low * len(self.corners) + edges.high, kind="stable")
        low, high, line = (column[order] for column in edges)
        new_ends = np.ones(len(order), dtype=bool)
        new_ends[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        new_line = new_ends.copy()
        new_line[1:] |= (line[1:] != line[:-1]).any(axis=1)
        return order, new_ends, new_line

    def _straight(self, a: Integers, b: Integers) -> Edges:
        """Return the distinct straight edges between corners."""
        low, high = np.minimum(a, b), np.maximum(a, b)
        key = np.unique((low * len(self.corners) + high)[low != high])
        low, high = np.divmod(key, max(len(self.corners), 1))
        return Edges(low, high, np.concatenate([self.corners[low], self.corners[high]], axis=1))

    def _hits(self, edges: Edges) -> Hits:
        """Return which corners lie in the way of which edges."""
        line = edges.line
        low = np.minimum(line[:, :2], line[:, 2:]) - HALF_MM - NOISE_MM
        high = np.maximum(line[:, :2], line[:, 2:]) + HALF_MM + NOISE_MM
        # Only the box of what is asked with counts here, and a diagonal has the same box as a rectangle.
        asked: Any = shapely.linestrings(np.stack([low, high], axis=1))
        edge, corner = self._tree.query(asked)
        other = (corner != edges.low[edge]) & (corner != edges.high[edge])
        edge, corner = edge[other], corner[other]
        p, d = line[edge, :2], line[edge, 2:] - line[edge, :2]
        v = self.corners[corner] - p
        through = np.abs(_cross(d, v)) <= (HALF_MM + NOISE_MM) * np.abs(d).sum(axis=1)
        edge, corner, d, v = edge[through], corner[through], d[through], v[through]
        along = (v * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12)
        return Hits(edge, corner, along)


class _Work:
    """The paths while corners are put into them."""

    def __init__(self, low: Integers, high: Integers, corners: int) -> None:
        self.id = np.stack([low, high], axis=1).reshape(-1)
        self.path = np.repeat(np.arange(len(low)), 2)
        self.paths, self.corners = len(low), corners

    def edges(self, changed: Booleans | None) -> tuple[Integers, Integers]:
        """Return both ends of the edges that begin at a changed place, or of all."""
        starts = self._starts()
        starts = starts if changed is None else starts[changed[starts]]
        return self.id[starts], self.id[starts + 1]

    def _starts(self) -> Integers:
        return np.flatnonzero(self.path[:-1] == self.path[1:])

    def insert(self, tried: Edges, hits: Hits) -> Booleans:
        """Put the corners found into every edge between the same ends; return which places are new or touched."""
        if not len(hits.edge):
            return np.zeros(len(self.id), dtype=bool)
        starts = self._starts()
        a, b = self.id[starts], self.id[starts + 1]
        wanted = tried.low[hits.edge] * self.corners + tried.high[hits.edge]
        order = np.lexsort((hits.corner, hits.along, wanted))
        wanted, corner = wanted[order], hits.corner[order]
        once = _first_of_pairs(wanted, corner)
        wanted, corner = wanted[once], corner[once]
        keys, begin, size = np.unique(wanted, return_index=True, return_counts=True)
        mine = np.minimum(a, b) * self.corners + np.maximum(a, b)
        at = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
        hit = np.flatnonzero(keys[at] == mine)
        first, many = begin[at[hit]], size[at[hit]]
        backwards = a[hit] > b[hit]
        return self._splice(starts[hit], corner[runs(first, many, backwards)], many)

    def _splice(self, position: Integers, fresh: Integers, many: Integers) -> Booleans:
        target = np.repeat(position + 1, many)
        self.id = np.insert(self.id, target, fresh)
        self.path = np.insert(self.path, target, np.repeat(self.path[position], many))
        changed = np.zeros(len(self.id), dtype=bool)
        new = target + np.arange(len(target))
        changed[new] = True
        changed[new - 1] = True
        return changed

    def inner(self) -> Paths:
        """Return what lies between the ends of each path."""
        begin = np.searchsorted(self.path, np.arange(self.paths + 1))
        keep = np.ones(len(self.id), dtype=bool)
        keep[begin[:-1]] = False
        keep[begin[1:] - 1] = False
        return Paths(self.id[keep], begin - 2 * np.arange(self.paths + 1))


def runs(first: Integers, size: Integers, backwards: Booleans) -> Integers:
    """Return the members of runs one after another, of some runs the last member first."""
    step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    ahead = np.repeat(first, size) + step
    behind = np.repeat(first + size - 1, size) - step
    members: Integers = np.where(np.repeat(backwards, size), behind, ahead)
    return members


def _cross(a: Floats, b: Floats) -> Floats:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _first_of_pairs(wanted: Integers, corner: Integers) -> Integers:
    """Return, in the order given, where each (edge, corner) first occurs: two lines may both find a corner."""
    order = np.lexsort((np.arange(len(wanted)), corner, wanted))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (wanted[order][1:] != wanted[order][:-1]) | (corner[order][1:] != corner[order][:-1])
    return np.sort(order[first])

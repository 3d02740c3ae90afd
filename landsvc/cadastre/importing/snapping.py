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
    """Corner `corner` lies on the edge from `low` to `high`, at `along` (0 to 1) from its lower end."""

    low: Integers
    high: Integers
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
        whole = self._edges(work.id[0::2], work.id[1::2])
        # One search serves the recorded lines and the straight ones: these differ by half a millimetre at the ends.
        edge, corner = self._near(whole, 2 * HALF_MM + 2 * NOISE_MM)
        found = np.searchsorted(edge, np.arange(len(ends) + 1))
        many = np.diff(found)[path_of[lines]]
        candidates = corner[runs(found[path_of[lines]], many)]
        tried = Edges(recorded.low[lines], recorded.high[lines], recorded.line[lines])
        changed = work.insert(self._hits(tried, np.repeat(np.arange(len(lines)), many), candidates))
        same = ~work.filled()[edge]
        straight = self._hits(whole, edge[same], corner[same])
        for _ in range(1, MAX_ROUNDS):
            parts = self._straight(*work.edges(changed))
            bent = self._hits(parts, *self._near(parts, HALF_MM + NOISE_MM))
            if not len(straight.corner) and not len(bent.corner):
                break
            changed = work.insert(_both(straight, bent))
            straight = _both()
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
        return self._edges(low, high)

    def _edges(self, low: Integers, high: Integers) -> Edges:
        return Edges(low, high, np.concatenate([self.corners[low], self.corners[high]], axis=1))

    def _near(self, edges: Edges, reach: float) -> tuple[Integers, Integers]:
        """Return pairs of an edge (ascending) and a corner in its box, `reach` mm wider, that is none of its ends."""
        box = _boxes(edges.line, reach)
        # Only the box of what is asked with counts here, and a diagonal has the same box as a rectangle.
        asked: Any = shapely.linestrings(np.stack(box, axis=1))
        edge, corner = self._tree.query(asked)
        other = (corner != edges.low[edge]) & (corner != edges.high[edge])
        return edge[other], corner[other]

    def _hits(self, edges: Edges, edge: Integers, corner: Integers) -> Hits:
        """Return which of some corners lie in the way of the edge they are near to."""
        line, place = edges.line[edge], self.corners[corner]
        low, high = _boxes(line, HALF_MM + NOISE_MM)
        p, d = line[:, :2], line[:, 2:] - line[:, :2]
        v = place - p
        through = np.abs(_cross(d, v)) <= (HALF_MM + NOISE_MM) * np.abs(d).sum(axis=1)
        through &= ((place >= low) & (place <= high)).all(axis=1)
        edge, corner, d, v = edge[through], corner[through], d[through], v[through]
        along = (v * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12)
        return Hits(edges.low[edge], edges.high[edge], corner, along)


def _boxes(line: Floats, reach: float) -> tuple[Floats, Floats]:
    a, b = line[:, :2], line[:, 2:]
    return np.minimum(a, b) - reach, np.maximum(a, b) + reach


class _Work:
    """The paths while corners are put into them."""

    def __init__(self, low: Integers, high: Integers, corners: int) -> None:
        self.id = np.stack([low, high], axis=1).reshape(-1)
        self.path = np.repeat(np.arange(len(low)), 2)
        self.paths, self.corners = len(low), corners

    def edges(self, changed: Booleans) -> tuple[Integers, Integers]:
        """Return both ends of the edges that begin at a changed place."""
        starts = self._starts()
        starts = starts[changed[starts]]
        return self.id[starts], self.id[starts + 1]

    def _starts(self) -> Integers:
        return np.flatnonzero(self.path[:-1] == self.path[1:])

    def insert(self, hits: Hits) -> Booleans:
        """Put the corners found into every edge between the same ends; return which places are new or touched."""
        if not len(hits.corner):
            return np.zeros(len(self.id), dtype=bool)
        starts = self._starts()
        a, b = self.id[starts], self.id[starts + 1]
        wanted = hits.low * self.corners + hits.high
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

    def filled(self) -> Booleans:
        """Return which paths have corners between their ends."""
        many: Booleans = np.bincount(self.path, minlength=self.paths) > 2
        return many

    def inner(self) -> Paths:
        """Return what lies between the ends of each path."""
        begin = np.searchsorted(self.path, np.arange(self.paths + 1))
        keep = np.ones(len(self.id), dtype=bool)
        keep[begin[:-1]] = False
        keep[begin[1:] - 1] = False
        return Paths(self.id[keep], begin - 2 * np.arange(self.paths + 1))


def runs(first: Integers, size: Integers, backwards: Booleans | None = None) -> Integers:
    """Return the members of runs one after another, of some runs the last member first."""
    step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    ahead: Integers = np.repeat(first, size) + step
    if backwards is None:
        return ahead
    behind = np.repeat(first + size - 1, size) - step
    members: Integers = np.where(np.repeat(backwards, size), behind, ahead)
    return members


def _both(*hits: Hits) -> Hits:
    none = np.zeros(0, dtype=np.int64)
    low, high, corner = (np.concatenate([none, *(each[column] for each in hits)]) for column in range(3))
    return Hits(low, high, corner, np.concatenate([np.zeros(0), *(each.along for each in hits)]))


def _cross(a: Floats, b: Floats) -> Floats:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _first_of_pairs(wanted: Integers, corner: Integers) -> Integers:
    """Return, in the order given, where each (edge, corner) first occurs: two lines may both find a corner."""
    order = np.lexsort((np.arange(len(wanted)), corner, wanted))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (wanted[order][1:] != wanted[order][:-1]) | (corner[order][1:] != corner[order][:-1])
    return np.sort(order[first])

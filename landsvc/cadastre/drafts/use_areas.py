"""Share the registered areas of drawn uses among pieces by the land they cover there. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from landsvc.cadastre.rules import TENTH

Counts = NDArray[np.int64]
Weights = NDArray[np.float64]
ROUNDS = 200
"""Enough for a table of margins to settle; what is left goes by whole tenths."""


def share_by_land(
    uses_m2: Sequence[Decimal], pieces_m2: Sequence[Decimal], weights: Sequence[Sequence[float]]
) -> list[list[Decimal]] | None:
    """Share the areas of uses (tenths) among pieces, as near to what they measure there as both sums allow.

    `weights` has a list for each piece and a number for each use; a use gets nothing where it measures nothing, and a
    tenth at least where it measures something. A use keeps its area in all pieces together, a piece its own in
    all uses together, exactly; None where no shares do that.
    """
    land = np.array(weights, dtype=np.float64)
    support = land > 0
    rows = np.array([int(area / TENTH) for area in pieces_m2]) - support.sum(axis=1)
    columns = np.array([int(area / TENTH) for area in uses_m2]) - support.sum(axis=0)
    if (rows < 0).any() or (columns < 0).any() or rows.sum() != columns.sum():
        return None
    more = np.floor(_fitted(land, rows, columns)).astype(np.int64)
    if not _filled(more, support, rows, columns):
        return None
    return [[int(share) * TENTH for share in row] for row in more + support]


def _fitted(land: Weights, rows: Counts, columns: Counts) -> Weights:
    """Return the table scaled to its margins in turn, never above either."""
    table = land.copy()
    for _ in range(ROUNDS):
        for axis, margin in ((1, rows), (0, columns)):
            sums = table.sum(axis=axis)
            scale = np.divide(margin, sums, out=np.zeros_like(sums), where=sums > 0)
            table *= scale[:, None] if axis == 1 else scale
    for axis, margin in ((1, rows), (0, columns)):
        sums = table.sum(axis=axis)
        scale = np.minimum(np.divide(margin, sums, out=np.ones_like(sums), where=sums > 0), 1.0)
        table *= scale[:, None] if axis == 1 else scale
    return table


def _filled(table: Counts, support: NDArray[np.bool_], rows: Counts, columns: Counts) -> bool:
    """Fill a table up to its margins where that is possible, in place; tell whether it is."""
    for row in range(len(rows)):
        while (missing := int(rows[row] - table[row].sum())) > 0:
            path = _path(table, support, columns, row)
            if path is None:
                return False
            last = path[-1][1]
            taken = [int(table[cell]) for cell in path[1::2]]
            step = min([missing, int(columns[last] - table[:, last].sum()), *taken])
            for at, cell in enumerate(path):
                table[cell] += step if at % 2 == 0 else -step
    return bool((table.sum(axis=0) == columns).all())


def _path(table: Counts, support: NDArray[np.bool_], columns: Counts, row: int) -> list[tuple[int, int]] | None:
    """Return cells to raise and lower in turn, from a row to a column that misses something; the shortest."""
    seen = {row}
    paths: list[list[tuple[int, int]]] = [[]]
    for path in paths:  # grows while it is walked
        at = path[-1][0] if path else row
        for column in np.flatnonzero(support[at]).tolist():
            step = [*path, (at, column)]
            if columns[column] > table[:, column].sum():
                return step
            for other in np.flatnonzero(table[:, column] > 0).tolist():
                if other not in seen:
                    seen.add(other)
                    paths.append([*step, (other, column)])
    return None

"""Understand a table of points that somebody pasted: names, X north and Y east, decimal comma or point.

A head is read as in a file of points; without one, the columns are told by their values, and which is north by where
the points would fall.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landsvc.cadastre.importing.decimals import Habit, habit_of
from landsvc.cadastre.importing.point_columns import Head, find_head
from landsvc.cadastre.survey.cogo import Place
from landsvc.cadastre.survey.errors import NoPointsPasted, PlaceNotTold
from landsvc.geo.crs import Variant
from landsvc.geo.srid_guess import Box, SridGuess, guess_srid, recognise

MOST_LINES = 2000
LEAST_COORDINATE = 1000.0
"""No coordinate in metres is smaller in any zone; numbers of points and lengths of edges are."""
_SEPARATORS = (r"\t", r"\s*[;|]\s*", r"\s*,\s+(?=[-\d])", r"\s{2,}|\s(?=[-\d])")
_BARE_COMMA = r","
"""Tried last: between digits it is a decimal sign more often."""


@dataclass(frozen=True)
class PastedPoint:
    """One point as read: its name, its place (x east, y north in the system told), and its line from 1."""

    name: str
    at: Place
    line: int


@dataclass(frozen=True)
class Pasted:
    """The points of a text in their order, the system they are in, and what was not read.

    `north_first`: north stood before east. `swapped` are lines with the two exchanged against the rest; `skipped`
    lines without two coordinates below the first that has them.
    """

    points: tuple[PastedPoint, ...]
    place: SridGuess
    north_first: bool
    headed: bool
    swapped: tuple[int, ...] = ()
    skipped: tuple[int, ...] = ()


def read_pasted(text: str, *, stated: int | None, working: int, variant: Variant, extent: Box) -> Pasted:
    """Return the points of a pasted text; `extent` is where they should fall, degrees WGS 84.

    Raises `NoPointsPasted`, or `PlaceNotTold` when they fall there in no system.
    """
    lines = [line.strip() for line in text.splitlines()[:MOST_LINES]]
    rows = _rows(lines)
    head = find_head(rows, {})
    habit = habit_of(cell for row in rows for cell in row)
    columns = _columns(rows, head, habit)
    if columns is None:
        raise NoPointsPasted(field="text", count=len([line for line in lines if line]))
    first, _, name = columns
    start = head.row + 1 if head else 0
    read = [_read(row, columns, habit) if at >= start else None for at, row in enumerate(rows)]
    at_lines = [at for at, found in enumerate(read) if found]
    written = np.array([read[at] for at in at_lines], dtype=np.float64)
    written, swapped = _put_right(written)
    # A head that names X and Y follows the Vietnamese custom: X is north.
    east_first = written[:, ::-1] if head and head.roles["north"] == first else written
    place = guess_srid(
        east_first, recognise(None), working=working, variant=variant, extent=extent, stated=stated
    )
    if place.srid is None:
        raise PlaceNotTold(field="crs")
    places = east_first[:, ::-1] if place.axis_swapped else east_first
    points = tuple(
        PastedPoint(_name(rows[at], name) or str(number), (float(x), float(y)), at + 1)
        for number, (at, (x, y)) in enumerate(zip(at_lines, places, strict=True), 1)
    )
    below = [at + 1 for at in range(at_lines[0], len(rows)) if read[at] is None and lines[at]]
    return Pasted(
        points,
        place,
        bool(np.array_equal(places[0], written[0][::-1])),
        head is not None,
        tuple(at_lines[row] + 1 for row in swapped),
        tuple(below),
    )


def _rows(lines: Sequence[str]) -> list[list[str]]:
    """Part lines into cells by the separator that gives most of them three cells, or two."""
    best: list[list[str]] = [[line] for line in lines]
    score = 0.0
    for separator in (*_SEPARATORS, _BARE_COMMA):
        if separator == _BARE_COMMA and score:
            break
        rows = [re.split(separator, line) if line else [] for line in lines]
        counts = [len(row) for row in rows if row]
        usual = max(set(counts), key=counts.count) if counts else 0
        found = counts.count(usual) + 0.5 * min(usual, 3) if usual >= 2 else 0.0
        if found > score:
            best, score = rows, found
    return best


def _columns(rows: Sequence[Sequence[str]], head: Head | None, habit: Habit) -> tuple[int, int, int] | None:
    """Return the columns of the two coordinates in their order and of the name (-1: none), or None."""
    if head is not None:
        pair = sorted((head.roles["north"], head.roles["east"]))
        name = head.roles.get("point", head.roles.get("order", -1))
    else:
        pair = _coordinate_columns(rows, habit)
        name = 0 if pair and pair[0] > 0 else -1
    if len(pair) < 2 or not any(_read(row, (pair[0], pair[1], name), habit) for row in rows):
        return None
    return pair[0], pair[1], name


def _coordinate_columns(rows: Sequence[Sequence[str]], habit: Habit) -> list[int]:
    """Return the first two columns that mostly hold coordinates: metres of some size, or degrees with decimals."""
    filled = [row for row in rows if row]
    found = []
    for column in range(max((len(row) for row in filled), default=0)):
        cells = [row[column] for row in filled if column < len(row)]
        values = [habit.read(cell) for cell in cells]
        likely = sum(
            value is not None and (abs(value) >= LEAST_COORDINATE or bool(re.search(r"[.,]\d{4,}$", cell)))
            for value, cell in zip(values, cells, strict=True)
        )
        if likely * 2 >= len(filled):
            found.append(column)
    return found[:2]


def _read(row: Sequence[str], columns: tuple[int, int, int], habit: Habit) -> tuple[float, float] | None:
    first, second, _ = columns
    if max(first, second) >= len(row):
        return None
    pair = habit.read(row[first]), habit.read(row[second])
    return None if pair[0] is None or pair[1] is None else (pair[0], pair[1])


def _put_right(written: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Exchange the few pairs that stand the other way round than the rest: northings and eastings differ much."""
    order = np.sign(written[:, 0] - written[:, 1])
    usual = 1.0 if (order > 0).sum() * 2 >= len(order) else -1.0
    odd = np.flatnonzero((order != usual) & (np.abs(written[:, 0] - written[:, 1]) > LEAST_COORDINATE))
    if not len(odd) or len(odd) * 4 > len(order):
        return written, []
    right = written.copy()
    right[odd] = right[odd][:, ::-1]
    return right, odd.tolist()


def _name(row: Sequence[str], at: int) -> str:
    return row[at].strip() if 0 <= at < len(row) else ""

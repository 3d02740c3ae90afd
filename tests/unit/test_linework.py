"""Lines become the polygons they enclose, with the corners that were drawn, and loose ends are told."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.geo.linework import SILENT, enclose

X, Y = 568_000.0, 1_275_000.0


def lines(*runs) -> np.ndarray:
    return np.array([shapely.LineString([(X + x, Y + y) for x, y in run]) for run in runs], dtype=object)


def made(*runs, tolerance: float = 0.05):
    drawn = lines(*runs)
    return enclose(drawn, np.zeros(len(drawn), dtype=bool), tolerance)


def told(faces) -> list:
    return [(flaw.kind, round(flaw.width, 3)) for flaw in faces.flaws]


SQUARE = ((0, 0), (10, 0), (10, 10), (0, 10))


@pytest.mark.parametrize(
    ("runs", "count", "flaws"),
    [
        ([(*SQUARE, SQUARE[0])], 1, []),
        ([SQUARE, (SQUARE[3], SQUARE[0])], 1, []),
        ([(*SQUARE, SQUARE[0]), ((5, 0), (5, 10))], 2, []),
        ([(*SQUARE, SQUARE[0]), ((5, 0), (5, 10)), ((5, 10), (5, 0))], 2, []),
        ([(*SQUARE, SQUARE[0]), ((0, 0), (10, 10)), ((10, 0), (0, 10))], 4, []),
        ([(*SQUARE, SQUARE[0]), ((5, 0.0004), (5, 9.9996))], 2, []),
        ([(*SQUARE, SQUARE[0]), ((5, 0.04), (5, 9.97))], 2, [("joined", 0.04), ("joined", 0.03)]),
        ([(*SQUARE, SQUARE[0]), ((5, -0.04), (5, 10.03))], 2, [("trimmed", 0.04), ("trimmed", 0.03)]),
        ([(*SQUARE, SQUARE[0]), ((5, 0), (5, 9.5))], 1, [("open", 0.5)]),
        ([(*SQUARE, SQUARE[0]), ((5, 0), (5, 4.7)), ((5, 10), (5, 5))], 1, [("open", 0.3)]),
        ([(*SQUARE, (0, 0.04))], 1, [("joined", 0.04)]),
        ([(*SQUARE, (0, 0.4))], 0, [("open", 0.4)]),
        (
            [(*SQUARE, SQUARE[0]), ((2, 2), (4, 2), (4, 4), (2, 4), (2, 2)), ((4, 3), (10, 3))],
            2,
            [("unused", 6.0)],
        ),
        ([((0, 0), (10, 0))], 0, [("open", 10.0)]),
        ([], 0, []),
    ],
)
def test_lines_enclose_polygons(runs, count, flaws) -> None:
    faces = made(*runs)
    assert len(faces.polygons) == count
    assert told(faces) == flaws
    assert shapely.is_valid(faces.polygons).all()


def test_the_tolerance_decides_what_is_closed() -> None:
    gap = [(*SQUARE, SQUARE[0]), ((5, 0), (5, 9.9))]
    assert told(made(*gap)) == [("open", 0.1)]
    assert told(made(*gap, tolerance=0.2)) == [("joined", 0.1)]
    assert told(made(*gap, tolerance=0)) == [("open", 0.1)]


def test_a_repaired_place_names_the_polygons_it_belongs_to() -> None:
    (flaw,) = made((*SQUARE, SQUARE[0]), ((5, 0), (5, 9.97))).flaws
    assert flaw.faces == (0, 1)
    (flaw,) = made((*SQUARE, SQUARE[0]), ((5, 0), (5, 9.5))).flaws
    assert flaw.faces == ()
    assert flaw.place.coords[:] == [(X + 5, Y + 9.5), (X + 5, Y + 10)]


def test_polygons_of_a_curve_are_marked() -> None:
    drawn = lines(
        [(0, 0), (10, 0), (10, 10)],
        [(10, 10), (7, 11), (3, 11), (0, 10)],
        [(0, 10), (0, 0)],
        [(0, 0), (0, -5), (10, -5), (10, 0)],
    )
    faces = enclose(drawn, np.array([False, True, False, False]))
    assert faces.curved.tolist() == [True, False]


def walls(cuts_x: list[float], cuts_y: list[float], turn: float, digits: int):
    """A block of rectangles, turned and rounded: long lines one way, short ones between them the other."""
    cos, sin = np.cos(turn), np.sin(turn)

    def at(x: float, y: float) -> tuple[float, float]:
        return round(X + x * cos - y * sin, digits), round(Y + x * sin + y * cos, digits)

    long = [shapely.LineString([at(cuts_x[0], y), at(cuts_x[-1], y)]) for y in cuts_y]
    short = [shapely.LineString([at(x, low), at(x, high)]) for x in cuts_x for low, high in pairwise(cuts_y)]
    corners = {at(x, y) for x in cuts_x for y in cuts_y}
    return np.array([*long, *short], dtype=object), corners


def steps(many: int):
    return st.lists(st.floats(2, 40), min_size=2, max_size=many).map(
        lambda sizes: np.cumsum([0, *sizes]).tolist()
    )


@settings(max_examples=60)
@given(steps(6), steps(6), st.floats(0, 6.2), st.integers(3, 8))
def test_a_block_gives_every_parcel_once_with_the_drawn_corners(cuts_x, cuts_y, turn, digits) -> None:
    drawn, corners = walls(cuts_x, cuts_y, turn, digits)
    faces = enclose(drawn, np.zeros(len(drawn), dtype=bool))
    assert faces.flaws == ()
    assert len(faces.polygons) == (len(cuts_x) - 1) * (len(cuts_y) - 1)
    found = set(map(tuple, shapely.get_coordinates(faces.polygons).tolist()))
    assert found == corners
    # Neighbours share their corners to the last digit, so nothing lies between or over them.
    union = shapely.union_all(faces.polygons)
    assert abs(shapely.area(faces.polygons).sum() - union.area) < 1e-3
    assert len(shapely.get_interior_ring(union, 0).coords if union.interiors else []) == 0


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=1, max_size=14))
def test_whatever_is_drawn_polygons_are_sound_and_apart(strokes) -> None:
    runs = [((a, b), (c, d)) for a, b, c, d in strokes if (a, b) != (c, d)]
    faces = made(*runs)
    assert shapely.is_valid(faces.polygons).all()
    if len(faces.polygons):
        union = shapely.union_all(faces.polygons)
        assert abs(shapely.area(faces.polygons).sum() - union.area) < 0.01 * max(len(runs), 1)
    assert all(flaw.width > 0 for flaw in faces.flaws)
    assert all(flaw.width > SILENT for flaw in faces.flaws if flaw.kind == "joined")

"""A strip along a line cuts many polygons of one fabric, and all of them get the same boundary."""

from __future__ import annotations

import random

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from landsvc.cadastre.drafts.area_errors import StripMeetsItself
from landsvc.cadastre.drafts.corridor import StripCut, cut_by_strip, strip_along
from landsvc.cadastre.drafts.errors import CutTooFine, LineCrossesItself
from landsvc.cadastre.drafts.noding import NODE_M
from landsvc.geo.grid import is_on_grid, to_grid
from shapely.geometry import LineString, Polygon, box

X, Y = 568_000.0, 1_275_000.0


def line(*points: tuple[float, float]) -> LineString:
    return to_grid(LineString([(X + x, Y + y) for x, y in points]))


def fabric(seed: int, columns: int, rows: int, jitter: float = 0.2) -> list[Polygon]:
    """Return parcels of 6 by 20 m that share their corners, which lie off their places by a share of the size."""
    rnd = random.Random(seed)
    corners = {
        (i, j): (
            round(X + (i + rnd.uniform(-jitter, jitter)) * 6, 3),
            round(Y + (j + rnd.uniform(-jitter, jitter)) * 20, 3),
        )
        for i in range(columns + 1)
        for j in range(rows + 1)
    }
    return [
        Polygon([corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]])
        for i in range(columns)
        for j in range(rows)
    ]


def assert_one_fabric(polygons: list[Polygon], cut: StripCut) -> None:
    """Nothing overlaps, nothing is lost, and every corner on a neighbour's edge is a corner of that neighbour."""
    shapes = [side.shape for sides in cut.sides for side in sides]
    assert all(shape.is_valid and is_on_grid(shape) for shape in shapes)
    tree = shapely.STRtree(shapes)
    corners = {place for shape in shapes for place in map(tuple, shapely.get_coordinates(shape))}
    for at, shape in enumerate(shapes):
        for other in tree.query(shape, predicate="intersects"):
            assert other == at or not shape.relate_pattern(shapes[other], "2********")
        own = {tuple(place) for place in shapely.get_coordinates(shape)}
        near = [place for place in corners - own if shape.boundary.dwithin(shapely.Point(place), NODE_M / 4)]
        assert not near
    lost = shapely.symmetric_difference(shapely.union_all(polygons), shapely.union_all(shapes)).area
    assert lost <= 0.00071 * 30 * (len(cut.nodes) + 1)


def test_a_street_is_widened_over_a_row_of_parcels():
    parcels = fabric(1, 20, 2, jitter=0.1)
    strip = strip_along(line((-5, 19), (60, 21), (130, 19)), 4, "left")
    cut = cut_by_strip(parcels, strip)
    assert_one_fabric(parcels, cut)
    inside = sum(side.shape.area for sides in cut.sides for side in sides if side.inside)
    assert inside == pytest.approx(shapely.intersection(strip, shapely.union_all(parcels)).area, abs=0.2)
    assert sum(len(sides) > 1 for sides in cut.sides) >= 20


def test_the_sides_are_those_of_the_line_as_it_is_drawn():
    along = line((0, 0), (10, 0))
    assert strip_along(along, 4, "left").bounds == (X, Y, X + 10, Y + 4)
    assert strip_along(along, 4, "right").bounds == (X, Y - 4, X + 10, Y)
    assert strip_along(along, 4, "both").bounds == (X, Y - 2, X + 10, Y + 2)


def test_corners_of_the_strip_are_mitred():
    strip = strip_along(line((0, 0), (10, 0), (10, 10)), 2, "right")
    assert (X + 12, Y - 2) in list(strip.exterior.coords)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ([(0, 0), (10, 0), (10, 10), (5, -5)], LineCrossesItself),
        ([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)], StripMeetsItself),
        ([(0, 4), (0, 0), (0.002, 15)], StripMeetsItself),
        ([(0, 40), (0, 0), (-0.007, 40)], StripMeetsItself),
    ],
)
def test_a_strip_that_would_meet_itself_is_refused(path, refusal):
    with pytest.raises(refusal):
        strip_along(line(*path), 2, "left")


def test_a_strip_that_comes_beside_itself_is_shown_where():
    with pytest.raises(StripMeetsItself) as refused:
        strip_along(line((0, 4), (0, 0), (0.002, 15)), 1, "left")
    assert refused.value.geometry == {"type": "Point", "coordinates": (X, Y + 4)}


def test_a_strip_may_turn_back_sharply():
    assert strip_along(line((0, 40), (0, 0), (-1.4, 40)), 1, "left").is_valid


def test_what_lies_wholly_inside_is_taken_whole_and_what_is_beside_left():
    parcels = [box(X, Y, X + 6, Y + 3), box(X + 6, Y, X + 12, Y + 10), box(X, Y + 3, X + 6, Y + 10)]
    cut = cut_by_strip(parcels, strip_along(line((-5, 0), (20, 0)), 3, "left"))
    assert [[side.inside for side in sides] for sides in cut.sides] == [[True], [False, True], [False]]


def test_a_grain_stays_with_the_land_beside_it():
    parcels = [box(X, Y, X + 6, Y + 20), box(X + 6, Y, X + 12, Y + 20)]
    sliver = cut_by_strip(parcels, strip_along(line((-5, -1), (20, -1)), 1.01, "left"))
    assert [len(sides) for sides in sliver.sides] == [1, 1]
    assert not any(side.inside for sides in sliver.sides for side in sides)
    assert sliver.nodes == ()
    nearly = cut_by_strip(parcels, strip_along(line((-5, 0), (20, 0)), 19.99, "left"))
    assert all(side.inside for sides in nearly.sides for side in sides)


@settings(max_examples=60, deadline=None)
@example(seed=260, path=[(0.0, 4.0), (0.0001, 0.0), (0.002, 15.0)], width=1.0, side="left")
@given(
    seed=st.integers(0, 10_000),
    path=st.lists(st.tuples(st.floats(-10, 60), st.floats(-10, 70)), min_size=2, max_size=5),
    width=st.floats(0.5, 25),
    side=st.sampled_from(["left", "right", "both"]),
)
def test_random_strips_leave_one_fabric(seed, path, width, side):
    parcels = fabric(seed, 8, 3)
    along = line(*sorted(path))
    if along.is_empty or not all(parcel.is_valid for parcel in parcels):
        return
    try:
        strip = strip_along(along, round(width, 2), side)
        cut = cut_by_strip(parcels, strip)
    except (LineCrossesItself, StripMeetsItself, CutTooFine):
        return
    assert_one_fabric(parcels, cut)
    for parcel, sides in zip(parcels, cut.sides, strict=True):
        taken = sum(each.shape.area for each in sides if each.inside)
        assert taken == pytest.approx(shapely.intersection(strip, parcel).area, abs=0.25)
        assert np.isclose(sum(each.shape.area for each in sides), parcel.area, atol=0.1)

"""What the random sequences hold against a fabric: a gap, an overlap and a corner of one side, and nothing sound."""

from __future__ import annotations

import pytest
from shapely.geometry import Polygon
from tests.factories.random_play import all_shared, bent_off

HOUSE = Polygon([(10, 10), (10, 12), (6, 12), (6, 8)])
GARDEN = Polygon([(10, 10), (6, 8), (6, 0), (20, 0), (20, 12), (10, 12)], [[(10, 10), (12, 9), (11, 4)]])
YARD = Polygon([(10, 10), (8, 7), (6, 8), (6, 0), (20, 0), (20, 12), (10, 12)], [[(10, 10), (12, 9), (9.5, 7)]])
"""Both have a hole that touches their outline; between the yard and the house lies land of nobody."""
TIP = Polygon([(0, 0), (8, 0.75), (8, -0.75)])


def test_the_tip_of_what_was_given_up_moves_farther_than_its_edge():
    """Its corner on the grid bends the edge of the parcel beside it by 0.2 mm, and goes 2 mm further into it."""
    assert bent_off(Polygon([(0, 0), (8, -0.75), (-0.002, 0)]), TIP)


@pytest.mark.parametrize(
    "left",
    [
        Polygon([(0, 0), (8, -0.75), (-0.1, 0)]),
        Polygon([(2, 0.2), (6, 0.6), (4, 0.378)]),
        Polygon([(20, 0), (20.001, 0), (20, 0.001)]),
    ],
)
def test_land_farther_off_is_a_gap(left):
    assert not bent_off(left, TIP)


@pytest.mark.parametrize("around", [GARDEN, YARD])
def test_a_hole_that_touches_the_outline_is_sound(around):
    """GEOS names an edge of the house beside the yard (3.14.1)."""
    assert all_shared([HOUSE, around])


@pytest.mark.parametrize("around", [GARDEN, YARD])
@pytest.mark.parametrize(
    "house",
    [
        Polygon([(10, 10), (10, 11), (10, 12), (6, 12), (6, 8)]),
        Polygon([(10, 10), (10.001, 11), (10, 12), (6, 12), (6, 8)]),
        Polygon([(10, 10), (10, 12), (6, 12), (6, 6), (8, 6)]),
    ],
)
def test_a_corner_of_one_side_and_an_overlap_are_not(house, around):
    assert not all_shared([house, around])

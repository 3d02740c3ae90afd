"""The 1 mm grid in Python: what it does to ordinates, vertices and rings that collapse."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from landsvc.geo.grid import is_on_grid, on_grid, round_ordinates, to_grid
from shapely import from_wkt

metres = st.floats(min_value=-3_000_000, max_value=3_000_000, allow_nan=False)


@given(metres)
def test_grid_ordinate_reads_as_a_decimal_with_three_places(value: float) -> None:
    rounded = float(round_ordinates(np.array([value]))[0])
    assert rounded == float(f"{rounded:.3f}")
    assert abs(Decimal(rounded) - Decimal(value)) <= Decimal("0.00050001")


@given(metres)
def test_rounding_twice_changes_nothing(value: float) -> None:
    once = round_ordinates(np.array([value]))
    assert np.array_equal(once, round_ordinates(once))


def test_minus_zero_becomes_zero() -> None:
    assert not np.signbit(round_ordinates(np.array([-0.0001]))[0])


@pytest.mark.parametrize(
    ("given_wkt", "expected"),
    [
        ("POINT (1.23456 2)", "POINT (1.235 2)"),
        ("POLYGON ((0 0,10 0,10.0001 0.0001,10 10,0 10,0 0))", "POLYGON ((0 0,10 0,10 10,0 10,0 0))"),
        ("POLYGON ((0 0,.0001 0,.0001 .0001,0 0))", "POLYGON EMPTY"),
        ("POLYGON ((0 0,9 0,9 9,0 0),(5 1,5.0001 1,5 1.0001,5 1))", "POLYGON ((0 0,9 0,9 9,0 0))"),
        (
            "MULTIPOLYGON (((0 0,.0001 0,.0001 .0001,0 0)),((0 0,9 0,9 9,0 0)))",
            "MULTIPOLYGON (((0 0,9 0,9 9,0 0)))",
        ),
        ("LINESTRING (0 0,0.0001 0,5 5.00049)", "LINESTRING (0 0,5 5)"),
        ("POLYGON EMPTY", "POLYGON EMPTY"),
    ],
)
def test_to_grid_moves_drops_and_keeps(given_wkt: str, expected: str) -> None:
    result = to_grid(from_wkt(given_wkt))
    assert shapely.to_wkt(result) == shapely.to_wkt(from_wkt(expected))


def test_to_grid_keeps_srid_and_shape_of_an_array() -> None:
    points = shapely.set_srid(shapely.points(np.arange(6.0) + 0.00049, np.arange(6.0)), 9212).reshape(2, 3)
    rounded = to_grid(points)
    assert rounded.shape == (2, 3)
    assert set(shapely.get_srid(rounded).reshape(-1)) == {9212}
    assert on_grid(rounded).all()


def test_on_grid_answers_for_each_geometry() -> None:
    good, bad = from_wkt("POLYGON ((0 0,1.001 0,1 1,0 0))"), from_wkt("POLYGON ((0 0,1.0011 0,1 1,0 0))")
    assert on_grid(np.array([good, bad, from_wkt("POINT EMPTY")])).tolist() == [True, False, True]
    assert is_on_grid(good)
    assert not is_on_grid(bad)


def test_one_unit_in_the_last_place_is_off_the_grid() -> None:
    x = 568850.121
    assert is_on_grid(shapely.Point(x, 0))
    assert not is_on_grid(shapely.Point(np.nextafter(x, np.inf), 0))

"""Registered areas are shared in tenths of a square metre: nothing is lost, nobody gets a tenth too much."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.rules import share_area, share_uses

tenths = st.integers(1, 10**7).map(lambda value: Decimal(value) / 10)
measures = st.lists(st.floats(0.1, 1e6, allow_nan=False), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("total", "by", "shares"),
    [
        ("152.4", [100.0, 52.4], ["100.0", "52.4"]),
        ("100.0", [1, 1, 1], ["33.4", "33.3", "33.3"]),
        ("0.1", [1, 3], ["0.0", "0.1"]),
        ("600.0", [240.0004, 359.9996], ["240.0", "360.0"]),
    ],
)
def test_shares_follow_what_is_measured(total, by, shares):
    assert share_area(Decimal(total), by) == [Decimal(share) for share in shares]


@given(total=tenths, by=measures)
def test_shares_sum_exactly_and_lie_within_a_tenth(total, by):
    shares = share_area(total, by)
    assert sum(shares) == total
    for share, measure in zip(shares, by, strict=True):
        assert abs(float(share) - float(total) * measure / sum(by)) < 0.1 + 1e-6


@given(uses=st.lists(tenths, min_size=1, max_size=5), by=measures)
def test_uses_sum_both_ways(uses, by):
    total = sum(uses, Decimal(0))
    pieces = share_area(total, by)
    shares = share_uses(uses, pieces)
    assert [sum(row) for row in shares] == pieces
    assert [sum(column) for column in zip(*shares, strict=True)] == uses
    assert all(share >= 0 for row in shares for share in row)


@pytest.mark.parametrize("by", [[], [0.0], [0.0, 0.0]])
def test_nothing_measured_shares_nothing(by):
    with pytest.raises(ValueError, match="nothing to share"):
        share_area(Decimal("1.0"), by)


def test_areas_that_differ_are_not_shared():
    with pytest.raises(ValueError, match="same area"):
        share_uses([Decimal("1.0")], [Decimal("2.0")])


def test_a_total_finer_than_a_tenth_is_not_an_area_of_the_register():
    with pytest.raises(ValueError, match="tenths"):
        share_area(Decimal("1.05"), [1.0])

"""Prices of parts, areas that add up, and whole đồng: against a slow way of counting."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from landsvc.finance.prices import rules
from landsvc.finance.prices.entries import Factor, PriceRow, Share
from landsvc.finance.rules import whole_vnd

SHARES = [
    *(Share(place, 0, Decimal(pct)) for place, pct in ((1, "100"), (2, "60"), (3, "33.333"))),
    *(Share(1, band, Decimal(pct), 0, None) for band, pct in ((1, "100"), (2, "70"), (3, "50"))),
]
PARTS = st.lists(st.decimals("0.01", "99999", places=4), min_size=1, max_size=3).map(
    lambda sizes: [{"band": band, "areaM2": float(size)} for band, size in enumerate(sizes, 1)]
)
AREA = st.decimals("0.1", "999999.9", places=1)
PRICE = st.integers(1, 10**9)


def row(price: int, place: int = 1, band: int = 1, *, street: bool = True, use: str = "ODT") -> PriceRow:
    return PriceRow(street, None if street else "KV1", use, place, band, price)


@given(PARTS, AREA)
def test_areas_of_parts_add_up_to_the_legal_area(parts, area):
    found = rules.legal_areas(parts, area)
    assert sum(found) == area
    assert min(found) >= 0
    whole = sum(Fraction(str(part["areaM2"])) for part in parts)
    for size, part in zip(found, parts, strict=True):
        assert abs(Fraction(size) - Fraction(str(part["areaM2"])) / whole * Fraction(area)) <= Fraction(1, 10)


@given(PARTS, AREA, PRICE, st.sampled_from([1, 2, 3]), st.decimals("0.01", "9.99", places=4))
def test_value_is_what_a_slow_count_gives(parts, area, price, place, k):
    found = rules.priced(parts, place, area, [row(price)], SHARES)
    total = Fraction(0)
    for part in found:
        pct = {1: Fraction(100), 2: Fraction(60), 3: Fraction("33.333")}[place]
        band = {1: 100, 2: 70, 3: 50}[part.band] if place == 1 else 100
        exact = Fraction(price) * pct * band / 10_000
        doubled = exact * 2
        rounded = (doubled.numerator // doubled.denominator + 1) // 2
        assert part.unit_price_vnd == rounded
        total += rounded * Fraction(part.area_m2)
    value = rules.value_vnd(found, k)
    assert 2 * abs(value - total * Fraction(k)) <= 1
    assert min(p.unit_price_vnd for p in found) <= rules.mean_price_vnd(found)
    assert rules.mean_price_vnd(found) <= max(p.unit_price_vnd for p in found)


def test_a_price_the_table_names_goes_before_a_share():
    parts = [{"band": 2, "areaM2": 10.0}]
    named = rules.priced(parts, 1, Decimal(10), [row(900), row(700, 1, 2)], SHARES)
    assert (named[0].unit_price_vnd, named[0].named) == (700, True)
    shared = rules.priced(parts, 1, Decimal(10), [row(900)], SHARES)
    assert (shared[0].unit_price_vnd, shared[0].named, shared[0].base_vnd) == (630, False, 900)


def test_a_price_of_the_zone_never_completes_one_of_the_street():
    rows = [row(900, 2, 1), row(500, 1, 1, street=False)]
    assert rules.priced([{"band": 1, "areaM2": 1.0}], 2, Decimal(1), rows, SHARES)[0].unit_price_vnd == 900
    assert rules.priced([{"band": 1, "areaM2": 1.0}], 3, Decimal(1), rows, SHARES)[0].unit_price_vnd == 167


def test_without_a_price_to_start_from_there_is_none():
    assert rules.priced([{"band": 1, "areaM2": 1.0}], 1, Decimal(1), [row(900, 3)], SHARES) is None
    assert rules.priced([], 1, Decimal(1), [row(900)], SHARES) is None


def test_the_corner_coefficient_counts_at_corners_only():
    factors = [Factor("market", Decimal("1.2"), "x"), Factor("corner", Decimal("1.1"), "x")]
    assert rules.coefficient(factors, corner=True)[0] == Decimal("1.32")
    assert rules.coefficient(factors, corner=False) == (Decimal("1.2"), factors[:1])
    assert rules.coefficient([], corner=True)[0] == 1


def test_halves_of_a_dong_go_up():
    assert [whole_vnd(Decimal(text)) for text in ("0.4", "0.5", "1.5", "2.5")] == [0, 1, 2, 3]

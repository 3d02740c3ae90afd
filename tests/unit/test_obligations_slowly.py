"""Random cases against a slow computation that shares nothing with ours: square metre by square metre, in decimals."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from landsvc.finance.obligations.land_rules import change_of_use, land_tax, payment_plan
from landsvc.finance.obligations.model import ChangeOfUse, Gift, LandPart, LandTax, People, Transfer
from landsvc.finance.obligations.rules import gift, transfer
from tests.factories.figures import figures_on

ON = date(2026, 9, 1)
FIGURES = figures_on(ON)
PRICES = st.integers(1, 200_000_000)
METRES = st.integers(1, 400)
QUOTAS = st.integers(0, 150)
COEFFICIENTS = st.decimals("0.1", "5", places=2)
PARTS = st.lists(st.tuples(METRES, PRICES, COEFFICIENTS), min_size=1, max_size=3)
WEIGHTS = st.lists(st.integers(1, 9), min_size=1, max_size=4)


def dong(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def exactly():
    return localcontext(Context(prec=60))


def worth(parts, *, with_coefficient: bool) -> Decimal:
    total = Decimal(0)
    for metres, price, coefficient in parts:
        for _ in range(metres):
            total += price * (coefficient if with_coefficient else 1)
    return total


def land(parts) -> list[LandPart]:
    return [LandPart(Decimal(metres), price, coefficient) for metres, price, coefficient in parts]


def people(weights: list[int]) -> People:
    return People([Fraction(each, sum(weights)) for each in weights])


@given(PARTS, st.integers(0, 10**11), st.integers(0, 10**10), WEIGHTS, WEIGHTS, st.booleans())
def test_a_transfer_owes_what_slow_reckoning_says(parts, price, house, sellers, buyers, one_price):
    found = transfer(
        Transfer(land(parts), price, house, people(sellers), people(buyers), one_price_for_both=one_price),
        FIGURES,
    )
    with exactly():
        base = max(worth(parts, with_coefficient=True) + house, Decimal(price))
        taxes = [dong(base * each * 2 / 100 / sum(sellers)) for each in sellers]
        value = worth(parts, with_coefficient=False) + house
        if one_price and price > value:
            value = Decimal(price)
        fee = min(value * 5 / 1000, Decimal(500_000_000))
        fees = [dong(fee * each / sum(buyers)) for each in buyers]
    assert [each.amount_vnd for each in found] == taxes + fees


@given(PARTS, st.integers(0, 10**10), WEIGHTS)
def test_a_gift_owes_what_slow_reckoning_says(parts, house, receivers):
    found = gift(Gift(land(parts), house, people(receivers)), FIGURES)
    with exactly():
        value = worth(parts, with_coefficient=True) + house
        own = [value * each / sum(receivers) for each in receivers]
        taxes = [dong(max(Decimal(0), each - 20_000_000) / 10) for each in own]
    assert [each.amount_vnd for each in found if each.kind == "gift-tax"] == taxes


@given(METRES, PRICES, QUOTAS, st.integers(0, 150))
def test_land_tax_owes_what_each_square_metre_does(metres, price, quota, taken):
    left = max(0, quota - taken)
    plot = LandTax(Decimal(metres), price, quota_m2=Decimal(quota), quota_left_m2=Decimal(left))
    with exactly():
        total = Decimal(0)
        for number in range(metres):
            beyond = number - left
            rate = "0.0003" if beyond < 0 else "0.0007" if beyond < 3 * quota else "0.0015"
            total += price * Decimal(rate)
        expected = dong(total)
    assert land_tax(plot, FIGURES.again()).amount_vnd == (0 if expected <= 50_000 else expected)


@given(METRES, PRICES, PRICES, COEFFICIENTS, QUOTAS, st.booleans())
def test_a_change_of_use_owes_what_each_square_metre_does(metres, after, before, coefficient, quota, beside):
    facts = ChangeOfUse(
        Decimal(metres), after, before, coefficient, Decimal(1), Decimal(quota), beside_house=beside
    )
    with exactly():
        difference = max(Decimal(0), after * coefficient - before)
        total = Decimal(0)
        for number in range(metres):
            share = 30 if number < quota else 50 if number < 2 * quota else 100
            total += difference * (share if beside else 100) / 100
        expected = dong(total)
    assert change_of_use(facts, FIGURES.again()).amount_vnd == expected


@given(st.integers(0, 10**13), st.sampled_from(["land-use-fee", "transfer-tax", "land-use-fee-correction"]))
def test_a_plan_pays_the_whole_amount_in_order(amount, kind):
    plan = payment_plan(amount, ON, FIGURES.term(kind, "person"))
    assert sum(each.amount_vnd for each in plan) == amount
    assert all(each.amount_vnd >= 0 for each in plan)
    assert sorted(plan, key=lambda each: each.on) == plan


@given(st.integers(0, 10**12), WEIGHTS)
def test_shares_of_a_tax_differ_from_the_whole_by_less_than_a_dong_each(price, sellers):
    parts = [LandPart(Decimal(1), 1)]
    whole = transfer(Transfer(parts, price), FIGURES)[0].amount_vnd
    found = transfer(Transfer(parts, price, sellers=people(sellers)), FIGURES)
    taxes = [each.amount_vnd for each in found if each.kind == "transfer-tax"]
    assert abs(sum(taxes) - whole) <= len(taxes)

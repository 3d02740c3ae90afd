"""The worked examples of land finance: what each formula gives is written down, to the đồng."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from landsvc.finance.obligations.land_rules import (
    change_of_use,
    land_tax,
    late_payment,
    lease_left,
    payment_plan,
    rice_land,
)
from landsvc.finance.obligations.model import (
    ChangeOfUse,
    Gift,
    LandPart,
    LandTax,
    Lease,
    People,
    RiceLand,
    Transfer,
)
from landsvc.finance.obligations.parameters import Parameters
from landsvc.finance.obligations.rules import gift, transfer
from landsvc.finance.obligations.sayings import LANGUAGES, said
from tests.factories.figures import figures_on

ON = date(2026, 9, 1)
LAND = [LandPart(Decimal(150), 5_000_000, Decimal("1.2"))]


@pytest.fixture
def figures() -> Parameters:
    return figures_on(ON)


def owed(found) -> dict[str, list[int]]:
    kinds: dict[str, list[int]] = {}
    for each in found:
        kinds.setdefault(each.kind, []).append(each.amount_vnd)
    return kinds


def test_1_a_sale_is_taxed_by_its_price_and_registered_by_the_table(figures):
    found = transfer(Transfer(LAND, 1_200_000_000), figures)
    assert owed(found) == {"transfer-tax": [24_000_000], "registration-fee": [3_750_000]}


def test_1_where_the_province_applies_the_coefficient_the_fee_is_higher(figures):
    figures = figures_on(ON, **{"registration-fee.with-coefficient": 1})
    found = transfer(Transfer(LAND, 1_200_000_000), figures)
    assert owed(found)["registration-fee"] == [4_500_000]


def test_2_a_price_below_the_table_is_raised_to_it(figures):
    assert owed(transfer(Transfer(LAND, 500_000_000), figures))["transfer-tax"] == [18_000_000]


def test_3_a_gift_from_father_to_son_owes_nothing_and_says_why(figures):
    found = gift(Gift(LAND, exemption="parent-child"), figures)
    assert owed(found) == {"gift-tax": [0], "registration-fee": [0]}
    assert all("Between parents and children" in said(each.working[-1], "en") for each in found)


def test_4_a_gift_to_a_cousin_is_taxed_beyond_the_threshold(figures):
    assert owed(gift(Gift(LAND), figures)) == {"gift-tax": [88_000_000], "registration-fee": [3_750_000]}


def test_5_two_sellers_owe_by_their_shares(figures):
    sellers = People((Fraction(7, 10), Fraction(3, 10)))
    found = transfer(Transfer(LAND, 1_200_000_000, sellers=sellers), figures)
    assert owed(found)["transfer-tax"] == [16_800_000, 7_200_000]
    assert not any(each.share_assumed for each in found)


def test_sellers_of_unknown_shares_are_assumed_equal_and_it_is_said(figures):
    found = transfer(Transfer(LAND, 1_200_000_000, sellers=People(count=3)), figures)
    taxes = [each for each in found if each.kind == "transfer-tax"]
    assert [each.amount_vnd for each in taxes] == [8_000_000] * 3
    assert all(each.share_assumed and "assumed" in said(each.working[-1], "en") for each in taxes)


def test_6_the_tax_on_land_goes_by_tiers_of_the_quota(figures):
    plot = LandTax(Decimal(750), 2_000_000, quota_m2=Decimal(200), quota_left_m2=Decimal(200))
    found = land_tax(plot, figures.again())
    assert [step.amount_vnd for step in found.working] == [120_000, 770_000, 890_000]
    larger = LandTax(Decimal(1000), 2_000_000, quota_m2=Decimal(200), quota_left_m2=Decimal(200))
    assert land_tax(larger, figures.again()).amount_vnd == 1_560_000


def test_7_the_second_tier_has_three_quotas(figures):
    plot = LandTax(Decimal(400), 1_000_000, quota_m2=Decimal(110), quota_left_m2=Decimal(110))
    areas = [step.facts["area"] for step in land_tax(plot, figures).working[:-1]]
    assert areas == [110, 290]


def test_a_second_plot_whose_quota_is_used_elsewhere_counts_as_excess(figures):
    plot = LandTax(Decimal(750), 2_000_000, quota_m2=Decimal(200))
    assert land_tax(plot, figures).amount_vnd == 600 * 2_000_000 * 7 // 10_000 + 150 * 2_000_000 * 15 // 10_000


def test_a_household_that_owes_less_than_is_worth_collecting_owes_nothing(figures):
    plot = LandTax(Decimal(80), 2_000_000, quota_m2=Decimal(200), quota_left_m2=Decimal(200))
    assert land_tax(plot, figures).amount_vnd == 0


@pytest.mark.parametrize(("area", "fee"), [(150, 252_000_000), (500, 1_456_000_000)])
def test_8_garden_beside_a_house_pays_by_tiers(figures, area, fee):
    facts = ChangeOfUse(
        Decimal(area),
        5_000_000,
        400_000,
        coefficient_after=Decimal("1.2"),
        quota_m2=Decimal(200),
        beside_house=True,
    )
    assert change_of_use(facts, figures).amount_vnd == fee


def test_9_a_farm_parcel_apart_pays_the_whole_difference(figures):
    facts = ChangeOfUse(Decimal(150), 6_000_000, 400_000, quota_m2=Decimal(200))
    assert change_of_use(facts, figures).amount_vnd == 840_000_000


def test_10_half_is_due_in_thirty_days_and_the_rest_in_ninety(figures):
    plan = payment_plan(1_456_000_000, ON, figures.term("land-use-fee", "person"))
    assert [(each.on, each.amount_vnd) for each in plan] == [
        (date(2026, 10, 1), 728_000_000),
        (date(2026, 11, 30), 728_000_000),
    ]


def test_an_odd_dong_is_in_one_instalment_and_none_is_lost(figures):
    plan = payment_plan(1_001, ON, figures.term("land-use-fee", "person"))
    assert [each.amount_vnd for each in plan] == [501, 500]


def test_the_threshold_of_gifts_is_that_of_the_day():
    before = figures_on(date(2026, 6, 30))
    assert owed(gift(Gift(LAND), before))["gift-tax"] == [89_000_000]


def test_farmland_leased_yearly_counts_nothing_before_and_a_part_month_of_fifteen_days_counts(figures):
    leased = ChangeOfUse(Decimal(100), 1_000_000, 400_000, leased_yearly=True)
    assert change_of_use(leased, figures.again()).amount_vnd == 100_000_000
    assert lease_left(Lease(600, 299, 15), figures) == Fraction(1, 2)
    assert lease_left(Lease(600, 300, 14), figures) == Fraction(1, 2)
    at_once = ChangeOfUse(Decimal(100), 1_000_000, 400_000, lease=Lease(600, 300))
    assert change_of_use(at_once, figures.again()).amount_vnd == 80_000_000


def test_land_worth_less_after_the_change_owes_nothing(figures):
    assert change_of_use(ChangeOfUse(Decimal(100), 400_000, 500_000), figures).amount_vnd == 0


def test_the_registration_fee_stops_at_its_cap(figures):
    found = transfer(Transfer([LandPart(Decimal(10_000), 50_000_000)], 1), figures)
    assert owed(found)["registration-fee"] == [500_000_000]


def test_rice_land_pays_half_its_price(figures):
    assert rice_land(RiceLand(Decimal(1000), 60_000), figures).amount_vnd == 30_000_000


def test_late_money_grows_by_the_day(figures):
    assert late_payment(1_000_000, date(2026, 10, 1), date(2026, 10, 11), figures) == 3_000
    assert late_payment(1_000_000, date(2026, 10, 1), date(2026, 9, 30), figures) == 0


def test_every_step_is_said_in_both_languages(figures):
    found = [
        *transfer(Transfer(LAND, 5, 7, exemption="only-home", one_price_for_both=True), figures),
        *gift(Gift([*LAND, *LAND], 10**6, receivers=People(count=2)), figures),
        change_of_use(ChangeOfUse(Decimal(1), 5, 4, leased_yearly=True, lease=Lease(12, 6)), figures.again()),
    ]
    for obligation in found:
        for step in obligation.working:
            assert all("{" not in said(step, language) for language in LANGUAGES)

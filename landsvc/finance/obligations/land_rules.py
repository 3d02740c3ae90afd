"""Work out what is owed for holding land and for changing its use: pure functions, exact fractions, whole đồng."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from landsvc.finance.obligations.errors import TooMuchLand
from landsvc.finance.obligations.model import ChangeOfUse, LandTax, Lease, Obligation, RiceLand, Step
from landsvc.finance.obligations.parameters import Parameters, PaymentTerm
from landsvc.finance.rules import whole_vnd

LAND_TAX, LAND_USE_FEE, RICE_LAND = "residential-land-tax", "land-use-fee", "rice-land"
LAND_USE_FEE_ITEM = "1401"
FLAT_RATES = ("business", "storeys", "wrong-purpose", "encroached")
"""Uses of land with one rate for the whole area."""


def land_tax(facts: LandTax, figures: Parameters) -> Obligation:
    """Return a year's tax: by tiers of the quota for residential land, at one rate for other uses.

    Source: Luật 48/2010/QH12, article 7; Thông tư 80/2021/TT-BTC, article 57, for what is too small to collect.
    Raises `TooMuchLand` when more of the quota is left than there is.
    """
    if facts.quota_left_m2 > facts.quota_m2:
        raise TooMuchLand(field="quotaLeftM2", part=str(facts.quota_left_m2), whole=str(facts.quota_m2))
    if facts.use in FLAT_RATES:
        tiers = [(f"rate-{facts.use}", Fraction(facts.area_m2))]
    else:
        within = Fraction(facts.quota_left_m2)
        second = figures["residential-land-tax.second-multiple"] * Fraction(facts.quota_m2)
        tiers = _tiers(Fraction(facts.area_m2), (("rate-within", within), ("rate-second", second)), "rate-beyond")
    total, steps = Fraction(0), []
    for name, area in tiers:
        rate = figures[f"{LAND_TAX}.{name}"]
        tax = area * facts.unit_price_vnd * rate
        total += tax
        steps.append(Step("tier", {"area": area, "price": facts.unit_price_vnd, "rate": rate}, whole_vnd(tax)))
    if len(steps) > 1:
        steps.append(Step("sum", {}, whole_vnd(total)))
    amount = whole_vnd(total)
    free = figures[f"{LAND_TAX}.exempt-up-to"]
    if facts.household and facts.use == "residential" and 0 < amount <= free:
        steps.append(Step("too-small", {"limit": whole_vnd(free)}, 0))
        amount = 0
    return Obligation(LAND_TAX, None, amount, tuple(steps), tuple(figures.used))


def change_of_use(facts: ChangeOfUse, figures: Parameters) -> Obligation:
    """Return the land-use fee (tiền sử dụng đất) of a change to residential land.

    Land beside a house in the same parcel pays a share by tiers of the quota, once; other land pays the whole
    difference of values. Source: Nghị quyết 254/2025/QH15, article 10(2)c; Nghị định 50/2026/NĐ-CP, article 6; Nghị
    định 103/2024/NĐ-CP, article 8.
    """
    after = facts.price_after_vnd * Fraction(facts.coefficient_after)
    before = facts.price_before_vnd * Fraction(facts.coefficient_before)
    steps = [
        Step(
            "price-after",
            {"price": facts.price_after_vnd, "coefficient": facts.coefficient_after},
            whole_vnd(after),
        )
    ]
    if facts.leased_yearly:
        before = Fraction(0)
        steps.append(Step("leased-yearly", {}, 0))
    else:
        told = {"price": facts.price_before_vnd, "coefficient": facts.coefficient_before}
        steps.append(Step("price-before", told, whole_vnd(before)))
    if facts.lease is not None:
        share = lease_left(facts.lease, figures)
        before *= share
        steps.append(Step("lease-left", {"share": share}, whole_vnd(before)))
    difference = max(Fraction(0), after - before)
    steps.append(Step("difference" if after >= before else "no-difference", {}, whole_vnd(difference)))
    tiers = [("", Fraction(facts.area_m2))]
    if facts.beside_house:
        second = figures[f"{LAND_USE_FEE}.second-multiple"] * Fraction(facts.quota_m2)
        within = (("rate-within", Fraction(facts.quota_m2)), ("rate-second", second))
        tiers = _tiers(Fraction(facts.area_m2), within, "rate-beyond")
    total = Fraction(0)
    for name, area in tiers:
        rate = figures[f"{LAND_USE_FEE}.{name}"] if name else Fraction(1)
        fee = area * difference * rate
        total += fee
        steps.append(
            Step("fee-tier", {"area": area, "price": whole_vnd(difference), "rate": rate}, whole_vnd(fee))
        )
    if len(tiers) > 1:
        steps.append(Step("sum", {}, whole_vnd(total)))
    return Obligation(LAND_USE_FEE, LAND_USE_FEE_ITEM, whole_vnd(total), tuple(steps), tuple(figures.used))


def lease_left(lease: Lease, figures: Parameters) -> Fraction:
    """Return the share of a lease that is left; a part month counts as one from so many days on."""
    part = 1 if lease.days_left >= figures[f"{LAND_USE_FEE}.month-days"] else 0
    left = lease.months_left + part
    if left > lease.months:
        raise TooMuchLand(field="lease.monthsLeft", part=str(left), whole=str(lease.months))
    return Fraction(left, lease.months)


def rice_land(facts: RiceLand, figures: Parameters) -> Obligation:
    """Return what is paid for the protection of rice land. Source: Nghị định 112/2024/NĐ-CP, article 12."""
    rate = figures[f"{RICE_LAND}.rate"]
    amount = Fraction(facts.area_m2) * facts.unit_price_vnd * rate
    step = Step("tier", {"area": facts.area_m2, "price": facts.unit_price_vnd, "rate": rate}, whole_vnd(amount))
    return Obligation(RICE_LAND, None, whole_vnd(amount), (step,), tuple(figures.used))


@dataclass(frozen=True)
class Due:
    """One payment: until a day (counted in), so many đồng."""

    on: date
    amount_vnd: int


def payment_plan(amount_vnd: int, noticed_on: date, term: PaymentTerm) -> list[Due]:
    """Return when how much of a notice is due, in calendar days from its date; the last takes what is left over.

    Source: Nghị định 252/2026/NĐ-CP, articles 17(2)b and 21.
    """
    found: list[Due] = []
    for each in term.instalments[:-1]:
        part = whole_vnd(Fraction(amount_vnd * each.pct, 100))
        found.append(Due(noticed_on + timedelta(days=each.days), part))
    rest = amount_vnd - sum(each.amount_vnd for each in found)
    return [*found, Due(noticed_on + timedelta(days=term.instalments[-1].days), rest)]


def late_payment(amount_vnd: int, due_on: date, paid_on: date, figures: Parameters) -> int:
    """Return what is added to an amount paid late (tiền chậm nộp). Source: Luật 38/2019/QH14, article 59."""
    days = max(0, (paid_on - due_on).days)
    return whole_vnd(amount_vnd * days * figures["late-payment.rate-per-day"])


def _tiers(area: Fraction, sizes: Sequence[tuple[str, Fraction]], last: str) -> list[tuple[str, Fraction]]:
    """Cut an area into tiers of given sizes, what is left over into the last; empty tiers are left out."""
    found = []
    for name, size in sizes:
        part = min(area, size)
        if part > 0:
            found.append((name, part))
        area -= part
    return [*found, (last, area)] if area > 0 or not found else found

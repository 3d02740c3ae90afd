"""Work out what is owed on a transfer, an inheritance or a gift: pure functions, exact fractions, whole đồng.

Each obligation is rounded once, half up, at its end. Source: domain of land finance in docs/obligations.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from landsvc.finance.obligations.errors import SharesNotWhole
from landsvc.finance.obligations.model import Gift, LandPart, Obligation, People, Step, Transfer
from landsvc.finance.obligations.parameters import Exemption, Parameters
from landsvc.finance.rules import whole_vnd

TRANSFER_TAX, GIFT_TAX, REGISTRATION_FEE = "transfer-tax", "gift-tax", "registration-fee"
REGISTRATION_FEE_OF_GIFT = "registration-fee-gift"
INCOME_TAX_ITEM, REGISTRATION_FEE_ITEM = "1006", "2801"
"""Sub-items of the budget (tiểu mục)."""


def land_value(land: Sequence[LandPart], *, with_coefficient: bool = True) -> tuple[Fraction, list[Step]]:
    """Return the value of land by the price table, Σ P·K·A (đồng), and its working.

    Source: Nghị định 49/2026/NĐ-CP, article 8, for the coefficient.
    """
    total, steps = Fraction(0), []
    for part in land:
        coefficient = part.coefficient if with_coefficient else Decimal(1)
        value = Fraction(part.area_m2) * part.unit_price_vnd * Fraction(coefficient)
        total += value
        key = "land-value" if with_coefficient else "land-value-of-table"
        facts = {"area": part.area_m2, "price": part.unit_price_vnd, "coefficient": coefficient}
        steps.append(Step(key, facts, whole_vnd(value)))
    if len(land) > 1:
        steps.append(Step("sum", {}, whole_vnd(total)))
    return total, steps


def transfer(facts: Transfer, figures: Parameters) -> list[Obligation]:
    """Return the income tax of each seller and the registration fee of each buyer.

    Source: Nghị định 253/2026/NĐ-CP, articles 18, 19 and 57; Nghị định 10/2022/NĐ-CP, articles 7, 8 and 10.
    Raises `ParameterMissing`, `ExemptionUnknown`, `SharesNotWhole`.
    """
    figures.exemption(facts.registration_exemption, REGISTRATION_FEE, "registrationExemption")
    taxes = transfer_tax(facts, figures.again())
    fees = registration_fee(
        figures.again(),
        facts.land,
        facts.house_value_vnd,
        facts.buyers,
        facts.registration_exemption,
        kind=REGISTRATION_FEE,
        contract_vnd=facts.contract_price_vnd if facts.one_price_for_both else None,
    )
    return [*taxes, *fees]


def transfer_tax(facts: Transfer, figures: Parameters) -> list[Obligation]:
    """Return what each seller owes: a share of the price, which is never below the land by the table and the house."""
    land, steps = land_value(facts.land)
    lowest = land + facts.house_value_vnd
    if facts.house_value_vnd:
        steps.append(Step("house-value", {}, facts.house_value_vnd))
        steps.append(Step("land-and-house", {}, whole_vnd(lowest)))
    base = max(Fraction(facts.contract_price_vnd), lowest)
    key = "base-is-contract" if base == facts.contract_price_vnd else "base-is-table"
    steps.append(Step(key, {"contract": facts.contract_price_vnd}, whole_vnd(base)))
    rate = figures["transfer-tax.rate"]
    steps.append(Step("rate", {"rate": rate}, whole_vnd(base * rate)))
    exempt = figures.exemption(facts.exemption, TRANSFER_TAX, "exemption")
    if exempt is not None and exempt.code == "only-home":
        days = figures["transfer-tax.only-home-days"]
        steps.append(Step("only-home", {"days": days}))
    return _shared(TRANSFER_TAX, INCOME_TAX_ITEM, base * rate, facts.sellers, exempt, steps, figures)


def gift(facts: Gift, figures: Parameters) -> list[Obligation]:
    """Return the income tax and the registration fee of each receiver; what each receives is a receipt of its own.

    Source: Nghị định 253/2026/NĐ-CP, articles 18 and 61; Nghị định 10/2022/NĐ-CP, articles 7, 8 and 10.
    Raises `ParameterMissing`, `ExemptionUnknown`, `SharesNotWhole`.
    """
    taxes = gift_tax(facts, figures.again())
    fees = registration_fee(
        figures.again(),
        facts.land,
        facts.house_value_vnd,
        facts.receivers,
        facts.registration_exemption or facts.exemption,
        kind=REGISTRATION_FEE_OF_GIFT,
    )
    return [*taxes, *fees]


def gift_tax(facts: Gift, figures: Parameters) -> list[Obligation]:
    """Return what each receiver owes of what exceeds the threshold."""
    land, steps = land_value(facts.land)
    value = land + facts.house_value_vnd
    if facts.house_value_vnd:
        steps.append(Step("house-value", {}, facts.house_value_vnd))
        steps.append(Step("land-and-house", {}, whole_vnd(value)))
    threshold, rate = figures["gift-tax.threshold"], figures["gift-tax.rate"]
    exempt = figures.exemption(facts.exemption, GIFT_TAX, "exemption")
    found = []
    for number, (share, assumed) in enumerate(_parts(facts.receivers), 1):
        own = list(steps)
        received = value * share
        if share != 1:
            own.append(Step("share", {"share": share, "assumed": assumed}, whole_vnd(received)))
        taxed = max(Fraction(0), received - threshold)
        own.append(Step("threshold", {"threshold": whole_vnd(threshold)}, whole_vnd(taxed)))
        own.append(Step("rate", {"rate": rate}, whole_vnd(taxed * rate)))
        found.append(
            _obligation(GIFT_TAX, INCOME_TAX_ITEM, taxed * rate, number, share, assumed, exempt, own, figures)
        )
    return found


def registration_fee(
    figures: Parameters,
    land: Sequence[LandPart],
    house_value_vnd: int,
    people: People,
    exemption: str | None,
    *,
    kind: str,
    contract_vnd: int | None = None,
) -> list[Obligation]:
    """Return the fee (lệ phí trước bạ) of each new holder: half a percent of the value by the tables, up to the cap.

    Where a contract has one price for land and house, and it is higher, it is the value. Whether the coefficient K
    applies to the land is a parameter. Source: Nghị định 10/2022/NĐ-CP, articles 7, 8 and 10.
    """
    by_table, steps = land_value(land, with_coefficient=figures["registration-fee.with-coefficient"] != 0)
    value = by_table + house_value_vnd
    if house_value_vnd:
        steps.append(Step("house-value", {}, house_value_vnd))
        steps.append(Step("land-and-house", {}, whole_vnd(value)))
    if contract_vnd is not None and contract_vnd > value:
        value = Fraction(contract_vnd)
        steps.append(Step("contract-is-higher", {}, contract_vnd))
    rate, cap = figures["registration-fee.rate"], figures["registration-fee.cap"]
    fee = value * rate
    steps.append(Step("rate", {"rate": rate}, whole_vnd(fee)))
    if fee > cap:
        fee = cap
        steps.append(Step("cap", {}, whole_vnd(cap)))
    exempt = figures.exemption(exemption, kind, "registrationExemption")
    return _shared(REGISTRATION_FEE, REGISTRATION_FEE_ITEM, fee, people, exempt, steps, figures)


def _shared(
    kind: str,
    item: str,
    amount: Fraction,
    people: People,
    exempt: Exemption | None,
    steps: Sequence[Step],
    figures: Parameters,
) -> list[Obligation]:
    """Return an amount as each person's own obligation."""
    found = []
    for number, (share, assumed) in enumerate(_parts(people), 1):
        own = list(steps)
        if share != 1:
            own.append(Step("share", {"share": share, "assumed": assumed}, whole_vnd(amount * share)))
        found.append(_obligation(kind, item, amount * share, number, share, assumed, exempt, own, figures))
    return found


def _obligation(
    kind: str,
    item: str,
    amount: Fraction,
    number: int,
    share: Fraction,
    assumed: bool,
    exempt: Exemption | None,
    steps: list[Step],
    figures: Parameters,
) -> Obligation:
    if exempt is not None:
        steps.append(Step("exempt", {"vi": exempt.name_vi, "en": exempt.name_en}, 0))
    return Obligation(
        kind=kind,
        sub_item=item,
        amount_vnd=0 if exempt else whole_vnd(amount),
        working=tuple(steps),
        parameters=tuple(figures.used),
        payer=number,
        share=share,
        share_assumed=assumed,
        exemption=exempt,
    )


def _parts(people: People) -> tuple[tuple[Fraction, bool], ...]:
    parts = people.parts
    total = sum((share for share, _ in parts), Fraction(0))
    if total != 1 or any(share <= 0 for share, _ in parts):
        raise SharesNotWhole(field="shares", total=str(total))
    return parts

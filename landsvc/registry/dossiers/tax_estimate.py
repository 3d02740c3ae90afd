"""Turn what a dossier's slip would tell into what the calculator takes, as far as it is known: estimates only.

What is needed and not known is named, never guessed; where something stands in for it, that is named too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from landsvc.finance.obligations.model import Gift, LandPart, People, Transfer
from landsvc.finance.obligations.parameters import Exemption
from landsvc.finance.slips.content import SlipFacts, SlipLand, SlipParty

Kind = Literal["transfer", "gift"]
Role = Literal["transferor", "transferee"]
Price = tuple[int, Decimal]
"""Price of the table (đồng for each m²) and coefficient K."""
Prices = Mapping[tuple[int, str], Price]
"""By the place of a parcel in the slip (from 0) and the code of its use."""


@dataclass(frozen=True)
class EstimateCase:
    """What the calculator is given of a case. Places are those of the slip: `contract.landVnd`, `land.0.uses`.

    `facts` is None as long as something `lacking` is needed for it. `assumed` are places for which something stands in:
    today for the day of the contract, the contract's price of a house for its price by the table of houses, equal
    shares for shares nobody entered; and relief of one person or a part of the land, which is not taken off.
    """

    facts: Transfer | Gift | None
    on: date
    """The day whose prices and figures count."""
    lacking: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def day_of(facts: SlipFacts, today: date) -> date:
    """Return the day whose prices and figures count: that of the contract's effect; today where the buyer pays.

    Source: Nghị định 253/2026/NĐ-CP, article 57. Today stands in where no day was entered.
    """
    said = facts.contract
    if said is None or said.tax_payer == "buyer":
        return today
    return said.effective_on or said.signed_on or today


def case_of(
    kind: Kind | None, facts: SlipFacts, prices: Prices, exemptions: Mapping[str, Exemption], today: date
) -> EstimateCase:
    """Return what `finance.obligations.service.estimate` takes, as far as a case is known, and what it lacks.

    `facts` are those of `slip_facts.gather` or `preview`; `prices` hold on `day_of(facts, today)`, and so do
    `exemptions` (`Parameters.exemptions`), by code. `kind` says which rules a procedure follows
    (`procedures.estimate_kind`); None is lacking `dossier.procedure`. A pure function: it reads nothing.
    """
    on = day_of(facts, today)
    if kind is None:
        return EstimateCase(None, on, ("dossier.procedure",))
    land, lacking = _land(facts.land, prices)
    assumed = [] if facts.contract and _day_said(facts) else ["contract.effectiveOn"]
    people: dict[Role, People] = {}
    for role in ("transferor", "transferee") if kind == "transfer" else ("transferee",):
        people[role], missing, equal = _people(role, facts.parties)
        lacking, assumed = [*lacking, *missing], [*assumed, *equal]
    price, unpriced = _contract_vnd(facts) if kind == "transfer" else (0, [])
    house = facts.contract.assets_vnd if facts.contract else None
    if facts.assets or house:
        assumed.append("contract.assetsVnd")
    if lacking := [*unpriced, *lacking]:
        return EstimateCase(None, on, tuple(lacking), tuple(assumed))
    taxed, fee, partly = _relief(kind, facts, exemptions)
    found = (
        Transfer(
            land,
            price,
            house or 0,
            people["transferor"],
            people["transferee"],
            taxed,
            fee,
            one_price_for_both=bool(facts.assets) and house is None,
        )
        if kind == "transfer"
        else Gift(land, house or 0, people["transferee"], taxed, fee)
    )
    return EstimateCase(found, on, (), (*assumed, *partly))


def _day_said(facts: SlipFacts) -> bool:
    said = facts.contract
    return said is not None and (said.effective_on or said.signed_on) is not None


def _land(land: Sequence[SlipLand], prices: Prices) -> tuple[list[LandPart], list[str]]:
    """Return each use of each parcel with its price; a use whose area is not told has all of the parcel if alone."""
    parts: list[LandPart] = []
    lacking: list[str] = [] if land else ["land"]
    for at, each in enumerate(land):
        if not each.uses:
            lacking.append(f"land.{at}.uses")
        for number, use in enumerate(each.uses):
            area = use.area_m2 if use.area_m2 is not None or len(each.uses) > 1 else each.area_m2
            price = prices.get((at, use.code))
            if area is None:
                lacking.append(f"land.{at}.uses.{number}.areaM2")
            if price is None:
                lacking.append(f"land.{at}.price.{use.code}")
            if area is not None and price is not None:
                parts.append(LandPart(Decimal(str(area)), *price))
    return parts, lacking


def _people(role: Role, parties: Sequence[SlipParty]) -> tuple[People, list[str], list[str]]:
    """Return who gives or receives, what is lacking of them, and what is assumed."""
    found = [each for each in parties if each.role == role]
    if not found:
        return People(), [f"parties.{role}"], []
    shares = [Fraction(each.share) for each in found if each.share]
    if not shares:
        return People(count=len(found)), [], [f"parties.{role}.share"] if len(found) > 1 else []
    if len(shares) < len(found) or sum(shares) != 1:
        return People(), [f"parties.{role}.share"], []
    return People(shares=shares), [], []


def _contract_vnd(facts: SlipFacts) -> tuple[int, list[str]]:
    """Return the price of all that is sold (đồng); nothing where there is said to be no contract or price."""
    if {"contract", "price"} & set(facts.said_none):
        return 0, []
    said = facts.contract
    if said is None or said.land_vnd is None:
        return 0, ["contract.landVnd"]
    return said.land_vnd + (said.assets_vnd or 0), []


def _relief(
    kind: Kind, facts: SlipFacts, exemptions: Mapping[str, Exemption]
) -> tuple[str | None, str | None, list[str]]:
    """Return the grounds that free of the income tax and of the registration fee, and relief that is not taken off."""
    tax, fee = (
        ("transfer-tax", "registration-fee") if kind == "transfer" else ("gift-tax", "registration-fee-gift")
    )
    freed: dict[str, str] = {}
    partly = []
    for at, each in enumerate(facts.relief):
        known = exemptions.get(each.code)
        if known is None or each.deferral or not _of_all(each.who, each.area_m2, facts):
            partly.append(f"relief.{at}")
            continue
        freed |= {name: each.code for name in (tax, fee) if name in known.kinds}
    return freed.get(tax), freed.get(fee), partly


def _of_all(who: str | None, area_m2: float | None, facts: SlipFacts) -> bool:
    """Tell whether relief is of everybody in its role and of all land; the calculator knows no other."""
    total = sum(each.area_m2 or 0 for each in facts.land)
    if area_m2 is not None and area_m2 < total:
        return False
    if who is None:
        return True
    beside = [
        {each.party for each in facts.parties if each.role == role} for role in ("transferor", "transferee")
    ]
    return any(parties == {who} for parties in beside)

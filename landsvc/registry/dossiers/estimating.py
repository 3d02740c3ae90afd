"""Estimate what a dossier's parties will owe before the tax office says it, for officers: estimates only.

Read from what the slip would tell, so that slip and estimate never differ; prices are those of the day of the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.finance.obligations.model import Obligation
from landsvc.finance.obligations.parameters import Parameters
from landsvc.finance.obligations.service import estimate, parameters_on
from landsvc.finance.prices.entries import LandPrice
from landsvc.finance.prices.service import price_of
from landsvc.finance.slips.content import SlipFacts
from landsvc.registry.dossiers.model import ParcelLine
from landsvc.registry.dossiers.procedures import estimate_kind
from landsvc.registry.dossiers.tax_estimate import EstimateCase, Kind, Prices, case_of, day_of


@dataclass(frozen=True)
class DossierEstimate:
    """What would be owed, the figures it rests on, and the case; nothing is owed where the case lacks something."""

    case: EstimateCase
    obligations: Sequence[Obligation]
    figures: Parameters


def estimate_of(session: Session, facts: SlipFacts, parcels: Sequence[ParcelLine]) -> DossierEstimate:
    """Return what would be owed by what a dossier's slip would tell (`slip_facts.preview`).

    `parcels` are those of the dossier (`service.get_whole`). Raises `ParameterMissing`.
    """
    today = clock.today()
    on = day_of(facts, today)
    figures = parameters_on(session, on)
    case = case_of(
        cast(Kind | None, estimate_kind(session, facts.dossier.procedure)),
        facts,
        prices_on(session, facts, parcels, on),
        figures.exemptions,
        today,
    )
    return DossierEstimate(case, estimate(case.facts, figures) if case.facts else (), figures)


def prices_on(session: Session, facts: SlipFacts, parcels: Sequence[ParcelLine], on: date) -> Prices:
    """Return what the uses of a slip's land cost on a day, as far as the table of that day says."""
    units = {(each.ref, each.code): each.unit_id for each in parcels}
    found = {}
    for at, land in enumerate(facts.land):
        for code in {use.code for use in land.uses}:
            price = price_of(session, units[land.ref, land.code], code, on)
            if isinstance(price, LandPrice):
                found[at, code] = price.unit_price_vnd, price.coefficient
    return found

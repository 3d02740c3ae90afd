"""Estimate what is owed, by the figures in force on a day. Estimates only: the tax office's notice decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from landsvc.finance.obligations import land_rules, queries, rules
from landsvc.finance.obligations.model import ChangeOfUse, Gift, LandTax, Obligation, RiceLand, Transfer
from landsvc.finance.obligations.parameters import Parameters

Facts = Transfer | Gift | LandTax | ChangeOfUse | RiceLand


def parameters_on(session: Session, on: date) -> Parameters:
    """Return every figure, reason for exemption and term of payment in force on a day."""
    return Parameters.of(
        on, queries.figures(session, on), queries.exemptions(session, on), queries.terms(session, on)
    )


def estimate(facts: Facts, figures: Parameters) -> Sequence[Obligation]:
    """Return what would be owed; raise what the rules raise."""
    match facts:
        case Transfer():
            return rules.transfer(facts, figures)
        case Gift():
            return rules.gift(facts, figures)
        case LandTax():
            return [land_rules.land_tax(facts, figures.again())]
        case ChangeOfUse():
            return [land_rules.change_of_use(facts, figures.again())]
        case RiceLand():
            return [land_rules.rice_land(facts, figures.again())]

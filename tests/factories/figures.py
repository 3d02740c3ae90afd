"""Figures of the law as `gis_data/finance` ships them, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from landsvc.finance.obligations.parameters import Exemption, Parameter, Parameters, PaymentTerm
from landsvc.finance.obligations.queries import instalments
from landsvc.finance.obligations.reference import read

FOLDER = Path(__file__).parents[2] / "gis_data" / "finance"
NAMED = ("name_vi", "name_en", "law", "certainty")


def figures_on(on: date, **changed: int) -> Parameters:
    """Return what is in force on a day, some values changed."""
    figures = [
        Parameter(row["code"], Decimal(row["value"]), row["unit"], *(row[name] for name in NAMED))
        for row in _rows("parameters", on)
    ]
    exemptions = [
        Exemption(row["code"], tuple(row["kinds"].split()), *(row[name] for name in NAMED))
        for row in _rows("exemptions", on)
    ]
    terms = [
        PaymentTerm(
            row["kind"],
            row["payer"],
            row["notice_days"] and int(row["notice_days"]),
            instalments(row["instalments"]),
            row["law"],
            row["certainty"],
        )
        for row in _rows("payment_terms", on)
    ]
    figures = [replace(each, value=Decimal(changed.get(each.code, each.value))) for each in figures]
    return Parameters.of(on, figures, exemptions, terms)


def _rows(name: str, on: date):
    for row in read(FOLDER / f"{name}.csv"):
        if row["valid_from"] <= on.isoformat() and (row["valid_to"] or "9999") >= on.isoformat():
            yield row

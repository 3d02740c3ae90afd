"""Typed doors to the named statements about figures of the law. Only this package's service calls them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.obligations.parameters import Exemption, Instalment, Parameter, PaymentTerm

SQL = statements("finance", "queries_obligations.sql")


def put(session: Session, statement: str, rows: list[dict[str, Any]]) -> None:
    """Add rows whose code is free in their time."""
    rows_of(session, SQL[statement], rows=json.dumps(rows))


def figures(session: Session, on: date) -> list[Parameter]:
    """Return the figures in force on a day."""
    found = rows_of(session, SQL["parameters_on"], on=on)
    return [Parameter(row[0], Decimal(row[1]), *row[2:]) for row in found]


def exemptions(session: Session, on: date) -> list[Exemption]:
    """Return the reasons for exemption in force on a day."""
    found = rows_of(session, SQL["exemptions_on"], on=on)
    return [Exemption(row[0], tuple(row[1]), *row[2:]) for row in found]


def terms(session: Session, on: date) -> list[PaymentTerm]:
    """Return the terms of payment in force on a day."""
    found = rows_of(session, SQL["payment_terms_on"], on=on)
    return [PaymentTerm(row[0], row[1], row[2], instalments(row[3]), *row[4:]) for row in found]


def instalments(text: str) -> tuple[Instalment, ...]:
    """Read `50@30 50@90`: percent, and days after the notice."""
    return tuple(Instalment(*map(int, each.split("@"))) for each in text.split())

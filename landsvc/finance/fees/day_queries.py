"""Typed doors to the named statements about the days of cashiers. Only this package's services call them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.fees.day_entries import Close, Counted, DrawerDay, Money, Office

SQL = statements("finance", "queries_fee_days.sql")


def offices(session: Session, codes: Sequence[str] | None) -> list[Office]:
    """Return the branches of some codes, all without any."""
    return [Office(*row) for row in rows_of(session, SQL["fee_offices"], codes=codes)]


def money(session: Session, first: date, last: date, branches: Sequence[str] | None) -> list[Money]:
    """Return money that counts for some days."""
    return [Money(*row) for row in _between(session, "fee_money", first, last, branches)]


def drawers(session: Session, first: date, last: date, branches: Sequence[str] | None) -> list[DrawerDay]:
    """Return the days of drawers that have money."""
    return [DrawerDay(*row) for row in _between(session, "fee_drawers", first, last, branches)]


def closes(session: Session, first: date, last: date, branches: Sequence[str] | None) -> list[Close]:
    """Return the closes of some days, corrections after what they correct."""
    return [Close(*row) for row in _between(session, "fee_closes", first, last, branches)]


def close(session: Session, number: int) -> Close | None:
    """Return one close."""
    found = rows_of(session, SQL["fee_close"], id=number)
    return Close(*found[0]) if found else None


def add_close(
    session: Session,
    counted: Counted,
    *,
    account_id: int,
    cashier_id: int,
    branch: str,
    day: date,
    corrects_id: int | None = None,
) -> int:
    """Close a day of a drawer, or correct a close; return its number."""
    found = rows_of(
        session,
        SQL["add_fee_close"],
        cashier_id=cashier_id,
        branch=branch,
        cash_day=day,
        corrects_id=corrects_id,
        counted_vnd=counted.vnd,
        reason=counted.reason,
        note=counted.note,
        account_id=account_id,
    )
    return int(found[0][0])


def _between(session: Session, name: str, first: date, last: date, branches: Sequence[str] | None) -> list[Any]:
    return rows_of(session, SQL[name], first=first, last=last, branches=branches)

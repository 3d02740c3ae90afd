"""Typed doors to the named statements about fees. Only this package's services call them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.fees.entries import Entry, Order, Rate, Receipt, Unplaced

SQL = statements("finance", "queries_fees.sql")


def put(session: Session, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows of the schedule that the database lacks."""
    _rows(session, statement, rows=json.dumps(rows))


def rates(session: Session, *, procedure: str, on_day: date) -> list[Rate]:
    """Return what a procedure costs on a day."""
    return [Rate(*row) for row in _rows(session, "fee_rates", procedure=procedure, on_day=on_day)]


def add_order(session: Session, *, dossier: str, purpose: str, branch: str, account_id: int) -> int | None:
    """Ask for a fee; return the order's id, None where the dossier was asked already."""
    found = _rows(
        session, "add_fee_order", dossier=dossier, purpose=purpose, branch=branch, account_id=account_id
    )
    return int(found[0][0]) if found else None


def add_entry(session: Session, order_id: int, kind: str, amount_vnd: int, account_id: int, **more: Any) -> int:
    """Add an entry to an order; return its id."""
    given = dict.fromkeys(("fee", "channel", "channel_payment_id", "reverses_id", "reason")) | more
    found = _rows(
        session,
        "add_fee_entry",
        order_id=order_id,
        kind=kind,
        amount_vnd=amount_vnd,
        account_id=account_id,
        **given,
    )
    return int(found[0][0])


def post_channel_fees(session: Session, *, ids: Sequence[int], account_id: int) -> int:
    """Enter what channels took for orders we know; return how many payments."""
    return len(_rows(session, "post_channel_fees", ids=list(ids), account_id=account_id))


def post_earlier_channel_fees(session: Session, *, most: int, account_id: int) -> int:
    """Enter what channels took and no event tells of any more; return how many payments."""
    return len(_rows(session, "post_earlier_channel_fees", most=most, account_id=account_id))


def order(session: Session, code: str) -> Order | None:
    """Return an order as it stands."""
    found = _rows(session, "fee_order", code=code)
    return Order(*found[0]) if found else None


def orders_of(session: Session, dossier: str) -> list[Order]:
    """Return the orders of a dossier as they stand."""
    return [Order(*row) for row in _rows(session, "fee_orders_of", dossier=dossier)]


def entries(session: Session, order_id: int) -> list[Entry]:
    """Return the entries of an order."""
    return [Entry(*row) for row in _rows(session, "fee_entries", order_id=order_id)]


def receipt(session: Session, *, code: str, receipt_no: str) -> Receipt | None:
    """Return a receipt of an order."""
    found = _rows(session, "fee_receipt", code=code, receipt_no=receipt_no)
    return Receipt(*found[0]) if found else None


def unsettled(session: Session, *, branches: Sequence[str] | None, most: int) -> list[Order]:
    """Return orders with something owed or paid too much."""
    return [Order(*row) for row in _rows(session, "fees_open", branches=branches, most=most)]


def unplaced(session: Session, *, most: int) -> list[Unplaced]:
    """Return fees that channels took for no order we know."""
    return [Unplaced(*row) for row in _rows(session, "fees_unplaced", most=most)]


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

"""Typed doors to the named statements of `finance`. Only this room's service calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.entries import FamilyPayment, Payment

SQL = statements("finance")
COLUMNS = (
    "channel",
    "reference_no",
    "line_no",
    "unit_id",
    "parcel_ref",
    "sub_item",
    "amount_vnd",
    "paid_at",
    "document_no",
    "notice_no",
    "obligation_id",
    "treasury_code",
    "tax_office_code",
    "payer_sealed",
    "payer_index",
)
"""Of a payment that is taken in with others."""


def payment_by_reference(session: Session, *, channel: str, reference_no: str, line_no: int) -> Payment | None:
    """Return the payment that bears a reference of a channel."""
    found = _rows(session, "payment_by_reference", channel=channel, reference_no=reference_no, line_no=line_no)
    return Payment(*found[0]) if found else None


def payment_of_id(session: Session, *, payment_id: int) -> Payment | None:
    """Return one payment."""
    found = _rows(session, "payment_of_id", id=payment_id)
    return Payment(*found[0]) if found else None


def payments_of_payer(session: Session, *, indexes: list[bytes], after: int, page: int) -> list[Payment]:
    """Return up to `page` + 1 payments of the payer with one of these digests, after one."""
    return [Payment(*row) for row in _rows(session, "payments_of_payer", indexes=indexes, after=after, page=page)]


def add_payment(session: Session, **stated: Any) -> int | None:
    """Take a payment in; return its id, None when its reference was taken."""
    found = _rows(session, "add_payment", **stated)
    return found[0][0] if found else None


def payments_by_references(
    session: Session, keys: Sequence[tuple[str, str, int]]
) -> dict[tuple[str, str, int], Payment]:
    """Return which of some references (channel, reference, line) stand for a payment, and for which."""
    channels, references, lines = ([key[at] for key in keys] for at in range(3))
    found = _rows(session, "payments_by_references", channels=channels, references=references, lines=lines)
    return {(each.channel, each.reference_no, each.line_no): each for each in (Payment(*row) for row in found)}


def add_payments(
    session: Session, *, api_client_id: int, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str, int], int]:
    """Take payments in, in their order; return the ids of those whose reference was not taken."""
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    found = _rows(session, "add_payments", api_client_id=api_client_id, **columns)
    return {(channel, reference_no, line_no): number for number, channel, reference_no, line_no in found}


def announce_payments(session: Session, *, payments: Sequence[int]) -> None:
    """Write the events of payments."""
    _rows(session, "announce_payments", payments=list(payments))


def announce_payment(session: Session, *, unit_id: int | None, payment_id: int) -> None:
    """Write the event of a payment."""
    _rows(session, "announce_payment", unit_id=unit_id, payment_id=payment_id)


def payments_unplaced(session: Session, *, after: int, page: int) -> list[Payment]:
    """Return up to `page` + 1 payments after one of which nobody knows the parcel."""
    return [Payment(*row) for row in _rows(session, "payments_unplaced", after=after, page=page)]


def place_payment(session: Session, *, payment_id: int, unit_id: int, account_id: int, reason: str) -> None:
    """Keep which parcel a payment is for."""
    _rows(session, "place_payment", payment_id=payment_id, unit_id=unit_id, account_id=account_id, reason=reason)


def payments_after(session: Session, *, unit_id: int | None, after: int, page: int) -> list[Payment]:
    """Return up to `page` + 1 payments after one, of one parcel or (None) of all."""
    if unit_id is None:
        found = _rows(session, "all_payments_after", after=after, page=page)
    else:
        found = _rows(session, "payments_after", unit_id=unit_id, after=after, page=page)
    return [Payment(*row) for row in found]


def payments_of_family(session: Session, *, unit_id: int, before: int, page: int) -> list[FamilyPayment]:
    """Return up to `page` + 1 payments of a parcel, its ancestors and undone pieces, before one (0: from the last)."""
    found = _rows(session, "payments_of_family", unit_id=unit_id, before=before, page=page)
    return [FamilyPayment(Payment(*row[:-2]), *row[-2:]) for row in found]


def paid_for(session: Session, *, unit_id: int) -> tuple[int, int]:
    """Return the number and the sum (đồng) of a parcel's own payments."""
    count, total = _rows(session, "paid_for", unit_id=unit_id)[0]
    return count, int(total)


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return rows_of(session, SQL[statement], **params)

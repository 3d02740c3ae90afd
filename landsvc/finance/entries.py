"""Say what a payment is, as it was taken in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Payment:
    """One payment as it was taken in; names of the sub-item are None where the code is not known."""

    id: int
    channel: str
    reference_no: str
    line_no: int
    unit_id: int | None
    parcel_ref: str | None
    sub_item: str
    amount_vnd: int
    paid_at: datetime
    document_no: str | None
    notice_no: str | None
    obligation_id: str | None
    treasury_code: str | None
    tax_office_code: str | None
    payer_ref: str | None
    payer_sealed: bytes | None
    received_at: datetime
    sub_item_name: str | None
    sub_item_name_en: str | None
    placed: bool
    """Whether it is known which parcel it is for."""


@dataclass(frozen=True)
class FamilyPayment:
    """A payment of a parcel (`away` 0) or of one it came from, so many generations back."""

    payment: Payment
    away: int
    undone: bool = False
    """Whether it was paid for a piece of that parcel, or for what it became, and that change was undone."""

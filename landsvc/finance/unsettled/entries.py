"""Say what is not settled of payments. Money in whole đồng; of payers nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

KINDS = ("unplaced", "unmatched", "overpaid", "ended", "late")
"""Of no known parcel; something of it on no line; more than its line asks; on a notice cancelled or replaced; after its
day due."""


@dataclass(frozen=True)
class Span:
    """Days in Vietnam on which money was paid, first and last, and the tax office; None for all."""

    since: date
    until: date
    office: str | None = None


@dataclass(frozen=True)
class Count:
    """How many payments, and what of them is not settled."""

    count: int
    sum_vnd: int


@dataclass(frozen=True)
class Unsettled:
    """A payment that is not settled; `odd_vnd` is how much of it."""

    key: int
    payment_id: int
    channel: str
    reference_no: str
    line_no: int
    paid_at: datetime
    sub_item: str
    amount_vnd: int
    odd_vnd: int
    tax_office_code: str | None
    parcel_ref: str | None
    notice_no: str | None
    dossier_code: str | None
    is_dossier: bool
    state: str | None
    due_on: date | None
    days_late: int | None


@dataclass(frozen=True)
class StandsOn:
    """A line of a notice a payment stands on, with how much of it, and how the line stands."""

    notice_no: str
    line_no: int
    dossier_code: str | None
    is_dossier: bool
    vnd: int
    amount_vnd: int
    paid_vnd: int
    state: str

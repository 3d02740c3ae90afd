"""What lies in the drawers of cashiers, and what they counted. Money in whole đồng."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Office:
    """A branch whose money can be read."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class Money:
    """Money taken (above zero) or paid back, and the day it counts for.

    What undoes an entry has the way and the cashier of what it undoes. Money that a channel told has no cashier.
    """

    at: datetime
    day: date
    kind: str
    counts_as: str
    amount_vnd: int
    channel: str
    channel_vi: str
    channel_en: str
    receipt_no: str | None
    order: str
    dossier: str | None
    branch: str
    cashier_id: int | None
    cashier: str | None
    refund_no: str | None


@dataclass(frozen=True)
class Drawer:
    """What one cashier took and paid back on a day at one branch by one way."""

    day: date
    branch: str
    cashier_id: int | None
    cashier: str | None
    channel: str
    channel_vi: str
    channel_en: str
    count: int
    taken_vnd: int
    paid_back_vnd: int

    @property
    def kept_vnd(self) -> int:
        """Return what was taken less what was paid back."""
        return self.taken_vnd - self.paid_back_vnd


@dataclass(frozen=True)
class DrawerDay:
    """A day of one cashier at one branch; `cash_vnd` is what the ledger says of cash."""

    day: date
    branch: str
    cashier_id: int
    cashier: str | None
    count: int
    cash_vnd: int
    closed: bool


@dataclass(frozen=True)
class Counted:
    """What somebody counted, less what the drawer began with; why it differs from the ledger."""

    vnd: int
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Close:
    """A close of a day, or what somebody else put right of it; `difference_vnd` above zero is too much."""

    id: int
    day: date
    branch: str
    cashier_id: int
    cashier: str | None
    corrects_id: int | None
    count: int
    cash_vnd: int
    counted_vnd: int
    difference_vnd: int
    reason: str | None
    note: str | None
    account_id: int
    by: str | None
    at: datetime
    corrected: bool

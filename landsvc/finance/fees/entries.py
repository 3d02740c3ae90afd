"""What the office asks for its work, and what became of it. Money in whole đồng."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Item:
    """One fee to ask for; `waived_vnd` of it is waived, for a reason."""

    fee: str
    amount_vnd: int
    waived_vnd: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Rate:
    """What a procedure costs, and how many percent of it are waived by which decision."""

    code: str
    name_vi: str
    name_en: str
    amount_vnd: int
    percent: int
    waiver_vi: str

    def item(self) -> Item:
        """Return what is asked for; what is waived is rounded down to whole đồng."""
        return Item(self.code, self.amount_vnd, self.amount_vnd * self.percent // 100, self.waiver_vi)


@dataclass(frozen=True)
class Order:
    """What was asked for one dossier, as it stands; a `balance_vnd` above zero is owed, below it paid too much."""

    id: int
    code: str
    dossier: str | None
    purpose: str
    branch: str
    made_at: datetime
    charged_vnd: int
    waived_vnd: int
    paid_vnd: int
    refunded_vnd: int
    balance_vnd: int
    state: str


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: above zero it raises what is owed."""

    id: int
    kind: str
    amount_vnd: int
    fee: str | None
    channel: str | None
    reason: str | None
    receipt_no: str | None
    account_id: int
    at: datetime
    is_reversed: bool
    fee_vi: str | None
    fee_en: str | None
    channel_payment_id: int | None
    refund_no: str | None
    cash_day: date | None


@dataclass(frozen=True)
class Receipt:
    """A payment with its number and what it was for; it names no payer. `asked` has names, amounts and laws."""

    order: str
    receipt_no: str
    dossier: str | None
    branch: str
    branch_vi: str | None
    branch_en: str | None
    at: datetime
    amount_vnd: int
    channel_vi: str
    channel_en: str
    reference_no: str | None
    undone_at: datetime | None
    asked: Sequence[Mapping[str, Any]]
    waived_vnd: int


@dataclass(frozen=True)
class Unplaced:
    """A fee that a channel took for no order we know."""

    id: int
    channel: str
    reference_no: str
    order_code: str | None
    amount_vnd: int
    paid_at: datetime

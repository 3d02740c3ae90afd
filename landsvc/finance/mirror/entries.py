"""What a notice says, and how it stands. Money in whole đồng."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Due:
    """A part of an obligation and the last day to pay it."""

    on: date
    amount_vnd: int


@dataclass(frozen=True)
class StatedLine:
    """One obligation (khoản phải nộp) as the tax office states it."""

    line_no: int
    sub_item: str
    amount_vnd: int
    obligation_id: str | None = None
    exemption: str | None = None
    dues: Sequence[Due] = ()


@dataclass(frozen=True)
class StatedNotice:
    """A notice (thông báo nộp tiền) as the tax office states it."""

    tax_office_code: str
    notice_no: str
    issued_on: date
    lines: Sequence[StatedLine]
    dossier_code: str | None = None
    slip_no: str | None = None
    of_total: int | None = None
    supersedes_no: str | None = None
    payer_ref: str | None = None
    parcel_ref: str | None = None
    period: str | None = None
    """Kỳ thuế: a year, a quarter (2026-Q1) or a month (2026-03)."""


@dataclass(frozen=True)
class StatedAct:
    """What became of a notice: `kind` is cancelled, confirmed or deferred (until a day)."""

    kind: str
    reference_no: str
    acted_on: date
    until_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LinePlace:
    """A line of a notice by the notice's number here."""

    notice_id: int
    line_no: int


@dataclass(frozen=True)
class StatedMove:
    """What the tax office says money is for instead: taken off a line (or off none), put on another."""

    reference_no: str
    source: LinePlace | None
    target: LinePlace
    amount_vnd: int
    reason: str


@dataclass(frozen=True)
class LineStanding:
    """A line, what was paid for it, and its state: ISSUED, PARTIAL, PAID, OVERPAID, CANCELLED or REPLACED."""

    line: StatedLine
    paid_vnd: int
    state: str
    payment_code: str | None = None
    """What a transfer may name the obligation by, where its id is too long (mã nộp tiền)."""


@dataclass(frozen=True)
class NoticeStanding:
    """A notice as it was taken in, and how it stands now; the payer's number as far as the reader may see it."""

    id: int
    stated: StatedNotice
    received_at: datetime
    lines: Sequence[LineStanding]
    acts: Mapping[str, StatedAct]


@dataclass(frozen=True)
class DossierMoney:
    """How the notices of a dossier stand together: those in force, how many are settled, đồng owed and paid."""

    notices: int
    expected: int
    settled: int
    deferred: bool
    confirmed: bool
    owed_vnd: int
    paid_vnd: int

    @property
    def state(self) -> str | None:
        """Return paid, deferred or exempt once every notice that is expected is settled; None until then."""
        if not self.notices or self.notices < self.expected or self.settled < self.notices:
            return None
        return "deferred" if self.deferred else "paid" if self.confirmed else "exempt"

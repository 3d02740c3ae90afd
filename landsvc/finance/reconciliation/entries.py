"""What a day's reconciliation is made of. Money in whole đồng; a day is one in Vietnam."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

TAX_STREAMS = ("slips", "notices", "payments")
"""Streams between us and a tax office, which sends a list of each."""
CHANNEL_STREAMS = ("channel", "channel-tax", "fees", "refunds")
STREAMS = (*TAX_STREAMS, *CHANNEL_STREAMS)


@dataclass(frozen=True)
class Day:
    """A stream of a day: between us and a tax office or a channel (`party`)."""

    stream: str
    party: str
    on: date


@dataclass(frozen=True)
class ListedTotal:
    """Count and sum of a stream as the tax office counts them."""

    stream: str
    count: int
    sum_vnd: int


@dataclass(frozen=True)
class ListedLine:
    """One slip, notice or payment as the tax office lists it."""

    stream: str
    key: str
    amount_vnd: int
    digest: str | None = None


@dataclass(frozen=True)
class StatedList:
    """What the tax office counts of a day; its lines may be gone through more than once."""

    tax_office_code: str
    on: date
    version: int
    totals: Sequence[ListedTotal]
    lines: Iterable[ListedLine]


@dataclass(frozen=True)
class KeptList:
    """A list of the tax office that was taken in."""

    id: int
    tax_office_code: str
    on: date
    version: int
    sha256: bytes
    received_at: datetime
    streams: Sequence[str]


@dataclass(frozen=True)
class Run:
    """How the two sides of a stream of a day compare."""

    id: int
    stream: str
    party: str
    on: date
    version: int
    list_version: int | None
    our_count: int
    our_sum_vnd: int
    their_count: int
    their_sum_vnd: int
    matched_count: int
    matched_sum_vnd: int
    missing_count: int
    missing_sum_vnd: int
    extra_count: int
    extra_sum_vnd: int
    different_count: int
    different_sum_vnd: int
    at: datetime
    account_id: int


@dataclass(frozen=True)
class Item:
    """A line that a side lacks or has otherwise, and how it stands: open, resolved or cleared."""

    id: int
    fact: UUID
    kind: str
    key: str
    for_day: date
    our_vnd: int | None
    their_vnd: int | None
    our_detail: str | None
    their_detail: str | None
    our_at: datetime | None
    their_at: datetime | None
    cleared_on: date | None
    state: str
    reason: str | None
    note: str | None
    account_id: int | None
    resolved_at: datetime | None


@dataclass(frozen=True)
class Cleared:
    """What an earlier comparison found and a later one no more."""

    kind: str
    key: str
    our_vnd: int | None
    their_vnd: int | None
    version: int
    at: datetime | None


@dataclass(frozen=True)
class Decision:
    """Why an item was settled, or that it was opened again."""

    fact: UUID
    kind: str
    reason: str | None
    note: str
    account_id: int
    at: datetime
    key: str


@dataclass(frozen=True)
class Reason:
    """A reason for which a difference may be settled; the last day is in its validity."""

    code: str
    name_vi: str
    name_en: str
    valid_from: date | None
    valid_to: date | None
    source: str
    certainty: str

    def holds_on(self, day: date) -> bool:
        """Return whether it is in force on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


@dataclass(frozen=True)
class DayLine:
    """A stream of a day in the list of days."""

    stream: str
    party: str
    on: date
    has_ours: bool
    needs_list: bool
    """Whether there is nothing to compare without their list."""
    listed: int | None
    """The newest version of their list."""
    list_version: int | None
    """The version that was compared."""
    run_id: int | None
    our_count: int | None
    our_sum_vnd: int | None
    their_count: int | None
    their_sum_vnd: int | None
    matched_count: int | None
    compared_at: datetime | None
    open: int
    settled: int
    locked_at: datetime | None

    @property
    def state(self) -> str:
        """Return locked, open, agrees, waiting (for their list) or due (to be compared)."""
        if self.open:
            return "open"
        if self.locked_at:
            return "locked"
        if self.needs_list and self.listed is None:
            return "waiting"
        if self.run_id is None or self.listed != self.list_version:
            return "due"
        return "agrees"

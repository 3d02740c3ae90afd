"""Say what a file of payments says of itself, and what became of its rows. Money in whole đồng."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class StatedFile:
    """What comes beside the rows: whose file of which day it is, how many rows it has and what they come to."""

    tax_office_code: str
    day: date
    version: int
    count: int
    sum_vnd: int


@dataclass(frozen=True)
class Tally:
    """How many rows, and what they come to."""

    count: int = 0
    sum_vnd: int = 0

    def plus(self, amounts: Sequence[int]) -> Tally:
        """Return it with more rows."""
        return Tally(self.count + len(amounts), self.sum_vnd + sum(amounts))


@dataclass(frozen=True)
class FileReport:
    """A file as it was taken: rows that were new, known, or say of a known payment something else."""

    id: int
    stated: StatedFile
    sha256: bytes
    received_at: datetime
    new: Tally
    known: Tally
    different: Tally


@dataclass(frozen=True)
class KeptRow:
    """A row that was taken, or was not because its payment is known with other content: `differs` names what."""

    row_no: int
    payment_id: int
    amount_vnd: int
    differs: Sequence[str]


@dataclass(frozen=True)
class DifferentRow:
    """A row that was not taken, and the payment that stays."""

    row_no: int
    channel: str
    reference_no: str
    line_no: int
    payment_id: int
    amount_vnd: int
    differs: Sequence[str]

"""Tell what is owed by land, by case and by payer, as it stands on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.obligations.service import parameters_on
from landsvc.finance.owed.rules import Due, Late, late_of

SQL = statements("finance", "queries_owed.sql")
RATE = "late-payment.rate-per-day"


@dataclass(frozen=True)
class OwedLine:
    """A line of a notice of which something is left, in whole đồng. It names no payer."""

    dues: Sequence[Due]
    late: Late
    notice_id: int
    notice_no: str
    tax_office_code: str
    issued_on: date
    dossier: str | None
    unit_id: int | None
    parcel_ref: str | None
    period: str | None
    line_no: int
    sub_item: str
    obligation_id: str | None
    amount_vnd: int
    paid_vnd: int
    deferred_until: date | None

    @property
    def left_vnd(self) -> int:
        """Return what is left to pay."""
        return self.amount_vnd - self.paid_vnd

    @property
    def due_on(self) -> date | None:
        """Return the last day in time of the earliest part that is not paid."""
        left = self.paid_vnd
        for each in sorted(self.dues, key=lambda due: due.on):
            if left < each.vnd:
                return each.on
            left -= each.vnd
        return None


@dataclass(frozen=True)
class Owed:
    """What is owed on a day, as the tax office stated it last at `stated_at` (None: it has told nothing yet)."""

    on: date
    lines: Sequence[OwedLine]
    stated_at: datetime | None

    @property
    def left_vnd(self) -> int:
        """Return what is left to pay of all lines."""
        return sum(each.left_vnd for each in self.lines)

    @property
    def late_vnd(self) -> int:
        """Return what of it is late."""
        return sum(each.late.due_vnd for each in self.lines)

    @property
    def days_late(self) -> int:
        """Return for how many days the longest is late."""
        return max((each.late.days for each in self.lines), default=0)

    @property
    def interest_vnd(self) -> int | None:
        """Return about what being late costs up to the day, an estimate; None where the figure is not known."""
        told = [each.late.interest_vnd for each in self.lines]
        return None if None in told else sum(each or 0 for each in told)


def owed(
    session: Session,
    on: date,
    *,
    units: Sequence[int] = (),
    dossiers: Sequence[str] = (),
    payers: Sequence[bytes] = (),
) -> Owed:
    """Return what is owed of parcels, of dossiers and by payers (digests of their numbers), each line once."""
    rows = rows_of(
        session, SQL["owed_lines"], units=list(units), dossiers=list(dossiers), payers=list(payers), on_day=on
    )
    figure = parameters_on(session, on).figures.get(RATE)
    rate = None if figure is None else Fraction(figure.value)
    lines = []
    for row in rows:
        dues = [Due(day, vnd) for day, vnd in zip(row[14], row[15], strict=True)]
        late = late_of(dues, row[12], on, rate, deferred_until=row[13])
        lines.append(OwedLine(dues, late, *row[:14]))
    return Owed(on, lines, rows_of(session, SQL["last_word"])[0][0])

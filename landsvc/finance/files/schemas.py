"""Shapes of files of payments at the edge: camelCase outside, money in whole đồng."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, Day, PathModel, QueryModel, Text
from landsvc.finance.files.entries import DifferentRow, FileReport, StatedFile, Tally
from landsvc.finance.files.reading import MOST_ROWS
from landsvc.finance.schemas import Code

MOST_SUM_VND = 10**18
LISTED = 100
"""Rows that differ in the answer to an intake; GET gives the others."""


class PaymentFileQuery(QueryModel):
    """What comes beside the rows."""

    tax_office_code: Code = Field(description="Mã cơ quan thu.", json_schema_extra={"example": "7101234"})
    day: Day = Field(
        description="The day in Vietnam the file is of: none of its payments was made later.",
        json_schema_extra={"example": "2026-11-20"},
    )
    version: int = Field(
        1, ge=1, le=1000, description="Another for each file of the day; each is taken once, in any order."
    )
    count: int = Field(ge=0, le=MOST_ROWS, description="How many rows there are.")
    sum_vnd: int = Field(ge=0, le=MOST_SUM_VND, description="What they come to, whole đồng.")

    def stated(self) -> StatedFile:
        """Return it as the service takes it."""
        return StatedFile(self.tax_office_code, self.day, self.version, self.count, self.sum_vnd)


class PaymentFilePath(PathModel):
    """Which file."""

    file: int = Field(ge=1, le=2**63 - 1, description="The `id` its intake answered.")


class PaymentFileRowsQuery(QueryModel):
    """Which page of the rows that differ."""

    limit: int = Field(LISTED, ge=1, le=1000, description="How many rows that differ to give at most.")
    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None,
        description="Where to go on: taken from the `next` link.",
        json_schema_extra={"pattern": "^z[0-9a-f]{1,15}$"},
    )


class RowTally(ApiModel):
    """How many rows, and what they come to."""

    count: int
    sum_vnd: int = Field(description="Whole đồng.")

    @classmethod
    def of(cls, tally: Tally) -> RowTally:
        """Shape a tally."""
        return cls(count=tally.count, sum_vnd=tally.sum_vnd)


class DifferentRowOut(ApiModel):
    """A row that was not taken: its payment is known with other content, which stays."""

    row: int = Field(description="Its number in the file; the first after the header is 1.")
    channel: str
    reference_no: str
    line_no: int
    payment: int = Field(description="The payment that stays.")
    amount_vnd: int = Field(description="As the row states it.")
    differs: list[str] = Field(description="What the row says otherwise.")

    @classmethod
    def of(cls, row: DifferentRow) -> DifferentRowOut:
        """Shape a row."""
        return cls(
            row=row.row_no,
            channel=row.channel,
            reference_no=row.reference_no,
            line_no=row.line_no,
            payment=row.payment_id,
            amount_vnd=row.amount_vnd,
            differs=list(row.differs),
        )


class PaymentFileOut(ApiModel):
    """What became of a file; the three parts come to the whole."""

    id: int
    tax_office_code: str
    day: date
    version: int
    count: int
    sum_vnd: int
    sha256: str = Field(description="Digest of what the rows say, the same for CSV and NDJSON.")
    received_at: datetime
    new: RowTally = Field(description="Taken in by this file.")
    known: RowTally = Field(description="Known before as the row says it.")
    different: RowTally = Field(description="Not taken: known before with other content.")
    differences: list[DifferentRowOut] = Field(description="The first of those; `next` leads to the others.")
    number_returned: int
    next: str | None

    @classmethod
    def of(cls, report: FileReport, rows: Sequence[DifferentRow], following: str | None) -> PaymentFileOut:
        """Shape a report."""
        return cls(
            id=report.id,
            tax_office_code=report.stated.tax_office_code,
            day=report.stated.day,
            version=report.stated.version,
            count=report.stated.count,
            sum_vnd=report.stated.sum_vnd,
            sha256=report.sha256.hex(),
            received_at=report.received_at,
            new=RowTally.of(report.new),
            known=RowTally.of(report.known),
            different=RowTally.of(report.different),
            differences=[DifferentRowOut.of(each) for each in rows],
            number_returned=len(rows),
            next=following,
        )

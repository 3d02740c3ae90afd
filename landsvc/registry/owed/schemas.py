"""Shapes of what is owed, for officers: whole đồng, no payer."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, Day, QueryModel
from landsvc.finance.owed.service import Owed, OwedLine


class ArrearsQuery(QueryModel):
    """On which day."""

    on: Day | SkipJsonSchema[None] = Field(None, description="The day it is owed on; today without it.")


class OwedLineOut(ApiModel):
    """A line of a notice of which something is left."""

    notice_no: str
    tax_office_code: str
    issued_on: date
    dossier: str | None
    parcel: str | None = Field(description="As the tax office named it.")
    period: str | None
    sub_item: str = Field(description="Tiểu mục.")
    amount_vnd: int
    paid_vnd: int
    left_vnd: int
    due_on: date | None = Field(description="Last day in time of the earliest part that is not paid.")
    deferred_until: date | None
    late_vnd: int = Field(description="What of it is late.")
    days_late: int
    interest_vnd: int | None = Field(
        description="About what being late costs up to the day; the tax office computes it. Null: no figure."
    )

    @classmethod
    def of(cls, line: OwedLine) -> OwedLineOut:
        """Shape a line."""
        return cls(
            notice_no=line.notice_no,
            tax_office_code=line.tax_office_code,
            issued_on=line.issued_on,
            dossier=line.dossier,
            parcel=line.parcel_ref,
            period=line.period,
            sub_item=line.sub_item,
            amount_vnd=line.amount_vnd,
            paid_vnd=line.paid_vnd,
            left_vnd=line.left_vnd,
            due_on=line.due_on,
            deferred_until=line.deferred_until,
            late_vnd=line.late.due_vnd,
            days_late=line.late.days,
            interest_vnd=line.late.interest_vnd,
        )


class ArrearsOut(ApiModel):
    """What is owed of a parcel on a day, as the tax office states it."""

    ref: str
    on: date
    stated_at: datetime | None = Field(description="When the tax office last told anything; null: never yet.")
    left_vnd: int
    late_vnd: int
    days_late: int
    interest_vnd: int | None = Field(description="An estimate.")
    lines: list[OwedLineOut]

    @classmethod
    def of(cls, ref: str, found: Owed) -> ArrearsOut:
        """Shape what is owed."""
        return cls(
            ref=ref,
            on=found.on,
            stated_at=found.stated_at,
            left_vnd=found.left_vnd,
            late_vnd=found.late_vnd,
            days_late=found.days_late,
            interest_vnd=found.interest_vnd,
            lines=[OwedLineOut.of(each) for each in found.lines],
        )

"""Shapes of notices at the edge: camelCase outside, money in whole đồng, days as ISO dates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, JsonInt, PathModel, QueryModel, Text
from landsvc.finance.mirror.entries import (
    Due,
    LinePlace,
    LineStanding,
    NoticeStanding,
    StatedAct,
    StatedLine,
    StatedMove,
    StatedNotice,
)
from landsvc.finance.schemas import MOST_VND, Code, ParcelName, Word

Vnd = Annotated[JsonInt, Field(ge=0, le=MOST_VND)]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]
Period = Annotated[str, Field(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$", max_length=7)]


class DueIn(BodyModel):
    """A part of an obligation."""

    on: Day = Field(description="The last day to pay it.")
    amount_vnd: Vnd


class NoticeLineIn(BodyModel):
    """One obligation (khoản phải nộp)."""

    line_no: Annotated[JsonInt, Field(ge=1, le=1000)]
    sub_item: str = Field(pattern=r"^[0-9]{4}$", description="Tiểu mục.", json_schema_extra={"example": "1006"})
    amount_vnd: Vnd = Field(description="Whole đồng; 0 with the reason for the exemption.")
    obligation_id: Word | SkipJsonSchema[None] = Field(None, description="Mã định danh khoản phải nộp.")
    exemption: Reason | SkipJsonSchema[None] = Field(None, description="Why nothing, or less, is owed.")
    dues: Annotated[list[DueIn], Field(max_length=50)] = Field(
        description="The parts of the payment plan; they sum to the amount."
    )

    def stated(self) -> StatedLine:
        """Return it as the service takes it."""
        dues = tuple(Due(each.on, each.amount_vnd) for each in self.dues)
        return StatedLine(self.line_no, self.sub_item, self.amount_vnd, self.obligation_id, self.exemption, dues)


class NoticeIn(BodyModel):
    """A notice as the tax office states it (thông báo nộp tiền)."""

    tax_office_code: Code = Field(description="Mã cơ quan thu.", json_schema_extra={"example": "7101234"})
    notice_no: Word = Field(
        description="Số thông báo: unique in its tax office.",
        json_schema_extra={"example": "LTB2171317-TK0029952/TB-CCT"},
    )
    issued_on: Day
    lines: Annotated[list[NoticeLineIn], Field(min_length=1, max_length=100)]
    dossier: Word | SkipJsonSchema[None] = Field(None, description="Code of the dossier the slip was about.")
    slip_no: Word | SkipJsonSchema[None] = Field(None, description="Number of the slip it answers.")
    of_total: Annotated[JsonInt, Field(ge=1, le=1000)] | SkipJsonSchema[None] = Field(
        None, description="How many notices the slip leads to: the dossier goes on when all are settled."
    )
    supersedes_no: Word | SkipJsonSchema[None] = Field(None, description="Number of the notice it replaces.")
    payer_ref: Code | SkipJsonSchema[None] = Field(None, description="Mã số thuế of who owes.")
    parcel: ParcelName | SkipJsonSchema[None] = Field(
        None,
        description="The parcel, where the notice is about one without a dossier, as the yearly land tax is.",
    )
    period: Period | SkipJsonSchema[None] = Field(None, description="Kỳ thuế: 2026, 2026-Q1 or 2026-03.")

    def notice(self) -> StatedNotice:
        """Return it as the service takes it, the lines in order."""
        lines = sorted((each.stated() for each in self.lines), key=lambda each: each.line_no)
        return StatedNotice(
            self.tax_office_code,
            self.notice_no,
            self.issued_on,
            lines,
            self.dossier,
            self.slip_no,
            self.of_total,
            self.supersedes_no,
            self.payer_ref,
            self.parcel,
            self.period,
        )


class NoticeActIn(BodyModel):
    """What became of a notice."""

    reference_no: Word = Field(description="Number of the document that says so.")
    on: Day
    reason: Reason | SkipJsonSchema[None] = None

    def act(self, kind: str) -> StatedAct:
        """Return it as the service takes it."""
        return StatedAct(kind, self.reference_no, self.on, None, self.reason)


class DeferralIn(NoticeActIn):
    """A deferral (ghi nợ)."""

    until: Day = Field(description="The last day to pay what is deferred.")

    def act(self, kind: str) -> StatedAct:
        """Return it as the service takes it."""
        return StatedAct(kind, self.reference_no, self.on, self.until, self.reason)


class LinePlaceIn(BodyModel):
    """A line of a notice."""

    notice: JsonInt = Field(ge=1, le=2**63 - 1, description="The `id` its intake answered.")
    line_no: Annotated[JsonInt, Field(ge=1, le=1000)]

    def place(self) -> LinePlace:
        """Return it as the service takes it."""
        return LinePlace(self.notice, self.line_no)


class MoveIn(BodyModel):
    """What money of a payment is for instead (điều chỉnh)."""

    reference_no: Word = Field(description="Number of the tax office's document that says so.")
    source: LinePlaceIn | SkipJsonSchema[None] = Field(
        None, alias="from", description="The line it stands on; without one, money that stands on no line."
    )
    target: LinePlaceIn = Field(alias="to", description="The line it is for.")
    amount_vnd: Annotated[JsonInt, Field(ge=1, le=MOST_VND)] = Field(description="Whole đồng.")
    reason: Reason

    def move(self) -> StatedMove:
        """Return it as the service takes it."""
        source = self.source.place() if self.source else None
        return StatedMove(self.reference_no, source, self.target.place(), self.amount_vnd, self.reason)


class MovedPath(PathModel):
    """Which payment."""

    payment: int = Field(ge=1, le=2**63 - 1, description="The `id` its intake answered.")


class NoticePath(PathModel):
    """Which notice."""

    notice: int = Field(ge=1, le=2**63 - 1, description="The `id` its intake answered.")


class DueOut(ApiModel):
    """A part of an obligation and the last day to pay it."""

    on: date
    amount_vnd: int


class NoticeLineOut(ApiModel):
    """One obligation, what was paid for it, and its state."""

    line_no: int
    sub_item: str
    amount_vnd: int
    obligation_id: str | None
    exemption: str | None
    dues: list[DueOut]
    paid_vnd: int
    state: str = Field(description="ISSUED, PARTIAL, PAID, OVERPAID, CANCELLED or REPLACED.")
    payment_code: str | None = Field(
        description="Mã nộp tiền: what a transfer may name the obligation by, where its id is too long for one."
        " Nine signs; banks may hand it on as they would the id."
    )

    @classmethod
    def of(cls, found: LineStanding) -> NoticeLineOut:
        """Shape a line."""
        line = found.line
        return cls(
            line_no=line.line_no,
            sub_item=line.sub_item,
            amount_vnd=line.amount_vnd,
            obligation_id=line.obligation_id,
            exemption=line.exemption,
            dues=[DueOut(on=each.on, amount_vnd=each.amount_vnd) for each in line.dues],
            paid_vnd=found.paid_vnd,
            state=found.state,
            payment_code=found.payment_code,
        )


class NoticeActOut(ApiModel):
    """What the tax office said became of it."""

    kind: str = Field(description="cancelled, confirmed or deferred.")
    reference_no: str
    on: date
    until: date | None
    reason: str | None


class NoticeOut(ApiModel):
    """A notice as it was taken in, and how it stands."""

    id: int
    tax_office_code: str
    notice_no: str
    issued_on: date
    dossier: str | None
    slip_no: str | None
    of_total: int | None
    supersedes_no: str | None
    payer_ref: str | None
    parcel: str | None
    period: str | None
    received_at: datetime
    lines: list[NoticeLineOut]
    acts: list[NoticeActOut]

    @classmethod
    def of(cls, found: NoticeStanding) -> NoticeOut:
        """Shape a notice."""
        stated = found.stated
        return cls(
            id=found.id,
            tax_office_code=stated.tax_office_code,
            notice_no=stated.notice_no,
            issued_on=stated.issued_on,
            dossier=stated.dossier_code,
            slip_no=stated.slip_no,
            of_total=stated.of_total,
            supersedes_no=stated.supersedes_no,
            payer_ref=stated.payer_ref,
            parcel=stated.parcel_ref,
            period=stated.period,
            received_at=found.received_at,
            lines=[NoticeLineOut.of(each) for each in found.lines],
            acts=[
                NoticeActOut(
                    kind=each.kind,
                    reference_no=each.reference_no,
                    on=each.acted_on,
                    until=each.until_on,
                    reason=each.reason,
                )
                for each in found.acts.values()
            ],
        )


class NoticesOut(ApiModel):
    """One page of notices, in the order they came in."""

    notices: list[NoticeOut]
    number_returned: int
    next: str | None


class MovedOut(ApiModel):
    """The notices that a move touched, as they stand now: where it was taken off, where it was put."""

    payment: int
    reference_no: str
    notices: list[NoticeOut]


class NoticesQuery(QueryModel):
    """Which page."""

    limit: int = Field(100, ge=1, le=1000, description="How many to give at most.")
    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None,
        description="Where to go on: taken from the `next` link.",
        json_schema_extra={"pattern": "^z[0-9a-f]{1,15}$"},
    )

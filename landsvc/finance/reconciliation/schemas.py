"""Shapes of reconciliation at the edge: camelCase outside, money in whole đồng, days as ISO dates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, JsonInt, PathModel, QueryModel, Text
from landsvc.finance.reconciliation.entries import Item, KeptList
from landsvc.finance.reconciliation.service import DayState
from landsvc.finance.schemas import MOST_VND, Code, Word

MOST_LINES = 400_000
Stream = Literal["slips", "notices", "payments"]
Vnd = Annotated[JsonInt, Field(ge=0, le=MOST_VND)]


class ListTotalIn(BodyModel):
    """Count and sum of a stream."""

    stream: Stream
    count: Annotated[JsonInt, Field(ge=0, le=MOST_LINES)]
    sum_vnd: Vnd = Field(description="Whole đồng; 0 for slips, which bear no money.")


class ListLineIn(BodyModel):
    """One slip, notice or payment."""

    stream: Stream
    key: Word = Field(
        description="The number of the slip or notice; `channel/reference/line` of a payment.",
        json_schema_extra={"example": "ETAX/25112200001234/1"},
    )
    amount_vnd: Vnd = Field(description="Whole đồng: what a notice sums to, what was paid; 0 for a slip.")
    digest: Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]{64}$")] | SkipJsonSchema[None] = Field(
        None, description="SHA-256 of the slip as it was received."
    )


class ReconciliationHeadIn(BodyModel):
    """What the tax office counts of a day in Vietnam, without its lines."""

    tax_office_code: Code = Field(description="Mã cơ quan thu.", json_schema_extra={"example": "7101234"})
    day: Day = Field(description="The day slips and notices were issued, and payments made.")
    version: Annotated[JsonInt, Field(ge=1, le=1000)] = Field(
        1, description="1, then 2 and so on where the day is counted anew."
    )
    totals: Annotated[list[ListTotalIn], Field(min_length=1, max_length=3)] = Field(
        description="One for each stream it tells of, also where it has no line."
    )


class ReconciliationIn(ReconciliationHeadIn):
    """What the tax office counts of a day in Vietnam."""

    lines: Annotated[list[ListLineIn], Field(max_length=MOST_LINES)]


class ReconciliationPath(PathModel):
    """Which list."""

    reconciliation: int = Field(ge=1, le=2**63 - 1, description="The `id` its intake answered.")


class ReconciliationItemsQuery(QueryModel):
    """Which page of items."""

    stream: Stream
    limit: int = Field(100, ge=1, le=1000, description="How many to give at most.")
    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None,
        description="Where to go on: taken from the `next` link.",
        json_schema_extra={"pattern": "^z[0-9a-f]{1,15}$"},
    )


class ReconciledStream(ApiModel):
    """How a stream of the day compares. Ours is the land office's."""

    stream: str
    compared_version: int | None = Field(description="Which version of the list was compared.")
    our_count: int | None
    our_sum_vnd: int | None
    their_count: int | None
    their_sum_vnd: int | None
    matched_count: int | None
    missing_count: int | None = Field(description="You have, we have not.")
    extra_count: int | None = Field(description="We have, you have not.")
    different_count: int | None
    open_count: int
    locked: bool

    @classmethod
    def of(cls, found: DayState) -> ReconciledStream:
        """Shape a stream of a day."""
        run = found.run
        return cls(
            stream=found.day.stream,
            compared_version=None if run is None else run.list_version,
            our_count=None if run is None else run.our_count,
            our_sum_vnd=None if run is None else run.our_sum_vnd,
            their_count=None if run is None else run.their_count,
            their_sum_vnd=None if run is None else run.their_sum_vnd,
            matched_count=None if run is None else run.matched_count,
            missing_count=None if run is None else run.missing_count,
            extra_count=None if run is None else run.extra_count,
            different_count=None if run is None else run.different_count,
            open_count=found.standing["open"],
            locked=found.locked is not None,
        )


class ReconciliationOut(ApiModel):
    """A list of the tax office, and how its streams compare now."""

    id: int
    tax_office_code: str
    day: date
    version: int
    received_at: datetime
    streams: list[ReconciledStream]

    @classmethod
    def of(cls, kept: KeptList, states: list[DayState]) -> ReconciliationOut:
        """Shape a list."""
        return cls(
            id=kept.id,
            tax_office_code=kept.tax_office_code,
            day=kept.on,
            version=kept.version,
            received_at=kept.received_at,
            streams=[ReconciledStream.of(each) for each in states],
        )


class ReconciliationItemOut(ApiModel):
    """A line that a side lacks or has otherwise."""

    kind: str = Field(description="missing: you have, we have not; extra: we have, you have not; different.")
    key: str
    for_day: date = Field(description="An earlier day where that was locked when it came.")
    our_vnd: int | None
    their_vnd: int | None
    our_detail: str | None
    their_detail: str | None
    state: str = Field(description="open, resolved, or cleared by another day.")
    cleared_on: date | None
    reason: str | None

    @classmethod
    def of(cls, item: Item) -> ReconciliationItemOut:
        """Shape an item; who settled it and their note stay in the office."""
        return cls(
            kind=item.kind,
            key=item.key,
            for_day=item.for_day,
            our_vnd=item.our_vnd,
            their_vnd=item.their_vnd,
            our_detail=item.our_detail,
            their_detail=item.their_detail,
            state=item.state,
            cleared_on=item.cleared_on,
            reason=item.reason if item.state == "resolved" else None,
        )


class ReconciliationItemsOut(ApiModel):
    """One page of what is not matched."""

    items: list[ReconciliationItemOut]
    number_returned: int
    next: str | None

"""Shapes of the requests and answers of `finance`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Instant, JsonInt, PathModel, QueryModel, Text
from landsvc.finance.entries import FamilyPayment, Payment
from landsvc.finance.service import Statement

MOST_VND = 10**15
"""A thousand trillion đồng: more than the budget of the country, and far below what an integer holds."""


TOO_FINE = re.compile(r"\.\d{7}")


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("no control characters")
    return text


def instant_text(value: object) -> object:
    """Refuse numbers, and what the database would round: the same instant sent twice must be the same."""
    if not isinstance(value, str) or TOO_FINE.search(value):
        raise ValueError("no instant with at most six decimals of a second")
    return value


Word = Annotated[Text, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_line)]
ParcelName = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]


class KeyHeader(ApiModel):
    """The key of a write."""

    key: str = Field(
        alias="Idempotency-Key",
        description="A new one for each payment; the same one when the same request is sent again.",
        pattern=r"^[\x21-\x7e]{1,200}$",
        json_schema_extra={"example": "5f0c6d1e-8f9b-4b44-9d38-1f0f4a0f2c11"},
    )


class PaymentIn(BodyModel):
    """A payment as the tax office states it."""

    parcel: ParcelName | None = Field(
        None,
        description="The parcel as the tax office knows it: `commune-sheet-number` or the 12-character code. It may"
        " have been divided or merged since. Without one, or with one that is not known here, the payment is kept and"
        " placed later.",
        json_schema_extra={"example": "25195-12-345"},
    )
    channel: str = Field(
        pattern=r"^[A-Z0-9][A-Z0-9-]{0,19}$",
        description="The paying system that made the reference, such as ETAX or KBNN.",
        json_schema_extra={"example": "ETAX"},
    )
    reference_no: Code = Field(
        description="Số tham chiếu: unique in its channel, unchanged along the chain.",
        json_schema_extra={"example": "25112200001234"},
    )
    line_no: JsonInt = Field(
        1, ge=1, le=1000, description="Which line of a document that pays several obligations."
    )
    sub_item: str = Field(
        pattern=r"^[0-9]{4}$",
        description="Tiểu mục, such as 1006 (income tax on a transfer) or 2801 (registration fee).",
        json_schema_extra={"example": "2801"},
    )
    amount_vnd: JsonInt = Field(
        ge=1, le=MOST_VND, description="Whole đồng.", json_schema_extra={"example": 1250000}
    )
    paid_at: Annotated[Instant, BeforeValidator(instant_text)] = Field(
        description="When the money was paid, with its zone; not in the future.",
        json_schema_extra={"example": "2026-11-20T09:15:00+07:00"},
    )
    document_no: Word | None = Field(None, description="Số chứng từ nộp tiền.")
    notice_no: Word | None = Field(None, description="Số thông báo nộp tiền.")
    obligation_id: Word | None = Field(None, description="Mã định danh khoản phải nộp.")
    treasury_code: Code | None = Field(None, description="Số hiệu kho bạc.")
    tax_office_code: Code | None = Field(None, description="Mã cơ quan thu.")
    payer_ref: Code | None = Field(None, description="Mã số thuế of the payer.")

    def stated(self) -> Statement:
        """Return it as the service takes it."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "parcel"}
        return Statement(parcel_ref=self.parcel, **given)


class PaymentOut(ApiModel):
    """A payment as it was taken in."""

    id: int
    parcel: str | None = Field(description="The parcel as the tax office named it.")
    placed: bool = Field(description="Whether it is known which parcel it is for.")
    channel: str
    reference_no: str
    line_no: int
    sub_item: str
    sub_item_name: str | None = Field(description="Null for a code without a name here.")
    sub_item_name_en: str | None
    amount_vnd: int
    paid_at: datetime
    document_no: str | None
    notice_no: str | None
    obligation_id: str | None
    treasury_code: str | None
    tax_office_code: str | None
    payer_ref: str | None
    received_at: datetime

    @classmethod
    def of(cls, found: Payment) -> PaymentOut:
        """Shape a payment."""
        given = {name: getattr(found, name) for name in cls.model_fields if name != "parcel"}
        return cls(parcel=found.parcel_ref, **given)


class OfficerPayment(PaymentOut):
    """A payment as an officer sees it: the payer's number but for its end is hidden."""

    from_ancestor: bool = Field(description="Whether it was paid for a parcel that this one came from.")
    generations: int = Field(description="How many generations back; 0 for the parcel itself.")
    undone: bool = Field(
        description="Whether it was paid for what this parcel (or that ancestor) became by a change that was undone."
    )

    @classmethod
    def seen(cls, found: FamilyPayment) -> OfficerPayment:
        """Shape a payment for an officer."""
        given = PaymentOut.of(found.payment).model_dump()
        return cls(**given, from_ancestor=found.away > 0, generations=found.away, undone=found.undone)


class PlaceIn(BodyModel):
    """Which parcel a payment is for."""

    parcel: ParcelName = Field(json_schema_extra={"example": "25195-12-345"})
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=500)] = Field(
        description="How it is known: the payer's paper, a call, a letter of the tax office."
    )


class UnplacedOut(ApiModel):
    """One page of payments of which nobody knows yet which parcel they are for, in the order they came in."""

    payments: list[PaymentOut]
    number_returned: int
    next: str | None


class UnplacedQuery(QueryModel):
    """Which page."""

    limit: int = Field(100, ge=1, le=1000, description="How many to give at most.")
    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None,
        description="Where to go on: taken from the `next` link.",
        json_schema_extra={"pattern": "^z[0-9a-f]{1,15}$"},
    )


class PaymentPath(PathModel):
    """Which payment."""

    payment: int = Field(ge=1, le=2**63 - 1, json_schema_extra={"example": 1})


class PayerOut(ApiModel):
    """The whole number of who paid."""

    payment: int
    payer_ref: str | None = Field(description="Null when the tax office did not say it.")


class NoQuery(QueryModel):
    """There are no parameters."""


class PaymentsOut(ApiModel):
    """One page of payments, in the order they came in."""

    payments: list[PaymentOut]
    number_returned: int
    next: str | None


class ParcelPaymentsOut(ApiModel):
    """What was paid for a parcel and for those it came from, the last to come in first."""

    ref: str
    own_count: int = Field(description="Payments for the parcel itself.")
    own_total_vnd: int = Field(description="What they come to, whole đồng. Payments of ancestors are not in it.")
    payments: list[OfficerPayment]
    number_returned: int
    next: str | None


class PaymentsQuery(QueryModel):
    """Which payments."""

    parcel: Annotated[Text, Field(min_length=1, max_length=200)] | SkipJsonSchema[None] = Field(
        None,
        description="Only those for this parcel; all without it.",
        json_schema_extra={
            "example": "25195-12-345",
            "pattern": r"^([0-9]{5}-[0-9A-Za-z]{1,20}-[0-9A-Za-z]{1,10}|[0-9b-hjkmnp-z]{12})$",
        },
    )
    limit: int = Field(100, ge=1, le=1000, description="How many to give at most.")
    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None,
        description="Where to go on: taken from the `next` link.",
        json_schema_extra={"pattern": "^z[0-9a-f]{1,15}$"},
    )

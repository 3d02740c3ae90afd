"""Shapes of what channels send and are answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, Instant, JsonInt, PathModel
from landsvc.finance.channels.entries import StatedLine, StatedPayment, TakenPayment, TakenStatement
from landsvc.finance.schemas import MOST_VND, Code, instant_text

MOST_LINES = 200_000
CHANNEL = r"^[A-Z][A-Z0-9]{1,19}$"
Moment = Annotated[Instant, BeforeValidator(instant_text)]


class ChannelPath(PathModel):
    """A channel."""

    code: str = Field(pattern=CHANNEL, description="Code of the channel.", json_schema_extra={"example": "BANK1"})


class ChannelPaymentIn(BodyModel):
    """Money the channel took. What its customer did not say, or wrote wrong, is left out or sent as it stands."""

    reference_no: Code = Field(
        description="Số tham chiếu: unique in the channel, unchanged along the chain.",
        json_schema_extra={"example": "FT26327000123"},
    )
    line_no: JsonInt = Field(1, ge=1, le=1000, description="Which part of a document that pays several things.")
    purpose: Literal["tax", "fee"] = Field(description="`tax`: to the budget; `fee`: a fee of the office itself.")
    obligation_id: Code | SkipJsonSchema[None] = Field(
        None, description="Mã định danh khoản phải nộp, with `tax` only."
    )
    dossier: Code | SkipJsonSchema[None] = Field(None, description="Mã hồ sơ.")
    order_code: Code | SkipJsonSchema[None] = Field(None, description="Mã lệnh thu, with `fee` only.")
    account_no: str = Field(
        pattern=r"^[0-9A-Z]{1,19}$",
        description="The account that was paid into.",
        json_schema_extra={"example": "0000000000"},
    )
    amount_vnd: JsonInt = Field(
        ge=1, le=MOST_VND, description="Whole đồng.", json_schema_extra={"example": 1250000}
    )
    paid_at: Moment = Field(description="When the money was taken.")

    def stated(self) -> StatedPayment:
        """Return it as the service takes it."""
        return StatedPayment(
            self.reference_no,
            self.line_no,
            self.purpose,
            self.obligation_id,
            self.dossier,
            self.order_code,
            self.account_no,
            self.amount_vnd,
            self.paid_at,
        )


class ChannelPaymentOut(ApiModel):
    """A payment of a channel as it was kept."""

    seq: int = Field(description="Its number among all payments that channels told of.")
    channel: str
    reference_no: str
    line_no: int
    amount_vnd: int
    standing: str = Field(
        description="How it stood against what is owed when it came: `expected`, `amount-differs`, `ended` (replaced"
        " or cancelled) or `unknown`. It is kept whatever it is."
    )
    received_at: datetime

    @classmethod
    def of(cls, taken: TakenPayment) -> ChannelPaymentOut:
        """Return the shape of a payment."""
        stated = taken.stated
        return cls(
            seq=taken.seq,
            channel=taken.channel,
            reference_no=stated.reference_no,
            line_no=stated.line_no,
            amount_vnd=stated.amount_vnd,
            standing=taken.standing,
            received_at=taken.received_at,
        )


class SignedHeader(ApiModel):
    """What proves who sent a message (RFC 9421)."""

    signature_input: str = Field(
        alias="Signature-Input",
        max_length=2000,
        description="What is signed, in any order, the moment, the name of the key and a nonce.",
        json_schema_extra={
            "example": 'sig1=("@method" "@path" "content-type" "content-digest");created=1763870000;keyid="k1";'
            'nonce="5f0c6d1e8f9b4b449d381f0f4a0f2c11"'
        },
    )
    signature: str = Field(
        alias="Signature",
        max_length=2000,
        description="The signature, as a byte sequence.",
        json_schema_extra={"example": "sig1=:VGhpcyBpcyBubyBzaWduYXR1cmUsIGJ1dCBsb25nLg==:"},
    )
    content_digest: str = Field(
        alias="Content-Digest",
        max_length=2000,
        description="SHA-256 of the body (RFC 9530).",
        json_schema_extra={"example": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"},
    )


class StatementPath(ChannelPath):
    """A day's list of a channel."""

    day: Day = Field(description="The day in Vietnam.", json_schema_extra={"example": "2026-11-23"})


class StatementLineIn(BodyModel):
    """One payment as the channel lists it, or money of the office that it paid back."""

    reference_no: Code
    line_no: JsonInt = Field(1, ge=1, le=1000)
    purpose: Literal["tax", "fee", "refund"]
    order_code: Code | SkipJsonSchema[None] = None
    obligation_id: Code | SkipJsonSchema[None] = None
    amount_vnd: JsonInt = Field(ge=1, le=MOST_VND)
    paid_at: Moment
    refund_no: Code | SkipJsonSchema[None] = Field(
        None, description="Số phiếu hoàn trả: the office's number of what was paid back. Only with `refund`."
    )

    def stated(self) -> StatedLine:
        """Return it as the service takes it."""
        return StatedLine(
            self.reference_no,
            self.line_no,
            self.purpose,
            self.order_code,
            self.obligation_id,
            self.amount_vnd,
            self.paid_at,
            self.refund_no,
        )


class DeclaredIn(BodyModel):
    """How many lines a list has, and what they come to."""

    count: JsonInt = Field(ge=0, le=MOST_LINES)
    sum_vnd: JsonInt = Field(ge=0, le=MOST_LINES * MOST_VND)


class ChannelStatementIn(DeclaredIn):
    """A channel's own list of a day."""

    lines: list[StatementLineIn] = Field(max_length=MOST_LINES)


class ChannelStatementOut(ApiModel):
    """A day's list as it was kept."""

    channel: str
    day: date
    version: int = Field(description="1, 2, 3: the newest counts.")
    count: int
    sum_vnd: int
    received_at: datetime

    @classmethod
    def of(cls, taken: TakenStatement) -> ChannelStatementOut:
        """Return the shape of a list."""
        kept = taken.version
        return cls(
            channel=taken.channel,
            day=taken.day,
            version=kept.version,
            count=kept.line_count,
            sum_vnd=kept.sum_vnd,
            received_at=kept.received_at,
        )

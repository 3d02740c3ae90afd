"""Tables of channels: their keys, the messages they signed, the payments they told of, their lists of a day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"
NOW = text("clock_timestamp()")
ONE_PURPOSE = (
    "CASE purpose WHEN 'tax' THEN order_code IS NULL WHEN 'fee' THEN obligation_id IS NULL ELSE false END"
)
LISTED_PURPOSE = (
    "CASE purpose WHEN 'tax' THEN order_code IS NULL WHEN 'fee' THEN obligation_id IS NULL"
    " WHEN 'refund' THEN obligation_id IS NULL ELSE false END AND (refund_no IS NULL OR purpose = 'refund')"
)


class Channel(Base):
    """A bank, portal, counter or treasury that takes money (kênh thanh toán)."""

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("code ~ '^[A-Z][A-Z0-9]{1,19}$'", name="code"),
        CheckConstraint("kind IN ('portal', 'bank', 'counter', 'treasury')", name="kind"),
        {
            "schema": SCHEMA,
            "comment": "Kênh thanh toán: a bank, portal, counter or treasury that takes money",
        },
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class ChannelKey(Base):
    """What a channel signs with (khóa xác thực): a shared secret, sealed, or a public key."""

    __tablename__ = "channel_key"
    __table_args__ = (
        UniqueConstraint("channel", "kid"),
        CheckConstraint("kid ~ '^[A-Za-z0-9._-]{1,64}$'", name="kid"),
        CheckConstraint("algorithm IN ('hmac-sha256', 'ed25519', 'rsa-v1_5-sha256')", name="algorithm"),
        CheckConstraint(
            "CASE WHEN algorithm = 'hmac-sha256' THEN sealed IS NOT NULL AND public_key IS NULL"
            " ELSE public_key IS NOT NULL AND sealed IS NULL END",
            name="one",
        ),
        CheckConstraint("NOT lower_inf(valid) AND lower_inc(valid) AND NOT upper_inc(valid)", name="valid"),
        {
            "schema": SCHEMA,
            "comment": "Khóa xác thực của kênh: what a channel signs with, several at once while they change over; a"
            " key is ended, never changed",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    channel: Mapped[str] = mapped_column(ForeignKey("finance.channel.code"))
    kid: Mapped[str] = mapped_column(Text)
    algorithm: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str | None] = mapped_column(Text, comment="PEM (SubjectPublicKeyInfo)")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, comment="The shared secret of hmac-sha256, sealed")
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class ChannelMessage(Base):
    """A signed message that was taken (thông điệp đã ký)."""

    __tablename__ = "channel_message"
    __table_args__ = (
        UniqueConstraint("channel", "nonce"),
        CheckConstraint("nonce ~ '^[A-Za-z0-9._-]{16,64}$'", name="nonce"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        CheckConstraint("octet_length(signature) BETWEEN 32 AND 1024", name="signature"),
        {
            "schema": SCHEMA,
            "comment": "Thông điệp đã ký: each signed message that was taken, so that none counts twice and what was"
            " signed can be shown",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    channel: Mapped[str] = mapped_column(ForeignKey("finance.channel.code"))
    nonce: Mapped[str] = mapped_column(Text)
    key_id: Mapped[int] = mapped_column(ForeignKey("finance.channel_key.id"))
    signed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class ChannelPayment(Base):
    """Money a channel says it took (khoản tiền kênh báo đã thu)."""

    __tablename__ = "channel_payment"
    __table_args__ = (
        UniqueConstraint("seq"),
        UniqueConstraint("channel", "reference_no", "line_no"),
        CheckConstraint("line_no > 0", name="line_no"),
        CheckConstraint(ONE_PURPOSE, name="purpose"),
        CheckConstraint("amount_vnd > 0", name="amount_vnd"),
        CheckConstraint("standing IN ('expected', 'amount-differs', 'ended', 'unknown')", name="standing"),
        Index(
            "ix_channel_payment_obligation_id",
            "obligation_id",
            postgresql_where=text("obligation_id IS NOT NULL"),
        ),
        Index("ix_channel_payment_order_code", "order_code", postgresql_where=text("order_code IS NOT NULL")),
        Index(
            "ix_channel_payment_dossier_code",
            "dossier_code",
            postgresql_where=text("dossier_code IS NOT NULL"),
        ),
        Index("ix_channel_payment_channel", "channel", "paid_at"),
        Index("ix_channel_payment_unexpected", "seq", postgresql_where=text("standing <> 'expected'")),
        Index("ix_channel_payment_message_id", "message_id"),
        Index("ix_channel_payment_received_at", "received_at"),
        {
            "schema": SCHEMA,
            "comment": "Khoản tiền kênh báo đã thu: money a bank or portal says it took; only ever added to. That an"
            " obligation is fulfilled is the tax office's to say",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    seq: Mapped[int] = mapped_column(
        BigInteger, comment="In the order of commits without a gap, so that whoever reads on misses none"
    )
    channel: Mapped[str] = mapped_column(ForeignKey("finance.channel.code"))
    reference_no: Mapped[str] = mapped_column(
        Text, comment="Số tham chiếu: unique in its channel, unchanged along the chain"
    )
    line_no: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    purpose: Mapped[str] = mapped_column(Text)
    obligation_id: Mapped[str | None] = mapped_column(
        Text, comment="Mã định danh khoản phải nộp, as the channel names it"
    )
    dossier_code: Mapped[str | None] = mapped_column(Text)
    order_code: Mapped[str | None] = mapped_column(
        Text, comment="Mã lệnh thu phí of the office, as the channel names it"
    )
    account_no: Mapped[str] = mapped_column(Text, comment="The account it was paid into")
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("finance.channel_message.id"))
    standing: Mapped[str] = mapped_column(
        Text, server_default=text("'unknown'"), comment="How it stood against what is owed when it came"
    )


class ChannelStatement(Base):
    """A channel's own list of a day (bảng kê)."""

    __tablename__ = "channel_statement"
    __table_args__ = (
        UniqueConstraint("channel", "on_day", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("line_count >= 0 AND sum_vnd >= 0 AND (line_count = 0) = (sum_vnd = 0)", name="count"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        Index("ix_channel_statement_message_id", "message_id"),
        {
            "schema": SCHEMA,
            "comment": "Bảng kê trong ngày của kênh: the channel's own list of a day in Vietnam; the newest version"
            " counts, none is changed",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    channel: Mapped[str] = mapped_column(ForeignKey("finance.channel.code"))
    on_day: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(SmallInteger)
    line_count: Mapped[int] = mapped_column(Integer)
    sum_vnd: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(
        LargeBinary, comment="Digest of what it says, whatever it was written in"
    )
    message_id: Mapped[int | None] = mapped_column(ForeignKey("finance.channel_message.id"))
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class ChannelStatementLine(Base):
    """One payment as a channel lists it (dòng của bảng kê)."""

    __tablename__ = "channel_statement_line"
    __table_args__ = (
        CheckConstraint("line_no > 0", name="line_no"),
        CheckConstraint(LISTED_PURPOSE, name="purpose"),
        CheckConstraint("amount_vnd > 0", name="amount_vnd"),
        Index("ix_channel_statement_line_refund", "statement_id", postgresql_where=text("purpose = 'refund'")),
        {"schema": SCHEMA, "comment": "Dòng của bảng kê: one payment as the channel lists it"},
    )
    statement_id: Mapped[int] = mapped_column(ForeignKey("finance.channel_statement.id"), primary_key=True)
    reference_no: Mapped[str] = mapped_column(Text, primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default=text("1"))
    purpose: Mapped[str] = mapped_column(Text)
    order_code: Mapped[str | None] = mapped_column(Text)
    obligation_id: Mapped[str | None] = mapped_column(Text)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    refund_no: Mapped[str | None] = mapped_column(
        Text, comment="Số phiếu hoàn trả of the office, where the channel paid money back and names it"
    )

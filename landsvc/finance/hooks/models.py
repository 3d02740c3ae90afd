"""Tables of pushes: where to, signed with what, what is under way, each attempt."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"
NOW = text("clock_timestamp()")


class Hook(Base):
    """Where a machine wants slips pushed to (điểm nhận thông báo)."""

    __tablename__ = "hook"
    __table_args__ = (
        CheckConstraint("address ~ '^https?://' AND length(address) <= 500", name="address"),
        Index("uq_hook_api_client_id", "api_client_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        {
            "schema": SCHEMA,
            "comment": "Điểm nhận thông báo: where a machine wants slips pushed to, one address at a time; ended,"
            " never changed",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    address: Mapped[str] = mapped_column(Text)
    after_slip: Mapped[int] = mapped_column(
        BigInteger, comment="The last slip before it: those after it are pushed"
    )
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class HookKey(Base):
    """What pushes are signed with (khóa ký thông báo)."""

    __tablename__ = "hook_key"
    __table_args__ = (
        Index("ix_hook_key_hook_id", "hook_id"),
        Index("uq_hook_key_newest", "hook_id", unique=True, postgresql_where=text("ends_at IS NULL")),
        {
            "schema": SCHEMA,
            "comment": "Khóa ký thông báo: what pushes are signed with (HMAC-SHA256), sealed; two at once while they"
            " change over",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    hook_id: Mapped[int] = mapped_column(ForeignKey("finance.hook.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    ends_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class HookDelivery(Base):
    """One slip for one address (lượt gửi phiếu)."""

    __tablename__ = "hook_delivery"
    __table_args__ = (
        UniqueConstraint("hook_id", "slip_id"),
        Index("ix_hook_delivery_slip_id", "slip_id"),
        {
            "schema": SCHEMA,
            "comment": "Lượt gửi phiếu: one slip for one address, under one id however often it is sent; only ever"
            " added to",
        },
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=text("gen_random_uuid()"))
    hook_id: Mapped[int] = mapped_column(ForeignKey("finance.hook.id"))
    slip_id: Mapped[int] = mapped_column(ForeignKey("finance.slip.id"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class HookQueue(Base):
    """A delivery nobody acknowledged yet (hàng đợi gửi)."""

    __tablename__ = "hook_queue"
    __table_args__ = (
        CheckConstraint("tries >= 0 AND attempts >= tries", name="counts"),
        Index("ix_hook_queue_due_at", "due_at"),
        {
            "schema": SCHEMA,
            "comment": "Hàng đợi gửi: deliveries that nobody acknowledged yet; without a due time they were given up"
            " (dead letters)",
        },
    )
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("finance.hook_delivery.id"), primary_key=True)
    attempts: Mapped[int] = mapped_column(
        Integer, server_default=text("0"), comment="How often it was sent in all"
    )
    tries: Mapped[int] = mapped_column(
        Integer,
        server_default=text("0"),
        comment="How often since it was last begun (since): decides the pause",
    )
    since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class HookAttempt(Base):
    """What came of sending a slip once (lần gửi)."""

    __tablename__ = "hook_attempt"
    __table_args__ = (
        CheckConstraint(
            "CASE outcome WHEN 'taken' THEN status BETWEEN 200 AND 299"
            " WHEN 'refused' THEN status IS NOT NULL WHEN 'failed' THEN reason IS NOT NULL ELSE false END",
            name="outcome",
        ),
        CheckConstraint("number > 0 AND millis >= 0", name="number"),
        {
            "schema": SCHEMA,
            "comment": "Lần gửi: what came of sending a slip once; only ever added to. An attempt cut off by a crash"
            " has no row",
        },
    )
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("finance.hook_delivery.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(Text)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    told: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="The beginning of what was answered, sealed: it may name people"
    )
    millis: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)

"""Tables of messages to people: what is sent, what waits, each attempt."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
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

SCHEMA = "core"
NOW = text("clock_timestamp()")


class Message(Base):
    """What is sent to somebody (tin nhắn)."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("length(key) BETWEEN 1 AND 200", name="key"),
        CheckConstraint("kind ~ '^[a-z][a-z.-]{1,39}$'", name="kind"),
        CheckConstraint("channel IN ('email', 'sms', 'page')", name="channel"),
        Index("ix_message_box_made_at", "box", "made_at", postgresql_where=text("box IS NOT NULL")),
        Index("ix_message_made_at", "made_at", postgresql_where=text("sealed IS NOT NULL")),
        {
            "schema": SCHEMA,
            "comment": "Tin nhắn: what is sent to somebody, once for its key however often it is posted",
        },
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    box: Mapped[UUID | None] = mapped_column(Uuid, comment="In whose inbox on the page it stands")
    sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="To whom and what it says, sealed; null once it is forgotten"
    )
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class MessageQueue(Base):
    """A message nobody took yet (hàng đợi tin nhắn)."""

    __tablename__ = "message_queue"
    __table_args__ = (
        CheckConstraint("tries >= 0 AND attempts >= tries", name="counts"),
        Index("ix_message_queue_due_at", "due_at"),
        {
            "schema": SCHEMA,
            "comment": "Hàng đợi tin nhắn: messages nobody took yet; without a due time they were given up"
            " (dead letters)",
        },
    )
    message_id: Mapped[UUID] = mapped_column(ForeignKey("core.message.id"), primary_key=True)
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


class MessageAttempt(Base):
    """What came of sending a message once (lần gửi tin)."""

    __tablename__ = "message_attempt"
    __table_args__ = (
        CheckConstraint(
            "CASE outcome WHEN 'taken' THEN true WHEN 'dropped' THEN true"
            " WHEN 'refused' THEN status IS NOT NULL WHEN 'failed' THEN reason IS NOT NULL ELSE false END",
            name="outcome",
        ),
        CheckConstraint("number > 0 AND millis >= 0", name="number"),
        Index(
            "uq_message_attempt_settled",
            "message_id",
            unique=True,
            postgresql_where=text("outcome IN ('taken', 'dropped')"),
        ),
        {
            "schema": SCHEMA,
            "comment": "Lần gửi tin: what came of sending once, without a word of the answer; only ever added to",
        },
    )
    message_id: Mapped[UUID] = mapped_column(ForeignKey("core.message.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(Text)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    millis: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)

"""Tables of `core`: the outbox, and what was chosen when the database was made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from landsvc.core.db import Base


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in SQL."""
        return "xid8"


ischema_names["xid8"] = Xid8  # so that reflection (the migration check) knows it


class OutboxEvent(Base):
    """Something that happened, for rooms above to take up after the commit."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_topic_id", "topic", "id"),
        Index("ix_outbox_xact_id", "xact", "id"),
        {"schema": "core", "comment": "Events for rooms above, written in the transaction that causes them"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    xact: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class OutboxCursor(Base):
    """How far one consumer has read the outbox, in the order of commits."""

    __tablename__ = "outbox_cursor"
    __table_args__ = (
        {"schema": "core", "comment": "How far each consumer has read the outbox, in the order of commits"},
    )
    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    xact: Mapped[int] = mapped_column(Xid8, server_default=text("'0'"))
    id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class OutboxFailure(Base):
    """An event one consumer could not take, or one that waits behind such an event of its stream."""

    __tablename__ = "outbox_failure"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        {
            "schema": "core",
            "comment": "Events a consumer could not take, and the later ones of the same stream that wait behind them",
        },
    )
    event_id: Mapped[int] = mapped_column(ForeignKey("core.outbox.id"), primary_key=True)
    consumer: Mapped[str] = mapped_column(ForeignKey("core.outbox_cursor.consumer"), primary_key=True)
    attempts: Mapped[int] = mapped_column(
        Integer, comment="0: never tried, it waits behind an earlier event of its stream"
    )
    due_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), comment="When it is tried again; null: given up, an operator decides"
    )
    error: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class Idempotency(Base):
    """What was answered to a write that came with a key: the same key gets the same answer."""

    __tablename__ = "idempotency"
    __table_args__ = (
        CheckConstraint("octet_length(request_hash) = 32", name="request_hash"),
        {"schema": "core", "comment": "What was answered to a write that came with an Idempotency-Key"},
    )
    owner: Mapped[str] = mapped_column(Text, primary_key=True, comment="Whose key it is, such as client:7")
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary, comment="Of before answers were sealed")
    status: Mapped[int | None] = mapped_column(
        SmallInteger, comment="Null only inside the transaction that does the work"
    )
    body: Mapped[str | None] = mapped_column(Text, comment="Of before answers were sealed")
    sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="Digest of the request, and the answer, sealed: it may hold an identity number"
    )
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class SecretKey(Base):
    """By what the database knows a key again that it was sealed under; the key itself is elsewhere."""

    __tablename__ = "secret_key"
    __table_args__ = (
        CheckConstraint("octet_length(proof) = 32", name="proof"),
        {
            "schema": "core",
            "comment": "By what a key is known again that sealed something here; the key itself is elsewhere",
        },
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    proof: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class DatabaseSetting(Base):
    """One choice made when the database was made: its working SRID, its datum shift."""

    __tablename__ = "setting"
    __table_args__ = ({"schema": "core", "comment": "What was chosen when this database was made"},)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)

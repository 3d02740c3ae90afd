"""Tables of issued extracts: what was said, and the signed papers of it. Both are only ever added to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Computed, Date, DateTime, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA, DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "planning"


class Extract(Base):
    """One issued extract, in exact bytes. The same content said again is the same extract."""

    __tablename__ = "issued_extract"
    __table_args__ = (
        UniqueConstraint("content", name="uq_issued_extract_content"),
        CheckConstraint("id ~ '^QH-[0-9]{8}-[0-9a-f]{12}$'", name="id"),
        CheckConstraint("octet_length(content) = 32", name="content"),
        CheckConstraint("about IN ('today', 'day', 'knowledge', 'interval')", name="about"),
        CheckConstraint(
            "coalesce(NOT isempty(asked), about <> 'interval')"
            " AND (asked IS NULL OR about IN ('interval', 'knowledge'))",
            name="asked",
        ),
        Index("ix_issued_extract_unit_id", "unit_id"),
        {
            "schema": SCHEMA,
            "comment": "Trích lục thông tin quy hoạch đã cấp: what was said, in exact bytes; what is said again is one"
            " extract",
        },
    )
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    content: Mapped[bytes] = mapped_column(
        BYTEA, comment="SHA-256 of what is said, without number and instant of issue"
    )
    tree: Mapped[bytes] = mapped_column(BYTEA)
    sha256: Mapped[bytes | None] = mapped_column(BYTEA, Computed("sha256(tree)", persisted=True))
    valid_at: Mapped[date] = mapped_column(Date)
    known_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    about: Mapped[str] = mapped_column(
        Text,
        comment="What was asked: today, a past day, what was known at an instant, or an interval; decides what"
        " supersedes it",
    )
    asked: Mapped[Range[date] | None] = mapped_column(DATERANGE)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ExtractFile(Base):
    """The signed paper of an extract in a language."""

    __tablename__ = "extract_file"
    __table_args__ = (
        CheckConstraint("language IN ('vi', 'en')", name="language"),
        {
            "schema": SCHEMA,
            "comment": "The signed paper of an extract in a language, as it was handed out",
        },
    )
    extract_id: Mapped[str] = mapped_column(ForeignKey("planning.issued_extract.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Text, primary_key=True)
    pdf: Mapped[bytes] = mapped_column(BYTEA)
    sha256: Mapped[bytes | None] = mapped_column(BYTEA, Computed("sha256(pdf)", persisted=True))
    signer: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("clock_timestamp()"))

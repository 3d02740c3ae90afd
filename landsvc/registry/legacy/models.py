"""The table of rights read from older registers, as the migration made it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.models import told


class LegacyRight(Base):
    """A right as an older register tells it: taken in, waiting for a person, or put aside."""

    __tablename__ = "legacy_right"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_legacy_right_waiting", "reason", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_legacy_right_rrr_id", "rrr_id"),
        Index("ix_legacy_right_serial", "serial", postgresql_where=text("serial IS NOT NULL")),
        told("Quyền đọc từ sổ, phần mềm cũ: taken in, waiting for a person to match it, or put aside"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    row_no: Mapped[int] = mapped_column(Integer)
    serial: Mapped[str | None] = mapped_column(Text)
    book_no: Mapped[str | None] = mapped_column(Text)
    issued_on: Mapped[date | None] = mapped_column(Date)
    rrr_id: Mapped[int | None] = mapped_column(ForeignKey("registry.rrr.id"))
    facts: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="What was read, while it is not taken in; numbers of persons are not in it"
    )
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    decided_record_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.record.id"))

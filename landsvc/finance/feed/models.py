"""Tables of the change feed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"


class Change(Base):
    """One entry of the feed: the whole new state of a key (biến động cho cơ quan thuế)."""

    __tablename__ = "change"
    __table_args__ = (
        UniqueConstraint("kind", "key", "seq"),
        CheckConstraint("kind IN ('parcel', 'right', 'slip', 'notice', 'payment')", name="kind"),
        CheckConstraint(
            "CASE op WHEN 'put' THEN state IS NOT NULL WHEN 'remove' THEN state IS NULL ELSE false END", name="op"
        ),
        Index("ix_change_commune", "commune", "seq", postgresql_where=text("commune IS NOT NULL")),
        {
            "schema": SCHEMA,
            "comment": "Biến động cho cơ quan thuế: what the tax office follows, each entry the whole new state of its"
            " key; only added to",
        },
    )
    seq: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="In the order of commits without a gap, so that whoever reads on misses none",
    )
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    op: Mapped[str] = mapped_column(Text)
    commune: Mapped[str | None] = mapped_column(Text)
    state: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class ChangeWalk(Base):
    """How far what was there before the feed is told, by kind."""

    __tablename__ = "change_walk"
    __table_args__ = (
        {
            "schema": SCHEMA,
            "comment": "How far what was there before the feed is told: once through each kind, then events alone"
            " fill it",
        },
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    after_id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

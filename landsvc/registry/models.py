"""Tables of `registry`, as the migrations made them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

RECORDED = text("tstzrange(clock_timestamp(), NULL)")


def told(comment: str) -> dict[str, str]:
    """Return the last of `__table_args__`: the schema and what the table is."""
    return {"schema": "registry", "comment": comment}


class Fact:
    """What every table of facts in two times has: who says it, who closed it, what it restores, since when known."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    closed_record_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.record.id"))
    repeats_id: Mapped[int | None] = mapped_column(BigInteger)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)


def fact_table(
    name: str, comment: str, key: tuple[str, ...], *more: object, ex: str = "two_times"
) -> tuple[object, ...]:
    """Return the `__table_args__` of a table of facts: of one `key` no two hold on a day as known at an instant.

    A column that is asked for alone stands in the key as an expression: the planner would take the GiST index of a
    key that begins with another column for it, and go through all of its pages.
    """
    pairs = [(column if column.isidentifier() else text(column), "=") for column in key]
    return (
        ExcludeConstraint(*pairs, ("valid", "&&"), ("recorded", "&&"), using="gist", name=f"ex_{name}_{ex}"),
        Index(f"ix_{name}_record_id", "record_id"),
        Index(
            f"ix_{name}_closed_record_id",
            "closed_record_id",
            postgresql_where=text("closed_record_id IS NOT NULL"),
        ),
        Index(f"ix_{name}_repeats_id", "repeats_id", postgresql_where=text("repeats_id IS NOT NULL")),
        *more,
        told(comment),
    )


class TransactionKind(Base):
    """A kind of transaction (loại biến động)."""

    __tablename__ = "transaction_kind"
    __table_args__ = (told("Loại biến động (Luật Đất đai Điều 133), codes of the national systems"),)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class Transaction(Base):
    """One change of the register with its record and officer (giao dịch biến động)."""

    __tablename__ = "transaction"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("record_id"),
        UniqueConstraint("undoes_id"),
        Index("ix_transaction_at", "at"),
        CheckConstraint("undoes_id IS NULL OR kind = 'HUY'", name="undoes"),
        told("Giao dịch biến động: one change of the register, with its record and officer"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(
        Text,
        server_default=text(
            "'GD-' || to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY') || '-'"
            " || lpad(nextval('registry.transaction_no')::text, 6, '0')"
        ),
    )
    kind: Mapped[str] = mapped_column(ForeignKey("registry.transaction_kind.code"))
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("registry.transaction.id"))
    officer_id: Mapped[int] = mapped_column(BigInteger)
    officer_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class TransactionParcel(Base):
    """A parcel before or after a transaction (thửa trước và sau biến động)."""

    __tablename__ = "transaction_parcel"
    __table_args__ = (
        Index("ix_transaction_parcel_unit_id", "unit_id"),
        told("Thửa trước và sau biến động"),
    )
    transaction_id: Mapped[int] = mapped_column(ForeignKey("registry.transaction.id"), primary_key=True)
    side: Mapped[str] = mapped_column(Text, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"), primary_key=True)

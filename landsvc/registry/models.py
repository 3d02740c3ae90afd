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
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base


def _table(comment: str) -> dict[str, str]:
    return {"schema": "registry", "comment": comment}


class TransactionKind(Base):
    """A kind of transaction (loại biến động)."""

    __tablename__ = "transaction_kind"
    __table_args__ = (_table("Loại biến động (Luật Đất đai Điều 133), codes of the national systems"),)
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
        CheckConstraint("undoes_id IS NULL OR kind = 'HUY'", name="undoes"),
        _table("Giao dịch biến động: one change of the register, with its record and officer"),
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
        _table("Thửa trước và sau biến động"),
    )
    transaction_id: Mapped[int] = mapped_column(ForeignKey("registry.transaction.id"), primary_key=True)
    side: Mapped[str] = mapped_column(Text, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"), primary_key=True)

"""Tables of `finance`: payments as the tax office states them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"


class SubItem(Base):
    """What a payment to the budget is for (tiểu mục)."""

    __tablename__ = "sub_item"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{4}$'", name="code"),
        {
            "schema": SCHEMA,
            "comment": "Tiểu mục: what a payment to the budget is for; a name beside the code, no rule",
        },
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class TaxPayment(Base):
    """Money paid to the budget (khoản nộp thuế), mirrored as the tax office states it."""

    __tablename__ = "tax_payment"
    __table_args__ = (
        UniqueConstraint("channel", "reference_no", "line_no"),
        CheckConstraint("amount_vnd > 0", name="amount_vnd"),
        CheckConstraint("line_no > 0", name="line_no"),
        CheckConstraint("unit_id IS NULL OR parcel_ref IS NOT NULL", name="unit_named"),
        CheckConstraint("sub_item ~ '^[0-9]{4}$'", name="sub_item"),
        Index("ix_tax_payment_unit_id", "unit_id", "id"),
        CheckConstraint("payer_ref IS NULL OR payer_sealed IS NULL", name="payer_once"),
        CheckConstraint("(payer_sealed IS NULL) = (payer_index IS NULL)", name="payer_indexed"),
        Index("ix_tax_payment_api_client_id", "api_client_id"),
        Index("ix_tax_payment_unplaced", "id", postgresql_where=text("unit_id IS NULL")),
        Index("ix_tax_payment_paid_at", "paid_at"),
        Index("ix_tax_payment_received_at", "received_at"),
        Index(
            "ix_tax_payment_obligation_id", "obligation_id", postgresql_where=text("obligation_id IS NOT NULL")
        ),
        Index(
            "ix_tax_payment_notice_no",
            "notice_no",
            "tax_office_code",
            postgresql_where=text("notice_no IS NOT NULL"),
        ),
        Index(
            "ix_tax_payment_payer_index", "payer_index", "id", postgresql_where=text("payer_index IS NOT NULL")
        ),
        {
            "schema": SCHEMA,
            "comment": "Khoản nộp thuế: money paid to the budget, mirrored as the tax office states it;"
            " only ever added to",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    channel: Mapped[str] = mapped_column(
        Text, comment="Hệ thống nộp tiền: the paying system that made the reference"
    )
    reference_no: Mapped[str] = mapped_column(
        Text, comment="Số tham chiếu: unique in its channel, unchanged along the chain"
    )
    line_no: Mapped[int] = mapped_column(
        Integer, comment="Which line of a document that pays several obligations"
    )
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    parcel_ref: Mapped[str | None] = mapped_column(Text, comment="The parcel as the tax office named it")
    sub_item: Mapped[str] = mapped_column(Text, comment="Tiểu mục")
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    document_no: Mapped[str | None] = mapped_column(Text, comment="Số chứng từ nộp tiền")
    notice_no: Mapped[str | None] = mapped_column(Text, comment="Số thông báo nộp tiền")
    obligation_id: Mapped[str | None] = mapped_column(Text, comment="Mã định danh khoản phải nộp")
    treasury_code: Mapped[str | None] = mapped_column(Text, comment="Số hiệu kho bạc")
    tax_office_code: Mapped[str | None] = mapped_column(Text, comment="Mã cơ quan thu")
    payer_ref: Mapped[str | None] = mapped_column(
        Text, comment="In the clear, of before numbers were sealed; sealed at the next start"
    )
    payer_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="Mã số thuế of the payer, for persons an identity number: sealed"
    )
    payer_index: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="Keyed digest of that number, to search by its exact value"
    )
    received_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()")
    )


class PaymentPlace(Base):
    """Which parcel a payment is for that named none we know; the last entry counts."""

    __tablename__ = "payment_place"
    __table_args__ = (
        CheckConstraint("how IN ('notice', 'office')", name="how"),
        CheckConstraint("(how = 'office') = (account_id IS NOT NULL AND reason IS NOT NULL)", name="by"),
        Index("ix_payment_place_payment_id", "payment_id", "id"),
        Index("ix_payment_place_unit_id", "unit_id", "payment_id"),
        Index("ix_payment_place_account_id", "account_id"),
        {
            "schema": SCHEMA,
            "comment": "Which parcel a payment is for that named none we know; the last entry counts,"
            " nothing is edited",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("finance.tax_payment.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    how: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("identity.account.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))

"""Tables of files of payments: what each said of itself, what became of its rows."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"


class PaymentFile(Base):
    """The payments of a day as one file of the tax office (tệp chứng từ nộp tiền trong ngày)."""

    __tablename__ = "payment_file"
    __table_args__ = (
        UniqueConstraint("tax_office_code", "on_day", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("row_count >= 0 AND sum_vnd >= 0 AND (row_count = 0) = (sum_vnd = 0)", name="count"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        Index("ix_payment_file_api_client_id", "api_client_id"),
        {
            "schema": SCHEMA,
            "comment": "Tệp chứng từ trong ngày: payments of a day as one file of the tax office; only ever added to",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    tax_office_code: Mapped[str] = mapped_column(Text)
    on_day: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(SmallInteger)
    row_count: Mapped[int] = mapped_column(Integer)
    sum_vnd: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(
        LargeBinary, comment="Digest of what its rows say, whatever they were written in"
    )
    received_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()")
    )


class PaymentFileRow(Base):
    """A row of a file that was new, or not taken because its payment is known with other content."""

    __tablename__ = "payment_file_row"
    __table_args__ = (
        CheckConstraint("row_no > 0", name="row_no"),
        CheckConstraint("amount_vnd > 0", name="amount_vnd"),
        Index(
            "uq_payment_file_row_payment_id",
            "payment_id",
            unique=True,
            postgresql_where=text("differs = '{}'"),
        ),
        Index("ix_payment_file_row_different", "file_id", "row_no", postgresql_where=text("differs <> '{}'")),
        Index("ix_payment_file_row_payment_id", "payment_id"),
        {
            "schema": SCHEMA,
            "comment": "Dòng của tệp: a row that was taken, or (differs) was not as its payment is known otherwise",
        },
    )
    file_id: Mapped[int] = mapped_column(ForeignKey("finance.payment_file.id"), primary_key=True)
    row_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("finance.tax_payment.id"))
    amount_vnd: Mapped[int] = mapped_column(BigInteger, comment="As the row states it")
    differs: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), comment="What the row says otherwise; empty: it was taken"
    )


class PaymentFileReport(Base):
    """What became of a file: how many of its rows were new, known and different, and what they come to."""

    __tablename__ = "payment_file_report"
    __table_args__ = (
        CheckConstraint(
            "least(new_count, known_count, different_count, new_sum_vnd, known_sum_vnd, different_sum_vnd) >= 0",
            name="count",
        ),
        {
            "schema": SCHEMA,
            "comment": "Kết quả nhận tệp: rows that were new, known and different; written once, with the file",
        },
    )
    file_id: Mapped[int] = mapped_column(
        ForeignKey("finance.payment_file.id"), primary_key=True, autoincrement=False
    )
    new_count: Mapped[int] = mapped_column(Integer)
    new_sum_vnd: Mapped[int] = mapped_column(BigInteger)
    known_count: Mapped[int] = mapped_column(Integer)
    known_sum_vnd: Mapped[int] = mapped_column(BigInteger)
    different_count: Mapped[int] = mapped_column(Integer)
    different_sum_vnd: Mapped[int] = mapped_column(BigInteger)

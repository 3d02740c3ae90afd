"""Tables of the office's own fees, as the migrations made them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TIMESTAMP, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"
NOW = text("clock_timestamp()")
CODE = text(
    "'LP-' || to_char(clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY') || '-'"
    " || to_char(nextval('finance.fee_order_number'), 'FM000000000')"
)
RECEIPT_NO = (
    "'BL-' || receipt_branch || '-' || receipt_year::text || '-'"
    " || lpad(receipt_number::text, greatest(6, length(receipt_number::text)), '0')"
)
SIGNS = (
    "CASE kind WHEN 'charge' THEN amount_vnd > 0 WHEN 'refund' THEN amount_vnd > 0"
    " WHEN 'payment' THEN amount_vnd < 0 WHEN 'waiver' THEN amount_vnd < 0"
    " WHEN 'reversal' THEN amount_vnd <> 0 ELSE false END"
)
RECEIPT = (
    "CASE WHEN kind = 'payment' THEN num_nonnulls(receipt_branch, receipt_year, receipt_number) = 3"
    " ELSE num_nonnulls(receipt_branch, receipt_year, receipt_number) = 0 END"
)
REFUND_NO = RECEIPT_NO.replace("'BL-'", "'HT-'").replace("receipt_", "refund_")
REFUND = "num_nonnulls(refund_branch, refund_year, refund_number) = CASE WHEN kind = 'refund' THEN 3 ELSE 0 END"


class FeeRate(Base):
    """What a procedure costs (mức phí, lệ phí), in đồng; `*` is for those without a row."""

    __tablename__ = "fee_rate"
    __table_args__ = (
        CheckConstraint("amount_vnd >= 0", name="amount_vnd"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        ExcludeConstraint(
            ("code", "="),
            ("procedure", "="),
            ("valid", "&&"),
            using="gist",
            name="ex_fee_rate_code_procedure_valid",
        ),
        {
            "schema": SCHEMA,
            "comment": "Biểu mức phí, lệ phí của cơ quan đăng ký: what each procedure costs; the rows of * count where"
            " a procedure has none",
        },
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class FeeWaiverRule(Base):
    """How much of a fee the council waives (miễn, giảm), in percent."""

    __tablename__ = "fee_waiver_rule"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        ExcludeConstraint(("fee", "="), ("valid", "&&"), using="gist", name="ex_fee_waiver_rule_fee_valid"),
        {
            "schema": SCHEMA,
            "comment": "Quy định miễn, giảm của Hội đồng nhân dân tỉnh: how many percent of a fee are waived, and when",
        },
    )
    fee: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    percent: Mapped[int] = mapped_column(SmallInteger)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class FeeAccount(Base):
    """The account that a branch's fees are paid into; `*` is for branches without their own."""

    __tablename__ = "fee_account"
    __table_args__ = (
        CheckConstraint("bank_bin ~ '^[0-9]{6}$'", name="bank_bin"),
        CheckConstraint("account_no ~ '^[0-9A-Z]{1,19}$'", name="account_no"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        ExcludeConstraint(("branch", "="), ("valid", "&&"), using="gist", name="ex_fee_account_branch_valid"),
        {
            "schema": SCHEMA,
            "comment": "Tài khoản thu phí, lệ phí: the account of a branch for its fees, and since when; * is for the"
            " others",
        },
    )
    branch: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    bank_bin: Mapped[str] = mapped_column(Text)
    account_no: Mapped[str] = mapped_column(Text)
    holder: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class FeeOrder(Base):
    """What the office asks for one dossier (lệnh thu phí)."""

    __tablename__ = "fee_order"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("dossier_code", "purpose"),
        CheckConstraint("code ~ '^LP-[0-9]{4}-[0-9]{6,}$'", name="code"),
        CheckConstraint("purpose IN ('registration', 'supply')", name="purpose"),
        CheckConstraint("branch <> ''", name="branch"),
        {
            "schema": SCHEMA,
            "comment": "Lệnh thu phí: what the office asks for one dossier; what is owed are the entries; only ever"
            " added to",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, server_default=CODE)
    dossier_code: Mapped[str | None] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    branch: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class FeeEntry(Base):
    """One line of the ledger (bút toán): charges and refunds raise what is owed, payments and waivers lower it."""

    __tablename__ = "fee_entry"
    __table_args__ = (
        UniqueConstraint("channel_payment_id"),
        UniqueConstraint("reverses_id"),
        UniqueConstraint("receipt_branch", "receipt_year", "receipt_number"),
        CheckConstraint(SIGNS, name="amount_vnd"),
        CheckConstraint("(kind IN ('payment', 'refund')) = (channel IS NOT NULL)", name="channel"),
        CheckConstraint("channel_payment_id IS NULL OR kind = 'payment'", name="channel_payment"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses"),
        CheckConstraint(
            "kind NOT IN ('refund', 'waiver', 'reversal') OR length(btrim(reason)) >= 3", name="reason"
        ),
        CheckConstraint(RECEIPT, name="receipt"),
        UniqueConstraint("refund_branch", "refund_year", "refund_number"),
        CheckConstraint(REFUND, name="refund"),
        Index("ix_fee_entry_order_id", "order_id"),
        Index("ix_fee_entry_at", "at"),
        Index("ix_fee_entry_channel", "channel"),
        CheckConstraint("(counts_as IN ('payment', 'refund')) = (cash_day IS NOT NULL)", name="cash_day"),
        CheckConstraint(
            "cashier_id IS NULL OR cash_day IS NOT NULL AND channel_payment_id IS NULL", name="cashier"
        ),
        Index("ix_fee_entry_cash_day_cashier_id", "cash_day", "cashier_id"),
        {
            "schema": SCHEMA,
            "comment": "Sổ thu phí, lệ phí: charges and refunds raise what is owed, payments and waivers lower it; a"
            " balance is their sum",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("finance.fee_order.id"))
    kind: Mapped[str] = mapped_column(Text)
    counts_as: Mapped[str] = mapped_column(
        Text, comment="The kind it counts among: its own, of a reversal that of what it undoes"
    )
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(ForeignKey("finance.channel.code"))
    channel_payment_id: Mapped[int | None] = mapped_column(ForeignKey("finance.channel_payment.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("finance.fee_entry.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    receipt_branch: Mapped[str | None] = mapped_column(Text)
    receipt_year: Mapped[int | None] = mapped_column(SmallInteger)
    receipt_number: Mapped[int | None] = mapped_column(Integer)
    receipt_no: Mapped[str | None] = mapped_column(
        Text,
        Computed(RECEIPT_NO, persisted=True),
        comment="Số biên lai: without a gap in each year and branch",
    )
    account_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    refund_branch: Mapped[str | None] = mapped_column(Text)
    refund_year: Mapped[int | None] = mapped_column(SmallInteger)
    refund_number: Mapped[int | None] = mapped_column(Integer)
    refund_no: Mapped[str | None] = mapped_column(
        Text,
        Computed(REFUND_NO, persisted=True),
        comment="Số phiếu hoàn trả: without a gap in each year and branch",
    )
    cashier_id: Mapped[int | None] = mapped_column(
        BigInteger,
        comment="Người thu: in whose drawer the money lies; of a reversal that of what it undoes; none for money a"
        " channel told of",
    )
    cash_day: Mapped[date | None] = mapped_column(
        Date, comment="Ngày quỹ: the day of the drawer it counts for; after a close the next day"
    )


class FeeDayClose(Base):
    """What a cashier counted at the end of a day (chốt quỹ cuối ngày) beside what the ledger says, in đồng."""

    __tablename__ = "fee_day_close"
    __table_args__ = (
        UniqueConstraint("corrects_id"),
        CheckConstraint("(corrects_id IS NULL) = (account_id = cashier_id)", name="account"),
        CheckConstraint("entry_count > 0", name="entry_count"),
        CheckConstraint(
            "counted_vnd = cash_vnd AND corrects_id IS NULL OR coalesce(length(btrim(reason)), 0) >= 3",
            name="reason",
        ),
        CheckConstraint("length(reason) <= 300 AND length(note) <= 300", name="texts"),
        Index(
            "uq_fee_day_close_cashier_id_branch_cash_day",
            "cashier_id",
            "branch",
            "cash_day",
            unique=True,
            postgresql_where=text("corrects_id IS NULL"),
        ),
        Index("ix_fee_day_close_cash_day", "cash_day"),
        {
            "schema": SCHEMA,
            "comment": "Chốt quỹ cuối ngày: what a cashier counted beside what the ledger says; corrected by a row of"
            " somebody else's",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    cashier_id: Mapped[int] = mapped_column(BigInteger)
    branch: Mapped[str] = mapped_column(Text)
    cash_day: Mapped[date] = mapped_column(Date)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("finance.fee_day_close.id"))
    entry_count: Mapped[int] = mapped_column(Integer)
    ways: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, comment="Of each channel: entries, what was taken and what was paid back, in đồng"
    )
    cash_vnd: Mapped[int] = mapped_column(
        BigInteger, comment="Cash by the ledger: what was taken at counters less what was paid back"
    )
    counted_vnd: Mapped[int] = mapped_column(BigInteger)
    difference_vnd: Mapped[int | None] = mapped_column(
        BigInteger,
        Computed("counted_vnd - cash_vnd", persisted=True),
        comment="Counted less ledger: above zero there is too much",
    )
    reason: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)

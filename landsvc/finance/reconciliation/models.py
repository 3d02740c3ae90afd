"""Tables of the day's reconciliation: lists of the tax office, comparisons, what is decided of them, locked days."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"
NOW = text("clock_timestamp()")


class ReconciliationReason(Base):
    """Why a difference is settled (lý do xử lý chênh lệch)."""

    __tablename__ = "reconciliation_reason"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z][a-z-]{1,39}$'", name="code"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        {
            "schema": SCHEMA,
            "comment": "Lý do xử lý chênh lệch: why a difference between two sides of a day is settled",
        },
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class ReconciliationList(Base):
    """What the tax office counts of a day (bảng kê đối soát)."""

    __tablename__ = "reconciliation_list"
    __table_args__ = (
        UniqueConstraint("tax_office_code", "on_day", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        Index("ix_reconciliation_list_api_client_id", "api_client_id"),
        {
            "schema": SCHEMA,
            "comment": "Bảng kê đối soát của cơ quan thuế: what the tax office counts of a day in Vietnam; the newest"
            " version counts, none is changed",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    tax_office_code: Mapped[str] = mapped_column(Text)
    on_day: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(SmallInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, comment="Digest of what it says")
    received_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class ReconciliationListTotal(Base):
    """Count and sum of a stream as the tax office counts them."""

    __tablename__ = "reconciliation_list_total"
    __table_args__ = (
        CheckConstraint("stream IN ('slips', 'notices', 'payments')", name="stream"),
        CheckConstraint("line_count >= 0 AND sum_vnd >= 0", name="count"),
        {
            "schema": SCHEMA,
            "comment": "Số lượng và tổng tiền theo luồng: count and sum of a stream as the tax office counts them",
        },
    )
    list_id: Mapped[int] = mapped_column(ForeignKey("finance.reconciliation_list.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    line_count: Mapped[int] = mapped_column(Integer)
    sum_vnd: Mapped[int] = mapped_column(BigInteger)


class ReconciliationListLine(Base):
    """One slip, notice or payment as the tax office lists it."""

    __tablename__ = "reconciliation_list_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["list_id", "stream"],
            ["finance.reconciliation_list_total.list_id", "finance.reconciliation_list_total.stream"],
        ),
        CheckConstraint("line_no > 0", name="line_no"),
        CheckConstraint("amount_vnd >= 0", name="amount_vnd"),
        {
            "schema": SCHEMA,
            "comment": "Dòng của bảng kê đối soát: one slip, notice or payment as the tax office lists it",
        },
    )
    list_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    line_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str | None] = mapped_column(Text)


class ReconciliationRun(Base):
    """How the two sides of a stream of a day compare (lần đối soát)."""

    __tablename__ = "reconciliation_run"
    __table_args__ = (
        UniqueConstraint("stream", "party", "on_day", "version"),
        UniqueConstraint("id", "stream", "party", "on_day", name="uq_reconciliation_run_id_stream"),
        CheckConstraint(
            "stream IN ('slips', 'notices', 'payments', 'channel', 'channel-tax', 'fees', 'refunds')",
            name="stream",
        ),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            "our_count = matched_count + different_count + extra_count"
            " AND their_count = matched_count + different_count + missing_count",
            name="counts",
        ),
        CheckConstraint(
            "our_sum_vnd - their_sum_vnd = extra_sum_vnd - missing_sum_vnd + different_sum_vnd", name="sums"
        ),
        Index("ix_reconciliation_run_on_day", "on_day"),
        {
            "schema": SCHEMA,
            "comment": "Lần đối soát: how the two sides of a stream of a day compare; a new version where something"
            " changed",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    stream: Mapped[str] = mapped_column(Text)
    party: Mapped[str] = mapped_column(Text, comment="Code of the tax office, or of the channel")
    on_day: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer)
    list_version: Mapped[int | None] = mapped_column(
        SmallInteger, comment="Which version of their list was compared, if they send one"
    )
    our_count: Mapped[int] = mapped_column(Integer)
    our_sum_vnd: Mapped[int] = mapped_column(BigInteger)
    their_count: Mapped[int] = mapped_column(Integer)
    their_sum_vnd: Mapped[int] = mapped_column(BigInteger)
    matched_count: Mapped[int] = mapped_column(Integer)
    matched_sum_vnd: Mapped[int] = mapped_column(BigInteger)
    missing_count: Mapped[int] = mapped_column(Integer)
    missing_sum_vnd: Mapped[int] = mapped_column(BigInteger)
    extra_count: Mapped[int] = mapped_column(Integer)
    extra_sum_vnd: Mapped[int] = mapped_column(BigInteger)
    different_count: Mapped[int] = mapped_column(Integer)
    different_sum_vnd: Mapped[int] = mapped_column(
        BigInteger, comment="Ours less theirs, of lines that both have"
    )
    digest: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger, comment="Who had it compared; 0 is the service itself")
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class ReconciliationItem(Base):
    """A line that a side lacks or has otherwise (khoản chưa khớp)."""

    __tablename__ = "reconciliation_item"
    __table_args__ = (
        UniqueConstraint("run_id", "fact"),
        CheckConstraint(
            "CASE kind WHEN 'missing' THEN our_vnd IS NULL AND their_vnd IS NOT NULL"
            " WHEN 'extra' THEN our_vnd IS NOT NULL AND their_vnd IS NULL"
            " WHEN 'different' THEN our_vnd IS NOT NULL AND their_vnd IS NOT NULL ELSE false END",
            name="kind",
        ),
        Index("ix_reconciliation_item_key", "key"),
        {
            "schema": SCHEMA,
            "comment": "Khoản chưa khớp: a line that a side lacks or has otherwise; missing is what they have and we"
            " have not",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("finance.reconciliation_run.id"))
    fact: Mapped[UUID] = mapped_column(
        Uuid, comment="The same in each run of the day that finds the same: decisions hold on to it"
    )
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    for_day: Mapped[date] = mapped_column(
        Date, comment="The day it belongs to; an earlier one where that was locked when it came"
    )
    our_vnd: Mapped[int | None] = mapped_column(BigInteger)
    their_vnd: Mapped[int | None] = mapped_column(BigInteger)
    our_detail: Mapped[str | None] = mapped_column(Text)
    their_detail: Mapped[str | None] = mapped_column(Text)
    our_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    their_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class ReconciliationResolution(Base):
    """Why an item is settled, or that it is open again (xử lý chênh lệch)."""

    __tablename__ = "reconciliation_resolution"
    __table_args__ = (
        CheckConstraint(
            "CASE kind WHEN 'resolved' THEN reason IS NOT NULL WHEN 'withdrawn' THEN reason IS NULL ELSE false END",
            name="kind",
        ),
        CheckConstraint("length(note) BETWEEN 1 AND 500", name="note"),
        Index("ix_reconciliation_resolution_fact", "fact", "id"),
        {
            "schema": SCHEMA,
            "comment": "Xử lý chênh lệch: why an item is settled, or that it is open again; only ever added to",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    stream: Mapped[str] = mapped_column(Text)
    party: Mapped[str] = mapped_column(Text)
    on_day: Mapped[date] = mapped_column(Date)
    fact: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(ForeignKey("finance.reconciliation_reason.code"))
    note: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class ReconciliationLock(Base):
    """A day of a stream that is closed for good (khóa sổ đối soát ngày)."""

    __tablename__ = "reconciliation_lock"
    __table_args__ = (
        UniqueConstraint("run_id"),
        ForeignKeyConstraint(
            ["run_id", "stream", "party", "on_day"],
            [
                "finance.reconciliation_run.id",
                "finance.reconciliation_run.stream",
                "finance.reconciliation_run.party",
                "finance.reconciliation_run.on_day",
            ],
        ),
        {
            "schema": SCHEMA,
            "comment": "Khóa sổ đối soát ngày: a day of a stream that is closed for good; what comes later counts on"
            " the day it comes",
        },
    )
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    party: Mapped[str] = mapped_column(Text, primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)

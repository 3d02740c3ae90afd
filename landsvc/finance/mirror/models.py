"""Tables of notices, what became of them, and which payment is for which line."""

from __future__ import annotations

from datetime import date, datetime

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
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"


class Notice(Base):
    """A notice of the tax office (thông báo nộp tiền)."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("tax_office_code", "notice_no"),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("supersedes_id < id", name="supersedes_id"),
        CheckConstraint("of_total > 0", name="of_total"),
        CheckConstraint("(payer_sealed IS NULL) = (payer_index IS NULL)", name="payer"),
        CheckConstraint("unit_id IS NULL OR parcel_ref IS NOT NULL", name="unit_named"),
        CheckConstraint("period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'", name="period"),
        Index("ix_notice_dossier_code", "dossier_code", "id"),
        Index("ix_notice_unit_id", "unit_id", postgresql_where=text("unit_id IS NOT NULL")),
        Index("ix_notice_issued_on", "issued_on"),
        Index("ix_notice_received_at", "received_at"),
        Index("ix_notice_payer_index", "payer_index", "id", postgresql_where=text("payer_index IS NOT NULL")),
        {
            "schema": SCHEMA,
            "comment": "Thông báo nộp tiền: a notice as the tax office states it; only ever added to, a replacement"
            " names what it replaces",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    tax_office_code: Mapped[str] = mapped_column(Text)
    notice_no: Mapped[str] = mapped_column(Text)
    issued_on: Mapped[date] = mapped_column(Date)
    dossier_code: Mapped[str | None] = mapped_column(Text)
    slip_no: Mapped[str | None] = mapped_column(Text)
    of_total: Mapped[int | None] = mapped_column(
        SmallInteger, comment="How many notices the slip leads to, where the tax office says it"
    )
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("finance.notice.id"))
    parcel_ref: Mapped[str | None] = mapped_column(
        Text, comment="The parcel as the tax office named it, where the notice is about one"
    )
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    period: Mapped[str | None] = mapped_column(Text, comment="Kỳ thuế: a year, a quarter or a month")
    payer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    payer_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()")
    )


class NoticeLine(Base):
    """One obligation of a notice (khoản phải nộp)."""

    __tablename__ = "notice_line"
    __table_args__ = (
        CheckConstraint("line_no > 0", name="line_no"),
        CheckConstraint("sub_item ~ '^[0-9]{4}$'", name="sub_item"),
        CheckConstraint("amount_vnd >= 0 AND (amount_vnd > 0 OR exemption IS NOT NULL)", name="amount"),
        CheckConstraint(
            "cardinality(due_on) = cardinality(due_vnd) AND finance.sum_of(due_vnd) = amount_vnd", name="due"
        ),
        Index(
            "ix_notice_line_obligation_id", "obligation_id", postgresql_where=text("obligation_id IS NOT NULL")
        ),
        {
            "schema": SCHEMA,
            "comment": "Khoản phải nộp: one obligation of a notice, with the days its parts are due",
        },
    )
    notice_id: Mapped[int] = mapped_column(ForeignKey("finance.notice.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    obligation_id: Mapped[str | None] = mapped_column(Text)
    sub_item: Mapped[str] = mapped_column(Text)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    exemption: Mapped[str | None] = mapped_column(Text)
    due_on: Mapped[list[date]] = mapped_column(ARRAY(Date))
    due_vnd: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class PaymentCode(Base):
    """The short name of an obligation in the text of a transfer (mã nộp tiền)."""

    __tablename__ = "payment_code"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^K[2-9A-HJKMNP-Z]{8}$'", name="code"),
        {
            "schema": SCHEMA,
            "comment": "Mã nộp tiền: a short name of an obligation for the text of a transfer, given once and never"
            " changed",
        },
    )
    obligation_id: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text)


class NoticeAct(Base):
    """What became of a notice: cancelled (hủy), confirmed (xác nhận hoàn thành), deferred (ghi nợ)."""

    __tablename__ = "notice_act"
    __table_args__ = (
        UniqueConstraint("notice_id", "kind"),
        CheckConstraint("kind IN ('cancelled', 'confirmed', 'deferred')", name="kind"),
        CheckConstraint("(kind = 'deferred') = (until_on IS NOT NULL)", name="until_on"),
        {
            "schema": SCHEMA,
            "comment": "Hủy, xác nhận hoàn thành, ghi nợ: what the tax office says became of a notice; only ever"
            " added to",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("finance.notice.id"))
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    kind: Mapped[str] = mapped_column(Text)
    reference_no: Mapped[str] = mapped_column(Text)
    acted_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()")
    )


class PaymentMatch(Base):
    """Which line of a notice a payment is for (đối ứng khoản nộp)."""

    __tablename__ = "payment_match"
    __table_args__ = (
        ForeignKeyConstraint(
            ["notice_id", "line_no"], ["finance.notice_line.notice_id", "finance.notice_line.line_no"]
        ),
        UniqueConstraint("moved_id"),
        CheckConstraint("amount_vnd <> 0", name="amount"),
        CheckConstraint(
            "how IN ('obligation', 'notice', 'moved') AND (how = 'moved' OR amount_vnd > 0)", name="how"
        ),
        Index("ix_payment_match_payment_id", "payment_id", "id"),
        Index("ix_payment_match_notice_id", "notice_id", "line_no"),
        {
            "schema": SCHEMA,
            "comment": "Đối ứng khoản nộp: which line a payment is for; moved money is taken off the one line and"
            " put on the other",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("finance.tax_payment.id"))
    notice_id: Mapped[int] = mapped_column(BigInteger)
    line_no: Mapped[int] = mapped_column(Integer)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    how: Mapped[str] = mapped_column(Text)
    moved_id: Mapped[int | None] = mapped_column(
        ForeignKey("finance.payment_match.id"), comment="The entry that took it off the line before"
    )
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class PaymentMove(Base):
    """Money put on another line by a document of the tax office (điều chỉnh khoản nộp)."""

    __tablename__ = "payment_move"
    __table_args__ = (
        UniqueConstraint("payment_id", "reference_no"),
        ForeignKeyConstraint(
            ["from_notice_id", "from_line_no"],
            ["finance.notice_line.notice_id", "finance.notice_line.line_no"],
            name="fk_payment_move_from_line",
        ),
        ForeignKeyConstraint(
            ["to_notice_id", "to_line_no"],
            ["finance.notice_line.notice_id", "finance.notice_line.line_no"],
            name="fk_payment_move_to_line",
        ),
        CheckConstraint("amount_vnd > 0", name="amount"),
        CheckConstraint("(from_notice_id IS NULL) = (from_line_no IS NULL)", name="from"),
        CheckConstraint(
            "(from_notice_id, from_line_no) IS DISTINCT FROM (to_notice_id, to_line_no)", name="elsewhere"
        ),
        Index("ix_payment_move_api_client_id", "api_client_id"),
        Index("ix_payment_move_from_notice_id", "from_notice_id", "from_line_no"),
        Index("ix_payment_move_to_notice_id", "to_notice_id", "to_line_no"),
        {
            "schema": SCHEMA,
            "comment": "Điều chỉnh khoản nộp: money put on another line by a document of the tax office;"
            " only ever added to",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("finance.tax_payment.id"))
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    reference_no: Mapped[str] = mapped_column(Text)
    from_notice_id: Mapped[int | None] = mapped_column(BigInteger)
    from_line_no: Mapped[int | None] = mapped_column(Integer)
    to_notice_id: Mapped[int] = mapped_column(BigInteger)
    to_line_no: Mapped[int] = mapped_column(Integer)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()")
    )


class CollectingAccount(Base):
    """The account that the notices of a tax office are paid into."""

    __tablename__ = "collecting_account"
    __table_args__ = (
        CheckConstraint("bank_bin ~ '^[0-9]{6}$'", name="bank_bin"),
        CheckConstraint("account_no ~ '^[0-9A-Z]{1,19}$'", name="account_no"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        {
            "schema": SCHEMA,
            "comment": "Tài khoản thu ngân sách: the account at the treasury for the notices of a tax office; a setting"
            " of the province",
        },
    )
    tax_office_code: Mapped[str] = mapped_column(Text, primary_key=True)
    bank_bin: Mapped[str] = mapped_column(Text)
    account_no: Mapped[str] = mapped_column(Text)
    holder: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)

"""Tables of the figures obligations are worked out by: rates, thresholds, exemptions, terms of payment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"


class Figure(Base):
    """A figure of the law (tham số): a rate, threshold or cap, with the days it holds."""

    __tablename__ = "parameter"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_parameter_code_valid"),
        {
            "schema": SCHEMA,
            "comment": "Tham số nghĩa vụ tài chính: rates, thresholds and caps of the law, with the days they hold",
        },
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    value: Mapped[Decimal] = mapped_column(Numeric(20, 6))
    unit: Mapped[str] = mapped_column(Text)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class ExemptionReason(Base):
    """A reason for owing nothing (lý do miễn)."""

    __tablename__ = "exemption"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_exemption_code_valid"),
        {"schema": SCHEMA, "comment": "Lý do miễn: why nothing is owed, and of which kinds of obligations"},
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class TermOfPayment(Base):
    """Until when notice is given and money is due (thời hạn ra thông báo và nộp tiền)."""

    __tablename__ = "payment_term"
    __table_args__ = (
        ExcludeConstraint(
            ("kind", "="), ("payer", "="), ("valid", "&&"), using="gist", name="ex_payment_term_kind_payer_valid"
        ),
        {
            "schema": SCHEMA,
            "comment": "Thời hạn ra thông báo và nộp tiền: working days to the notice, then percent@calendar days"
            " from it",
        },
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    payer: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    notice_days: Mapped[int | None] = mapped_column(SmallInteger)
    instalments: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)

"""Tables of tax offices."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"


class TaxOffice(Base):
    """A tax office, with the days on which its code is used."""

    __tablename__ = "tax_office"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{4,7}$'", name="code"),
        CheckConstraint("NOT isempty(valid) AND lower(valid) IS NOT NULL", name="valid"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        {"schema": SCHEMA, "comment": "Cơ quan thuế quản lý khoản thu: code, names, treasury, days"},
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    treasury: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class TaxOfficeCommune(Base):
    """Which tax office serves a commune."""

    __tablename__ = "tax_office_commune"
    __table_args__ = (
        CheckConstraint("commune_code ~ '^([0-9]{5}|[*])$'", name="code"),
        CheckConstraint("NOT isempty(valid) AND lower(valid) IS NOT NULL", name="valid"),
        ExcludeConstraint(
            ("commune_code", "="), ("valid", "&&"), using="gist", name="ex_tax_office_commune_once"
        ),
        Index("ix_tax_office_commune_tax_office_code", "tax_office_code"),
        {
            "schema": SCHEMA,
            "comment": "Which tax office serves a commune on a day; * stands for every commune that no row names",
        },
    )
    commune_code: Mapped[str] = mapped_column(Text, primary_key=True)
    tax_office_code: Mapped[str] = mapped_column(ForeignKey("finance.tax_office.code"), primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)

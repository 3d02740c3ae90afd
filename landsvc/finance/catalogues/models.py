"""Tables of the code lists shared with the tax office."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base


class CatalogueEntry(Base):
    """A code of a shared list, with the days it holds (danh mục dùng chung)."""

    __tablename__ = "catalogue_entry"
    __table_args__ = (
        CheckConstraint(
            "catalogue IN ('sub-items', 'chapters', 'treasuries', 'search-purposes', 'message-codes')",
            name="catalogue",
        ),
        CheckConstraint("code ~ '^[0-9A-Za-z-]{1,20}$'", name="code"),
        CheckConstraint("valid_to >= valid_from", name="valid_to"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        ExcludeConstraint(
            ("catalogue", "="),
            (text("(code || '')"), "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            using="gist",
            name="ex_catalogue_entry_once",
        ),
        {
            "schema": "finance",
            "comment": "Danh mục dùng chung: code lists shared with the tax office; the last day is in the validity",
        },
    )
    catalogue: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(Date)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)
    maps_to: Mapped[str | None] = mapped_column(Text, comment="What of ours a code of theirs stands for")

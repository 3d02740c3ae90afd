"""Tables of planned uses that land is recovered for, and of what the law says beside it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, Text
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base


class TakingUse(Base):
    """A planned use that land is recovered for (loại đất quy hoạch có thể thu hồi đất)."""

    __tablename__ = "taking_use"
    __table_args__ = (
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        {
            "schema": "planning",
            "comment": "Loại đất quy hoạch có thể thu hồi đất: planned uses (and those below them) that land is"
            " recovered for, by theme",
        },
    )
    theme: Mapped[str] = mapped_column(ForeignKey("planning.theme.code"), primary_key=True)
    use_code: Mapped[str] = mapped_column(ForeignKey("cadastre.land_use_type.code"), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class TakingRule(Base):
    """What the law says beside a taking (quy định kèm theo khi thu hồi đất), in words, while it holds."""

    __tablename__ = "taking_rule"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_taking_rule_code_valid"),
        CheckConstraint("NOT isempty(valid)", name="valid"),
        CheckConstraint("years BETWEEN 1 AND 50", name="years"),
        CheckConstraint("says_vi <> '' AND says_en <> '' AND source <> ''", name="says"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        {
            "schema": "planning",
            "comment": "Quy định kèm theo khi thu hồi đất: what the law says beside a taking, while it holds;"
            " years where it counts them",
        },
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    years: Mapped[int | None] = mapped_column(SmallInteger)
    says_vi: Mapped[str] = mapped_column(Text)
    says_en: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)

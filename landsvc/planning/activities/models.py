"""Tables of what may be done on land: activities, and the decision table that answers them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, SmallInteger, Text
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "planning"
SAYS_WHY = (
    "CASE verdict WHEN 'unknown' THEN missing_vi <> '' AND missing_en <> '' AND condition_vi = '' AND condition_en = ''"
    " WHEN 'allowed' THEN law <> '' AND missing_vi = '' AND missing_en = ''"
    " ELSE law <> '' AND condition_vi <> '' AND condition_en <> '' AND (missing_vi <> '') = (lapse_years IS NOT NULL)"
    " AND (missing_en <> '') = (lapse_years IS NOT NULL) END"
)


class Activity(Base):
    """Something people want to do with land (việc muốn làm)."""

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z][a-z_]{1,39}$'", name="code"),
        {"schema": SCHEMA, "comment": "Việc muốn làm trên đất: what people ask whether they may do it"},
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class ActivityRule(Base):
    """One line of the decision table (bảng quyết định): for a land use, and a zone where it names one."""

    __tablename__ = "activity_rule"
    __table_args__ = (
        CheckConstraint("verdict IN ('allowed', 'allowed-if', 'not-allowed', 'unknown')", name="verdict"),
        CheckConstraint("(theme = '') = (zone = '')", name="zone"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        CheckConstraint("beside = '' OR theme = ''", name="beside"),
        CheckConstraint(
            "lapse_years IS NULL OR lapse_years BETWEEN 1 AND 50 AND verdict = 'not-allowed' AND theme <> ''",
            name="lapse_years",
        ),
        CheckConstraint("NOT isempty(valid)", name="valid"),
        CheckConstraint(SAYS_WHY, name="says_why"),
        ExcludeConstraint(
            ("activity", "="),
            ("land", "="),
            ("beside", "="),
            ("theme", "="),
            ("zone", "="),
            ("valid", "&&"),
            using="gist",
            name="ex_activity_rule_case_valid",
        ),
        {
            "schema": SCHEMA,
            "comment": "Bảng quyết định: what may be done on land of a use (* any), in a zone of a theme where one is"
            " named; a case has one answer on a day",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    activity: Mapped[str] = mapped_column(ForeignKey("planning.activity.code"))
    land: Mapped[str] = mapped_column(Text)
    theme: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    condition_vi: Mapped[str] = mapped_column(Text)
    condition_en: Mapped[str] = mapped_column(Text)
    missing_vi: Mapped[str] = mapped_column(Text)
    missing_en: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    beside: Mapped[str] = mapped_column(
        Text,
        server_default="",
        comment="A land use or group that the parcel must have beside the use of the line, as a garden beside a house;"
        " empty: none",
    )
    lapse_years: Mapped[int | None] = mapped_column(
        SmallInteger,
        comment="For how many years from the decision of the plan the line holds; then what is missing is asked",
    )

"""Tables of what may be done on land: activities, and the decision table that answers them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, ExcludeConstraint, Range
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
        CheckConstraint("NOT isempty(recorded)", name="recorded"),
        CheckConstraint(SAYS_WHY, name="says_why"),
        ExcludeConstraint(
            ("activity", "="),
            ("land", "="),
            ("beside", "="),
            ("theme", "="),
            ("zone", "="),
            ("valid", "&&"),
            ("recorded", "&&"),
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
    recorded: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE,
        server_default=text("tstzrange(clock_timestamp(), NULL)"),
        comment="From when to when the table said so: a line that is replaced on its own first day stays as what was"
        " answered that morning",
    )


class ActivityChange(Base):
    """Lines of the decision table that a planner proposes (đề nghị sửa bảng quyết định)."""

    __tablename__ = "activity_change"
    __table_args__ = (
        CheckConstraint("length(reason) BETWEEN 5 AND 1000 AND length(words) <= 1000", name="reason"),
        CheckConstraint("state IN ('proposed', 'confirmed', 'rejected', 'withdrawn')", name="state"),
        CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)"
            " AND (state <> 'rejected' OR words <> '')",
            name="decided",
        ),
        CheckConstraint(
            "CASE state WHEN 'withdrawn' THEN decided_by = by_account ELSE decided_by IS DISTINCT FROM by_account END",
            name="four_eyes",
        ),
        Index("ix_activity_change_state", "state", "id"),
        {
            "schema": SCHEMA,
            "comment": "Đề nghị sửa bảng quyết định: lines a planner proposes; they count from the day another planner"
            " confirmed them",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    from_day: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    by_account: Mapped[int] = mapped_column(ForeignKey("identity.account.id"))
    state: Mapped[str] = mapped_column(Text, server_default="proposed")
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("identity.account.id"))
    words: Mapped[str] = mapped_column(Text, server_default="")


class ActivityChangeLine(Base):
    """A proposed line (dòng đề nghị): put in place of that of its case, or the end of that."""

    __tablename__ = "activity_change_line"
    __table_args__ = (
        UniqueConstraint(
            "change_id", "activity", "land", "beside", "theme", "zone", name="uq_activity_change_line_case"
        ),
        CheckConstraint(
            "(theme = '') = (zone = '') AND (beside = '' OR theme = '') AND length(zone) <= 40", name="zone"
        ),
        CheckConstraint(
            "verdict IN ('allowed', 'allowed-if', 'not-allowed', 'unknown', 'end') AND certainty IN ('S', 'K', '?')",
            name="verdict",
        ),
        CheckConstraint(
            "lapse_years IS NULL OR lapse_years BETWEEN 1 AND 50 AND verdict = 'not-allowed' AND theme <> ''",
            name="lapse_years",
        ),
        CheckConstraint(
            SAYS_WHY.replace("CASE verdict ", "CASE verdict WHEN 'end' THEN before_id IS NOT NULL "),
            name="says_why",
        ),
        CheckConstraint(
            "greatest(length(condition_vi), length(condition_en), length(missing_vi), length(missing_en),"
            " length(law)) <= 1000",
            name="lengths",
        ),
        {
            "schema": SCHEMA,
            "comment": "Dòng đề nghị: a line to put in place of that of its case, or `end`: that line ends and nothing"
            " takes its place",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("planning.activity_change.id"))
    activity: Mapped[str] = mapped_column(ForeignKey("planning.activity.code"))
    land: Mapped[str] = mapped_column(Text)
    beside: Mapped[str] = mapped_column(Text, server_default="")
    theme: Mapped[str] = mapped_column(Text, server_default="")
    zone: Mapped[str] = mapped_column(Text, server_default="")
    verdict: Mapped[str] = mapped_column(Text)
    condition_vi: Mapped[str] = mapped_column(Text, server_default="")
    condition_en: Mapped[str] = mapped_column(Text, server_default="")
    missing_vi: Mapped[str] = mapped_column(Text, server_default="")
    missing_en: Mapped[str] = mapped_column(Text, server_default="")
    law: Mapped[str] = mapped_column(Text, server_default="")
    certainty: Mapped[str] = mapped_column(Text, server_default="?")
    lapse_years: Mapped[int | None] = mapped_column(SmallInteger)
    before_id: Mapped[int | None] = mapped_column(
        BigInteger,
        comment="The line of the case that was in force when it was proposed; where that changed meanwhile, nobody"
        " confirms",
    )

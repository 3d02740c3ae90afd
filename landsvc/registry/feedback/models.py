"""Tables of what people report or object to, what was done with it, and which plans are on public display."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Base
from landsvc.registry.dossiers.procedure_models import EMPTY, INSTANT, NOW, said


class PlanDisplay(Base):
    """The days a plan is on public display (công bố lấy ý kiến); the last row of a plan holds."""

    __tablename__ = "plan_display"
    __table_args__ = (
        Index("ix_plan_display_plan_id", "plan_id", "id"),
        said("Công bố lấy ý kiến quy hoạch: the days a plan is on public display; the last row of a plan holds"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("planning.plan.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    notice_no: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    made_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    by_account: Mapped[int] = mapped_column(ForeignKey("identity.account.id"))
    short_reason: Mapped[str] = mapped_column(
        Text, server_default=EMPTY, comment="Why it is shorter than the days of its level, for everybody to read"
    )


class DisplayLength(Base):
    """For how many days at least a plan of a level is on public display."""

    __tablename__ = "display_length"
    __table_args__ = (
        said("Thời gian công bố lấy ý kiến: for how many days at least a plan of a level is on public display"),
    )
    level: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    least_days: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class FeedbackCategory(Base):
    """What people write about, and within how many days it is answered."""

    __tablename__ = "feedback_category"
    __table_args__ = (
        said("Loại phản ánh, góp ý: what people write about, and within how many days it is answered"),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    answer_days: Mapped[int] = mapped_column(SmallInteger)
    sort: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class Feedback(Base):
    """What somebody reports from the ground, or objects to in a plan on display (phản ánh, góp ý)."""

    __tablename__ = "feedback"
    __table_args__ = (
        CheckConstraint("public_words IS NOT NULL OR NOT public_photo", name="ck_feedback_public"),
        CheckConstraint("(kind = 'objection') = (display_id IS NOT NULL)", name="ck_feedback_display"),
        Index(
            "ix_feedback_open",
            "due_on",
            "id",
            postgresql_where=text("state IN ('received', 'accepted', 'drafted')"),
        ),
        Index("ix_feedback_made_at", "made_at", "id"),
        Index("ix_feedback_plan_id", "plan_id", "id", postgresql_where=text("plan_id IS NOT NULL")),
        Index("ix_feedback_public", "id", postgresql_where=text("public_words IS NOT NULL")),
        Index("ix_feedback_photo", "photo", postgresql_where=text("photo IS NOT NULL")),
        said(
            "Phản ánh, góp ý: what people report from the ground, or object to in a plan on display;"
            " only events move it"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True, server_default=text("registry.next_feedback_code()"))
    secret: Mapped[str] = mapped_column(Text, server_default=text("registry.new_secret()"))
    form_key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(ForeignKey("registry.feedback_category.code"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("planning.plan.id"))
    commune_code: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=WORKING_SRID, spatial_index=False))
    words: Mapped[str] = mapped_column(Text)
    photo: Mapped[str | None] = mapped_column(ForeignKey("registry.stored_file.sha256"))
    contact: Mapped[bytes | None] = mapped_column(
        LargeBinary,
        comment="How to reach whoever wrote, sealed; shown to officers of the place who may see contacts,"
        " not to planners",
    )
    language: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(Text, server_default=text("'received'"))
    public_words: Mapped[str | None] = mapped_column(Text)
    public_photo: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    display_id: Mapped[int | None] = mapped_column(
        ForeignKey("registry.plan_display.id"), comment="The display during which an opinion was given"
    )


class FeedbackEvent(Base):
    """What was done with a report or objection, when and by whom."""

    __tablename__ = "feedback_event"
    __table_args__ = (
        Index("ix_feedback_event_feedback_id", "feedback_id", "id"),
        said("Quá trình xử lý phản ánh: what was done with it, when and by whom; only ever added to"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    feedback_id: Mapped[int] = mapped_column(ForeignKey("registry.feedback.id"))
    action: Mapped[str] = mapped_column(Text)
    from_state: Mapped[str] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    outcome: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    by_account: Mapped[int | None] = mapped_column(ForeignKey("identity.account.id"))
    public_words: Mapped[str | None] = mapped_column(
        Text, comment="The wording that a release lets everybody read; the row of the report holds the last one"
    )
    public_photo: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    answer_id: Mapped[int | None] = mapped_column(
        ForeignKey("registry.feedback_event.id"), comment="The answer that a release lets be read"
    )
    late_words: Mapped[str] = mapped_column(
        Text, server_default=EMPTY, comment="Why the answer is late, for whoever wrote to read"
    )

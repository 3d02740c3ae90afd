"""What a new survey made of an old map."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base


class ResurveyThreshold(Base):
    """When a link of two maps counts (ngưỡng đối soát)."""

    __tablename__ = "resurvey_threshold"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        {
            "schema": "cadastre",
            "comment": "Ngưỡng đối soát bản đồ mới với bản đồ cũ: when a link of two maps counts",
        },
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Double)
    note: Mapped[str] = mapped_column(Text)


class ResurveyLink(Base):
    """That an old parcel became, or shares land with, a parcel of a new survey (đối soát thửa cũ, thửa mới)."""

    __tablename__ = "resurvey_link"
    __table_args__ = (
        CheckConstraint("kind IN ('1-1', '1-n', 'n-1', 'n-m', 'part')", name="kind"),
        CheckConstraint("state IN ('sure', 'unsure', 'confirmed', 'rejected')", name="state"),
        CheckConstraint(
            "share_old > 0 AND share_old < 1.001 AND share_new > 0 AND share_new < 1.001", name="shares"
        ),
        UniqueConstraint("record_id", "old_unit_id", "new_unit_id"),
        Index("ix_resurvey_link_old_unit_id", "old_unit_id"),
        Index("ix_resurvey_link_new_unit_id", "new_unit_id"),
        {
            "schema": "cadastre",
            "comment": "Đối soát thửa cũ, thửa mới: what a new survey made of each old parcel;"
            " an unsure link waits for a person",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    old_unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    new_unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    kind: Mapped[str] = mapped_column(Text)
    share_old: Mapped[float] = mapped_column(Double, comment="Share of the old parcel that lies in the new one")
    share_new: Mapped[float] = mapped_column(Double, comment="Share of the new parcel that lies in the old one")
    state: Mapped[str] = mapped_column(Text)


class LinkDecision(Base):
    """What a person said an unsure link is (kết luận đối soát); one that was undone stays readable."""

    __tablename__ = "link_decision"
    __table_args__ = (
        CheckConstraint("verdict IN ('same', 'successor', 'different')", name="verdict"),
        Index("ix_link_decision_record_id", "record_id"),
        Index(
            "uq_link_decision_in_force", "link_id", unique=True, postgresql_where=text("undone_record_id IS NULL")
        ),
        {
            "schema": "cadastre",
            "comment": "Kết luận đối soát: what a person said an unsure link of two maps is;"
            " kept also when it is undone",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("cadastre.resurvey_link.id"))
    verdict: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    undone_record_id: Mapped[int | None] = mapped_column(
        ForeignKey("cadastre.record.id"), comment="The annulment that took it back"
    )

"""The table of rights that wait after a survey, as the migration made it."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.models import told


class SurveyWait(Base):
    """Rights of an old parcel that a person leads to new ones (quyền chờ đối soát sau đo đạc lại)."""

    __tablename__ = "survey_wait"
    __table_args__ = (
        UniqueConstraint("record_id", "unit_id"),
        Index("ix_survey_wait_unit_id", "unit_id"),
        Index(
            "ix_survey_wait_decided_record_id",
            "decided_record_id",
            postgresql_where=text("decided_record_id IS NOT NULL"),
        ),
        told("Quyền chờ đối soát sau đo đạc lại: rights of an old parcel that a person leads to new ones"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    reason: Mapped[str] = mapped_column(Text)
    decided_record_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.record.id"))

"""What is known to be wrong in old land: derived from the fabric by the worker, made anew at every look."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.cadastre.models.columns import geometry, told
from landsvc.core.db import Base

NOTHING = text("'{}'")


class Defect(Base):
    """One thing found wrong (sai sót của dữ liệu cũ)."""

    __tablename__ = "defect"
    __table_args__ = (
        CheckConstraint("kind IN ('drift', 'gap', 'overlap', 'sliver', 'spike')", name="kind"),
        UniqueConstraint("commune_code", "kind", "place"),
        Index("ix_defect_commune_code_kind_weight", "commune_code", "kind", text("weight DESC"), "id"),
        Index("ix_defect_kind_weight", "kind", text("weight DESC"), "id"),
        told(
            "Sai sót của dữ liệu cũ: what the last look at a commune found wrong;"
            " derived, made anew by the worker"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    commune_code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text, comment="Which defect of its kind it is: the same at the next look")
    units: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), comment="The parcels it concerns, the one to open first"
    )
    version_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="Version of the only parcel it is about, none for overlaps and gaps"
    )
    measure: Mapped[float] = mapped_column(
        Double, comment="m² of an overlap or gap, percent of a drift, m of a sliver, degrees of a spike"
    )
    weight: Mapped[float] = mapped_column(Double, comment="The larger the worse, among defects of one kind")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=NOTHING)
    mirrored: Mapped[bool] = mapped_column(
        Boolean,
        server_default=text("false"),
        comment="An overlap across the border, told in the second commune too:"
        " left out where all land is listed or counted",
    )
    geom: Mapped[WKBElement] = mapped_column(geometry())


class DefectLook(Base):
    """When a commune was looked at (lần rà soát)."""

    __tablename__ = "defect_look"
    __table_args__ = (
        told(
            "Lần rà soát: when a commune was last looked at for defects, by which figures,"
            " and what changed there since"
        ),
    )
    commune_code: Mapped[str] = mapped_column(Text, primary_key=True)
    changes: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    looked: Mapped[int] = mapped_column(
        BigInteger,
        server_default=text("0"),
        comment="How many changes were known when it was looked at: fewer than changes, it is behind",
    )
    looked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=NOTHING)
    parcels: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    mapped: Mapped[bool] = mapped_column(
        Boolean,
        server_default=text("false"),
        comment="Whether the mapped extent is known: without it nobody can tell a gap",
    )


class DefectCount(Base):
    """How many defects a commune had on a day (số sai sót theo ngày)."""

    __tablename__ = "defect_count"
    __table_args__ = (
        Index("ix_defect_count_commune_code_on_date", "commune_code", "on_date"),
        told(
            "Số sai sót theo ngày: for each day, commune and kind, the defects, the parcels they concern, of how many"
        ),
    )
    on_date: Mapped[date] = mapped_column(primary_key=True)
    commune_code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    defects: Mapped[int] = mapped_column(Integer)
    parcels: Mapped[int] = mapped_column(Integer)
    of_parcels: Mapped[int] = mapped_column(Integer)
    area_m2: Mapped[float] = mapped_column(
        Double, comment="Sum of the areas of overlaps or gaps, 0 for the other kinds"
    )

"""Tables of `planning`: themes, plans and zones in two times, coverage, and the overlay kept per parcel.

Triggers fill what the database promises (`recorded`, the other reference systems, subdivided parts):
migration 0004 has them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, INT4RANGE, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Base

SCHEMA = "planning"
LINK = "link ~ '^https?://[^[:space:]<>\"]{3,}$' AND length(link) <= 500"
STATUSES = ("draft", "consultation", "approved", "adjusted", "cancelled")
LEVELS = ("national", "province", "district", "commune", "urban")
NOW_ON = text("tstzrange(clock_timestamp(), NULL)")
TIMES = (
    "NOT isempty(valid) AND NOT isempty(recorded) AND lower(recorded) IS NOT NULL AND lower(valid) IS NOT NULL"
)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Theme(Base):
    """One subject an extract always speaks about (chuyên đề)."""

    __tablename__ = "theme"
    __table_args__ = (
        CheckConstraint(_one_of("kind", ("polygon", "line", "point")), name="kind"),
        CheckConstraint(_one_of("layer", ("zones", "restrictions")), name="layer"),
        UniqueConstraint("code"),
        {"schema": SCHEMA, "comment": "Chuyên đề quy hoạch và hạn chế: what an extract always speaks about"},
    )
    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    layer: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(Integer)
    legal_source: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)


class Plan(Base):
    """The identity of a plan (quy hoạch, kế hoạch sử dụng đất)."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("code = btrim(code) AND code <> ''", name="code_shape"),
        UniqueConstraint("code"),
        {"schema": SCHEMA, "comment": "Danh tính của một quy hoạch, kế hoạch sử dụng đất"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text)


class PlanVersion(Base):
    """One belief about a plan: level, decision, status, how sharp its source is."""

    __tablename__ = "plan_version"
    __table_args__ = (
        ExcludeConstraint(
            ("plan_id", "="),
            ("valid", "&&"),
            ("recorded", "&&"),
            using="gist",
            name="ex_plan_version_two_times",
        ),
        CheckConstraint(TIMES, name="times"),
        CheckConstraint(_one_of("level", LEVELS), name="level"),
        CheckConstraint(_one_of("status", STATUSES), name="status"),
        CheckConstraint("source_scale > 0", name="scale"),
        CheckConstraint("accuracy_m >= 0", name="accuracy"),
        CheckConstraint(LINK, name="link"),
        {
            "schema": SCHEMA,
            "comment": "Phiên bản quy hoạch: one belief about a plan in valid and recorded time",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("planning.plan.id"))
    level: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    period: Mapped[Range[int] | None] = mapped_column(INT4RANGE)
    decision: Mapped[str | None] = mapped_column(Text)
    decided_on: Mapped[date | None] = mapped_column(Date)
    authority: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    source_scale: Mapped[int | None] = mapped_column(Integer)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=NOW_ON)
    facts: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text, comment="Where the decision can be read")


class Zone(Base):
    """One zone, line or mark of a plan (khu vực, hành lang, chỉ giới, mốc): a surface, line or point."""

    __tablename__ = "zone"
    __table_args__ = (
        CheckConstraint(TIMES, name="times"),
        CheckConstraint(_one_of("status", STATUSES), name="status"),
        CheckConstraint("corridor_m > 0", name="corridor"),
        CheckConstraint("accuracy_m >= 0", name="accuracy"),
        CheckConstraint(
            "jsonb_typeof(building) = 'object' AND building <> '{}'"
            " AND building - ARRAY['densityPct', 'floors', 'heightM', 'floorRatio', 'setbackM'] = '{}'"
            """ AND NOT jsonb_path_exists(building, '$.* ? (@.type() != "number" || @ < 0)')"""
            " AND NOT jsonb_path_exists(building, '$.densityPct ? (@ > 100)')",
            name="building",
        ),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom) AND ST_NDims(geom) = 2", name="geom_sound"),
        CheckConstraint("GeometryType(geom) <> 'GEOMETRYCOLLECTION'", name="geom_kind"),
        Index("ix_zone_plan_id", "plan_id"),
        Index("ix_zone_geom4326", "geom4326", postgresql_using="gist"),
        Index(
            "ix_zone_geom3857", "geom3857", postgresql_using="gist", postgresql_where=text("upper_inf(recorded)")
        ),
        {
            "schema": SCHEMA,
            "comment": "Khu vực quy hoạch, hành lang, chỉ giới, mốc: surface, line or point;"
            " corridor_m metres on each side of drawn",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("planning.plan.id"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("planning.theme.id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    use_code: Mapped[str | None] = mapped_column(ForeignKey("cadastre.land_use_type.code"))
    status: Mapped[str | None] = mapped_column(Text)
    legal_source: Mapped[str | None] = mapped_column(Text)
    project: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    corridor_m: Mapped[float | None] = mapped_column(Double)
    source_scale: Mapped[int | None] = mapped_column(Integer)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=NOW_ON)
    dimension: Mapped[int] = mapped_column(SmallInteger)
    facts: Mapped[str] = mapped_column(Text)
    drawn: Mapped[WKBElement | None] = mapped_column(Geometry("GEOMETRY", srid=WORKING_SRID, spatial_index=False))
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=WORKING_SRID, spatial_index=False))
    geom4326: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=4326, spatial_index=False))
    geom3857: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=3857, spatial_index=False))
    building: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB,
        comment="Chỉ tiêu xây dựng: at most densityPct percent of the parcel built on, floors, heightM metres,"
        " floorRatio (floor area by area of the parcel), and at least setbackM metres from the building line; what is"
        " absent is not stated",
    )


class PlanCoverage(Base):
    """Where a plan speaks about a theme (phạm vi lập quy hoạch)."""

    __tablename__ = "plan_coverage"
    __table_args__ = (
        ExcludeConstraint(
            ("plan_id", "="),
            ("theme_id", "="),
            ("recorded", "&&"),
            using="gist",
            name="ex_plan_coverage_once",
        ),
        CheckConstraint("ST_IsValid(geom) AND ST_Dimension(geom) = 2", name="geom_sound"),
        {
            "schema": SCHEMA,
            "comment": 'Phạm vi lập quy hoạch: where a plan speaks about a theme, so that "not affected"'
            ' differs from "no data"',
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("planning.plan.id"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("planning.theme.id"))
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=NOW_ON)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=WORKING_SRID, spatial_index=False))


class ParcelZone(Base):
    """What one zone takes of one parcel today, in working-system m² and m (derived)."""

    __tablename__ = "parcel_zone"
    __table_args__ = (
        Index("ix_parcel_zone_zone_id", "zone_id"),
        {
            "schema": SCHEMA,
            "comment": "Thửa đất giao với khu vực quy hoạch: the overlay as it stands today;"
            " before_m2 is the theme's running total",
        },
    )
    unit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    zone_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(BigInteger)
    m2: Mapped[float] = mapped_column(Double)
    before_m2: Mapped[float | None] = mapped_column(Double)
    certain_m2: Mapped[float | None] = mapped_column(Double)
    length_m: Mapped[float | None] = mapped_column(Double)
    n: Mapped[int | None] = mapped_column(Integer)
    in_force: Mapped[bool] = mapped_column(Boolean)


class ParcelZoned(Base):
    """Until when, and for which version of the parcel, its `ParcelZone` rows hold (derived)."""

    __tablename__ = "parcel_zoned"
    __table_args__ = (
        {
            "schema": SCHEMA,
            "comment": "Until when and for which version parcel_zone holds;"
            " themes covered wholly, in part (m²), with overlap (m²)",
        },
    )
    unit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(BigInteger)
    holds: Mapped[Range[date]] = mapped_column(DATERANGE)
    covered: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    partials: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    unions: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


# Pieces have no identity of their own, so these two are tables without a class.
zone_part = Table(
    "zone_part",
    Base.metadata,
    Column("zone_id", ForeignKey("planning.zone.id"), nullable=False),
    Column("core", Boolean, nullable=False),
    Column("geom", Geometry("GEOMETRY", srid=WORKING_SRID, spatial_index=False), nullable=False),
    Index("ix_zone_part_geom", "geom", postgresql_using="gist"),
    Index("ix_zone_part_zone_id", "zone_id"),
    schema=SCHEMA,
    comment="A zone in pieces of at most 64 vertices; core pieces lie further from its edge than its accuracy",
)
plan_coverage_part = Table(
    "plan_coverage_part",
    Base.metadata,
    Column("coverage_id", ForeignKey("planning.plan_coverage.id"), nullable=False),
    Column("geom", Geometry("GEOMETRY", srid=WORKING_SRID, spatial_index=False), nullable=False),
    Index("ix_plan_coverage_part_geom", "geom", postgresql_using="gist"),
    Index("ix_plan_coverage_part_coverage_id", "coverage_id"),
    schema=SCHEMA,
)

"""Parcels in two times: records, surveys, versions, uses, numbers, codes, lineage."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.cadastre.models.columns import RECORDED, geometry, told
from landsvc.core.db import Base


class Record(Base):
    """The legal document or reasoned correction behind a change (văn bản làm căn cứ)."""

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("coalesce(doc_no, reason) IS NOT NULL", name="grounded"),
        CheckConstraint("annuls_id IS NULL OR kind = 'annulment'", name="annuls"),
        UniqueConstraint("annuls_id"),
        told("Văn bản làm căn cứ, or a reasoned correction: nothing changes without one"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(
        Text,
        server_default=text(
            "'REC-' || to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY') || '-'"
            " || lpad(nextval('cadastre.record_no')::text, 6, '0')"
        ),
    )
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    doc_no: Mapped[str | None] = mapped_column(Text)
    doc_on: Mapped[date | None]
    authority: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    made_by: Mapped[str] = mapped_column(Text, server_default=text("session_user"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))
    annuls_id: Mapped[int | None] = mapped_column(
        BigInteger,
        ForeignKey("cadastre.record.id"),
        comment="The record this annulment undoes: once, and as a whole",
    )


class MappedExtent(Base):
    """Land declared as mapped (phạm vi đã đo vẽ): what no object covers inside it is a gap."""

    __tablename__ = "mapped_extent"
    __table_args__ = (
        Index("ix_mapped_extent_commune_code", "commune_code"),
        told("Phạm vi đã đo vẽ: uncovered land inside it is a gap"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("cadastre.commune.code"))
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    geom: Mapped[WKBElement] = mapped_column(geometry("MULTIPOLYGON"))
    closed_record_id: Mapped[int | None] = mapped_column(BigInteger)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)


class Survey(Base):
    """Coordinates as they were recorded, in the zone they were recorded in (số liệu đo)."""

    __tablename__ = "survey"
    __table_args__ = (
        CheckConstraint("geom IS NULL OR ST_SRID(geom) = srid", name="own_zone"),
        told("Số liệu đo, in the zone it was recorded in"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    record_id: Mapped[int] = mapped_column(BigInteger)  # known to exist: trigger t06_record_known
    srid: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(Text)
    surveyed_on: Mapped[date | None]
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    surveyed_by: Mapped[str | None] = mapped_column(
        Text, comment="Who measured: a person or a firm (đơn vị đo đạc); for officers only"
    )
    geom: Mapped[WKBElement | None] = mapped_column(Geometry(None, srid=-1, spatial_index=False))


class ParcelUnit(Base):
    """The identity of a parcel or of a road, canal or river; never deleted (LA_SpatialUnit)."""

    __tablename__ = "parcel_unit"
    __table_args__ = (
        CheckConstraint("kind IN ('parcel', 'object')", name="kind"),
        told("Danh tính thửa đất, or of a road, canal or river; never deleted"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(BigInteger)  # known to exist: trigger t06_record_known


class ParcelCode(Base):
    """The 12-character code with how it was made (mã định danh thửa đất; TT 19/2026 Art. 11)."""

    __tablename__ = "parcel_code"
    __table_args__ = (
        UniqueConstraint("unit_id"),
        CheckConstraint("code ~ '^[0-9b-hjkmnp-z]{12}$'", name="shape"),
        told(
            "Mã định danh thửa đất (TT 19/2026 Điều 11): stored with how it was made, never recomputed, never reused"
        ),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    x: Mapped[float] = mapped_column(Double)
    y: Mapped[float] = mapped_column(Double)
    srid: Mapped[int] = mapped_column(Integer)
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    datum_shift: Mapped[str] = mapped_column(Text)
    algorithm: Mapped[str] = mapped_column(Text)
    tolerance_m: Mapped[float] = mapped_column(Double)
    step: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    made_on: Mapped[date] = mapped_column(server_default=text("CURRENT_DATE"))


class ParcelVersion(Base):
    """One belief about a parcel in valid and recorded time (phiên bản thửa đất)."""

    __tablename__ = "parcel_version"
    __table_args__ = (
        ExcludeConstraint(
            ("unit_id", "="),
            ("valid", "&&"),
            ("recorded", "&&"),
            using="gist",
            name="ex_parcel_version_two_times",
        ),
        Index(
            "ix_parcel_version_past_geom",
            "geom",
            postgresql_using="gist",
            postgresql_where=text("NOT (upper_inf(recorded) AND upper_inf(valid))"),
        ),
        Index("ix_parcel_version_record_id", "record_id"),
        Index(
            "ix_parcel_version_closed_record_id",
            "closed_record_id",
            postgresql_where=text("closed_record_id IS NOT NULL"),
        ),
        told("Phiên bản thửa đất: one belief in valid and recorded time"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    record_id: Mapped[int] = mapped_column(BigInteger)  # known to exist: trigger t06_record_known
    closed_record_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.record.id"))
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.survey.id"))
    technical: Mapped[bool] = mapped_column(server_default=text("false"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)
    commune_code: Mapped[str] = mapped_column(ForeignKey("cadastre.commune.code"))
    geom: Mapped[WKBElement | None] = mapped_column(geometry())
    legal_area_m2: Mapped[Decimal | None] = mapped_column(Numeric(12, 1))
    computed_area_m2: Mapped[float | None] = mapped_column(Double)
    computed_srid: Mapped[int | None] = mapped_column(Integer)
    address: Mapped[str | None] = mapped_column(Text)
    repeats_id: Mapped[int | None] = mapped_column(
        BigInteger,
        comment="The version whose legal facts this one says again: noded beside a neighbour, or reinstated",
    )


class ParcelUse(Base):
    """One use of a parcel with its area, origin and term (mục đích sử dụng); no term is lâu dài."""

    __tablename__ = "parcel_use"
    __table_args__ = (told("Mục đích sử dụng của thửa đất; no term_until means lâu dài"),)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("cadastre.parcel_version.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    use_code: Mapped[str] = mapped_column(ForeignKey("cadastre.land_use_type.code"))
    area_m2: Mapped[Decimal] = mapped_column(Numeric(12, 1))
    origin_code: Mapped[str | None] = mapped_column(ForeignKey("cadastre.land_origin.code"))
    shared: Mapped[bool] = mapped_column(server_default=text("false"))
    term_until: Mapped[date | None]
    geom: Mapped[WKBElement | None] = mapped_column(geometry())


class ParcelNumber(Base):
    """A sheet and parcel number, on the map or as printed on a certificate (số tờ, số thửa)."""

    __tablename__ = "parcel_number"
    __table_args__ = (
        UniqueConstraint(
            *("series_id", "sheet", "number", "annulled_record_id"),
            name="uq_parcel_number_series_id_sheet_number",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_parcel_number_unit_id", "unit_id"),
        Index("ix_parcel_number_number_sheet", "number", "sheet"),
        told("Số tờ, số thửa: on the map or as printed on the certificate"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    series_id: Mapped[int] = mapped_column(ForeignKey("cadastre.map_series.id"))
    sheet: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    on_map: Mapped[bool] = mapped_column(server_default=text("true"))
    as_printed: Mapped[bool] = mapped_column(server_default=text("false"))
    used: Mapped[Range[date]] = mapped_column(
        DATERANGE, server_default=text("daterange(CURRENT_DATE, NULL::date)")
    )
    record_id: Mapped[int] = mapped_column(BigInteger)  # known to exist: trigger t06_record_known
    changed_record_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="The record that last changed its use; none: as given"
    )
    changed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    annulled_record_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="The annulment that took it back; its use is empty"
    )


class ParcelNumberPast(Base):
    """What was believed of a number before a record changed it; written by trigger."""

    __tablename__ = "parcel_number_past"
    __table_args__ = (
        Index("ix_parcel_number_past_number_id", "number_id"),
        Index("ix_parcel_number_past_closed_record_id", "closed_record_id"),
        told("What was believed of a number before a record changed it"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_number.id"))
    used: Mapped[Range[date]] = mapped_column(DATERANGE)
    on_map: Mapped[bool]
    as_printed: Mapped[bool]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    closed_record_id: Mapped[int] = mapped_column(BigInteger)


class Lineage(Base):
    """That a unit came from another one, as we know it (nguồn gốc biến động)."""

    __tablename__ = "lineage"
    __table_args__ = (
        ExcludeConstraint(
            ("parent_id", "="),
            (text("(child_id + 0)"), "="),  # an index of its own finds children
            ("recorded", "&&"),
            using="gist",
            name="ex_lineage_once",
        ),
        Index("ix_lineage_child_id", "child_id"),
        Index("ix_lineage_record_id", "record_id"),
        told("Nguồn gốc biến động thửa: which unit came from which"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    kind: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)


class UnitEnd(Base):
    """The stated end of a unit without a successor (thửa chấm dứt)."""

    __tablename__ = "unit_end"
    __table_args__ = (
        ExcludeConstraint(("unit_id", "="), ("recorded", "&&"), using="gist", name="ex_unit_end_once"),
        told("Thửa chấm dứt without a successor (thu hồi, sạt lở, nhập sai)"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    reason: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)

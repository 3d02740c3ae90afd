"""Administrative units, code lists, map series and sheets."""

from __future__ import annotations

from datetime import date

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Base


class Commune(Base):
    """A commune code that was ever used (mã xã); a code alone is not a place."""

    __tablename__ = "commune"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{5}$'", name="code_shape"),
        {"schema": "cadastre", "comment": "Mã xã từng được dùng: a code alone is not a place, see admin_unit"},
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)


class CommuneCard(Base):
    """A commune as the API shows it, kept by trigger: its newest name, and what went into it."""

    __tablename__ = "commune_card"
    __table_args__ = (
        {
            "schema": "cadastre",
            "comment": "A commune as the API shows it, as JSON text: its newest name, and what went into it; "
            "kept by trigger",
        },
    )
    code: Mapped[str] = mapped_column(Text, ForeignKey("cadastre.commune.code"), primary_key=True)
    card: Mapped[str] = mapped_column(Text)


class AdminUnit(Base):
    """An administrative unit while it was valid (đơn vị hành chính); its key is (code, valid_from)."""

    __tablename__ = "admin_unit"
    __table_args__ = (
        CheckConstraint("level IN ('province', 'district', 'commune')", name="level"),
        CheckConstraint("NOT isempty(valid)", name="valid"),
        CheckConstraint("ST_IsValid(geom)", name="geom_sound"),
        ExcludeConstraint(
            ("code", "="), ("level", "="), ("valid", "&&"), using="gist", name="ex_admin_unit_code_valid"
        ),
        Index("ix_admin_unit_code", "code"),
        Index("ix_admin_unit_geom", "geom", postgresql_using="gist"),
        Index("ix_admin_unit_geom3857", "geom3857", postgresql_using="gist"),
        Index(
            "ix_admin_unit_folded",
            "folded",
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
        ),
        {"schema": "cadastre", "comment": "Đơn vị hành chính; the key is (code, valid_from): codes are reused"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    level: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    source: Mapped[str | None] = mapped_column(Text)
    point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=WORKING_SRID, spatial_index=False))
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=WORKING_SRID, spatial_index=False)
    )
    geom3857: Mapped[WKBElement | None] = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=False))
    folded: Mapped[str] = mapped_column(Text)


class AdminPart(Base):
    """A piece of the land of a commune of today, kept by trigger."""

    __tablename__ = "admin_part"
    __table_args__ = (
        Index("ix_admin_part_geom", "geom", postgresql_using="gist"),
        Index("ix_admin_part_unit_id", "unit_id"),
        {
            "schema": "cadastre",
            "comment": "The land of today's communes in pieces of at most 128 corners, kept by trigger: "
            "what lies near is found without whole outlines",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cadastre.admin_unit.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", srid=WORKING_SRID, spatial_index=False))


class AdminSuccession(Base):
    """Which old unit went into which new one (the 2025 mergers)."""

    __tablename__ = "admin_succession"
    __table_args__ = (
        CheckConstraint("relation IN ('whole', 'part')", name="relation"),
        Index("ix_admin_succession_new_unit_id", "new_unit_id"),
        {"schema": "cadastre", "comment": "Đơn vị cũ nhập vào đơn vị mới (2025)"},
    )
    old_unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.admin_unit.id"), primary_key=True)
    new_unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.admin_unit.id"), primary_key=True)
    relation: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(server_default=text("true"))


class LandUseType(Base):
    """A land-use type with its group and map colour (loại đất)."""

    __tablename__ = "land_use_type"
    __table_args__ = (
        CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color"),
        {"schema": "cadastre", "comment": "Loại đất (Nghị định 102/2024 Điều 4-6, Thông tư 08/2024)"},
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("cadastre.land_use_type.code"))
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    color: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(Integer)
    source: Mapped[str | None] = mapped_column(Text)


class LandUseLegacy(Base):
    """A code of an earlier list and what it is called now."""

    __tablename__ = "land_use_legacy"
    __table_args__ = ({"schema": "cadastre", "comment": "Mã loại đất cũ và mã hiện hành"},)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    maps_to: Mapped[str | None] = mapped_column(ForeignKey("cadastre.land_use_type.code"))
    note: Mapped[str | None] = mapped_column(Text)


class LandOrigin(Base):
    """How land came to be used (nguồn gốc sử dụng đất)."""

    __tablename__ = "land_origin"
    __table_args__ = ({"schema": "cadastre", "comment": "Nguồn gốc sử dụng đất"},)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class MapSeries(Base):
    """The maps one commune had at one time (bộ bản đồ): numbers are unique inside it."""

    __tablename__ = "map_series"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("kind IN ('299', 'cadastral', 'extract')", name="kind"),
        Index("ix_map_series_admin_unit_id", "admin_unit_id"),
        {"schema": "cadastre", "comment": "Bộ bản đồ của một xã tại một thời kỳ"},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    admin_unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.admin_unit.id"))
    kind: Mapped[str] = mapped_column(Text)
    year: Mapped[int | None] = mapped_column(SmallInteger)
    scale: Mapped[int | None] = mapped_column(Integer)
    srid: Mapped[int] = mapped_column(Integer)


class MapSheet(Base):
    """One sheet of a map series (tờ bản đồ)."""

    __tablename__ = "map_sheet"
    __table_args__ = ({"schema": "cadastre", "comment": "Tờ bản đồ"},)
    series_id: Mapped[int] = mapped_column(ForeignKey("cadastre.map_series.id"), primary_key=True)
    sheet: Mapped[str] = mapped_column(Text, primary_key=True)
    scale: Mapped[int | None] = mapped_column(Integer)
    frame: Mapped[WKBElement | None] = mapped_column(Geometry("POLYGON", srid=WORKING_SRID, spatial_index=False))

"""Tables of land prices, as the migrations made them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.cadastre.models.columns import RECORDED, geometry
from landsvc.core.db import Base
from landsvc.finance.models import SCHEMA

TABLE = "finance.price_table.id"
SEGMENT = "finance.price_segment.id"
ZONE = "finance.price_zone.id"
USE = "cadastre.land_use_type.code"


def told(comment: str) -> dict[str, str]:
    """Return the last of `__table_args__`: the schema and what the table is."""
    return {"schema": SCHEMA, "comment": comment}


class PriceTable(Base):
    """A table of land prices of one decision (bảng giá đất), in two times; distances in metres."""

    __tablename__ = "price_table"
    __table_args__ = (
        ExcludeConstraint(
            ("valid", "&&"), using="gist", where=text("upper_inf(recorded)"), name="ex_price_table_valid"
        ),
        Index("uq_price_table_code", "code", unique=True, postgresql_where=text("upper_inf(recorded)")),
        told(
            "Bảng giá đất: the prices of one decision and how places are judged; two believed ones never hold at once"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    title_vi: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    decision_no: Mapped[str] = mapped_column(Text)
    decided_on: Mapped[date]
    authority: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)
    certainty: Mapped[str] = mapped_column(Text)
    tolerance_m: Mapped[float] = mapped_column(Double)
    min_frontage_m: Mapped[float] = mapped_column(Double)
    clear_frontage_m: Mapped[float] = mapped_column(Double)
    reach_m: Mapped[float] = mapped_column(Double)
    unpriced: Mapped[list[str]] = mapped_column(ARRAY(Text))


class PriceSegment(Base):
    """A stretch of a street by its middle line, or an alley from its mouth (đoạn đường, hẻm)."""

    __tablename__ = "price_segment"
    __table_args__ = (
        UniqueConstraint("table_id", "code"),
        Index("ix_price_segment_table_id_geom", "table_id", "geom", postgresql_using="gist"),
        Index("ix_price_segment_leads_to", "leads_to", postgresql_where=text("leads_to IS NOT NULL")),
        told(
            "Đoạn đường, hẻm: a stretch of a street by its middle line, or an alley from its mouth; width_m is edge"
            " to edge"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE))
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text)
    begins: Mapped[str | None] = mapped_column(Text)
    ends: Mapped[str | None] = mapped_column(Text)
    width_m: Mapped[float] = mapped_column(Double)
    leads_to: Mapped[int | None] = mapped_column(ForeignKey(SEGMENT))
    dearness: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    geom: Mapped[WKBElement] = mapped_column(geometry("LINESTRING"))
    front: Mapped[WKBElement] = mapped_column(geometry("POLYGON"))


class PriceRule(Base):
    """How a position is found (quy định xác định vị trí); rules are asked in the order of `seq`."""

    __tablename__ = "price_rule"
    __table_args__ = (
        told("Quy định xác định vị trí: which position land has; asked in order, the first that fits decides"),
    )
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE), primary_key=True)
    land_group: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    found_by: Mapped[str] = mapped_column(Text)
    min_width_m: Mapped[float] = mapped_column(Double)
    max_width_m: Mapped[float | None] = mapped_column(Double)
    min_distance_m: Mapped[float] = mapped_column(Double)
    max_distance_m: Mapped[float | None] = mapped_column(Double)
    pct: Mapped[Decimal] = mapped_column(Numeric(7, 3))


class PriceBand(Base):
    """A band of distance from the street's edge (phạm vi chiều sâu), in metres."""

    __tablename__ = "price_band"
    __table_args__ = (
        told("Phạm vi chiều sâu: bands of distance from the edge of the street; the last one has no end"),
    )
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE), primary_key=True)
    land_group: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    from_m: Mapped[float] = mapped_column(Double)
    to_m: Mapped[float | None] = mapped_column(Double)
    pct: Mapped[Decimal] = mapped_column(Numeric(7, 3))


class PriceStrip(Base):
    """All land up to the far end of a band beside a street; derived."""

    __tablename__ = "price_strip"
    __table_args__ = (
        told(
            "Derived: all land up to the far end of a band beside a street; nested, so a band is a strip less the one"
            " before"
        ),
    )
    segment_id: Mapped[int] = mapped_column(ForeignKey(SEGMENT), primary_key=True)
    land_group: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    geom: Mapped[WKBElement] = mapped_column(geometry("POLYGON"))


class PriceZone(Base):
    """Communes with one price for each position (khu vực giá đất)."""

    __tablename__ = "price_zone"
    __table_args__ = (
        UniqueConstraint("table_id", "code"),
        told("Khu vực giá đất: communes whose land has one price for each position"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE))
    code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    communes: Mapped[list[str]] = mapped_column(ARRAY(Text))


class LandPriceRow(Base):
    """One price (giá đất): đồng a m² of a use, beside a street or in a zone, at a position and band."""

    __tablename__ = "land_price"
    __table_args__ = (
        UniqueConstraint(
            *("table_id", "segment_id", "zone_id", "land_code", "position", "band"),
            name="uq_land_price_place",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_land_price_segment_id", "segment_id", postgresql_where=text("segment_id IS NOT NULL")),
        Index("ix_land_price_zone_id", "zone_id", postgresql_where=text("zone_id IS NOT NULL")),
        told("Giá đất: đồng a square metre, of a use, beside a street or in a zone, at a position and band"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey(SEGMENT))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey(ZONE))
    land_code: Mapped[str] = mapped_column(ForeignKey(USE))
    position: Mapped[int] = mapped_column(SmallInteger)
    band: Mapped[int] = mapped_column(SmallInteger)
    unit_price_vnd: Mapped[int] = mapped_column(BigInteger)


class PriceFactor(Base):
    """A coefficient of land prices (hệ số điều chỉnh)."""

    __tablename__ = "price_factor"
    __table_args__ = (
        ExcludeConstraint(
            *(("table_id", "="), ("kind", "="), (text("coalesce(segment_id, 0)"), "=")),
            *((text("coalesce(zone_id, 0)"), "="), (text("coalesce(land_code, '')"), "="), ("valid", "&&")),
            using="gist",
            name="ex_price_factor_place",
        ),
        Index("ix_price_factor_table_id", "table_id"),
        Index("ix_price_factor_segment_id", "segment_id", postgresql_where=text("segment_id IS NOT NULL")),
        Index("ix_price_factor_zone_id", "zone_id", postgresql_where=text("zone_id IS NOT NULL")),
        told(
            "Hệ số điều chỉnh: K is the product of one factor of each kind that fits; a corner factor holds for corners"
            " only"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE))
    kind: Mapped[str] = mapped_column(Text)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey(SEGMENT))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey(ZONE))
    land_code: Mapped[str | None] = mapped_column(ForeignKey(USE))
    factor: Mapped[Decimal] = mapped_column(Numeric(9, 4))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    legal_basis: Mapped[str] = mapped_column(Text)


class PriceProposal(Base):
    """Where a parcel stands as the map says (đề xuất vị trí); derived. Metres."""

    __tablename__ = "price_proposal"
    __table_args__ = (
        told(
            "Đề xuất vị trí: where a parcel stands as computed from the map, with the evidence; derived, may be emptied"
        ),
    )
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE), primary_key=True)
    commune_code: Mapped[str] = mapped_column(Text, primary_key=True)
    unit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    land_group: Mapped[str] = mapped_column(Text, primary_key=True)
    version_id: Mapped[int] = mapped_column(BigInteger)
    segment_id: Mapped[int | None] = mapped_column(BigInteger)
    alley_id: Mapped[int | None] = mapped_column(BigInteger)
    position: Mapped[int | None] = mapped_column(SmallInteger)
    frontage_m: Mapped[float | None] = mapped_column(Double)
    distance_m: Mapped[float | None] = mapped_column(Double)
    alley_width_m: Mapped[float | None] = mapped_column(Double)
    alley_along_m: Mapped[float | None] = mapped_column(Double)
    corner: Mapped[bool] = mapped_column(Boolean)
    doubts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class PriceDecision(Base):
    """Where an officer says a parcel stands (xác nhận vị trí), with the evidence of that day; only ever added to."""

    __tablename__ = "price_decision"
    __table_args__ = (
        Index("ix_price_decision_table_id_unit_id", "table_id", "unit_id", "land_group", "id"),
        Index("ix_price_decision_unit_id", "unit_id"),
        told(
            "Xác nhận vị trí: where an officer says a parcel stands, with the evidence of that day; only ever added to"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey(TABLE))
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    land_group: Mapped[str] = mapped_column(Text)
    version_id: Mapped[int] = mapped_column(BigInteger)
    commune_code: Mapped[str] = mapped_column(Text)
    segment_id: Mapped[int | None] = mapped_column(BigInteger)
    alley_id: Mapped[int | None] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(SmallInteger)
    frontage_m: Mapped[float | None] = mapped_column(Double)
    distance_m: Mapped[float | None] = mapped_column(Double)
    alley_width_m: Mapped[float | None] = mapped_column(Double)
    alley_along_m: Mapped[float | None] = mapped_column(Double)
    corner: Mapped[bool] = mapped_column(Boolean)
    doubts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    shapes: Mapped[WKBElement | None] = mapped_column(geometry("GEOMETRYCOLLECTION"))
    as_proposed: Mapped[bool] = mapped_column(Boolean)
    proposed: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))

"""What guards the fabric: admitted overlaps, holds, features set aside, locks, bulk imports under way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.cadastre.models.columns import RECORDED, geometry, told
from landsvc.core.db import Base
from landsvc.core.models import Xid8


class KnownOverlap(Base):
    """A legacy overlap admitted by a record (chồng lấn tồn tại); it only shrinks."""

    __tablename__ = "known_overlap"
    __table_args__ = (
        ExcludeConstraint(
            ("unit_a", "="),
            (text("(unit_b + 0)"), "="),  # an index of its own finds it alone
            ("recorded", "&&"),
            using="gist",
            name="ex_known_overlap_once",
        ),
        Index("ix_known_overlap_unit_b", "unit_b"),
        Index("ix_known_overlap_geom", "geom", postgresql_using="gist"),
        told("Chồng lấn tồn tại: a legacy defect admitted by a record; it only shrinks"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_a: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    unit_b: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    geom: Mapped[WKBElement] = mapped_column(geometry())
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)


class ParcelHold(Base):
    """What stops transactions on a parcel, a certificate or a person (ngăn chặn, kê biên, tranh chấp)."""

    __tablename__ = "parcel_hold"
    __table_args__ = (
        Index("ix_parcel_hold_unit_id", "unit_id"),
        told("Ngăn chặn, kê biên, tranh chấp"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    subject: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[WKBElement | None] = mapped_column(geometry())
    issuer: Mapped[str] = mapped_column(Text)
    doc_no: Mapped[str] = mapped_column(Text)
    held: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=RECORDED)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))


class Quarantine(Base):
    """A feature an import set aside, as it came (dữ liệu chờ xử lý)."""

    __tablename__ = "quarantine"
    __table_args__ = (
        Index("ix_quarantine_record_id", "record_id"),
        told("Dữ liệu chờ xử lý: what an import set aside, as it came"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    source_row: Mapped[int] = mapped_column(Integer)
    rules: Mapped[list[str]] = mapped_column(ARRAY(Text))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    geom: Mapped[WKBElement | None] = mapped_column(Geometry(None, srid=-1, spatial_index=False))


class FabricLock(Base):
    """Which transaction may write the fabric of a commune."""

    __tablename__ = "fabric_lock"
    __table_args__ = (told("Who writes the fabric of a commune; * stands for land in no known commune"),)
    commune_code: Mapped[str] = mapped_column(Text, primary_key=True)
    xact: Mapped[int | None] = mapped_column(Xid8)


class BulkLoad(Base):
    """A bulk import under way in one transaction, proved when it commits."""

    __tablename__ = "bulk_load"
    __table_args__ = (told("A bulk import: its invariants are proved once, when its transaction commits"),)
    xact: Mapped[int] = mapped_column(Xid8, primary_key=True, server_default=text("pg_current_xact_id()"))
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))

"""What is current: the projection of parcels kept by trigger, and what a tile draws of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    REAL,
    BigInteger,
    Double,
    Index,
    Integer,
    Numeric,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.cadastre.models.columns import geometry, told
from landsvc.core.db import Base


class Parcel(Base):
    """What is believed now and valid today of one unit (thửa đất hiện hành); kept by trigger."""

    __tablename__ = "parcel"
    __table_args__ = (
        Index("ix_parcel_geom", "geom", postgresql_using="gist"),
        Index(
            "ix_parcel_geom4326", "geom4326", postgresql_using="gist", postgresql_where=text("kind = 'parcel'")
        ),
        Index("ix_parcel_issuing_code_sheet_number", "issuing_code", "sheet", "number"),
        Index("ix_parcel_commune_code", "commune_code"),
        Index("ix_parcel_code", "code", unique=True),
        told("Thửa đất hiện hành: what is believed now and valid today, kept by trigger; no geometry = unmapped"),
    )
    unit_id: Mapped[int] = mapped_column(BigInteger, autoincrement=False, primary_key=True)
    version_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    commune_code: Mapped[str] = mapped_column(Text)
    series_id: Mapped[int | None] = mapped_column(BigInteger)
    issuing_code: Mapped[str | None] = mapped_column(Text)
    sheet: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    use_label: Mapped[str | None] = mapped_column(Text)
    legal_area_m2: Mapped[Decimal | None] = mapped_column(Numeric(12, 1))
    computed_area_m2: Mapped[float | None] = mapped_column(Double)
    computed_srid: Mapped[int | None] = mapped_column(Integer)
    address: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[date]
    version_no: Mapped[int] = mapped_column(Integer)
    uses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    numbers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    geom: Mapped[WKBElement | None] = mapped_column(geometry())
    geom4326: Mapped[WKBElement | None] = mapped_column(geometry(srid=4326))
    geom3857: Mapped[WKBElement | None] = mapped_column(geometry(srid=3857))


class ParcelRun(Base):
    """Edges of a very large current unit (ranh giới thửa rất lớn), 64 whole ones a row; kept by trigger."""

    __tablename__ = "parcel_run"
    __table_args__ = (
        Index("ix_parcel_run_geom", "geom", postgresql_using="gist"),
        told(
            "Ranh giới thửa rất lớn: the edges of current units of more than a thousand corners, "
            "64 whole edges a row, kept by trigger: those near a place are found without the whole"
        ),
    )
    unit_id: Mapped[int] = mapped_column(BigInteger, autoincrement=False, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, autoincrement=False, primary_key=True)
    geom: Mapped[WKBElement] = mapped_column(geometry("LINESTRING"))


class ParcelDrawn(Base):
    """What a tile draws of a current parcel (thửa đất trên bản đồ): a narrow copy of `Parcel`, kept by trigger."""

    __tablename__ = "parcel_drawn"
    __table_args__ = (
        Index("ix_parcel_drawn_geom3857", "geom3857", postgresql_using="gist"),
        told(
            "Thửa đất trên bản đồ: what a tile draws of a current parcel; "
            "a narrow copy of cadastre.parcel, kept by trigger"
        ),
    )
    unit_id: Mapped[int] = mapped_column(BigInteger, autoincrement=False, primary_key=True)
    use_label: Mapped[str | None] = mapped_column(Text)
    issuing_code: Mapped[str | None] = mapped_column(Text)
    sheet: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    area_m2: Mapped[float | None] = mapped_column(REAL)
    geom3857: Mapped[WKBElement] = mapped_column(geometry(srid=3857))

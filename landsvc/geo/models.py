"""Tables of `geo`: tiles that were made, where a layer changed since, and rasters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TIMESTAMP, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from landsvc.core.db import Base
from landsvc.core.models import Xid8


class PgSnapshot(UserDefinedType[str]):
    """What a transaction could see (`pg_snapshot`)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in SQL."""
        return "pg_snapshot"


ischema_names["pg_snapshot"] = PgSnapshot  # so that reflection (the migration check) knows it


class Tile(Base):
    """One vector tile as it was made (ô bản đồ), compressed."""

    __tablename__ = "tile"
    __table_args__ = (
        {
            "schema": "geo",
            "prefixes": ["UNLOGGED"],
            "comment": "Ô bản đồ đã tính (vector tiles, gzip); a cache that may be emptied at any time",
        },
    )
    layer: Mapped[str] = mapped_column(Text, primary_key=True)
    z: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    x: Mapped[int] = mapped_column(Integer, primary_key=True)
    y: Mapped[int] = mapped_column(Integer, primary_key=True)
    made_in: Mapped[str] = mapped_column(PgSnapshot)
    etag: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(BYTEA)


class TileTouch(Base):
    """An area where a layer changed, and the transaction that changed it."""

    __tablename__ = "tile_touch"
    __table_args__ = (
        Index("ix_tile_touch_area", "area", postgresql_using="gist"),
        {
            "schema": "geo",
            "comment": "Where a layer changed, and in which transaction: a tile whose snapshot does not see it "
            "is stale",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    layer: Mapped[str] = mapped_column(Text)
    area: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=3857, spatial_index=False))
    xact: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class TileHorizon(Base):
    """The transaction before which touches may have been swept: no tile made before it is served."""

    __tablename__ = "tile_horizon"
    __table_args__ = (
        CheckConstraint("only_one", name="only_one"),
        {
            "schema": "geo",
            "comment": "Touches of transactions before this one may have been swept: no tile made before it is "
            "served",
        },
    )
    only_one: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    xact: Mapped[int] = mapped_column(Xid8)


class Raster(Base):
    """One raster (ảnh nền): an orthophoto, a scanned plan or an elevation model, and where its file is."""

    __tablename__ = "raster"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("recorded", "&&"), using="gist", name="ex_raster_code_once"),
        CheckConstraint("code ~ '^[a-z0-9-]{1,63}$'", name="code_shape"),
        CheckConstraint("file ~ '^[a-z0-9-]+[.]tif$'", name="file_shape"),
        CheckConstraint("kind IN ('orthophoto', 'plan', 'elevation')", name="kind"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("width > 0 AND height > 0 AND bands > 0 AND pixel_m > 0", name="size"),
        CheckConstraint("0 <= min_zoom AND min_zoom <= max_zoom AND max_zoom <= 22", name="zooms"),
        CheckConstraint(
            "(kind = 'elevation') = (lowest IS NOT NULL AND highest IS NOT NULL)"
            " AND (lowest IS NULL OR lowest <= highest)",
            name="heights",
        ),
        CheckConstraint("ST_IsValid(geom3857) AND NOT ST_IsEmpty(geom3857)", name="geom_sound"),
        {
            "schema": "geo",
            "comment": "Ảnh nền: bình đồ ảnh, bản vẽ quét, mô hình số độ cao; the file lies in the folder rasters"
            " of the data folder",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str | None] = mapped_column(Text)
    file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    source_file: Mapped[str] = mapped_column(Text)
    srid: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    bands: Mapped[int] = mapped_column(SmallInteger)
    pixel_m: Mapped[float] = mapped_column(Double, comment="Ground size of a pixel, metres")
    nodata: Mapped[float | None] = mapped_column(Double)
    lowest: Mapped[float | None] = mapped_column(Double, comment="Lowest height of an elevation model, metres")
    highest: Mapped[float | None] = mapped_column(Double)
    min_zoom: Mapped[int] = mapped_column(SmallInteger)
    max_zoom: Mapped[int] = mapped_column(SmallInteger)
    placed: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="How control points placed it: method, RMS and residuals in metres"
    )
    taken_on: Mapped[date | None] = mapped_column(Date)
    attribution: Mapped[str | None] = mapped_column(Text)
    public: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    made_by: Mapped[str] = mapped_column(Text, server_default=text("session_user"))
    recorded: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE, server_default=text("tstzrange(clock_timestamp(), NULL)")
    )
    geom3857: Mapped[WKBElement] = mapped_column(
        Geometry("POLYGON", srid=3857, spatial_index=False), comment="What the pixels cover"
    )

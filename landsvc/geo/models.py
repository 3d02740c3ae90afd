"""Tables of `geo`: tiles that were made, and where a layer changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Identity, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP
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

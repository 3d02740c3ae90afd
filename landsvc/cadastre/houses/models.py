"""Table of house addresses."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Base


class HouseAddress(Base):
    """Number, street and quarter on a parcel, in time (địa chỉ nhà; LA_Address)."""

    __tablename__ = "house_address"
    __table_args__ = (
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        Index(
            "ux_house_address_once",
            *("number_key", "street_key", "quarter_key", "commune_code"),
            unique=True,
            postgresql_where=text("upper_inf(valid)"),
        ),
        Index("ix_house_address_unit_id", "unit_id"),
        {
            "schema": "cadastre",
            "comment": "Địa chỉ nhà: number, street and quarter on a parcel, in time; in a commune each is there"
            " once at a time",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    commune_code: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text)
    quarter: Mapped[str] = mapped_column(Text, server_default=text("''"))
    door: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=WORKING_SRID, spatial_index=False))
    valid: Mapped[Range[date]] = mapped_column(
        DATERANGE, server_default=text("daterange(cadastre.today(), NULL)")
    )
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))
    number_key: Mapped[str | None] = mapped_column(Text, Computed("cadastre.house_key(number)", persisted=True))
    street_key: Mapped[str | None] = mapped_column(Text, Computed("cadastre.street_key(street)", persisted=True))
    quarter_key: Mapped[str | None] = mapped_column(
        Text, Computed("cadastre.street_key(quarter)", persisted=True)
    )

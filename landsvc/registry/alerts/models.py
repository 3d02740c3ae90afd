"""Tables of alerts: who wants to hear of what, where, and what happened."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Base

SCHEMA = "registry"
NOW = text("clock_timestamp()")


class Alert(Base):
    """Who wants to hear of a parcel of theirs, or of plans around a place (đăng ký nhận thông báo)."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint(
            "CASE about WHEN 'parcel' THEN unit_id IS NOT NULL AND party_id IS NOT NULL"
            " WHEN 'area' THEN party_id IS NULL ELSE false END",
            name="about",
        ),
        CheckConstraint("channel IN ('email', 'sms', 'page')", name="channel"),
        CheckConstraint("language IN ('vi', 'en')", name="language"),
        CheckConstraint(
            "(address IS NULL) = (channel = 'page' OR ended_at IS NOT NULL)"
            " AND (address IS NULL) = (address_index IS NULL)",
            name="address",
        ),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND ended_by IN ('stopped', 'expired', 'left')", name="ended"
        ),
        CheckConstraint("told_at IS NULL OR confirmed_at IS NOT NULL", name="told"),
        Index("ix_alert_party_id", "party_id"),
        Index("ix_alert_address_index", "address_index", postgresql_where=text("address_index IS NOT NULL")),
        Index("ix_alert_sender_index_asked_at", "sender_index", "asked_at"),
        {
            "schema": SCHEMA,
            "comment": "Đăng ký nhận thông báo: who wants to hear of a parcel of theirs, or of plans around a place",
        },
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    about: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    party_id: Mapped[int | None] = mapped_column(
        ForeignKey("registry.party.id"), comment="Who proved to hold the parcel"
    )
    channel: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    address: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="E-mail address or telephone number, sealed; null once it ended"
    )
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    sender_index: Mapped[bytes] = mapped_column(LargeBinary)
    code_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    confirmed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    told_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_by: Mapped[str | None] = mapped_column(Text)


class AlertUnit(Base):
    """A parcel that an alert follows, or followed (thửa đất được theo dõi)."""

    __tablename__ = "alert_unit"
    __table_args__ = (
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)"
            " AND ended_by IN ('stopped', 'expired', 'left', 'succeeded', 'gone')",
            name="ended",
        ),
        Index(
            "uq_alert_unit_open", "alert_id", "unit_id", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
        Index("ix_alert_unit_unit_id", "unit_id"),
        Index("ix_alert_unit_alert_id", "alert_id"),
        {
            "schema": SCHEMA,
            "comment": "Thửa đất được theo dõi: parcels of an alert; rows end and begin as land is split or sold",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("registry.alert.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    known_as: Mapped[str] = mapped_column(
        Text, comment="The number the follower knows: that of the parcel it came of"
    )
    since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    ended_by: Mapped[str | None] = mapped_column(Text)


class AlertArea(Base):
    """Where plans are followed."""

    __tablename__ = "alert_area"
    __table_args__ = (
        CheckConstraint(
            "ST_IsValid(geom) AND ST_Dimension(geom) = 2 AND ST_NPoints(geom) <= 2000"
            " AND ST_Area(geom) BETWEEN 1 AND 100000000",
            name="geom",
        ),
        Index("ix_alert_area_geom", "geom", postgresql_using="gist"),
        {
            "schema": SCHEMA,
            "comment": "Where plans are followed, at most 100 km²; let go when the alert ends",
        },
    )
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("registry.alert.id"), primary_key=True)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=WORKING_SRID, spatial_index=False))


class AlertNews(Base):
    """What happened to what somebody follows (tin của một đăng ký)."""

    __tablename__ = "alert_news"
    __table_args__ = (
        UniqueConstraint("alert_id", "event_id", "kind", "unit_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "kind IN ('parcel.changed', 'right.changed', 'plan.displayed', 'plan.adopted', 'plan.adjusted',"
            " 'plan.cancelled', 'plan.changed', 'plan.in_force', 'plan.lapsed', 'display.begun', 'display.ending',"
            " 'parcel.followed', 'parcel.restored', 'parcel.left')",
            name="kind",
        ),
        CheckConstraint(
            "(on_day IS NOT NULL) = (kind IN ('plan.in_force', 'plan.lapsed', 'display.begun', 'display.ending'))"
            " AND (on_day IS NOT NULL) = (event_id < 0)",
            name="on_day",
        ),
        Index("ix_alert_news_untold", "alert_id", "id", postgresql_where=text("message_id IS NULL")),
        Index("ix_alert_news_message_id", "message_id"),
        Index("ix_alert_news_unit_id", "unit_id", postgresql_where=text("unit_id IS NOT NULL")),
        {
            "schema": SCHEMA,
            "comment": "Tin của một đăng ký: what happened, once for each event; told together, at most once an hour",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("registry.alert.id"))
    event_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.message.id"))
    on_day: Mapped[date | None] = mapped_column(
        comment="The day the news speak of; such news have the number of alert_day, negative"
    )
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    was: Mapped[str | None] = mapped_column(
        Text, comment="The number the follower knows, where the parcel has another now"
    )


class AlertDay(Base):
    """A day of a plan that was told to whoever follows a place it touches (ngày đã báo)."""

    __tablename__ = "alert_day"
    __table_args__ = (
        UniqueConstraint("kind", "plan_id", "on_day"),
        CheckConstraint(
            "kind IN ('plan.in_force', 'plan.lapsed', 'display.begun', 'display.ending')",
            name="kind",
        ),
        {
            "schema": SCHEMA,
            "comment": "Ngày đã báo của quy hoạch: days of plans that were told, each once, however often one looks",
        },
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    plan_id: Mapped[int] = mapped_column(ForeignKey("planning.plan.id"))
    on_day: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)

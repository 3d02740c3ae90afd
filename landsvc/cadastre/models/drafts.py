"""Drafts with what they reserve, rules and minimum plots."""

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
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TIMESTAMP, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Base
from landsvc.core.models import Xid8

NOW = text("clock_timestamp()")


def _table(comment: str) -> dict[str, str]:
    return {"schema": "cadastre", "comment": comment}


class Draft(Base):
    """An ordered list of operations, kept from the first click (bản nháp chỉnh lý)."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_draft_owner_id", "owner_id"),
        Index("ix_draft_confirmed_until", "confirmed_until", postgresql_where=text("state = 'confirmed'")),
        CheckConstraint("approved_by <> owner_id", name="second_person"),
        _table("Bản nháp chỉnh lý: an ordered list of operations, kept from the first click"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=text("'open'"))
    title: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    owner_name: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.record.id"))
    answer: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="What the commit answered: repeated when the request is"
    )
    grounds: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="The document or reason it was submitted or confirmed on"
    )
    approved_by: Mapped[int | None] = mapped_column(
        BigInteger, comment="Người duyệt: who approved or confirmed it, never its owner"
    )
    confirmed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    confirmed_until: Mapped[date | None] = mapped_column(
        comment="The last day a confirmed split may be carried out"
    )


class DraftEvent(Base):
    """What somebody did with a draft (lịch sử bản nháp)."""

    __tablename__ = "draft_event"
    __table_args__ = (_table("Lịch sử bản nháp: who did what with a draft; only ever added to"),)
    draft_id: Mapped[int] = mapped_column(ForeignKey("cadastre.draft.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    action: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class PlannedParcel(Base):
    """A piece of a confirmed split, with the number that contracts cite (thửa dự kiến)."""

    __tablename__ = "planned_parcel"
    __table_args__ = (
        Index("ix_planned_parcel_parents", "parents", postgresql_using="gin"),
        Index("ix_planned_parcel_geom", "geom", postgresql_using="gist"),
        Index("ix_planned_parcel_ref", "ref"),
        _table(
            "Thửa dự kiến: the pieces of a confirmed split, with the numbers that contracts cite; kept when it ends"
        ),
    )
    draft_id: Mapped[int] = mapped_column(ForeignKey("cadastre.draft.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    ref: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=text("'confirmed'"))
    confirmed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    confirmed_until: Mapped[date]
    commune_code: Mapped[str] = mapped_column(Text)
    parents: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    legal_area_m2: Mapped[Decimal | None] = mapped_column(Numeric(12, 1))
    measured_area_m2: Mapped[float | None] = mapped_column(Double)
    uses: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", srid=WORKING_SRID, spatial_index=False))


class DraftOperation(Base):
    """One operation as the officer asked for it (thao tác)."""

    __tablename__ = "draft_operation"
    __table_args__ = (
        Index("ix_draft_operation_units", "units", postgresql_using="gin"),
        _table("Thao tác của bản nháp, as the officer asked for it"),
    )
    draft_id: Mapped[int] = mapped_column(ForeignKey("cadastre.draft.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    units: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    versions: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger),
        comment="The version of each unit the officer saw; 0 for one that the draft itself makes",
    )
    added_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class DraftSlot(Base):
    """An identity and a number kept for a parcel a draft will make (số thửa giữ chỗ)."""

    __tablename__ = "draft_slot"
    __table_args__ = (
        UniqueConstraint("unit_id"),
        UniqueConstraint("series_id", "sheet", "number"),
        _table(
            "Số thửa giữ chỗ: an identity and a number reserved for a parcel a draft will make, until it is closed"
        ),
    )
    draft_id: Mapped[int] = mapped_column(ForeignKey("cadastre.draft.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(BigInteger)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.map_series.id"))
    sheet: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    asked: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="The officer asked for this very number; it is for no parcel that a split makes",
    )


class PreviewRun(Base):
    """A transaction that only tries something and cannot commit."""

    __tablename__ = "preview_run"
    __table_args__ = (_table("Transactions that only try something: always empty to others"),)
    xact: Mapped[int] = mapped_column(Xid8, primary_key=True, server_default=text("pg_current_xact_id()"))


class Rule(Base):
    """What is checked, on which law, and how severe it is at which moment (quy tắc kiểm tra)."""

    __tablename__ = "rule"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_rule_code_valid"),
        CheckConstraint("jsonb_typeof(parameters) = 'object'", name="parameters"),
        _table("Quy tắc kiểm tra: what is checked on which law, how severe at which moment"),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    title_vi: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    text_vi: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(Text)
    severity_preview: Mapped[str] = mapped_column(Text)
    severity_submit: Mapped[str] = mapped_column(Text)
    severity_commit: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)
    mend_vi: Mapped[str] = mapped_column(Text, server_default=text("''"))
    mend_en: Mapped[str] = mapped_column(Text, server_default=text("''"))
    parameters: Mapped[dict[str, Any]] = mapped_column(
        JSONB,
        server_default=text("'{}'"),
        comment="Figures the check judges by, such as tolerances; units in the names",
    )
    second_person: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Người thứ hai: whether a change with a warning under this rule is approved by somebody else",
    )


class MinimumPlot(Base):
    """The smallest area and frontage a new parcel may have (diện tích tối thiểu tách thửa)."""

    __tablename__ = "minimum_plot"
    __table_args__ = (
        CheckConstraint("min_area_m2 > 0 AND min_frontage_m > 0", name="positive"),
        CheckConstraint("NOT isempty(valid)", name="valid"),
        Index("ix_minimum_plot_use_code", "use_code"),
        _table(
            "Diện tích tối thiểu tách thửa: of a use or a group of uses, for a kind of commune or one commune,"
            " while it holds"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    use_code: Mapped[str] = mapped_column(ForeignKey("cadastre.land_use_type.code"))
    commune_kind: Mapped[str | None] = mapped_column(Text)
    commune_code: Mapped[str | None] = mapped_column(ForeignKey("cadastre.commune.code"))
    min_area_m2: Mapped[Decimal] = mapped_column(Numeric(12, 1))
    min_frontage_m: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    precedence: Mapped[int] = mapped_column(
        SmallInteger, server_default=text("1"), comment="Of several uses of a parcel the lowest number decides"
    )
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    legal_basis: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)

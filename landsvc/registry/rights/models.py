"""Tables of rights, restrictions and responsibilities, as the migrations made them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.models import Fact, fact_table, told


class RrrKind(Base):
    """A kind of right, restriction or responsibility (loại quyền, hạn chế, nghĩa vụ)."""

    __tablename__ = "rrr_kind"
    __table_args__ = (told("Loại quyền, hạn chế, nghĩa vụ (LA_RRR)"),)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    class_: Mapped[str] = mapped_column("class", Text)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class Holding(Base):
    """Who holds together: one, several jointly, or by shares; said once, for as many versions as need it."""

    __tablename__ = "holding"
    __table_args__ = (
        told(
            "Who holds together: one, several jointly (sở hữu chung hợp nhất, no fractions), or by shares (theo phần)"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    mode: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("cadastre.recorded_now()")
    )


class HoldingParty(Base):
    """One of those who hold together, with an exact fraction where by shares."""

    __tablename__ = "holding_party"
    __table_args__ = (
        Index("ix_holding_party_party_id", "party_id"),
        told("Người cùng sử dụng đất: with an exact fraction where held by shares"),
    )
    holding_id: Mapped[int] = mapped_column(ForeignKey("registry.holding.id"), primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("registry.party.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    num: Mapped[int | None] = mapped_column(BigInteger)
    den: Mapped[int | None] = mapped_column(BigInteger)


class ProofDue(Base):
    """What a transaction has still to prove when it commits: holdings of a statement, or the land of a record."""

    __tablename__ = "proof_due"
    __table_args__ = (
        CheckConstraint("num_nonnulls(holdings, record_id) = 1", name="one"),
        Index("ix_proof_due_record_id", "record_id", postgresql_where=text("record_id IS NOT NULL")),
        told(
            "What this transaction has still to prove: holdings of a statement, or the land of a record;"
            " empty otherwise"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    holdings: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    record_id: Mapped[int | None] = mapped_column(BigInteger)


class BAUnit(Base):
    """What one right bears on, one parcel or several (đơn vị đăng ký; LA_BAUnit)."""

    __tablename__ = "ba_unit"
    __table_args__ = (
        UniqueConstraint("code"),
        told("Đơn vị đăng ký (LA_BAUnit): what one right bears on, one parcel or several"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(
        Text, server_default=text("registry.next_code('DV-', 'registry.ba_unit_no')")
    )
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))


class BAUnitParcel(Fact, Base):
    """That a parcel belongs to a unit of rights, as we know it."""

    __tablename__ = "ba_unit_parcel"
    __table_args__ = fact_table(
        "ba_unit_parcel",
        "Thửa đất của đơn vị đăng ký: also parcels without a map",
        ("ba_unit_id", "(unit_id + 0)"),
        Index("ix_ba_unit_parcel_unit_id", "unit_id"),
        ex="once",
    )
    ba_unit_id: Mapped[int] = mapped_column(ForeignKey("registry.ba_unit.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)


class Rrr(Base):
    """The identity of a right, restriction or responsibility (quyền, hạn chế, nghĩa vụ; LA_RRR)."""

    __tablename__ = "rrr"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_rrr_ba_unit_id", "ba_unit_id"),
        Index(
            "ix_rrr_served_ba_unit_id",
            "served_ba_unit_id",
            postgresql_where=text("served_ba_unit_id IS NOT NULL"),
        ),
        told("Quyền, hạn chế, nghĩa vụ (LA_RRR): the identity, never deleted"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, server_default=text("registry.next_code('QSD-', 'registry.rrr_no')"))
    kind: Mapped[str] = mapped_column(ForeignKey("registry.rrr_kind.code"))
    ba_unit_id: Mapped[int] = mapped_column(ForeignKey("registry.ba_unit.id"))
    served_ba_unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("registry.ba_unit.id"), comment="The land an easement serves"
    )
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    registered_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True),
        server_default=text("clock_timestamp()"),
        comment="Its minute decides the rank of mortgages",
    )


class RrrVersion(Fact, Base):
    """One belief about a right in valid and recorded time (phiên bản quyền)."""

    __tablename__ = "rrr_version"
    __table_args__ = fact_table(
        "rrr_version",
        "Phiên bản quyền: one belief about a right in valid and recorded time",
        ("rrr_id",),
        Index("ix_rrr_version_holding_id", "holding_id"),
    )
    rrr_id: Mapped[int] = mapped_column(ForeignKey("registry.rrr.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    holding_id: Mapped[int] = mapped_column(ForeignKey("registry.holding.id"))
    origin_code: Mapped[str | None] = mapped_column(ForeignKey("cadastre.land_origin.code"))
    form: Mapped[str | None] = mapped_column(Text, comment="Hình thức sử dụng: riêng or chung")
    term_until: Mapped[date | None] = mapped_column(
        Date, comment="Thời hạn; none means lâu dài, or as long as what it secures"
    )
    purpose: Mapped[str | None] = mapped_column(Text)
    amount_vnd: Mapped[int | None] = mapped_column(
        BigInteger, comment="What a mortgage secures, in đồng, where it is told"
    )

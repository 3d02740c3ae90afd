"""Tables of disputes, seizures and block notices, as the migrations made them."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.cadastre.models.columns import geometry
from landsvc.core.db import Base
from landsvc.registry.models import Fact, fact_table, told


class Block(Base):
    """What a notice says, of a parcel, a part, a certificate or a person (văn bản ngăn chặn, kê biên, tranh chấp)."""

    __tablename__ = "block"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_block_unit_id", "unit_id", postgresql_where=text("unit_id IS NOT NULL")),
        Index("ix_block_serial", "serial", postgresql_where=text("serial IS NOT NULL")),
        Index("ix_block_person_folded", "person_folded", postgresql_where=text("scope = 'person'")),
        Index("ix_block_number_index", "number_index", postgresql_where=text("number_index IS NOT NULL")),
        told(
            "Văn bản ngăn chặn, kê biên, tranh chấp: what a notice says, of a parcel, a part, a certificate or a person"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, server_default=text("registry.next_code('NC-', 'registry.block_no')"))
    kind: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.parcel_unit.id"))
    geom: Mapped[WKBElement | None] = mapped_column(geometry())
    serial: Mapped[str | None] = mapped_column(Text)
    person_name: Mapped[str | None] = mapped_column(Text)
    person_folded: Mapped[str | None] = mapped_column(Text)
    person_born_year: Mapped[int | None] = mapped_column(Integer)
    number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    issuer_kind: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(Text)
    doc_no: Mapped[str] = mapped_column(Text)
    doc_on: Mapped[date | None] = mapped_column(Date)
    hold_id: Mapped[int | None] = mapped_column(
        ForeignKey("cadastre.parcel_hold.id"),
        comment="The hold of the cadastre it stands for, where it names land",
    )
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))


class BlockSpan(Fact, Base):
    """From when to when a notice holds, as we know it (thời gian ngăn chặn)."""

    __tablename__ = "block_span"
    __table_args__ = fact_table(
        "block_span", "Thời gian ngăn chặn: from when to when a notice holds, as we know it", ("block_id",)
    )
    block_id: Mapped[int] = mapped_column(ForeignKey("registry.block.id"))
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class BlockMatch(Fact, Base):
    """That a person decided whether a party is whom a notice names (đối chiếu người bị ngăn chặn)."""

    __tablename__ = "block_match"
    __table_args__ = fact_table(
        "block_match",
        "Đối chiếu người bị ngăn chặn: that a person decided a party is whom a notice names, or is not",
        ("block_id", "(party_id + 0)"),
        Index("ix_block_match_party_id", "party_id"),
        ex="once",
    )
    block_id: Mapped[int] = mapped_column(ForeignKey("registry.block.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("registry.party.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    same: Mapped[bool] = mapped_column(Boolean)

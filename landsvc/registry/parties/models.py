"""Tables of parties, as the migrations made them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.models import Fact, fact_table, told

CODE = text("'NSD-' || lpad(nextval('registry.party_no')::text, 8, '0')")


class Party(Base):
    """The identity of somebody who may hold land (người sử dụng đất; LA_Party)."""

    __tablename__ = "party"
    __table_args__ = (
        UniqueConstraint("code"),
        told("Người sử dụng đất, chủ sở hữu tài sản (LA_Party): the identity, never deleted"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, server_default=CODE)
    kind: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))


class PartyVersion(Fact, Base):
    """One belief about a party in valid and recorded time (thông tin chủ)."""

    __tablename__ = "party_version"
    __table_args__ = fact_table(
        "party_version",
        "Thông tin chủ: one belief about a party in valid and recorded time",
        ("party_id",),
        Index("ix_party_version_folded", "folded"),
    )
    party_id: Mapped[int] = mapped_column(ForeignKey("registry.party.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(
        Text, server_default=text("''"), comment="The name without diacritics: set by a trigger"
    )
    born_on: Mapped[date | None] = mapped_column(Date)
    born_year: Mapped[int | None] = mapped_column(Integer)
    sex: Mapped[str | None] = mapped_column(Text)
    nationality: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)


class PartyDocument(Fact, Base):
    """What proves who a party is; its number is sealed (giấy tờ nhân thân, giấy tờ pháp nhân)."""

    __tablename__ = "party_document"
    __table_args__ = fact_table(
        "party_document",
        "Giấy tờ nhân thân, giấy tờ pháp nhân: their numbers are sealed",
        ("kind", "(number_index || ''::bytea)"),
        Index("ix_party_document_party_id", "party_id"),
        Index("ix_party_document_number_index", "number_index"),
        ex="number",
    )
    party_id: Mapped[int] = mapped_column(ForeignKey("registry.party.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    kind: Mapped[str] = mapped_column(Text)
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    number_index: Mapped[bytes] = mapped_column(
        LargeBinary, comment="Keyed digest of the number, to search by its exact value"
    )
    issued_on: Mapped[date | None] = mapped_column(Date)
    issued_by: Mapped[str | None] = mapped_column(Text)


class PartyMember(Fact, Base):
    """That somebody belongs to a couple, household, group or community (LA_PartyMember)."""

    __tablename__ = "party_member"
    __table_args__ = fact_table(
        "party_member",
        "Thành viên của vợ chồng, hộ gia đình, nhóm người (LA_PartyMember): they hold jointly, without fractions",
        ("party_id", "(member_id + 0)"),
        Index("ix_party_member_member_id", "member_id"),
        ex="once",
    )
    party_id: Mapped[int] = mapped_column(ForeignKey("registry.party.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("registry.party.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)

"""Tables of data supply, as the migrations made them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, TIMESTAMP, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.models import told

NOW = text("clock_timestamp()")


class SupplyAsker(Base):
    """Who may ask for data, and what they may learn (đối tượng yêu cầu cung cấp dữ liệu)."""

    __tablename__ = "supply_asker"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_supply_asker_code_valid"),
        told(
            "Đối tượng yêu cầu cung cấp dữ liệu: what each kind may learn, with what it has to prove and without"
        ),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    proof: Mapped[str] = mapped_column(Text)
    bare: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sees: Mapped[list[str]] = mapped_column(ARRAY(Text))
    fee_free: Mapped[bool] = mapped_column(Boolean)
    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class SupplyFee(Base):
    """What data cost (phí cung cấp dữ liệu đất đai), in đồng."""

    __tablename__ = "supply_fee"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_supply_fee_code_valid"),
        told("Phí cung cấp dữ liệu đất đai: đồng for each request, or for each parcel after the first"),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    per: Mapped[str] = mapped_column(Text)
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class DataSupply(Base):
    """A signed reply to a request for data (phiếu cung cấp dữ liệu đất đai)."""

    __tablename__ = "data_supply"
    __table_args__ = (
        UniqueConstraint("dossier_id", name="uq_data_supply_dossier_id"),
        UniqueConstraint("verify_id", name="uq_data_supply_verify_id"),
        told(
            "Phiếu cung cấp dữ liệu đất đai đã ký số:"
            " digests of the answer and of the signed file in the folder of documents"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))
    verify_id: Mapped[str] = mapped_column(Text)
    asker: Mapped[str] = mapped_column(Text)
    known_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    units: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    parties: Mapped[list[str]] = mapped_column(ARRAY(Text))
    answer_sha256: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    authority: Mapped[str] = mapped_column(Text)
    signer: Mapped[str] = mapped_column(Text)
    fee_vnd: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)

"""Tables of certificates and blanks, as the migrations made them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TIMESTAMP, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.models import Fact, fact_table, told

NOW = text("clock_timestamp()")


class CertificateForm(Base):
    """A generation of certificates (mẫu Giấy chứng nhận)."""

    __tablename__ = "certificate_form"
    __table_args__ = (
        told(
            "Mẫu Giấy chứng nhận qua các thời kỳ: serial format, days of issue, where annotations stand on the paper"
        ),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    serial_pattern: Mapped[str] = mapped_column(Text)
    issued_from: Mapped[date | None] = mapped_column(Date)
    issued_until: Mapped[date | None] = mapped_column(Date)
    width_mm: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    height_mm: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    entry_page: Mapped[int] = mapped_column(Integer)
    entry_left_mm: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    entry_top_mm: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    entry_width_mm: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    line_mm: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    entry_lines: Mapped[int] = mapped_column(Integer)
    uses_blank: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    certainty: Mapped[str] = mapped_column(Text)


class CertificateMove(Base):
    """Which state of a certificate may follow which."""

    __tablename__ = "certificate_move"
    __table_args__ = (told("Which state of a certificate may follow which; it begins as active"),)
    from_state: Mapped[str] = mapped_column(Text, primary_key=True)
    to_state: Mapped[str] = mapped_column(Text, primary_key=True)


class Certificate(Base):
    """A certificate by its serial number (Giấy chứng nhận; LA_AdministrativeSource)."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("serial"),
        UniqueConstraint("verify_id"),
        Index("ix_certificate_record_id", "record_id"),
        Index("ix_certificate_replaces_id", "replaces_id", postgresql_where=text("replaces_id IS NOT NULL")),
        Index("ix_certificate_issued_on", "issued_on"),
        Index(
            "ix_certificate_branch_id_book_no",
            "branch_id",
            "book_no",
            postgresql_where=text("branch_id IS NOT NULL"),
        ),
        told(
            "Giấy chứng nhận (LA_AdministrativeSource): the paper, by its serial number (số phát hành); never deleted"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    serial: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(ForeignKey("registry.certificate_form.code"))
    book_no: Mapped[str | None] = mapped_column(Text)
    issued_on: Mapped[date] = mapped_column(Date)
    authority: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(
        Text, comment="issued here, or entered from a paper that was issued elsewhere"
    )
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("identity.branch.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("registry.certificate.id"))
    made_by: Mapped[str] = mapped_column(Text)
    verify_id: Mapped[str] = mapped_column(
        Text,
        server_default=text("replace(gen_random_uuid()::text, '-', '')"),
        comment="What its QR code leads to: says nothing of the serial",
    )
    record_id: Mapped[int] = mapped_column(ForeignKey("cadastre.record.id"))


class CertificateVersion(Fact, Base):
    """What a certificate certifies and whether it is in force, as we know it (trạng thái Giấy chứng nhận)."""

    __tablename__ = "certificate_version"
    __table_args__ = fact_table(
        "certificate_version",
        "Trạng thái Giấy chứng nhận: what it certifies and whether it is in force, in valid and recorded time",
        ("certificate_id",),
        Index("ix_certificate_version_rrr_id", "rrr_id"),
    )
    certificate_id: Mapped[int] = mapped_column(ForeignKey("registry.certificate.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    state: Mapped[str] = mapped_column(Text)
    rrr_id: Mapped[int] = mapped_column(ForeignKey("registry.rrr.id"))
    party_id: Mapped[int | None] = mapped_column(
        ForeignKey("registry.party.id"), comment="Whose of several it is; none: one paper for all who hold"
    )
    unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("cadastre.parcel_unit.id"),
        comment="Of which parcel of the right it is, with what came of this; none: one paper for all of its land",
    )
    basis: Mapped[str | None] = mapped_column(
        Text,
        comment="Digest of what the register said when the paper was last made or annotated: set by a trigger",
    )


class CertificateEntry(Fact, Base):
    """What is annotated on a certificate, and on which lines (những thay đổi sau khi cấp)."""

    __tablename__ = "certificate_entry"
    __table_args__ = fact_table(
        "certificate_entry",
        "Những thay đổi sau khi cấp Giấy chứng nhận: what is annotated on the paper, and on which lines",
        ("certificate_id", "line_from"),
        Index("ix_certificate_entry_certificate_id", "certificate_id"),
        ex="line",
    )
    certificate_id: Mapped[int] = mapped_column(ForeignKey("registry.certificate.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    kind: Mapped[str] = mapped_column(Text)
    said: Mapped[str] = mapped_column(Text)
    dossier: Mapped[str | None] = mapped_column(Text)
    line_from: Mapped[int] = mapped_column(Integer)
    lines: Mapped[int] = mapped_column(Integer)


class CertificatePrint(Base):
    """A signed print of a certificate (bản in đã ký số)."""

    __tablename__ = "certificate_print"
    __table_args__ = (
        Index("ix_certificate_print_certificate_id", "certificate_id"),
        told(
            "Bản in Giấy chứng nhận đã ký số:"
            " digests of what it says and of the signed file in the folder of documents"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("registry.certificate.id"))
    content_sha256: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    signer: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class BlankEntry(Base):
    """Blanks that came in, left or were destroyed (sổ theo dõi phôi Giấy chứng nhận)."""

    __tablename__ = "blank_entry"
    __table_args__ = (
        Index("ix_blank_entry_branch_id_on_day", "branch_id", "on_day"),
        told("Sổ theo dõi phôi Giấy chứng nhận: received, used, spoiled, lost, destroyed; only added to"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("identity.branch.id"))
    kind: Mapped[str] = mapped_column(Text)
    letters: Mapped[str] = mapped_column(Text)
    first_no: Mapped[int] = mapped_column(BigInteger)
    last_no: Mapped[int] = mapped_column(BigInteger)
    on_day: Mapped[date] = mapped_column(Date)
    doc_no: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class CertificateBook(Base):
    """The last running number a branch gave in its register of certificates (số vào sổ cấp Giấy chứng nhận)."""

    __tablename__ = "certificate_book"
    __table_args__ = (told("Sổ cấp Giấy chứng nhận: the last running number (số vào sổ) a branch gave"),)
    branch_id: Mapped[int] = mapped_column(
        ForeignKey("identity.branch.id"), primary_key=True, autoincrement=False
    )
    prefix: Mapped[str] = mapped_column(
        Text,
        server_default=text("'CS'"),
        comment="CS: issued by a branch of the registration office; the province says another one [?]",
    )
    last_no: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class PrinterOffset(Base):
    """How far what a printer prints must be moved (độ lệch của máy in); the last row counts."""

    __tablename__ = "printer_offset"
    __table_args__ = (
        Index("ix_printer_offset_branch_id_printer", "branch_id", "printer"),
        told("Độ lệch của máy in: how far what a printer prints must be moved, the last row counts"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("identity.branch.id"))
    printer: Mapped[str] = mapped_column(Text)
    right_mm: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    down_mm: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    made_by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class PrintBatch(Base):
    """That the certificates of a commune shall be printed (đợt in Giấy chứng nhận)."""

    __tablename__ = "print_batch"
    __table_args__ = (told("Đợt in Giấy chứng nhận của một xã: who asked for it, and signs"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    commune_code: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    login: Mapped[str] = mapped_column(Text)
    account_name: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class PrintBatchItem(Base):
    """A certificate of a batch: printed, or why it was not."""

    __tablename__ = "print_batch_item"
    __table_args__ = (
        Index("ix_print_batch_item_waits", "batch_id", "seq", postgresql_where=text("done_at IS NULL")),
        told("Giấy chứng nhận của một đợt in: printed, or why it was not"),
    )
    batch_id: Mapped[int] = mapped_column(ForeignKey("registry.print_batch.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    serial: Mapped[str] = mapped_column(Text)
    print_id: Mapped[int | None] = mapped_column(ForeignKey("registry.certificate_print.id"))
    problem: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

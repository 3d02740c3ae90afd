"""Tables of applications written from home, and of how people say they were served."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.dossiers.procedure_models import EMPTY, INSTANT, NOW, said


class OnlineService(Base):
    """A procedure that may be applied for from home, while it holds."""

    __tablename__ = "online_service"
    __table_args__ = (
        ExcludeConstraint(
            ("procedure", "="), ("valid", "&&"), using="gist", name="ex_online_service_procedure_valid"
        ),
        said("Dịch vụ công trực tuyến: what may be applied for from home"),
    )
    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    level: Mapped[int] = mapped_column(
        SmallInteger,
        CheckConstraint("level BETWEEN 1 AND 3", name="ck_online_service_level"),
        comment="How people say who they are: 1 not before the originals are shown, 2 by an account, 3 by the "
        "national identity",
    )
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class OnlineApplication(Base):
    """A draft that its code and secret open, until it is lodged as a dossier."""

    __tablename__ = "application"
    __table_args__ = (
        Index("ix_application_changed_at", "changed_at", postgresql_where=text("dossier_id IS NULL")),
        CheckConstraint(
            "level BETWEEN 1 AND 3 AND (level = 1) = (account_id IS NULL)", name="ck_application_level"
        ),
        Index("ix_application_account_id", "account_id", postgresql_where=text("account_id IS NOT NULL")),
        said("Đơn nộp trực tuyến: a draft that its code and secret open, until it is lodged as a dossier"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True, server_default=text("registry.next_application_code()"))
    secret: Mapped[str] = mapped_column(Text, server_default=text("registry.new_secret()"))
    form_key: Mapped[str] = mapped_column(Text, unique=True)
    procedure: Mapped[str] = mapped_column(Text)
    case_code: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    parcels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    applicant: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    contact: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    representative: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    wish: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    return_by: Mapped[str] = mapped_column(Text, server_default=text("'counter'"))
    made_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    changed_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("registry.dossier.id"), unique=True)
    lodged_at: Mapped[datetime | None] = mapped_column(INSTANT)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("identity.account.id"))
    level: Mapped[int] = mapped_column(
        SmallInteger,
        server_default=text("1"),
        comment="How the applicant said who they are when it was begun, as online_service.level",
    )


class ApplicationPaper(Base):
    """A picture or paper of a draft."""

    __tablename__ = "application_paper"
    __table_args__ = (
        UniqueConstraint("application_id", "document", "sha256", name="uq_application_paper"),
        said("Giấy tờ của đơn: pictures and papers of a draft"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("registry.application.id", ondelete="CASCADE"))
    document: Mapped[str] = mapped_column(ForeignKey("registry.document_type.code"))
    title: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    sha256: Mapped[str] = mapped_column(ForeignKey("registry.stored_file.sha256"), index=True)
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


class ServiceRating(Base):
    """How a dossier was served, said once by whoever holds its receipt."""

    __tablename__ = "service_rating"
    __table_args__ = (said("Đánh giá mức độ hài lòng: 1 (bad) to 5 (very good), once for each dossier"),)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    stars: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


class FileDropped(Base):
    """A file that a draft had, to be taken from the folder at night where nothing else has it."""

    __tablename__ = "file_dropped"
    __table_args__ = (
        said("Tệp bỏ đi: files that a draft had; at night those nothing else has are taken from the folder"),
    )
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


class DraftRoom(Base):
    """How many bytes the files of drafts take, in one row."""

    __tablename__ = "draft_room"
    __table_args__ = (
        CheckConstraint("one", name="ck_draft_room_one"),
        CheckConstraint("bytes >= 0", name="ck_draft_room_bytes"),
        said("Dung lượng đơn nháp: bytes of files in drafts that were not lodged"),
    )
    one: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))

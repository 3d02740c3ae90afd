"""Tables of dossiers: states, transitions, events, pauses, papers and their files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    BYTEA,
    JSONB,
    TSTZRANGE,
    ExcludeConstraint,
    Range,
)
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.dossiers.procedure_models import EMPTY, INSTANT, NOW, said


class DossierState(Base):
    """A state of a dossier (trạng thái hồ sơ)."""

    __tablename__ = "dossier_state"
    __table_args__ = (said("Trạng thái hồ sơ"),)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    sort: Mapped[int] = mapped_column(SmallInteger)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    clock: Mapped[str] = mapped_column(Text)
    waits_for: Mapped[str] = mapped_column(Text)


class DossierTransition(Base):
    """What may be done in a state (chuyển trạng thái được phép)."""

    __tablename__ = "dossier_transition"
    __table_args__ = (said("Chuyển trạng thái được phép: who may do what in which state"),)
    action: Mapped[str] = mapped_column(Text, primary_key=True)
    from_state: Mapped[str] = mapped_column(ForeignKey("registry.dossier_state.code"), primary_key=True)
    to_state: Mapped[str | None] = mapped_column(
        ForeignKey("registry.dossier_state.code"), comment="Null: back to the state before"
    )
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area: Mapped[str] = mapped_column(
        Text, comment="Any office of the province, or a branch that covers the commune"
    )
    processes: Mapped[bool] = mapped_column(comment="Whoever does it processed the dossier, and never signs it")
    holder: Mapped[str] = mapped_column(Text)
    pauses: Mapped[str] = mapped_column(Text)
    resumes: Mapped[str] = mapped_column(Text)
    needs: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)
    by_service: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="The service itself may do it too (account 0), by what another office's machine told it",
    )


class Dossier(Base):
    """One application on its way (hồ sơ)."""

    __tablename__ = "dossier"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_dossier_due_at", "due_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_dossier_holder_id", "holder_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_dossier_commune_code", "commune_code", postgresql_where=text("ended_at IS NULL")),
        Index("ix_dossier_registered_at", "registered_at"),
        Index("ix_dossier_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_dossier_open", "due_at", "id", postgresql_where=text("ended_at IS NULL OR state = 'READY'")),
        said("Hồ sơ: one application on its way; only events move it"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text, server_default=text("registry.next_dossier_code()"))
    procedure: Mapped[str] = mapped_column(Text)
    case_code: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    on_day: Mapped[date] = mapped_column(comment="The day whose procedure and time limit it follows")
    limit_days: Mapped[int] = mapped_column(SmallInteger)
    limit_source: Mapped[str] = mapped_column(Text)
    commune_code: Mapped[str] = mapped_column(Text)
    reception_branch: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    return_by: Mapped[str] = mapped_column(Text)
    asked: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Kinds of papers asked for")
    made_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    state: Mapped[str] = mapped_column(
        ForeignKey("registry.dossier_state.code"), server_default=text("'SUBMITTED'")
    )
    before_state: Mapped[str | None] = mapped_column(ForeignKey("registry.dossier_state.code"))
    revision: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    registered_at: Mapped[datetime | None] = mapped_column(
        INSTANT, comment="Phút đăng ký: the minute it was received, which orders it on its parcels"
    )
    due_at: Mapped[datetime | None] = mapped_column(
        INSTANT, comment="Null before it is received and while the clock is stopped"
    )
    spent_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    step_due_at: Mapped[datetime | None] = mapped_column(INSTANT)
    appointment_at: Mapped[datetime | None] = mapped_column(INSTANT)
    holder_id: Mapped[int | None] = mapped_column(BigInteger)
    holder_name: Mapped[str | None] = mapped_column(Text)
    processor_id: Mapped[int | None] = mapped_column(BigInteger)
    processor_name: Mapped[str | None] = mapped_column(Text)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("cadastre.draft.id"))
    ended_at: Mapped[datetime | None] = mapped_column(INSTANT)


class DossierParcel(Base):
    """A parcel of a dossier (thửa đất của hồ sơ)."""

    __tablename__ = "dossier_parcel"
    __table_args__ = (Index("ix_dossier_parcel_unit_id", "unit_id"), said("Thửa đất của hồ sơ"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"), primary_key=True)


class DossierApplicant(Base):
    """Who applies, or acts for them (người nộp hồ sơ)."""

    __tablename__ = "dossier_applicant"
    __table_args__ = (
        Index(
            "ix_dossier_applicant_name",
            literal_column("geo.vn_fold(name)").label("folded"),
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
        ),
        Index("ix_dossier_applicant_party_id", "party_id"),
        said("Người nộp hồ sơ: who applies, or acts for them; each reading is traced"),
    )
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    capacity: Mapped[str] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(Text)
    party_id: Mapped[int | None] = mapped_column(ForeignKey("registry.party.id"))


class DossierEvent(Base):
    """Something somebody did with a dossier (quá trình xử lý)."""

    __tablename__ = "dossier_event"
    __table_args__ = (
        Index(
            "ux_dossier_event_one_supplement",
            "dossier_id",
            unique=True,
            postgresql_where=text("action = 'request_supplement'"),
        ),
        said("Quá trình xử lý hồ sơ: who did what when; only ever added to"),
    )
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    action: Mapped[str] = mapped_column(Text)
    from_state: Mapped[str] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str] = mapped_column(Text)
    branch_code: Mapped[str | None] = mapped_column(Text)
    holder_id: Mapped[int | None] = mapped_column(BigInteger)
    holder_name: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(INSTANT)
    spent_days: Mapped[int] = mapped_column(SmallInteger)
    step_due_at: Mapped[datetime | None] = mapped_column(INSTANT)
    appointment_at: Mapped[datetime | None] = mapped_column(INSTANT)
    pauses: Mapped[str | None] = mapped_column(Text)
    resumes: Mapped[str | None] = mapped_column(Text)
    draft_id: Mapped[int | None] = mapped_column(BigInteger)
    papers: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), comment="Kinds of papers asked for from here on"
    )
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    fingerprint: Mapped[bytes] = mapped_column(
        BYTEA, comment="Digest of the request: sent again, it is done once"
    )


class DossierLink(Base):
    """That a dossier waits for another (hồ sơ liên thông)."""

    __tablename__ = "dossier_link"
    __table_args__ = (
        Index(
            "ux_dossier_link_once",
            "dossier_id",
            "waits_for_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_dossier_link_waits_for_id", "waits_for_id", postgresql_where=text("ended_at IS NULL")),
        said("Hồ sơ liên thông: a dossier is completed after the one it waits for"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    waits_for_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    made_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    account_id: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(INSTANT)


class DossierSecret(Base):
    """The secret of a receipt (mã tra cứu)."""

    __tablename__ = "dossier_secret"
    __table_args__ = (
        said("Mã tra cứu: printed on the receipt; with it whoever holds the paper reads the state"),
    )
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(Text)


class DossierPause(Base):
    """A time in which others work (tạm dừng thời hạn)."""

    __tablename__ = "dossier_pause"
    __table_args__ = (
        ExcludeConstraint(
            ("dossier_id", "="), ("kind", "="), ("held", "&&"), using="gist", name="ex_dossier_pause_once"
        ),
        said("Tạm dừng thời hạn: while others work"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    kind: Mapped[str] = mapped_column(Text)
    held: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class StoredFile(Base):
    """A file in the data folder, by the digest of its content (tệp)."""

    __tablename__ = "stored_file"
    __table_args__ = (said("Tệp: by the digest of its content, in the folder documents of the data folder"),)
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    scanned: Mapped[str] = mapped_column(Text)


class DossierDocument(Base):
    """A paper that was handed in (giấy tờ đã nộp)."""

    __tablename__ = "dossier_document"
    __table_args__ = (
        Index("ix_dossier_document_dossier_id", "dossier_id"),
        Index("ix_dossier_document_sha256", "sha256"),
        said("Giấy tờ đã nộp: what was handed in, in which form; only ever added to"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    document: Mapped[str] = mapped_column(ForeignKey("registry.document_type.code"))
    title: Mapped[str | None] = mapped_column(Text)
    form: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("registry.stored_file.sha256"))
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    account_id: Mapped[int] = mapped_column(BigInteger)


class ApologyProposal(Base):
    """An apology with a new appointment that the worker proposes (đề xuất xin lỗi và hẹn lại)."""

    __tablename__ = "apology_proposal"
    __table_args__ = (
        CheckConstraint("appointment_at > due_at", name="later"),
        said("Đề xuất xin lỗi và hẹn lại: made by the worker before a due moment; a person sends it"),
    )
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(INSTANT, primary_key=True)
    appointment_at: Mapped[datetime] = mapped_column(INSTANT)
    holder_id: Mapped[int | None] = mapped_column(BigInteger)
    proposed_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


class CalendarCounted(Base):
    """The calendar that due moments were last counted with."""

    __tablename__ = "calendar_counted"
    __table_args__ = (said("The calendar that due moments were last counted with"),)
    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    digest: Mapped[str] = mapped_column(Text)
    counted_at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)


class DossierRetiming(Base):
    """A due moment counted anew because the calendar changed (tính lại hạn)."""

    __tablename__ = "dossier_retiming"
    __table_args__ = (
        Index("ix_dossier_retiming_dossier_id", "dossier_id"),
        said("Tính lại hạn: a due moment counted anew because the calendar changed; only ever added to"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    due_before: Mapped[datetime] = mapped_column(INSTANT)
    due_after: Mapped[datetime] = mapped_column(INSTANT)
    appointment_before: Mapped[datetime | None] = mapped_column(INSTANT)
    appointment_after: Mapped[datetime | None] = mapped_column(INSTANT)

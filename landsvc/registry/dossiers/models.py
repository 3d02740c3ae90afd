"""Tables of dossiers and of what they follow: the calendar and the procedures."""

from __future__ import annotations

from datetime import date, datetime, time
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
    text,
)
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    BYTEA,
    DATERANGE,
    JSONB,
    TIMESTAMP,
    TSTZRANGE,
    ExcludeConstraint,
    Range,
)
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

EMPTY = text("''")
NOW = text("clock_timestamp()")
INSTANT = TIMESTAMP(timezone=True)


def _table(comment: str) -> dict[str, str]:
    return {"schema": "registry", "comment": comment}


class CalendarDay(Base):
    """A holiday, or a day worked in its stead (ngày nghỉ lễ, ngày làm bù)."""

    __tablename__ = "calendar_day"
    __table_args__ = (_table("Ngày nghỉ lễ, ngày làm bù: days that differ from the week"),)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    counts: Mapped[bool] = mapped_column(
        comment="Whether the clock takes it; one without a text at hand does not"
    )


class OfficeHours(Base):
    """The hours of an office while they hold (giờ làm việc)."""

    __tablename__ = "office_hours"
    __table_args__ = (
        ExcludeConstraint(
            ("branch_code", "="), ("valid", "&&"), using="gist", name="ex_office_hours_branch_code_valid"
        ),
        _table("Giờ làm việc, giờ chốt nhận hồ sơ: of a branch, or (empty code) of all others"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    branch_code: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    opens: Mapped[time]
    closes: Mapped[time]
    cutoff: Mapped[time] = mapped_column(comment="What comes in later came in on the next working day")
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class DifficultCommune(Base):
    """A commune where procedures have extra days (xã miền núi, hải đảo, vùng khó khăn)."""

    __tablename__ = "difficult_commune"
    __table_args__ = (
        ExcludeConstraint(
            ("commune_code", "="), ("valid", "&&"), using="gist", name="ex_difficult_commune_commune_code_valid"
        ),
        _table("Xã miền núi, hải đảo, vùng khó khăn: procedures there have extra days"),
    )
    commune_code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class Procedure(Base):
    """A procedure of registration (thủ tục, loại biến động) as data, while it holds."""

    __tablename__ = "procedure"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_procedure_code_valid"),
        _table("Thủ tục đăng ký (mã loại biến động): one engine reads them, no module knows one"),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    applicant_vi: Mapped[str] = mapped_column(Text)
    applicant_en: Mapped[str] = mapped_column(Text)
    workflow: Mapped[str] = mapped_column(Text)
    effects: Mapped[list[str]] = mapped_column(
        ARRAY(Text), comment="What completion does, in order; names of the engine's effects"
    )
    taxes: Mapped[list[str]] = mapped_column(
        ARRAY(Text), comment="T transfer income tax, B registration fee, S land-use fee, L rent"
    )
    blocked_by: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Kinds of holds that stop it")
    order_class: Mapped[str] = mapped_column(Text)
    tthc: Mapped[str | None] = mapped_column(Text)
    cutoff: Mapped[time | None] = mapped_column(
        comment="The hour after which it came in on the next day, where not the office's"
    )
    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class Deadline(Base):
    """How many working days a procedure may take in a case (thời hạn giải quyết)."""

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("days BETWEEN 0 AND 250 AND extra_days BETWEEN 0 AND 100", name="days"),
        ExcludeConstraint(
            ("procedure", "="),
            ("case_code", "="),
            ("province_code", "="),
            ("valid", "&&"),
            using="gist",
            name="ex_deadline_once",
        ),
        _table(
            "Thời hạn giải quyết: working days of a procedure and case; a row of the province prevails over the"
            " national one"
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    procedure: Mapped[str] = mapped_column(Text)
    case_code: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    case_vi: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    case_en: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    authority: Mapped[str] = mapped_column(Text)
    province_code: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    days: Mapped[int] = mapped_column(SmallInteger)
    extra_days: Mapped[int] = mapped_column(SmallInteger, comment="Added in difficult communes")
    tthc: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class DocumentType(Base):
    """A kind of paper (loại giấy tờ)."""

    __tablename__ = "document_type"
    __table_args__ = (_table("Loại giấy tờ"),)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class ProcedureDocument(Base):
    """A paper a procedure asks for, always or in a case (thành phần hồ sơ)."""

    __tablename__ = "procedure_document"
    __table_args__ = (_table("Thành phần hồ sơ: the papers a procedure asks for, always or in a case"),)
    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[str] = mapped_column(ForeignKey("registry.document_type.code"), primary_key=True)
    needed: Mapped[str] = mapped_column(Text)
    when_vi: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    when_en: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    sort: Mapped[int] = mapped_column(SmallInteger)


class WorkflowStep(Base):
    """Whose turn it is in a state of a workflow, and for how long (bước xử lý)."""

    __tablename__ = "workflow_step"
    __table_args__ = (_table("Bước xử lý: whose turn it is in a state, and for how many working days"),)
    workflow: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text, primary_key=True)
    sort: Mapped[int] = mapped_column(SmallInteger)
    role: Mapped[str] = mapped_column(ForeignKey("identity.role.code"))
    days: Mapped[int | None] = mapped_column(
        SmallInteger, comment="Null: others have it, the office's clock stands"
    )
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class OrderPair(Base):
    """Two classes of procedures that are completed in order of registration on one parcel (thứ tự đăng ký)."""

    __tablename__ = "order_pair"
    __table_args__ = (
        _table(
            "Thứ tự đăng ký: a dossier of class `later` on the same parcel is completed after a pending one of class"
            " `earlier`"
        ),
    )
    earlier: Mapped[str] = mapped_column(Text, primary_key=True)
    later: Mapped[str] = mapped_column(Text, primary_key=True)


class DossierState(Base):
    """A state of a dossier (trạng thái hồ sơ)."""

    __tablename__ = "dossier_state"
    __table_args__ = (_table("Trạng thái hồ sơ"),)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    sort: Mapped[int] = mapped_column(SmallInteger)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    clock: Mapped[str] = mapped_column(Text)
    waits_for: Mapped[str] = mapped_column(Text)


class DossierTransition(Base):
    """What may be done in a state (chuyển trạng thái được phép)."""

    __tablename__ = "dossier_transition"
    __table_args__ = (_table("Chuyển trạng thái được phép: who may do what in which state"),)
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


class Dossier(Base):
    """One application on its way (hồ sơ)."""

    __tablename__ = "dossier"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_dossier_due_at", "due_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_dossier_holder_id", "holder_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_dossier_commune_code", "commune_code", postgresql_where=text("ended_at IS NULL")),
        _table("Hồ sơ: one application on its way; only events move it"),
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
    __table_args__ = (Index("ix_dossier_parcel_unit_id", "unit_id"), _table("Thửa đất của hồ sơ"))
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("cadastre.parcel_unit.id"), primary_key=True)


class DossierApplicant(Base):
    """Who applies, or acts for them (người nộp hồ sơ)."""

    __tablename__ = "dossier_applicant"
    __table_args__ = (_table("Người nộp hồ sơ: who applies, or acts for them; each reading is traced"),)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    capacity: Mapped[str] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(Text)
    party_id: Mapped[int | None] = mapped_column(BigInteger)


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
        _table("Quá trình xử lý hồ sơ: who did what when; only ever added to"),
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


class DossierPause(Base):
    """A time in which others work (tạm dừng thời hạn)."""

    __tablename__ = "dossier_pause"
    __table_args__ = (
        ExcludeConstraint(
            ("dossier_id", "="), ("kind", "="), ("held", "&&"), using="gist", name="ex_dossier_pause_once"
        ),
        _table("Tạm dừng thời hạn: while others work"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    kind: Mapped[str] = mapped_column(Text)
    held: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class StoredFile(Base):
    """A file in the data folder, by the digest of its content (tệp)."""

    __tablename__ = "stored_file"
    __table_args__ = (_table("Tệp: by the digest of its content, in the folder documents of the data folder"),)
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
        _table("Giấy tờ đã nộp: what was handed in, in which form; only ever added to"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("registry.dossier.id"))
    document: Mapped[str] = mapped_column(ForeignKey("registry.document_type.code"))
    title: Mapped[str | None] = mapped_column(Text)
    form: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("registry.stored_file.sha256"))
    at: Mapped[datetime] = mapped_column(INSTANT, server_default=NOW)
    account_id: Mapped[int] = mapped_column(BigInteger)

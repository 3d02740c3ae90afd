"""Tables of what dossiers follow: the calendar and the procedures."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    DATERANGE,
    TIMESTAMP,
    ExcludeConstraint,
    Range,
)
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

EMPTY = text("''")
NOW = text("clock_timestamp()")
INSTANT = TIMESTAMP(timezone=True)


def said(comment: str) -> dict[str, str]:
    """Return the arguments of a table: its schema and what it says of itself."""
    return {"schema": "registry", "comment": comment}


class CalendarDay(Base):
    """A holiday, or a day worked in its stead (ngày nghỉ lễ, ngày làm bù)."""

    __tablename__ = "calendar_day"
    __table_args__ = (said("Ngày nghỉ lễ, ngày làm bù: days that differ from the week"),)
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
        said("Giờ làm việc, giờ chốt nhận hồ sơ: of a branch, or (empty code) of all others"),
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
        said("Xã miền núi, hải đảo, vùng khó khăn: procedures there have extra days"),
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
        said("Thủ tục đăng ký (mã loại biến động): one engine reads them, no module knows one"),
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    applicant_vi: Mapped[str] = mapped_column(Text)
    applicant_en: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(
        Text,
        server_default=text("'person'"),
        comment="Who may ask for it: person (users of land, their banks), or only authority (courts, enforcement, "
        "the State)",
    )
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


class CertificateRule(Base):
    """What a procedure asks of certificates, and whether it renews them (quy định về Giấy chứng nhận)."""

    __tablename__ = "certificate_rule"
    __table_args__ = (
        ExcludeConstraint(("procedure", "="), ("valid", "&&"), using="gist", name="ex_certificate_rule_once"),
        said(
            "Quy định về Giấy chứng nhận của thủ tục: what a procedure asks of certificates, and whether it renews them"
        ),
    )
    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    needed: Mapped[bool] = mapped_column(comment="A certificate in force is shown for it")
    renewed: Mapped[bool] = mapped_column(comment="Another certificate is issued: never annotated")
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


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
        said(
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


class CaseEffect(Base):
    """What completing a procedure does in a case, in the place of what it does else (tác động theo trường hợp)."""

    __tablename__ = "case_effect"
    __table_args__ = (said("Tác động theo trường hợp: effects of a procedure in a case that has its own"),)
    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    case_code: Mapped[str] = mapped_column(Text, primary_key=True)
    effects: Mapped[list[str]] = mapped_column(ARRAY(Text))


class EstimateKind(Base):
    """By which rules the taxes of a procedure are estimated (cách ước tính thuế)."""

    __tablename__ = "estimate_kind"
    __table_args__ = (
        CheckConstraint("kind IN ('transfer', 'gift')", name="kind"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        said("Cách ước tính thuế: by the rules of which kind of case the taxes of a procedure are estimated"),
    )
    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)


class DocumentType(Base):
    """A kind of paper (loại giấy tờ)."""

    __tablename__ = "document_type"
    __table_args__ = (said("Loại giấy tờ"),)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    sort: Mapped[int] = mapped_column(SmallInteger)


class ProcedureDocument(Base):
    """A paper a procedure asks for, always or in a case (thành phần hồ sơ)."""

    __tablename__ = "procedure_document"
    __table_args__ = (said("Thành phần hồ sơ: the papers a procedure asks for, always or in a case"),)
    procedure: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[str] = mapped_column(ForeignKey("registry.document_type.code"), primary_key=True)
    needed: Mapped[str] = mapped_column(Text)
    when_vi: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    when_en: Mapped[str] = mapped_column(Text, server_default=EMPTY)
    sort: Mapped[int] = mapped_column(SmallInteger)


class WorkflowStep(Base):
    """Whose turn it is in a state of a workflow, and for how long (bước xử lý)."""

    __tablename__ = "workflow_step"
    __table_args__ = (said("Bước xử lý: whose turn it is in a state, and for how many working days"),)
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
        said(
            "Thứ tự đăng ký: a dossier of class `later` on the same parcel is completed after a pending one of class"
            " `earlier`"
        ),
    )
    earlier: Mapped[str] = mapped_column(Text, primary_key=True)
    later: Mapped[str] = mapped_column(Text, primary_key=True)

"""Tables of slips: what was told to the tax office, what it answered, and the reasons it may give."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TIMESTAMP, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base

SCHEMA = "finance"


class ReturnReason(Base):
    """Why the tax office sends a slip back (lý do trả lại)."""

    __tablename__ = "return_reason"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z][a-z-]{1,39}$'", name="code"),
        CheckConstraint("certainty IN ('S', 'K', '?')", name="certainty"),
        CheckConstraint("clock IN ('runs', 'paused')", name="clock"),
        ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", name="ex_return_reason_once"),
        {"schema": SCHEMA, "comment": "Lý do trả lại phiếu chuyển: why the tax office sends a slip back"},
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_vi: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(Text)
    clock: Mapped[str] = mapped_column(
        Text,
        comment="runs: the office lacked it, its time runs on; paused: the applicant brings it, time stands until the"
        " slip is resent",
    )
    sort: Mapped[int] = mapped_column(SmallInteger)


class SigningKey(Base):
    """The public half of a key that signed slips, since its first (khóa công khai)."""

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("key ->> 'kid' = kid", name="names_itself"),
        CheckConstraint("NOT key ? 'd'", name="public"),
        {
            "schema": SCHEMA,
            "comment": "Khóa công khai: the public half of each key that signed a slip, since its first;"
            " only ever added to",
        },
    )
    kid: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[dict[str, str]] = mapped_column(JSONB)
    since: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))


class Slip(Base):
    """One version of what was told to the tax office of a dossier (phiếu chuyển)."""

    __tablename__ = "slip"
    __table_args__ = (
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        CheckConstraint("version > 0 AND (version = 1) = (replaces_id IS NULL)", name="version"),
        UniqueConstraint("slip_no"),
        UniqueConstraint("dossier", "version"),
        UniqueConstraint("replaces_id"),
        Index("ix_slip_issued_at", "issued_at"),
        Index("ix_slip_key_id_issued_at", "key_id", "issued_at"),
        {
            "schema": SCHEMA,
            "comment": "Phiếu chuyển thông tin nghĩa vụ tài chính: what was told to the tax office, as it was told;"
            " only ever added to",
        },
    )
    id: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="In the order of commits without a gap, so that whoever reads on misses none",
    )
    slip_no: Mapped[str] = mapped_column(Text)
    dossier: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(SmallInteger)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("finance.slip.id"))
    issued_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()")
    )
    account_id: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, comment="The whole slip as JSON, sealed: it names people")
    sha256: Mapped[bytes] = mapped_column(LargeBinary, comment="Digest of that JSON, byte by byte")
    signature: Mapped[str] = mapped_column(
        Text, comment="JWS (RFC 7515) over that JSON with the key of the office, without the JSON"
    )
    key_id: Mapped[str] = mapped_column(Text)
    not_known: Mapped[list[str]] = mapped_column(
        ARRAY(Text), comment="Which parts of it the register could not fill"
    )
    tax_office_code: Mapped[str | None] = mapped_column(
        Text, comment="The tax office it goes to; null before 0110 and where nobody knows"
    )


class SlipAnswer(Base):
    """What the tax office answered to a slip: that it has it, or that it sends it back."""

    __tablename__ = "slip_answer"
    __table_args__ = (
        CheckConstraint("kind IN ('received', 'returned')", name="kind"),
        CheckConstraint("(kind = 'returned') = (cardinality(reasons) > 0)", name="reasons"),
        Index("ix_slip_answer_api_client_id", "api_client_id"),
        {
            "schema": SCHEMA,
            "comment": "Cơ quan thuế tiếp nhận hoặc trả lại phiếu: what the tax office answers, each once;"
            " only ever added to",
        },
    )
    slip_id: Mapped[int] = mapped_column(ForeignKey("finance.slip.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    note: Mapped[str | None] = mapped_column(Text)
    document_no: Mapped[str | None] = mapped_column(Text)
    api_client_id: Mapped[int] = mapped_column(ForeignKey("identity.api_client.id"))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))

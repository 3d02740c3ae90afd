"""Tables of citizens who have an account: name and contact, sealed, and the codes that prove a contact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.identity.models import NOW, SCHEMA


class Citizen(Base):
    """The name and contact of a citizen who has an account (tài khoản công dân)."""

    __tablename__ = "citizen"
    __table_args__ = (
        UniqueConstraint("contact_index"),
        CheckConstraint(
            "channel IN ('email', 'sms') AND octet_length(contact_index) = 32"
            " OR channel IS NULL AND contact_index IS NULL",
            name="contact",
        ),
        {
            "schema": SCHEMA,
            "comment": "Tài khoản công dân: the name and contact of a citizen who has an account, sealed",
        },
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, comment="Name and contact as one piece, sealed")
    channel: Mapped[str | None] = mapped_column(Text)
    contact_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)


class ContactProof(Base):
    """A code sent to a telephone or address (xác minh liên hệ)."""

    __tablename__ = "contact_proof"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'sms')", name="channel"),
        CheckConstraint(
            "octet_length(contact_index) = 32 AND octet_length(sender_index) = 32 AND octet_length(code_index) = 32",
            name="indexes",
        ),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
        Index("ix_contact_proof_contact_index", "contact_index", "made_at"),
        Index("ix_contact_proof_sender_index", "sender_index", "made_at"),
        Index("ix_contact_proof_made_at", "made_at"),
        {
            "schema": SCHEMA,
            "comment": "Xác minh liên hệ: a code sent to a telephone or address, to open an account or renew its"
            " password; for a day",
        },
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("identity.account.id"), comment="Whose password is renewed; null opens a new account"
    )
    channel: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    contact_index: Mapped[bytes] = mapped_column(LargeBinary)
    sender_index: Mapped[bytes] = mapped_column(LargeBinary)
    code_index: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    made_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=NOW)
    used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

"""Table of which party of the register an account is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from landsvc.core.db import Base
from landsvc.registry.dossiers.procedure_models import INSTANT, NOW, said


class AccountParty(Base):
    """Which party of the register an account is, and what proved it (người của tài khoản)."""

    __tablename__ = "account_party"
    __table_args__ = (
        CheckConstraint(
            "CASE proof WHEN 'national-id' THEN by_account IS NULL"
            " WHEN 'counter' THEN by_account IS NOT NULL AND by_account <> account_id ELSE false END",
            name="proof",
        ),
        Index("ux_account_party_open", "account_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_account_party_party_id", "party_id"),
        said("Người của tài khoản: which party of the register an account is, and what proved it; one at a time"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("identity.account.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(INSTANT, primary_key=True, server_default=NOW)
    party_id: Mapped[int] = mapped_column(ForeignKey("registry.party.id"))
    proof: Mapped[str] = mapped_column(Text)
    by_account: Mapped[int | None] = mapped_column(ForeignKey("identity.account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(INSTANT)

"""Ask the statements of data supply: one typed function each, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.registry.supply.rules import Asker, Fee

SQL = statements("registry", "queries_supply.sql")


@dataclass(frozen=True)
class ReplyLine:
    """A reply that was signed."""

    verify_id: str
    asker: str
    known_at: datetime
    parts: Sequence[str]
    parties: Sequence[str]
    """Codes of those it names."""
    answer_sha256: str
    file_sha256: str
    signer: str
    fee_vnd: int
    account_name: str
    at: datetime


@dataclass(frozen=True)
class ReplyProof:
    """What anybody may know of a reply: nothing of what it says."""

    dossier_end: str
    known_at: datetime
    at: datetime
    authority: str
    parcels: Sequence[str]
    answer_sha256: str
    file_sha256: str
    unchanged: bool


def askers(session: Session, *, on_day: date, code: str | None = None) -> list[Asker]:
    """Return the kinds of askers of a day, or one of them."""
    return [Asker(*row) for row in _rows(session, "supply_askers", on_day=on_day, code=code)]


def fees(session: Session, *, on_day: date) -> list[Fee]:
    """Return what data cost on a day."""
    return [Fee(*row) for row in _rows(session, "supply_fees", on_day=on_day)]


def add_reply(session: Session, **values: Any) -> None:
    """Keep that a reply was signed."""
    _rows(session, "add_supply", **values)


def reply_of(session: Session, *, code: str) -> ReplyLine | None:
    """Return the reply of a dossier, None where there is none."""
    found = _rows(session, "supply_of_dossier", code=code)
    return ReplyLine(*found[0]) if found else None


def proof(session: Session, *, verify_id: str) -> ReplyProof | None:
    """Return what anybody may know of a reply, None for a code that is none; as the role of strangers."""
    found = _rows(session, "verify_supply", verify_id=verify_id)
    return ReplyProof(*found[0]) if found else None


def take(session: Session, *, code: str, secret: str) -> tuple[str, str] | None:
    """Return the digests of answer and file of a reply that is ready; as the role of strangers, and traced."""
    found = _rows(session, "take_supply", code=code, secret=secret)
    return (found[0][0], found[0][1]) if found else None


def ready(session: Session, *, code: str, secret: str) -> bool:
    """Tell whether a reply waits for whoever holds the receipt; as the role of strangers."""
    return bool(_rows(session, "supply_ready", code=code, secret=secret)[0][0])


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

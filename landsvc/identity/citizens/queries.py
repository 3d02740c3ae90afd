"""Typed doors to the named statements of citizens. Only this package asks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("identity", "queries_citizens.sql")


@dataclass(frozen=True)
class Owner:
    """The account a contact belongs to."""

    account_id: int
    login: str
    disabled: bool


@dataclass(frozen=True)
class Tried:
    """A code that was tried in time: whose password it renews, what was said, and whether it fits."""

    account_id: int | None
    channel: str
    sealed: bytes
    fits: bool


def account_of_contact(session: Session, indexes: Sequence[bytes]) -> Owner | None:
    """Return the account a contact belongs to, blocked or not."""
    found = rows_of(session, SQL["account_of_contact"], indexes=list(indexes))
    return Owner(*found[0]) if found else None


def citizen_of(session: Session, account_id: int) -> tuple[bytes, str | None] | None:
    """Return name and contact, sealed, and the channel; None for an account without."""
    found = rows_of(session, SQL["citizen_of"], account_id=account_id)
    return (found[0][0], found[0][1]) if found else None


def add_citizen(
    session: Session, *, account_id: int, sealed: bytes, channel: str | None, contact_index: bytes | None
) -> None:
    """Keep name and contact of a new account."""
    given = {"account_id": account_id, "sealed": sealed, "channel": channel, "contact_index": contact_index}
    rows_of(session, SQL["add_citizen"], **given)


def change_citizen(session: Session, *, account_id: int, sealed: bytes) -> None:
    """Keep another name."""
    rows_of(session, SQL["change_citizen"], account_id=account_id, sealed=sealed)


def forget_citizen(session: Session, account_id: int) -> None:
    """Forget name and contact."""
    rows_of(session, SQL["forget_citizen"], account_id=account_id)


def proofs_lately(session: Session, contacts: Sequence[bytes], senders: Sequence[bytes]) -> tuple[int, int]:
    """Return how many codes went to a contact within an hour, and how many a sender asked for."""
    ((contact, sender),) = rows_of(session, SQL["proofs_lately"], contacts=list(contacts), senders=list(senders))
    return contact, sender


def forget_proofs(session: Session) -> int:
    """Drop some codes of the day before; return how many."""
    return len(rows_of(session, SQL["forget_proofs"]))


def add_proof(session: Session, **values: Any) -> None:
    """Keep a code that is sent; drop some of the day before."""
    forget_proofs(session)
    rows_of(session, SQL["add_proof"], **values)


def try_proof(session: Session, proof: str, codes: Sequence[bytes], seconds: float) -> Tried | None:
    """Count one try of a code; None when there is none that is still good."""
    found = rows_of(session, SQL["try_proof"], id=proof, codes=list(codes), seconds=seconds)
    return Tried(*found[0]) if found else None


def use_proof(session: Session, proof: str) -> bool:
    """Use a code; return False when it was used."""
    return bool(rows_of(session, SQL["use_proof"], id=proof))

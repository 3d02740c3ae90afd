"""Ask the statements of the registry, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import asked
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor

SQL = statements("registry")


@dataclass(frozen=True)
class RecordOf:
    """The document a transaction stands on."""

    code: str
    kind: str
    title: str
    doc_no: str | None
    doc_on: date | None
    authority: str | None
    reason: str | None


@dataclass(frozen=True)
class RecordDone:
    """What a record was made for: its kind, and the transaction of the record it annuls."""

    kind: str
    undone_id: int | None


@dataclass(frozen=True)
class ParcelOf:
    """A parcel of a transaction, by its names."""

    side: str
    unit_id: int
    ref: str | None
    code: str | None
    current: bool


@dataclass(frozen=True)
class TransactionLine:
    """A transaction as the panel of one of its parcels lists it; `side` is that of the parcel, old or new."""

    code: str
    name_vi: str
    name_en: str
    officer_name: str
    at: datetime
    side: str
    undone_by: str | None


@dataclass(frozen=True)
class Transaction:
    """One change of the register: its record, who did it and when, the parcels before and after."""

    id: int
    code: str
    kind: str
    name_vi: str
    name_en: str
    officer_id: int
    officer_name: str
    at: datetime
    record: RecordOf
    undoes: str | None
    undone_by: str | None
    parcels: tuple[ParcelOf, ...]


def add_transaction(
    session: Session,
    *,
    kind: str,
    record_id: int,
    officer: Actor,
    old: Sequence[int],
    new: Sequence[int],
    undoes_id: int | None = None,
) -> tuple[str, bool]:
    """Store a transaction; return its code, and whether something is registered on the parcels before it."""
    found = _rows(
        session,
        "add_transaction",
        kind=kind,
        record_id=record_id,
        undoes_id=undoes_id,
        officer_id=officer.account_id,
        officer_name=officer.name,
        old_units=list(old),
        new_units=list(new),
    )
    _, code, bears = found[0]
    return code, bears


def find_transaction(session: Session, *, code: str) -> Transaction | None:
    """Return a transaction by its code."""
    found = _rows(session, "transaction_by_code", code=code)
    if not found:
        return None
    row = found[0]
    parcels = tuple(ParcelOf(*each) for each in _rows(session, "transaction_parcels", transaction_id=row[0]))
    found_id, name, kind, name_vi, name_en, officer_id, officer_name, at, *rest = row
    return Transaction(
        id=found_id,
        code=name,
        kind=kind,
        name_vi=name_vi,
        name_en=name_en,
        officer_id=officer_id,
        officer_name=officer_name,
        at=at,
        record=RecordOf(*rest[:7]),
        undoes=rest[7],
        undone_by=rest[8],
        parcels=parcels,
    )


def transactions_of_unit(session: Session, *, unit_id: int, page: int) -> list[TransactionLine]:
    """Return the transactions a unit was before or after in, newest first."""
    return [TransactionLine(*row) for row in _rows(session, "transactions_of_unit", unit_id=unit_id, page=page)]


def record_of_transaction(session: Session, *, record_id: int) -> RecordDone:
    """Return what a record that exists was made for."""
    return RecordDone(*_rows(session, "record_of_transaction", record_id=record_id)[0])


def record_id_of(session: Session, *, code: str) -> int:
    """Return the id of a record that exists."""
    return int(_rows(session, "record_id_of", code=code)[0][0])


def completion_kind(session: Session, *, procedure: str) -> str:
    """Return the kind of the transaction that a procedure makes."""
    return str(_rows(session, "completion_kind", procedure=procedure)[0][0])


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return asked(session, SQL[name], **params)

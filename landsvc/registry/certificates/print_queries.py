"""Ask the statements of printing and of the books: one typed function each, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("registry", "queries_prints.sql")
BOOKS = statements("registry", "queries_books.sql")


@dataclass(frozen=True)
class Offset:
    """How far what a printer prints must be moved, in mm to the right and down."""

    printer: str
    right_mm: float
    down_mm: float
    made_by: str
    at: datetime


@dataclass(frozen=True)
class Waiting:
    """A certificate that waits in a batch, and who signs."""

    batch_id: int
    seq: int
    serial: str
    account_id: int
    login: str
    account_name: str
    print_id: int | None
    """Its print, where whoever printed it ended before saying so."""


@dataclass(frozen=True)
class BatchHead:
    """A batch: for which commune, who signs, since when."""

    id: int
    commune: str
    login: str
    account_name: str
    asked_at: datetime


@dataclass(frozen=True)
class BatchItem:
    """A certificate of a batch: printed, or why not."""

    seq: int
    serial: str
    print_id: int | None
    problem: str | None
    done_at: datetime | None


@dataclass(frozen=True)
class BatchLine:
    """A batch with how far it is."""

    id: int
    commune: str
    login: str
    account_name: str
    asked_at: datetime
    all_of: int
    done: int
    failed: int


@dataclass(frozen=True)
class SheetRow:
    """A parcel in the book of a sheet (sổ mục kê đất đai)."""

    number: str | None
    code: str | None
    area_m2: Decimal | None
    uses: str | None
    address: str | None
    users: str | None
    certificates: str | None


@dataclass(frozen=True)
class ChangeRow:
    """A transaction as the commune is told of it."""

    code: str
    name_vi: str
    name_en: str
    at: datetime
    officer: str
    record: str
    doc_no: str | None
    doc_on: date | None
    old: Sequence[str]
    new: Sequence[str]
    certificates: Sequence[str]


@dataclass(frozen=True)
class CommuneWaiting:
    """A commune with certificates that wait to be printed."""

    code: str
    name: str | None
    certificates: int


def add_offset(session: Session, **values: Any) -> int:
    """Keep an offset; return the number of the row."""
    return int(_rows(session, "add_printer_offset", **values)[0][0])


def offsets(session: Session, branch_id: int) -> list[Offset]:
    """Return the printers of a branch with their last offsets."""
    return [Offset(*row) for row in _rows(session, "printer_offsets", branch_id=branch_id)]


def unprinted(session: Session, commune: str, login: str, most: int) -> list[str]:
    """Return the serial numbers of certificates of a commune that somebody may sign and nobody printed."""
    asked = {"commune": commune, "made_by": login, "most": most}
    return [row[0] for row in _rows(session, "unprinted_certificates", **asked)]


def communes_waiting(session: Session, login: str, most: int) -> list[CommuneWaiting]:
    """Return the communes with certificates that somebody may sign and nobody printed."""
    return [CommuneWaiting(*row) for row in _rows(session, "communes_to_print", made_by=login, most=most)]


def add_batch(session: Session, **values: Any) -> int:
    """Ask for certificates to be printed; return the number of the batch."""
    return int(_rows(session, "add_print_batch", **values)[0][0])


def next_waiting(session: Session) -> Waiting | None:
    """Return a certificate that waits; nobody else takes it in this transaction."""
    found = _rows(session, "next_to_print")
    return Waiting(*found[0]) if found else None


def end_item(session: Session, **values: Any) -> None:
    """Keep what became of a certificate in a batch."""
    _rows(session, "end_print_item", **values)


def batch(session: Session, batch_id: int) -> BatchHead | None:
    """Return a batch by its number."""
    found = _rows(session, "print_batch", batch_id=batch_id)
    return BatchHead(*found[0]) if found else None


def items(session: Session, batch_id: int) -> list[BatchItem]:
    """Return the certificates of a batch in order."""
    return [BatchItem(*row) for row in _rows(session, "print_items", batch_id=batch_id)]


def batches(session: Session, page: int) -> list[BatchLine]:
    """Return the last batches, the newest first."""
    return [BatchLine(*row) for row in _rows(session, "print_batches", page=page)]


def sheet_book(session: Session, **asked: Any) -> list[SheetRow]:
    """Return the parcels of a sheet."""
    return [SheetRow(*row) for row in rows_of(session, BOOKS["book_of_sheet"], **asked)]


def change_book(session: Session, **asked: Any) -> list[ChangeRow]:
    """Return the transactions on land of a commune."""
    return [ChangeRow(*row) for row in rows_of(session, BOOKS["book_of_changes"], **asked)]


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

"""Typed doors to the named statements about files of payments. Only this package's service calls them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.files.entries import DifferentRow, FileReport, KeptRow, StatedFile, Tally

SQL = statements("finance", "queries_files.sql")


def lock(session: Session) -> None:
    """Wait until whoever else takes a file in is done."""
    _rows(session, "lock_files")


def file_of_version(session: Session, stated: StatedFile) -> FileReport | None:
    """Return the file of a tax office and day that bears a version."""
    named = {"tax_office_code": stated.tax_office_code, "on_day": stated.day, "version": stated.version}
    found = _rows(session, "file_of_version", **named)
    return _report(*found[0]) if found else None


def file_of_id(session: Session, number: int) -> FileReport | None:
    """Return one file."""
    found = _rows(session, "file_of_id", id=number)
    return _report(*found[0]) if found else None


def add_file(session: Session, stated: StatedFile, sha256: bytes, *, api_client_id: int) -> int:
    """Keep what a file says of itself; return its id."""
    found = _rows(
        session,
        "add_file",
        api_client_id=api_client_id,
        tax_office_code=stated.tax_office_code,
        on_day=stated.day,
        version=stated.version,
        row_count=stated.count,
        sum_vnd=stated.sum_vnd,
        sha256=sha256,
    )
    return int(found[0][0])


def add_rows(session: Session, file_id: int, rows: Sequence[KeptRow]) -> None:
    """Keep rows that were taken, or were not."""
    _rows(
        session,
        "add_file_rows",
        file_id=file_id,
        rows=[each.row_no for each in rows],
        payments=[each.payment_id for each in rows],
        amounts=[each.amount_vnd for each in rows],
        differs=[",".join(each.differs) for each in rows],
    )


def rows_taken(session: Session, file_id: int, after: int, page: int) -> list[tuple[int, int]]:
    """Return row and payment of up to `page` rows that were taken, after one."""
    return [(row[0], row[1]) for row in _rows(session, "rows_taken", file_id=file_id, after=after, page=page)]


def rows_different(session: Session, file_id: int, after: int, page: int) -> list[DifferentRow]:
    """Return up to `page` + 1 rows that were not taken, after one."""
    found = _rows(session, "rows_different", file_id=file_id, after=after, page=page)
    return [DifferentRow(*row) for row in found]


def add_report(session: Session, file_id: int, *, new: Tally, known: Tally, different: Tally) -> None:
    """Keep what became of a file."""
    _rows(
        session,
        "add_file_report",
        file_id=file_id,
        new_count=new.count,
        new_sum_vnd=new.sum_vnd,
        known_count=known.count,
        known_sum_vnd=known.sum_vnd,
        different_count=different.count,
        different_sum_vnd=different.sum_vnd,
    )


def _report(number: int, office: str, day: Any, version: int, count: int, total: int, *more: Any) -> FileReport:
    sha256, received_at, *tallies = more
    new, known, different = (Tally(*tallies[at : at + 2]) for at in (0, 2, 4))
    stated = StatedFile(office, day, version, count, total)
    return FileReport(number, stated, bytes(sha256), received_at, new, known, different)


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

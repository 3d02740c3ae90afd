"""Take a day's payments in as one file: proved whole, then taken row by row as single messages are.

The file is read twice and never held. The first reading proves it (every row valid, count and sum as told, each payment
once); the second takes it. Rows that are known count as known; rows that say of a known payment something else are not
taken and are listed; the others are new. Which lines new payments are for is decided at the end, since whoever takes a
message in waits for that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b, sha256
from itertools import count, islice

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import Database
from landsvc.core.progress import Progress, silent
from landsvc.core.secrets import Vault
from landsvc.finance.errors import PaidAtImplausible
from landsvc.finance.files import queries
from landsvc.finance.files.entries import DifferentRow, FileReport, KeptRow, StatedFile, Tally
from landsvc.finance.files.errors import (
    PaymentFileDayNotBegun,
    PaymentFileDiffers,
    PaymentFileDoesNotSum,
    PaymentRowElsewhere,
    PaymentRowInvalid,
    PaymentRowTwice,
    UnknownPaymentFile,
)
from landsvc.finance.mirror.service import match_payments
from landsvc.finance.service import Statement, require_plausible
from landsvc.finance.taking import take_payments
from landsvc.identity.actors import Client
from landsvc.identity.service import trace

PIECE, MATCHED = 1000, 5000
"""Rows taken, and payments put on lines, by one statement."""
Reading = Callable[[], Iterable[Statement]]
"""Reads the rows from the beginning, each time it is called."""


def prove(stated: StatedFile, reading: Reading) -> bytes:
    """Read a file through and return the digest of what its rows say, in their order.

    Raises `PaymentFileDayNotBegun`, `PaymentRowElsewhere`, `PaymentRowInvalid`, `PaymentRowTwice`,
    `PaymentFileDoesNotSum`, or what the reading raises.
    """
    if stated.day > clock.today():
        raise PaymentFileDayNotBegun(field="day", day=stated.day.isoformat())
    seen, digest, total, rows = set[bytes](), sha256(), 0, 0
    for rows, each in enumerate(reading(), 1):
        _check_row(stated, each, rows)
        # Sixteen bytes stand for the key: the keys of a long file would fill the memory.
        key = blake2b(repr((each.channel, each.reference_no, each.line_no)).encode(), digest_size=16).digest()
        if key in seen:
            raise PaymentRowTwice(field="referenceNo", members={"row": rows}, row=rows)
        seen.add(key)
        total += each.amount_vnd
        digest.update(_canonical(each))
    if (rows, total) != (stated.count, stated.sum_vnd):
        raise PaymentFileDoesNotSum(
            field="count" if rows != stated.count else "sumVnd",
            count=stated.count,
            sum_vnd=stated.sum_vnd,
            rows=rows,
            rows_vnd=total,
        )
    return digest.digest()


def take_file(
    session: Session,
    database: Database,
    vault: Vault,
    stated: StatedFile,
    digest: bytes,
    reading: Reading,
    *,
    client: Client,
    progress: Progress = silent,
) -> tuple[FileReport, bool]:
    """Take a proved file in; return what became of it, and whether it is new. A version is taken once.

    Raises `PaymentFileDiffers` when this version was taken before with other rows.
    """
    queries.lock(session)
    before = queries.file_of_version(session, stated)
    if before is not None:
        _require_same(before, stated, digest)
        return before, False
    number = queries.add_file(session, stated, digest, api_client_id=client.id)
    new, known, different = Tally(), Tally(), Tally()
    at = count(1)
    for piece in _pieces(reading()):
        rows = _take(session, database, vault, [(next(at), each) for each in piece], client)
        queries.add_rows(session, number, [row for row in rows if row is not None])
        new = new.plus([row.amount_vnd for row in rows if row and not row.differs])
        different = different.plus([row.amount_vnd for row in rows if row and row.differs])
        known = known.plus([each.amount_vnd for each, row in zip(piece, rows, strict=True) if row is None])
        progress("Taking payments in", new.count + different.count + known.count, stated.count)
    _match(session, number, new.count, progress)
    queries.add_report(session, number, new=new, known=known, different=different)
    details = {"new": new.count, "known": known.count, "different": different.count, "sha256": digest.hex()}
    trace(session, "payment-file.received", who=client, on=f"payment-file:{number}", details=details)
    return get_file(session, number), True


def get_file(session: Session, number: int) -> FileReport:
    """Return what became of a file; raise `UnknownPaymentFile`."""
    found = queries.file_of_id(session, number)
    if found is None:
        raise UnknownPaymentFile(field="file", number=number)
    return found


def different_rows(session: Session, number: int, *, after: int, page: int) -> tuple[list[DifferentRow], bool]:
    """Return one page of the rows of a file that were not taken, and whether others follow."""
    found = queries.rows_different(session, number, after, page)
    return found[:page], len(found) > page


def _pieces(rows: Iterable[Statement]) -> Iterator[list[Statement]]:
    ahead = iter(rows)
    while piece := list(islice(ahead, PIECE)):
        yield piece


def _take(
    session: Session, database: Database, vault: Vault, rows: Sequence[tuple[int, Statement]], client: Client
) -> list[KeptRow | None]:
    """Take a piece in; return what is kept of each row, None for a payment that is known as the row says it."""
    taken = take_payments(session, database, vault, [each for _, each in rows], client=client)
    return [
        KeptRow(number, found.payment_id, each.amount_vnd, found.differs)
        if found.is_new or found.differs
        else None
        for (number, each), found in zip(rows, taken, strict=True)
    ]


def _match(session: Session, number: int, total: int, progress: Progress) -> None:
    for done, piece in enumerate(_taken(session, number)):
        match_payments(session, piece)
        progress("Putting them on notices", min((done + 1) * MATCHED, total), total)


def _taken(session: Session, number: int) -> Iterator[list[int]]:
    after = 0
    while found := queries.rows_taken(session, number, after, MATCHED):
        yield [payment for _, payment in found]
        after = found[-1][0]


def _check_row(stated: StatedFile, row: Statement, number: int) -> None:
    """Refuse a row of another tax office, or paid after the day of the file; a row may name no tax office."""
    if row.tax_office_code not in {None, stated.tax_office_code}:
        _elsewhere(number, "taxOfficeCode", str(row.tax_office_code))
    if row.paid_at.astimezone(clock.OFFICE_ZONE).date() > stated.day:
        _elsewhere(number, "paidAt", row.paid_at.isoformat())
    try:
        require_plausible(row)
    except PaidAtImplausible as error:
        raise PaymentRowInvalid(
            field="paidAt", members={"row": number}, row=number, name="paidAt", reason=row.paid_at.isoformat()
        ) from error


def _elsewhere(number: int, name: str, found: str) -> None:
    raise PaymentRowElsewhere(field=name, members={"row": number}, row=number, name=name, found=found)


def _require_same(before: FileReport, stated: StatedFile, digest: bytes) -> None:
    differs = [
        name
        for name, ours, theirs in (
            ("count", before.stated.count, stated.count),
            ("sumVnd", before.stated.sum_vnd, stated.sum_vnd),
            ("rows", before.sha256, digest),
        )
        if ours != theirs
    ]
    if differs:
        raise PaymentFileDiffers(
            members={"differs": differs},
            version=stated.version,
            day=stated.day.isoformat(),
            tax_office_code=stated.tax_office_code,
            names=", ".join(differs),
        )


def _canonical(row: Statement) -> bytes:
    """Return one row in one form, whatever it was written in."""
    told = [
        row.channel,
        row.reference_no,
        row.line_no,
        row.parcel_ref,
        row.sub_item,
        row.amount_vnd,
        row.paid_at.astimezone(clock.OFFICE_ZONE).isoformat(),
        row.document_no,
        row.notice_no,
        row.obligation_id,
        row.treasury_code,
        row.tax_office_code,
        row.payer_ref,
    ]
    return json.dumps(told).encode()

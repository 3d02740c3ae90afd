"""`landsvc import payments`: take the payments of a day from a file, for a tax office without a machine line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from landsvc.core.commandline import data_option, json_option, say, settings_from

if TYPE_CHECKING:
    from landsvc.core.db import Database
    from landsvc.finance.files.entries import DifferentRow, FileReport, StatedFile
    from landsvc.finance.files.service import Reading
    from landsvc.identity.actors import Client


@click.command("payments")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tax-office", required=True, help="Code of the tax office whose file it is (mã cơ quan thu).")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day in Vietnam it is of.")
@click.option("--version", type=click.IntRange(1, 1000), default=1, show_default=True, help="Of the day's files.")
@click.option("--count", type=click.IntRange(0), required=True, help="How many payments the office says it has.")
@click.option("--sum", "sum_vnd", type=click.IntRange(0), required=True, help="What they come to, whole đồng.")
@click.option(
    "--client", required=True, help="The API client of the office: the payments are kept as told by it."
)
@click.option("--dry-run", is_flag=True, help="Do everything, report, and leave the database as it was.")
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON."
)
@data_option
@json_option
def import_payments(
    file: Path,
    tax_office: str,
    day: datetime,
    version: int,
    count: int,
    sum_vnd: int,
    client: str,
    dry_run: bool,
    report_file: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Take the payments of FILE (.csv or .ndjson, docs/finance.md), whole or not at all.

    Ends with 1 when the file is refused, and when rows say of known payments something else: they are not taken.
    """
    from landsvc.core.access import opened
    from landsvc.core.db import TAX_ROLE
    from landsvc.core.progress import on_console
    from landsvc.core.secrets import Vault
    from landsvc.finance.files import reading, service
    from landsvc.finance.files.schemas import LISTED, PaymentFileOut

    settings, stated = settings_from(data), _stated(tax_office, day.date(), version, count, sum_vnd)
    with opened(settings) as database, file.open("rb") as source:
        who = _client(database, client)
        rows = _rows(source, reading.CSV if file.suffix.lower() == ".csv" else reading.NDJSON)
        digest = service.prove(stated, rows)
        work = database.rehearsal if dry_run else database.unit_of_work
        with work(TAX_ROLE) as session:
            found, is_new = service.take_file(
                session, database, Vault(settings), stated, digest, rows, client=who, progress=on_console()
            )
            different, _ = service.different_rows(session, found.id, after=0, page=LISTED)
    shown = PaymentFileOut.of(found, different, None).model_dump_json(by_alias=True)
    say("")
    click.echo(shown if as_json else _told(found, different, is_new=is_new, dry_run=dry_run))
    if report_file is not None:
        report_file.write_text(shown + "\n", encoding="utf-8")
    if found.different.count:
        sys.exit(1)


def _stated(tax_office: str, day: date, version: int, count: int, sum_vnd: int) -> StatedFile:
    """Return what was said beside the rows, held to what the API takes; raise `InvalidInput`."""
    from pydantic import ValidationError

    from landsvc.core.faults import invalid_input
    from landsvc.finance.files.schemas import PaymentFileQuery

    told = {"taxOfficeCode": tax_office, "day": day, "version": version, "count": count, "sumVnd": sum_vnd}
    try:
        return PaymentFileQuery.model_validate(told).stated()
    except ValidationError as error:
        raise invalid_input(error) from None


def _rows(source: IO[bytes], kind: str) -> Reading:
    from landsvc.finance.files import reading

    return lambda: reading.read(source, kind)


def _client(database: Database, client_id: str) -> Client:
    """Return the machine a file is taken for: one that is let in, and may hand payments in."""
    from landsvc.core.db import IDENTITY_ROLE
    from landsvc.finance.routes import WRITE
    from landsvc.identity.actors import Client
    from landsvc.identity.errors import ClientRevoked, ScopeNeeded
    from landsvc.identity.people import get_client

    with database.read_only(IDENTITY_ROLE) as session:
        line = get_client(session, client_id)
    if line.revoked_at is not None:
        raise ClientRevoked(client=client_id)
    if WRITE not in line.scopes:
        raise ScopeNeeded(WRITE)
    return Client(line.id, line.client_id, line.name, frozenset(line.scopes))


def _told(report: FileReport, rows: Sequence[DifferentRow], *, is_new: bool, dry_run: bool) -> str:
    head = "would be taken" if dry_run else "taken" if is_new else "taken before"
    parts = (("new", report.new), ("known", report.known), ("different, not taken", report.different))
    return "\n".join(
        [
            f"{report.stated.tax_office_code} {report.stated.day} version {report.stated.version}: {head}",
            *(f"{name:<22}{each.count:>10,}{each.sum_vnd:>24,} đồng" for name, each in parts),
            *(
                f"row {each.row_no}: {each.channel} {each.reference_no} line {each.line_no} differs in"
                f" {', '.join(each.differs)}"
                for each in rows
            ),
        ]
    )

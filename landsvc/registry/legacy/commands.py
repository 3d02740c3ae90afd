"""`landsvc import register`: take in the register of an older system."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import click

from landsvc.cadastre.commands import mapping_option
from landsvc.core.access import opened
from landsvc.core.commandline import data_option, json_option, say, settings_from
from landsvc.core.progress import on_console


@click.command("register")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", default="legacy", show_default=True, help="Name of the system it comes from.")
@click.option("--layer", help="Sheet of a workbook, when it has several.")
@click.option("--encoding", help="Encoding of the text: UTF-8, TCVN3, VNI, windows-1258.")
@mapping_option
@click.option("--commune", help="Code of the commune of rows that name none.")
@click.option("--dry-run", is_flag=True, help="Do everything, report, and leave the database as it was.")
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON."
)
@click.option(
    "--unmatched",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the rows that were not taken in, with the reason, as CSV.",
)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@data_option
@json_option
def import_register(
    file: Path,
    data: Path | None,
    as_json: bool,
    report_file: Path | None,
    unmatched: Path | None,
    lang: str,
    **given: Any,
) -> None:
    """Take in the register FILE (CSV, XLSX, ODS): parties, rights and mortgages, joined to parcels.

    One row is one holder on one parcel of a right. What does not match waits at /office/register-rows.
    """
    from landsvc.core.secrets import Vault
    from landsvc.registry.legacy.run import Options, make_plan
    from landsvc.registry.legacy.run import import_register as run

    settings = settings_from(data)
    plan = make_plan(Options(path=file, **given))
    for line in plan.lines():
        say(line)
    with opened(settings) as database:
        report = run(database, Vault(settings), plan, on_console())
    say("")
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(report.lines(lang)))
    if report_file is not None:
        report.write_json(report_file)
    if unmatched is not None:
        with unmatched.open("w", encoding="utf-8-sig", newline="") as target:
            writer = csv.writer(target, delimiter=";")
            writer.writerow(["row", "reason", "key", "parcel"])
            writer.writerows((each.row, each.reason, each.key, each.place) for each in report.unmatched)

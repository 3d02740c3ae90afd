"""`landsvc import prices` and `landsvc prices propose`: take in tables of land prices, and place parcels in them."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from landsvc.cadastre.commands import mapping_option
from landsvc.core import clock
from landsvc.core.access import opened
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.db import IMPORT_ROLE
from landsvc.core.progress import on_console


@click.command("prices")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--segments",
    type=click.Path(path_type=Path),
    help="File with the lines of streets and alleys, by their code.",
)
@click.option("--layer", help="Layer of the file of lines, when it has several.")
@click.option("--srid", type=int, help="Reference system of the lines.")
@click.option("--encoding", help="Encoding of the text: UTF-8, TCVN3, VNI, windows-1258.")
@mapping_option
@click.option(
    "--onto",
    type=click.Choice(["empty", "replace"]),
    default="empty",
    show_default=True,
    help="As a new table, or in the place of the one with the same code.",
)
@click.option("--end-previous", is_flag=True, help="Let the earlier table end on the first day of this one.")
@click.option("--dry-run", is_flag=True, help="Do everything, report, and leave the database as it was.")
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON."
)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@data_option
@json_option
def import_prices(
    file: Path,
    segments: Path | None,
    report_file: Path | None,
    lang: str,
    data: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Take in the table of land prices of FILE (Excel, a folder of CSV files, or one of them), whole or not at all.

    Sheets: decision, rules, prices; where wanted bands, zones, segments, coefficients (docs/prices.md).
    """
    from landsvc.cadastre.importing.report_files import write_json
    from landsvc.finance.prices.importing.lines import LinesFile
    from landsvc.finance.prices.importing.run import Options
    from landsvc.finance.prices.importing.run import import_prices as run

    settings = settings_from(data)
    said = (given["layer"], given["srid"], given["encoding"], given["mapping"])
    lines = LinesFile(segments, *said) if segments else None
    options = Options(
        file,
        lines,
        given["encoding"],
        given["onto"],
        end_previous=given["end_previous"],
        dry_run=given["dry_run"],
    )
    with opened(settings, make=True) as database:
        report = run(database, options, working=settings.srid, variant=settings.datum_shift, on_step=on_console())
    say("")
    click.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else "\n".join(report.lines(lang)))
    if report_file is not None:
        write_json(report_file, report.as_json())
    if report.written:
        say("Next: landsvc prices propose")
    if report.refused:
        sys.exit(1)


@click.group("prices")
def prices() -> None:
    """Place parcels in the table of land prices."""


@prices.command("propose")
@click.option("--commune", help="Code of one commune; all that have parcels without it.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the table; today without it.")
@data_option
@json_option
def propose(commune: str | None, day: datetime | None, data: Path | None, as_json: bool) -> None:
    """Compute where every parcel stands: new proposals take the place of old ones, decisions stay."""
    from landsvc.finance.prices import service

    settings = settings_from(data)
    told = on_console()
    count = 0
    with opened(settings) as database:
        with database.read_only(IMPORT_ROLE) as session:
            table = service.get_table(session, day.date() if day else clock.today())
            communes = [commune] if commune else service.communes_to_price(session)
        for done, code in enumerate(communes, 1):
            with database.unit_of_work(IMPORT_ROLE) as session:
                count += service.propose(session, table, code)
            told("Placing parcels", done, len(communes))
    say("")
    answer({"table": table.code, "communes": len(communes), "places": count}, as_json=as_json)

"""`landsvc export tax-package`: the yearly data package for the tax office."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from landsvc.core.access import opened
from landsvc.core.commandline import answer, data_option, json_option, settings_from
from landsvc.core.progress import on_console
from landsvc.core.signing import Signer


@click.command("tax-package")
@click.option(
    "--year", type=click.IntRange(2000, 2200), required=True, help="The land on 1 January of this year."
)
@click.option("--commune", help="Only this commune of today; the whole province without it.")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="A folder of its own."
)
@data_option
@json_option
def export_tax_package(year: int, commune: str | None, output: Path, data: Path | None, as_json: bool) -> None:
    """Write every parcel with uses, positions, holders and what changed in a year; asked again, go on with it."""
    from landsvc.registry.tax_package.service import write_package

    settings = settings_from(data)
    with opened(settings) as database:
        written = write_package(
            database, Signer(settings), output, year=year, commune=commune, on_step=on_console()
        )
    answer(asdict(written), as_json=as_json)

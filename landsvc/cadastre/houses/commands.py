"""`landsvc import addresses`: take in house addresses."""

from __future__ import annotations

from pathlib import Path

import click

from landsvc.core import access
from landsvc.core.commandline import answer, data_option, json_option, settings_from


@click.command("addresses")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
@json_option
def import_addresses(file: Path, data: Path | None, as_json: bool) -> None:
    """Take in house addresses of FILE (CSV: parcel,number,street,quarter,lat,lon), whole or not at all."""
    from landsvc.cadastre.houses import service

    with access.opened(settings_from(data)) as database:
        taken = service.import_file(database, file)
    answer({"addresses": taken}, as_json=as_json)

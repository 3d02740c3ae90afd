"""Offer `landsvc import raster` and `landsvc raster list|remove`.

It stands here and not in `geo`, because whether a raster lies in the province is asked of its communes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from landsvc.core.access import opened
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.progress import on_console
from landsvc.geo.raster.errors import PoorFit, UnknownRaster
from landsvc.geo.raster.folder import RasterFolder

METHODS = ("helmert", "affine", "polynomial")
KINDS = ("orthophoto", "plan", "elevation")


@click.command("raster")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", "code", required=True, metavar="CODE", help="Its name: small letters, digits, hyphens.")
@click.option("--kind", type=click.Choice(KINDS), help="Told by the pixels when not said.")
@click.option("--title", help="What people read; the name when not said.")
@click.option("--title-en", help="The same in English.")
@click.option("--taken-on", type=click.DateTime(["%Y-%m-%d"]), help="Day it was flown, drawn or measured.")
@click.option("--attribution", help="Whom to name beside the map, such as © and a licence.")
@click.option("--srid", type=int, help="Reference system of its coordinates, when the file does not say or errs.")
@click.option(
    "--gcp",
    multiple=True,
    metavar="FILE|P,L,N,E",
    help="Control points: a table of pixel, line, north, east (or lon, lat), or one point. Repeat as needed.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    help="How control points place it; helmert for three points, else affine, when not said.",
)
@click.option(
    "--max-rms", type=click.FloatRange(0, 1e5), help="Metres they may disagree by; 3 pixels if not said."
)
@click.option("--nodata", type=float, help="Value of empty pixels, when the file does not say.")
@click.option("--hidden", is_flag=True, help="Do not show it to the public.")
@click.option("--outside", is_flag=True, help="Take it in although it lies outside the province.")
@click.option("--replace", is_flag=True, help="Put it in the place of the raster of this name.")
@click.option("--dry-run", is_flag=True, help="Look at everything, report, and leave all as it was.")
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON."
)
@data_option
@json_option
def import_raster(
    file: Path, data: Path | None, as_json: bool, report_file: Path | None, outside: bool, **given: Any
) -> None:
    """Take in an orthophoto, a scanned plan or an elevation model as Cloud-Optimised GeoTIFF."""
    from landsvc.cadastre.importing.raster_place import province_judge
    from landsvc.cadastre.importing.report_files import write_json
    from landsvc.geo.raster.taking import take_in

    settings = settings_from(data)
    order = _order(file, given)
    with opened(settings, make=True) as database, _residuals_shown(report_file, as_json):
        taken = take_in(
            database,
            RasterFolder(settings.data_dir),
            order,
            working=settings.srid,
            variant=settings.datum_shift,
            judge=province_judge(database, settings.srid, settings.datum_shift, outside=outside),
            most_megapixels=settings.raster_megapixels,
            on_step=on_console(),
        )
    say("")
    told = taken.as_json()
    if report_file is not None:
        write_json(report_file, told)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo("\n".join(taken.lines()))


@contextmanager
def _residuals_shown(report_file: Path | None, as_json: bool) -> Iterator[None]:
    """Show the residuals of points that disagree too: they are what tells which one to measure again."""
    try:
        yield
    except PoorFit as error:
        from landsvc.cadastre.importing.report_files import write_json

        if report_file is not None:
            write_json(report_file, error.members)
        if as_json:
            click.echo(json.dumps(error.members, ensure_ascii=False))
        else:
            click.echo("\n".join(error.table))
        raise


def _order(file: Path, given: dict[str, Any]) -> Any:
    """Return the order that the options give."""
    from landsvc.geo.raster.taking import Order

    day = given.pop("taken_on")
    facts = {name: given.pop(name) for name in ("title", "title_en", "attribution")}
    facts |= {
        "public": not given.pop("hidden"),
        "taken_on": day.date() if isinstance(day, datetime) else None,
    }
    return Order(path=file, facts=facts, **given)


@click.group("raster")
def raster() -> None:
    """List and remove the rasters that lie under the maps."""


@raster.command("list")
@data_option
@json_option
def list_command(data: Path | None, as_json: bool) -> None:
    """List every raster, with where its file is."""
    from landsvc.core.db import IMPORT_ROLE
    from landsvc.geo.raster import register

    settings = settings_from(data)
    folder = RasterFolder(settings.data_dir)
    with opened(settings) as database, database.read_only(IMPORT_ROLE) as session:
        found = register.all_rasters(session)
    if as_json:
        click.echo(json.dumps([_facts(each, folder) for each in found], ensure_ascii=False))
        return
    for each in found:
        facts = _facts(each, folder)
        state = "" if facts["fileThere"] else "  FILE MISSING"
        hidden = "" if each.public else "  hidden"
        click.echo(f"{each.code:<24} {each.kind:<10} {each.pixel_m:8.2f} m  {each.title}{hidden}{state}")
    if not found:
        say("There is no raster. Take one in: landsvc import raster FILE --name CODE")


def _facts(each: Any, folder: RasterFolder) -> dict[str, Any]:
    file = folder.file(each.file)
    return {
        "raster": each.code,
        "kind": each.kind,
        "title": each.title,
        "source": each.source_file,
        "file": str(file),
        "fileThere": file.is_file(),
        "sha256": each.sha256,
        "srid": each.srid,
        "pixelM": round(each.pixel_m, 4),
        "bbox": [round(value, 7) for value in each.box],
        "public": each.public,
        "madeBy": each.made_by,
        "madeAt": each.made_at.isoformat(timespec="seconds"),
    }


@raster.command("remove")
@click.argument("code")
@data_option
@json_option
def remove_command(code: str, data: Path | None, as_json: bool) -> None:
    """Remove the raster CODE and its file; that it was there stays known."""
    from landsvc.geo.raster.taking import remove

    settings = settings_from(data)
    with opened(settings) as database:
        if not remove(database, RasterFolder(settings.data_dir), code):
            raise UnknownRaster(field="raster", code=code)
    answer({"removed": code}, as_json=as_json)

"""`landsvc import units|parcels`, `landsvc export`, `landsvc check`: what an operator does with the cadastre."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from landsvc.core.access import opened
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.config import Settings
from landsvc.core.progress import on_console
from landsvc.geo.crs import VN2000


def mapping_option(command: Any) -> Any:
    """Add `--map OURS=THEIRS`, given as a mapping."""
    return click.option(
        "--map",
        "mapping",
        multiple=True,
        callback=_pairs,
        metavar="OURS=THEIRS",
        help="Which field of the file holds what; may be repeated.",
    )(command)


def _pairs(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        ours, equals, theirs = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not OURS=THEIRS")
        pairs[ours.strip()] = theirs.strip()
    return pairs


@click.command("parcels")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--layer", help="Layer of the file, when it has several; of a drawing, those of lines and labels: 10,13."
)
@click.option(
    "--sheet",
    help="Number of the sheet that a drawing is, when neither its name nor its frame says; with --onto replace the"
    " one sheet of the old map that is replaced.",
)
@click.option(
    "--gap-tolerance",
    type=click.FloatRange(0.0, 1.0),
    default=0.05,
    show_default=True,
    help="Close gaps in the lines of a drawing up to this many metres.",
)
@click.option("--srid", type=int, help="Reference system of the file's coordinates.")
@click.option("--swap-axes/--no-swap-axes", default=None, help="Coordinates are written north before east.")
@click.option("--scale-factor", type=float, help="Scale factor the file was drawn with, such as 0.9996.")
@click.option("--encoding", help="Encoding of the text: UTF-8, TCVN3, VNI, windows-1258.")
@mapping_option
@click.option("--commune", help="Code of the commune all rows belong to.")
@click.option("--commune-name", help="Name of that commune, when it is not known yet.")
@click.option(
    "--onto",
    type=click.Choice(["empty", "add", "replace"]),
    default="empty",
    show_default=True,
    help="Into communes without parcels, beside the parcels there, or as a new survey over the map of --commune.",
)
@click.option(
    "--surveyed-on", type=click.DateTime(["%Y-%m-%d"]), help="First day of a new survey; today unless stated."
)
@click.option(
    "--on-defect", type=click.Choice(["refuse", "quarantine", "admit"]), default="refuse", show_default=True
)
@click.option("--series-year", type=click.IntRange(1900, 2100), help="Year the maps were made.")
@click.option("--series-kind", type=click.Choice(["299", "cadastral", "extract"]), default="cadastral")
@click.option("--scale", type=click.IntRange(100, 100_000), help="Scale of the maps, such as 1000.")
@click.option("--dry-run", is_flag=True, help="Do everything, report, and leave the database as it was.")
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON."
)
@click.option("--defects", type=click.Path(path_type=Path, dir_okay=False), help="Write a GeoPackage of defects.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@data_option
@json_option
def import_parcels(
    file: Path,
    data: Path | None,
    as_json: bool,
    report_file: Path | None,
    defects: Path | None,
    lang: str,
    **given: Any,
) -> None:
    """Take in the parcels of FILE, in one transaction."""
    from landsvc.cadastre.importing.plan import Options, make_plan
    from landsvc.cadastre.importing.run import import_parcels as run
    from landsvc.cadastre.reference import ensure_reference

    settings = settings_from(data)
    day = given.pop("surveyed_on")
    given["surveyed_on"] = day.date() if day else None
    plan = make_plan(Options(path=file, **given), working=settings.srid, variant=settings.datum_shift)
    for line in plan.lines():
        say(line)
    with opened(settings, make=True) as database:
        ensure_reference(settings, database)
        report = run(database, plan, on_console())
    say("")
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for line in report.lines(lang):
            click.echo(line)
    if report_file is not None:
        report.write_json(report_file)
    if defects is not None:
        report.write_defects(defects)
    if report.found.refused:
        sys.exit(1)


@click.command("units")
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option(
    "--level", type=click.Choice(["province", "district", "commune"]), default="commune", show_default=True
)
@click.option("--layer", help="Layer of the file, when it has several.")
@click.option("--srid", type=int, help="Reference system of the file's coordinates.")
@click.option("--encoding", help="Encoding of the text: UTF-8, TCVN3, VNI, windows-1258.")
@mapping_option
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day of units whose row names none.")
@click.option("--onto", type=click.Choice(["empty", "replace"]), default="empty", show_default=True)
@click.option(
    "--on-defect", type=click.Choice(["refuse", "quarantine", "admit"]), default="refuse", show_default=True
)
@click.option("--dry-run", is_flag=True, help="Do everything, report, and leave the database as it was.")
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON."
)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@data_option
@json_option
def import_units(
    source: Path | None, data: Path | None, as_json: bool, report_file: Path | None, lang: str, **given: Any
) -> None:
    """Take in the administrative units of the file SOURCE.

    Without SOURCE, or where it is a folder, add the reference data in it (gis_data by default): units old and new,
    land-use types, origins.
    """
    settings = settings_from(data)
    if source is None or source.is_dir():
        _add_reference(settings, source, as_json=as_json)
        return
    from landsvc.cadastre.units_import import Options, read_units
    from landsvc.cadastre.units_import import import_units as run

    first = given.pop("valid_from")
    options = Options(path=source, valid_from=first.date() if first else None, **given)
    units = read_units(options, working=settings.srid, variant=settings.datum_shift)
    for line in units.lines():
        say(line)
    with opened(settings, make=True) as database:
        report = run(database, units)
    say("")
    click.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else "\n".join(report.lines(lang)))
    if report_file is not None:
        report.write_json(report_file)
    if units.refused:
        sys.exit(1)


def _add_reference(settings: Settings, folder: Path | None, *, as_json: bool) -> None:
    from landsvc.cadastre.reference import load_reference

    with opened(settings, make=True) as database:
        loaded = load_reference(
            database, folder or settings.gis_data_dir, working=settings.srid, variant=settings.datum_shift
        )
    if not as_json and settings.srid not in VN2000:
        say("The units of Bình Phước, Đồng Nai and Tây Ninh are left out: this database lies in another country.")
    answer(asdict(loaded), as_json=as_json)


@click.command("fabric")
@click.option("--commune", help="Only the land of this commune of today.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@data_option
@json_option
def check_fabric(commune: str | None, lang: str, data: Path | None, as_json: bool) -> None:
    """Prove that stored parcels are valid, on the grid, noded, and do not overlap; exit 1 where they are not."""
    from landsvc.cadastre.checking import check_fabric as run

    with opened(settings_from(data)) as database:
        result = run(database, commune, on_console())
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        for line in result.lines(lang):
            click.echo(line)
    if not result.sound:
        sys.exit(1)


@click.command("parcels")
@click.option("--commune", required=True, help="Code of a commune of today.")
@click.option("--format", "form", type=click.Choice(["gpkg", "geojson"]), default="gpkg", show_default=True)
@click.option("--srid", type=int, help="Reference system of the file.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
def export_parcels(
    commune: str, form: str, srid: int | None, output: Path, data: Path | None, as_json: bool
) -> None:
    """Write the current parcels of a commune with their attributes."""
    from landsvc.cadastre.exporting import export_parcels as run

    settings = settings_from(data)
    with opened(settings) as database:
        written = run(
            database,
            commune,
            output,
            form=form,
            srid=srid,
            variant=settings.datum_shift,
            on_step=on_console(),
        )
    answer(asdict(written), as_json=as_json)


@click.group("record")
def record() -> None:
    """List, show and undo records: nothing in the register changes without one."""


@record.command("list")
@click.option("--kind", help="Only records of this kind, such as import, split, annulment.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True)
@data_option
@json_option
def list_records(kind: str | None, most: int, data: Path | None, as_json: bool) -> None:
    """List records, newest first."""
    from landsvc.cadastre import annulment
    from landsvc.core.db import EDITOR_ROLE

    with opened(settings_from(data)) as database, database.read_only(EDITOR_ROLE) as session:
        found = annulment.list_records(session, kind=kind, most=most)
    if as_json:
        answer({"records": [asdict(each) for each in found]}, as_json=True)
        return
    for each in found:
        undone = f"  (undone by {each.annulled_by})" if each.annulled_by else ""
        click.echo(f"{each.code}  {each.made_at:%Y-%m-%d %H:%M}  {each.kind:<10} {each.title}{undone}")


@record.command("show")
@click.argument("code")
@data_option
@json_option
def show_record(code: str, data: Path | None, as_json: bool) -> None:
    """Tell what the record CODE did, and what would keep it from being undone."""
    from landsvc.cadastre import annulment
    from landsvc.core.db import EDITOR_ROLE

    with opened(settings_from(data)) as database, database.read_only(EDITOR_ROLE) as session:
        found = annulment.get_record(session, code)
        effects = annulment.record_effects(session, found)
        later = [] if found.annulled_by else annulment.superseding(session, found)
    told = asdict(found) | asdict(effects)
    if as_json:
        answer(told | {"later": [asdict(each) for each in later]}, as_json=True)
        return
    answer({name: value for name, value in told.items() if value is not None}, as_json=False)
    for each in later:
        click.echo(f"{each.parcel} was changed since by {each.record}: {each.title}")


@record.command("undo")
@click.argument("code")
@click.option("--reason", required=True, help="Why; it is kept in the record of the annulment.")
@data_option
@json_option
def undo_record(code: str, reason: str, data: Path | None, as_json: bool) -> None:
    """Undo the record CODE as a whole: the register is again what it was before."""
    from landsvc.cadastre import annulment

    with opened(settings_from(data)) as database:
        done = annulment.undo_record(database, code, reason)
    answer(asdict(done), as_json=as_json)

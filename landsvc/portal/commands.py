"""Offer `landsvc map planning|fabric|prices|arrears`: a Folium map as one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask

from landsvc.core import access, i18n
from landsvc.core.assets import Assets
from landsvc.core.commandline import data_option, say, settings_from
from landsvc.core.config import Settings
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.i18n import gettext
from landsvc.geo.tiles import TileService
from landsvc.identity.actors import OPERATOR
from landsvc.identity.service import trace
from landsvc.portal.errors import FileNotWritten
from landsvc.portal.map_files import map_file
from landsvc.portal.map_views import arrears_view, fabric_view, planning_view, prices_view
from landsvc.portal.maps import MapView
from landsvc.portal.register import Register

FILE_LIMIT = 5000
Command = Callable[..., None]


@click.group("map")
def map_group() -> None:
    """Write a Folium map to a file that opens anywhere, without a network."""


def _options(command: Command) -> Command:
    for option in (
        click.option("--commune", metavar="CODE", help="Draw this commune only (its code, such as 25195)."),
        click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, path_type=Path),
            required=True,
            help="File to write.",
        ),
        click.option("--lang", type=click.Choice(i18n.LOCALES), default=i18n.DEFAULT_LOCALE, show_default=True),
        click.option(
            "--limit",
            type=click.IntRange(1, 100_000),
            default=FILE_LIMIT,
            show_default=True,
            help="At most so many features; the rest is left out, and the map says so.",
        ),
        data_option,
    ):
        command = option(command)
    return command


@map_group.command("planning")
@_options
def planning(commune: str, output: Path, lang: str, limit: int, data: Path | None) -> None:
    """Zones and restrictions of a commune, a layer for each theme of each plan."""
    _write(
        settings_from(data),
        output,
        lang,
        lambda register: planning_view(register, commune=commune, alone=True, limit=limit),
    )


@map_group.command("fabric")
@_options
def fabric(commune: str, output: Path, lang: str, limit: int, data: Path | None) -> None:
    """Parcels of a commune in the colours of their land use, the known overlaps, and the gaps."""
    _write(
        settings_from(data),
        output,
        lang,
        lambda register: fabric_view(register, commune=commune, alone=True, limit=limit),
    )


@map_group.command("prices")
@_options
def prices(commune: str, output: Path, lang: str, limit: int, data: Path | None) -> None:
    """Streets of a commune in the colours of their land prices."""
    _write(
        settings_from(data),
        output,
        lang,
        lambda register: prices_view(register, commune=commune, alone=True, limit=limit)[0],
    )


@map_group.command("arrears")
@_options
def arrears(commune: str, output: Path, lang: str, limit: int, data: Path | None) -> None:
    """What is owed and late: parcels of a commune, or sums of all communes. For the office only."""

    def make(register: Register) -> MapView:
        with register.database.unit_of_work(EDITOR_ROLE, OPERATOR) as session:
            on = f"commune:{commune}" if commune else None
            trace(session, "arrears.read", on=on, details={"parcels": bool(commune), "file": True})
            return arrears_view(register, session, commune=commune, parcels=True, alone=True, limit=limit)[0]

    _write(settings_from(data), output, lang, make, private=True)


def _write(
    settings: Settings,
    output: Path,
    language: str,
    make: Callable[[Register], MapView],
    *,
    private: bool = False,
) -> None:
    """Write a map; a `private` one is for nobody else on this machine."""
    app = Flask("landsvc.maps", template_folder=str(settings.web_dir / "templates"))
    i18n.install(app, settings.web_dir)
    # A request in name only: it carries the language, as the pages' requests do.
    with access.opened(settings) as database, app.test_request_context(f"/?lang={language}"):
        view = make(Register(database, settings, TileService.of(database, [])))
        html = map_file(view, Assets(settings.web_dir), app.jinja_env, place=_place(view))
    try:
        if private:
            output.touch(mode=0o600)
            output.chmod(0o600)
        output.write_text(html, encoding="utf-8")
    except OSError as error:
        raise FileNotWritten(path=str(output), reason=error.strerror or str(error)) from error
    for note in view.notes:
        say(note)
    say(f"Wrote {output} ({output.stat().st_size / 1e6:.1f} MB)")


def _place(view: MapView) -> str:
    names = [name for name, _lon, _lat in view.config["communes"]]
    return names[0] if len(names) == 1 else gettext("All communes")

"""Offer `landsvc up`: one command from nothing to a map."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from landsvc.core import log, serve
from landsvc.core.commandline import data_option, say, settings_from
from landsvc.core.config import Settings
from landsvc.core.processes import apart


@click.command("up")
@click.option("--demo", is_flag=True, help="Load the demo province first, if it is absent.")
@click.option(
    "--parcels", type=click.IntRange(100, 2_000_000), default=20_000, show_default=True, help="Demo size."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (LANDSVC_PORT, 8000).")
@click.option("--host", help="Address to listen on (LANDSVC_HOST, 127.0.0.1).")
@data_option
def up(demo: bool, parcels: int, port: int | None, host: str | None, data: Path | None) -> None:
    """Start the database, migrate, serve, until Ctrl-C.

    The embedded database is started in the data folder, unless LANDSVC_DATABASE_URL names a server.
    """

    def prepare(settings: Settings) -> None:
        apart(load_reference, settings)
        if demo:
            apart(load_demo, settings, parcels)  # what it imports must not stay as long as the service

    log.configure()
    serve.up(settings_from(data, port=port, host=host), prepare=prepare, say=say)


def load_reference(settings: Settings) -> None:
    """Load code lists and administrative units unless the database has them."""
    from landsvc.cadastre.reference import ensure_reference
    from landsvc.core import access

    with access.opened(settings) as database:
        if (loaded := ensure_reference(settings, database)) is not None:
            say(f"Loaded {loaded.units:,} administrative units and {loaded.use_types} land-use types")


def load_demo(settings: Settings, parcels: int) -> None:
    """Load the demo province unless the database has it."""
    from landsvc.core import access, progress

    service = import_module("landsvc.demo.service")
    with access.opened(settings) as database:
        if service.demo_present(database):
            say("The demo province is loaded")
            return
        say(f"Loading a demo province of {parcels:,} parcels ...")
        service.load_demo(database, parcels=parcels, progress=progress.on_console())

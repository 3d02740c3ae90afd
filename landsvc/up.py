"""Offer `landsvc up`: one command from nothing to a map."""

from __future__ import annotations

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
        # In a child: what it imports must not stay as long as the service runs.
        apart(load, settings, parcels if demo else 0)

    log.configure()
    serve.up(settings_from(data, port=port, host=host), prepare=prepare, say=say)


def load(settings: Settings, parcels: int) -> None:
    """Load the reference data, and a demo province of `parcels` (0 = none), where they are absent."""
    from landsvc.app import effects_of_rights
    from landsvc.cadastre.reference import ensure_reference
    from landsvc.core import access, progress
    from landsvc.demo import accounts, office, rasters, service
    from landsvc.finance.catalogues.reference import ensure_catalogues
    from landsvc.finance.channels.reference import ensure_channels
    from landsvc.finance.fees.reference import ensure_fees
    from landsvc.finance.mirror.reference import ensure_accounts
    from landsvc.finance.obligations.reference import ensure_figures
    from landsvc.finance.reconciliation.reference import ensure_reconciliation_reasons
    from landsvc.finance.slips.reference import ensure_reasons
    from landsvc.finance.tax_offices.reference import ensure_tax_offices
    from landsvc.geo.raster.errors import RasterNotWritten
    from landsvc.planning.activities.service import ensure_activities
    from landsvc.planning.reference import ensure_themes
    from landsvc.planning.taking.service import ensure_takings
    from landsvc.registry.dossiers.reference import ensure_procedures

    with access.opened(settings) as database:
        _seal(database.dsn, settings)
        if ensure_reference(settings, database):
            say("Loaded code lists and administrative units")
        ensure_themes(settings, database)
        ensure_activities(settings, database)
        ensure_takings(settings, database)
        ensure_figures(settings, database)
        ensure_procedures(settings, database)
        ensure_reasons(settings, database)
        ensure_accounts(settings, database)
        ensure_tax_offices(settings, database)
        ensure_channels(settings, database)
        ensure_fees(settings, database)
        ensure_reconciliation_reasons(settings, database)
        ensure_catalogues(settings, database)
        if not parcels:
            return
        if service.demo_present(database):
            say("The demo province is loaded")
        else:
            say(f"Loading a demo province of {parcels:,} parcels ...")
            service.load_demo(database, parcels=parcels, progress=progress.on_console())
        try:
            rasters.lay(database, settings, progress.on_console())
        except RasterNotWritten as error:  # a data folder that takes no files is no reason not to serve
            say(f"{error.message()}\nThe demo goes without pictures of the land.")
        made = accounts.renew_accounts(database)
        _make_signing_key(settings)
        office.lay(database, settings, effects_of_rights(settings), progress.on_console())
        accounts.show(made, say)


def _make_signing_key(settings: Settings) -> None:
    """Make a key for trial where there is none: nobody but this demo takes its signatures for true."""
    from landsvc.core import signing

    if signing.make_trial_key(settings):
        say(f"Made a signing key for trial: {signing.place_of(settings)}")


def _seal(dsn: str, settings: Settings) -> None:
    """Make the keys of protected numbers at the first start, and seal what lies in the clear.

    Where the keys are away the register is served all the same: only what needs them answers 503.
    """
    from landsvc.core import secret_keys
    from landsvc.core.secrets import Vault
    from landsvc.registry.sealing import seal_everything

    try:
        if secret_keys.settle(dsn, settings):
            say(f"Made the key of protected numbers: keep a copy of {secret_keys.place_of(settings)} elsewhere")
        vault = Vault(settings)
        if sealed := seal_everything(dsn, vault):
            say(f"Sealed {sealed:,} stored numbers and answers")
    except secret_keys.SecretKeysMissing as error:
        say(f"Warning: {error.message()}\n{error.way_out()}")

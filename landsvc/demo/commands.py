"""Offer `landsvc demo load`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from landsvc.cadastre.reference import ensure_reference
from landsvc.core import access, migrate, progress
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.demo import accounts, service


@click.group("demo")
def demo() -> None:
    """Load a believable province to try things out."""


@demo.command("load")
@click.option("--parcels", type=click.IntRange(100, 2_000_000), default=20_000, show_default=True)
@click.option("--seed", type=click.IntRange(0, 1_000_000), default=1, show_default=True)
@data_option
@json_option
def load(parcels: int, seed: int, data: Path | None, as_json: bool) -> None:
    """Lay parcels, roads, plans and restrictions over the communes of the former Bình Phước.

    The data are invented; the same seed gives the same land. A demo that is there already is left alone.
    """
    from landsvc.demo import rasters

    settings = settings_from(data)
    with access.running(settings) as found:
        migrate.migrate(found.dsn)
        with access.opened(access.with_access(settings, found)) as database:
            ensure_reference(settings, database)
            summary = service.load_demo(database, parcels=parcels, seed=seed, progress=progress.on_console())
            rasters.lay(database, settings, progress.on_console())
            made = accounts.renew_accounts(database)
    if as_json:
        answer(asdict(summary) | {"accounts": asdict(made)}, as_json=True)
        return
    answer({name: value for name, value in asdict(summary).items() if name != "defects"}, as_json=False)
    say("Legacy overlaps admitted on purpose:")
    for defect in summary.defects:
        say(f"  {defect['ref']:<20} {defect['overlapM2']:>8.2f} m²")
    accounts.show(made, say)

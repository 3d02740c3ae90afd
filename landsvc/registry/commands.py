"""Offer `landsvc secrets …`: the keys that seal personal numbers, and what is sealed under them.

It stands here because what is sealed lies in this room and those below.
"""

from __future__ import annotations

from pathlib import Path

import click

from landsvc.core import access, migrate, secret_keys
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.config import Settings


@click.group("secrets")
def secrets() -> None:
    """Make and rotate the keys that seal personal numbers."""


@secrets.command("make")
@data_option
@json_option
def make_command(data: Path | None, as_json: bool) -> None:
    """Make the first key where this database knows none, and seal what lies in the clear. Safe to repeat."""
    settings = settings_from(data)
    answer(_settled(settings), as_json=as_json)


@secrets.command("rotate")
@data_option
@json_option
def rotate_command(data: Path | None, as_json: bool) -> None:
    """Add a newer key and seal everything under it; older keys stay in the file for older backups."""
    settings = settings_from(data)
    access.require_made(settings)
    with access.running(settings) as found:
        migrate.check_current(found.dsn)
        secret_keys.settle(found.dsn, settings)
        secret_keys.add_key(settings)
    answer(_settled(settings), as_json=as_json)
    say(
        "Server processes that run seal with the older key until they are started again; then: landsvc secrets make"
    )


def _settled(settings: Settings) -> dict[str, object]:
    from landsvc.core.secrets import Vault
    from landsvc.registry.sealing import seal_everything

    access.require_made(settings)
    with access.running(settings) as found:
        migrate.check_current(found.dsn)
        made = secret_keys.settle(found.dsn, settings)
        vault = Vault(settings)
        sealed = seal_everything(found.dsn, vault)
    return {"keys": secret_keys.place_of(settings), "made": made, "newest": vault.newest, "sealed": sealed}

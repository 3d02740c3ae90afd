"""Offer `landsvc hook …`: where slips are pushed to, and what could not be pushed."""

from __future__ import annotations

from pathlib import Path

import click

from landsvc.core import access
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.db import TAX_ROLE
from landsvc.core.secrets import Vault
from landsvc.finance.hooks import service
from landsvc.identity.console import changing, reading
from landsvc.identity.people import MOST_OVERLAP_HOURS, OVERLAP_HOURS


@click.group("hook")
def hook() -> None:
    """Push slips to machines that want them, and look after what nobody took."""


@hook.command("add")
@click.argument("client_id")
@click.argument("address")
@click.option(
    "--after", type=click.IntRange(0, 2**53), help="Begin with the slip after this `seq`; else the next."
)
@data_option
@json_option
def add_hook(client_id: str, address: str, after: int | None, data: Path | None, as_json: bool) -> None:
    """Push a client's slips to ADDRESS, and print the secret that they are signed with, once."""
    vault = Vault(settings_from(data))
    with changing(data) as session:
        secret = service.register(session, vault, client_id, address, after=after)
    answer({"clientId": client_id, "address": address, "secret": secret}, as_json=as_json)


@hook.command("rotate")
@click.argument("client_id")
@click.option(
    "--overlap",
    "hours",
    type=click.IntRange(0, MOST_OVERLAP_HOURS),
    default=OVERLAP_HOURS,
    show_default=True,
    help="Hours that pushes carry the old signature too; 0 ends it now.",
)
@data_option
@json_option
def rotate_hook(client_id: str, hours: int, data: Path | None, as_json: bool) -> None:
    """Sign with another secret, printed once; for some hours with both."""
    vault = Vault(settings_from(data))
    with changing(data) as session:
        secret = service.rotate(session, vault, client_id, hours=hours)
    answer({"clientId": client_id, "secret": secret}, as_json=as_json)


@hook.command("end")
@click.argument("client_id")
@data_option
def end_hook(client_id: str, data: Path | None) -> None:
    """Push no more to a client; what waited for it is let go."""
    with changing(data) as session:
        service.end(session, client_id)
    say(f"Nothing is pushed to {client_id} any more")


@hook.command("list")
@data_option
@json_option
def list_hooks(data: Path | None, as_json: bool) -> None:
    """Show where slips are pushed to; exit 1 when some were given up."""
    with reading(data) as session:
        found = service.list_hooks(session)
    rows = {
        each.client_id: {
            "address": each.address,
            "open": each.is_open,
            "waiting": each.waiting,
            "givenUp": each.given_up,
        }
        for each in found
    }
    answer(rows, as_json=as_json)
    if any(each.given_up for each in found):
        raise click.exceptions.Exit(1)


@hook.command("again")
@click.argument("delivery", required=False)
@click.option("--all", "everything", is_flag=True, help="Every one that was given up.")
@data_option
def send_again(delivery: str | None, everything: bool, data: Path | None) -> None:
    """Send a delivery again at once, or all that were given up."""
    if (delivery is None) != everything:
        raise click.UsageError("Give either a delivery or --all.")
    with access.opened(settings_from(data)) as database, database.unit_of_work(TAX_ROLE) as session:
        begun = service.send_again(session, delivery)
    say(f"{begun} sent again by the worker")

"""Start the simulated messaging service from the command line: `landsvc sim messages`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event

import click

from landsvc.core.commandline import answer, json_option, say
from landsvc.sim.messages import Manner, MessagingService, Telephone

SHARE = click.FloatRange(0, 1)


@click.command()
@click.option(
    "--listen", type=click.IntRange(1, 65535), default=8095, show_default=True, help="Port on this machine."
)
@click.option("--token", envvar="LANDSVC_SIM_TOKEN", required=True, help="What LANDSVC_MESSAGING_TOKEN says.")
@click.option("--books", type=click.Path(dir_okay=False, path_type=Path), help="File of what was passed on.")
@click.option("--delay", type=click.FloatRange(0, 60), default=0.0, help="Seconds before each answer.")
@click.option("--duplicates", type=SHARE, default=0.0, help="Share whose answer is lost: they come twice.")
@click.option("--outages", type=SHARE, default=0.0, help="Share of messages answered with 503.")
@click.option("--refusals", type=SHARE, default=0.0, help="Share of messages whose number does not exist (422).")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what becomes of each message.")
@json_option
def messages(
    listen: int,
    token: str,
    books: Path | None,
    delay: float,
    duplicates: float,
    outages: float,
    refusals: float,
    seed: int,
    as_json: bool,
) -> None:
    """Play a messaging service (SMS) for LANDSVC_MESSAGING_URL, until Ctrl-C; GET / shows what was passed on."""
    manner = Manner(delay, duplicates, outages, refusals, seed)
    service = MessagingService(listen, token, Telephone(books), manner)
    say(service.address)
    try:
        with suppress(KeyboardInterrupt):
            Event().wait()
    finally:
        service.close()
    answer(dict(service.counts), as_json=as_json)

"""Start the simulators of other offices from the command line: `landsvc sim tax|bank`."""

from __future__ import annotations

import click

from landsvc.core.commandline import answer, json_option
from landsvc.sim.bank_command import bank
from landsvc.sim.tax import Manner, TaxOffice

SHARE = click.FloatRange(0, 1)


@click.group()
def sim() -> None:
    """Play the other offices, for trials: they know nothing but the public API."""


sim.add_command(bank)


@sim.command()
@click.argument("address")
@click.option("--client", required=True, help="Name of the API client (landsvc client create).")
@click.option("--secret", envvar="LANDSVC_SIM_SECRET", prompt=True, hide_input=True, help="Its secret.")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="How often to read on.")
@click.option("--pause", type=click.FloatRange(0, 3600), default=2.0, show_default=True, help="Seconds between.")
@click.option("--returns", type=SHARE, default=0.2, show_default=True, help="Share of slips sent back once.")
@click.option("--duplicates", type=SHARE, default=0.0, help="Share of messages sent twice.")
@click.option("--losses", type=SHARE, default=0.0, help="Share of messages lost until the next round.")
@click.option(
    "--wrong-amounts", type=SHARE, default=0.0, help="Share of notices that follow with another amount."
)
@click.option("--shuffled", is_flag=True, help="Send the messages of a round in any order.")
@click.option("--delay", type=click.FloatRange(0, 60), default=0.0, help="Seconds before each message.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what becomes of each slip.")
@json_option
def tax(
    address: str,
    client: str,
    secret: str,
    rounds: int,
    pause: float,
    returns: float,
    duplicates: float,
    losses: float,
    wrong_amounts: float,
    shuffled: bool,
    delay: float,
    seed: int,
    as_json: bool,
) -> None:
    """Play the tax office's machine against the service at ADDRESS."""
    manner = Manner(returns, duplicates, losses, wrong_amounts, shuffled, delay, seed)
    office = TaxOffice(address, client, secret, manner)
    office.play(rounds, pause)
    answer(dict(office.counts), as_json=as_json)

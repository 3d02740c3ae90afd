"""Start the simulated bank from the command line: `landsvc sim bank`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import IO

import click

from landsvc.core.commandline import answer, json_option, say
from landsvc.sim.bank import Bank, Credentials, Habits
from landsvc.sim.bank_books import Books
from landsvc.sim.bank_script import play
from landsvc.sim.counter import open_counter
from landsvc.sim.signing import by_private_key, by_secret

SHARE = click.FloatRange(0, 1)


@click.command()
@click.argument("address")
@click.option("--channel", required=True, help="Code of the channel it is (landsvc channel list).")
@click.option("--kid", required=True, help="Name of its key (landsvc channel key add).")
@click.option("--secret", envvar="LANDSVC_SIM_SECRET", help="The secret that was printed for the key.")
@click.option("--private", type=click.File("rb"), help="Or its private key (PEM, Ed25519 or RSA).")
@click.option(
    "--books", type=click.Path(path_type=Path), required=True, help="File of its books, made if absent."
)
@click.option(
    "--listen", type=click.IntRange(1, 65535), default=8090, show_default=True, help="Port on this machine."
)
@click.option("--tax", "tax_address", help="Address of the tax office's simulator, where taxes go on to.")
@click.option(
    "--script", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Play this, then end."
)
@click.option(
    "--delay", type=click.FloatRange(0, 3600), default=0.0, help="Up to so many seconds before telling."
)
@click.option("--duplicates", type=SHARE, default=0.0, help="Share of payments told twice.")
@click.option("--wrong-amounts", type=SHARE, default=0.0, help="Share of payments told with another amount.")
@click.option("--lost-answers", type=SHARE, default=0.0, help="Share of messages whose answer is not waited for.")
@click.option("--outages", type=SHARE, default=0.0, help="Share of messages that find the line down.")
@click.option("--shuffled", is_flag=True, help="Tell of payments in any order.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what becomes of each payment.")
@json_option
def bank(
    address: str,
    channel: str,
    kid: str,
    secret: str | None,
    private: IO[bytes] | None,
    books: Path,
    listen: int,
    tax_address: str | None,
    script: Path | None,
    delay: float,
    duplicates: float,
    wrong_amounts: float,
    lost_answers: float,
    outages: float,
    shuffled: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Play a bank that takes money by VietQR codes and tells the service at ADDRESS of it, until Ctrl-C."""
    if (secret is None) == (private is None):
        raise click.UsageError("Give either --secret (LANDSVC_SIM_SECRET) or --private.")
    sign = by_private_key(private.read()) if private else by_secret(secret or "")
    habits = Habits(delay, duplicates, wrong_amounts, lost_answers, outages, shuffled, seed)
    kept = Books(books, channel)
    played = Bank(address, Credentials(channel, kid, sign), kept, habits, tax_address)
    played.start()
    try:
        if script is not None:
            play(played, script, say)
        else:
            _serve(played, channel, listen)
    finally:
        played.stop()
        kept.close()
    answer(dict(played.counts), as_json=as_json)


def _serve(played: Bank, channel: str, port: int) -> None:
    with open_counter(played, channel, port) as counter:
        say(f"http://127.0.0.1:{port}/")
        with suppress(KeyboardInterrupt):
            counter.serve_forever()

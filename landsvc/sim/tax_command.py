"""Offer `landsvc sim tax`: the machine of a tax office, by shares and a seed or by a script of steps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from landsvc.core.commandline import answer, json_option
from landsvc.sim.books import Books
from landsvc.sim.desk import Desk
from landsvc.sim.receiving import HANG, REFUSE, Receiver
from landsvc.sim.script import Script, read_steps
from landsvc.sim.tax import Manner, TaxOffice

SHARE = click.FloatRange(0, 1)
SECONDS = click.FloatRange(0, 3600)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("address")
@click.option("--client", required=True, help="Name of the API client (landsvc client create).")
@click.option("--secret", envvar="LANDSVC_SIM_SECRET", prompt=True, hide_input=True, help="Its secret.")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="How often to read on.")
@click.option("--pause", type=SECONDS, default=2.0, show_default=True, help="Seconds between.")
@click.option("--returns", type=SHARE, default=0.2, show_default=True, help="Share of slips sent back once.")
@click.option("--cancels", type=SHARE, default=0.0, help="Share of notices cancelled.")
@click.option("--replaces", type=SHARE, default=0.0, help="Share of notices replaced by another.")
@click.option("--defers", type=SHARE, default=0.0, help="Share of notices whose payment is deferred.")
@click.option("--pays", type=SHARE, default=0.0, help="Share of the other notices that are paid.")
@click.option("--partial", type=SHARE, default=0.0, help="Share of these paid by half.")
@click.option("--over", type=SHARE, default=0.0, help="Share of these paid too much.")
@click.option("--wrong-notices", type=SHARE, default=0.0, help="Share of these that name no notice of ours.")
@click.option("--file", "by_file", is_flag=True, help="Hand payments in as a file of each day, not one by one.")
@click.option("--confirms", is_flag=True, help="Confirm what was paid in full.")
@click.option("--reconcile", is_flag=True, help="At the end hand in the list of each day of the books.")
@click.option("--duplicates", type=SHARE, default=0.0, help="Share of messages sent twice.")
@click.option("--losses", type=SHARE, default=0.0, help="Share of messages lost until the next round.")
@click.option(
    "--wrong-amounts", type=SHARE, default=0.0, help="Share of notices that follow with another amount."
)
@click.option("--shuffled", is_flag=True, help="Send the messages of a round in any order.")
@click.option(
    "--delay", "delay_s", type=click.FloatRange(0, 60), default=0.0, help="Seconds before each message."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what becomes of each slip.")
@click.option("--books", type=click.Path(dir_okay=False, path_type=Path), help="File that keeps what it did.")
@click.option("--script", type=FILE, help="Play the steps of this file instead (docs/sandbox.md).")
@click.option("--dossiers", type=FILE, help="JSON object of names for dossiers (landsvc sandbox --json).")
@click.option(
    "--hook-port", type=click.IntRange(0, 65535), help="Take pushed slips on this port of this machine."
)
@click.option(
    "--hook-secret", envvar="LANDSVC_SIM_HOOK_SECRET", help="What they are signed with (landsvc hook add)."
)
@click.option("--listen", type=click.IntRange(0, 65535), help="Take taxes that banks hand on, on this port here.")
@click.option("--refuse", type=SECONDS, default=0.0, help="Refuse pushes for so many seconds at first.")
@click.option("--hang", type=SECONDS, default=0.0, help="Hang at pushes for so many seconds at first.")
@json_option
def tax(
    address: str,
    client: str,
    secret: str,
    rounds: int,
    pause: float,
    reconcile: bool,
    books: Path | None,
    script: Path | None,
    dossiers: Path | None,
    hook_port: int | None,
    hook_secret: str | None,
    listen: int | None,
    refuse: float,
    hang: float,
    as_json: bool,
    **manner: Any,
) -> None:
    """Play the tax office's machine against the service at ADDRESS; one JSON line says each thing it does."""
    kept = Books(books)
    office = TaxOffice(address, client, secret, Manner(**manner), kept, _say)
    with _receiving(hook_port, hook_secret, kept) as receiver, _booking(listen, office):
        if receiver is not None and (refuse or hang):
            receiver.fail(REFUSE if refuse else HANG, refuse or hang)
        if script is None:
            office.play(rounds, pause)
        else:
            Script(office, _names(dossiers), receiver).play(read_steps(script))
        if reconcile:
            for day in kept.days():
                office.reconcile(date.fromisoformat(day))
        counts = dict(office.counts) | ({"pushes": receiver.counts} if receiver is not None else {})
    answer(counts, as_json=as_json)


@contextmanager
def _receiving(port: int | None, secret: str | None, books: Books) -> Iterator[Receiver | None]:
    if port is None:
        yield None
        return
    if not secret:
        raise click.UsageError("--hook-port needs the secret of the pushes (LANDSVC_SIM_HOOK_SECRET).")

    def take(data: Mapping[str, Any], delivery: str) -> bool:
        is_new = books.write_push(data, delivery)
        _say({"do": "push", "id": delivery, "slip": data["slipNo"], "new": is_new})
        return is_new

    receiver = Receiver(port, secret, take)
    try:
        _say({"do": "listen", "address": receiver.address})
        yield receiver
    finally:
        receiver.close()


@contextmanager
def _booking(port: int | None, office: TaxOffice) -> Iterator[None]:
    if port is None:
        yield
        return
    desk = Desk(port, office.book)
    try:
        _say({"do": "listen", "address": desk.address})
        yield
    finally:
        desk.close()


def _names(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    found = json.loads(path.read_text("utf-8"))
    return dict(found.get("dossiers", found))


def _say(fact: Mapping[str, Any]) -> None:
    click.echo(json.dumps(fact, ensure_ascii=False))

"""Start the simulated national identity from the command line: `landsvc sim national-id`."""

from __future__ import annotations

import re
from contextlib import suppress
from threading import Event

import click

from landsvc.core.commandline import say
from landsvc.sim.national_id import NationalIdentity, Someone

PERSON = re.compile(r"([0-9]{12}):(.{1,200})", re.ASCII)


def _someone(_context: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> list[Someone]:
    found = [PERSON.fullmatch(each) for each in given]
    if not all(found):
        raise click.BadParameter("twelve digits, a colon and a name, such as 070185000001:Nguyễn Văn An")
    return [Someone(each[1], each[2].strip()) for each in found if each]


@click.command("national-id")
@click.option(
    "--listen", type=click.IntRange(1, 65535), default=8096, show_default=True, help="Port on this machine."
)
@click.option("--client", default="landsvc", show_default=True, help="What LANDSVC_NATIONAL_ID_CLIENT_ID says.")
@click.option("--secret", envvar="LANDSVC_SIM_SECRET", required=True, help="What its …_CLIENT_SECRET says.")
@click.option(
    "--person", "people", multiple=True, required=True, callback=_someone, help="NUMBER:NAME; repeat it for more."
)
def national_id(listen: int, client: str, secret: str, people: list[Someone]) -> None:
    """Play the national identity (VNeID) for LANDSVC_NATIONAL_ID_ISSUER, until Ctrl-C."""
    provider = NationalIdentity(listen, client, secret, people)
    say(provider.issuer)
    try:
        with suppress(KeyboardInterrupt):
            Event().wait()
    finally:
        provider.close()

"""Offer `landsvc sandbox`: ten dossiers of the demo for whoever writes a tax office's machine."""

from __future__ import annotations

from pathlib import Path

import click

from landsvc.app import effects_of_rights
from landsvc.core import access, progress
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.demo import sandbox as cases


@click.command("sandbox")
@click.option("--client", default="sandbox-tax", show_default=True, help="The API client that may try them.")
@click.option(
    "--again", metavar="DOSSIER", help="Only send the slip of a dossier that came back: its next version."
)
@data_option
@json_option
def make_sandbox(client: str, again: str | None, data: Path | None, as_json: bool) -> None:
    """Make ten dossiers that wait at the tax office, for whoever writes its machine (docs/sandbox.md)."""
    settings = settings_from(data)
    with access.opened(settings) as database:
        effects = effects_of_rights(settings)
        if again is not None:
            cases.send_again(database, effects, again)
            say(f"Sent the slip of {again} again")
            return
        made = cases.make(database, effects, client, progress.on_console())
    if as_json:
        answer({"client": made.client, "secret": made.secret, "dossiers": made.dossiers}, as_json=True)
        return
    answer({"client": made.client, "secret": made.secret or "(as before)", **made.dossiers}, as_json=False)

"""Offer `landsvc check audit`: the proof that nobody changed the trail."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from landsvc.core.access import opened
from landsvc.core.commandline import data_option, json_option, settings_from
from landsvc.core.progress import on_console
from landsvc.identity import trail


@click.command("audit")
@click.option(
    "--head", metavar="PLACE:CHAIN", help="A head printed earlier: without one, a tail cut off is not noticed."
)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@data_option
@json_option
def check_audit(head: str | None, lang: str, data: Path | None, as_json: bool) -> None:
    """Prove the hash chain over the audit trail; name what is broken (exit 1) and what is not sealed yet."""
    noted = trail.NotedHead.parse(head) if head is not None else None
    with opened(settings_from(data)) as database:
        result = trail.check(database, noted, on_console())
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False, default=str))
    else:
        for line in result.lines(lang):
            click.echo(line)
    if not result.sound:
        sys.exit(1)

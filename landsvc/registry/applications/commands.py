"""Offer `landsvc applications forget`: what the worker does each night, at once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from landsvc.core import access
from landsvc.core.commandline import answer, data_option, json_option, settings_from


@click.group("applications")
def applications() -> None:
    """Look after applications written from home."""


@applications.command("forget")
@data_option
@json_option
def forget(data: Path | None, as_json: bool) -> None:
    """Forget drafts nobody touched for LANDSVC_DRAFT_DAYS days, and files that nothing refers to any more.

    Ends with 1 when a file could not be taken from the folder; the log says which and why.
    """
    from landsvc.registry.applications import forgetting

    settings = settings_from(data)
    with access.opened(settings) as database:
        done = forgetting.forget(database, settings)
    answer(asdict(done), as_json=as_json)
    if done.failed:
        raise SystemExit(1)

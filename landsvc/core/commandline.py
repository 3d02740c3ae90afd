"""Share what all commands do alike: the data folder option, settings, JSON on standard output, exit codes.

Exit 0 done, 1 failed, 2 usage. Messages for people go to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from landsvc.core.config import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def data_option(command: Command) -> Command:
    """Add `--data DIR`: the data folder of the embedded cluster."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Data folder of the embedded database (LANDSVC_DATA).",
    )(command)


def json_option(command: Command) -> Command:
    """Add `--json`, given to the command as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer for machines.")(command)


def settings_from(data: Path | None = None, **changes: Any) -> Settings:
    """Return the settings of the environment with what the command line says on top (None = not said)."""
    settings = Settings.from_env()
    if data is not None:
        # The folder named by hand is meant, even where a managed server is configured.
        settings = replace(settings, data_dir=data.absolute(), database_url=None, public_database_url=None)
    said = {name: value for name, value in changes.items() if value is not None}
    return replace(settings, **said) if said else settings


def say(text: str) -> None:
    """Tell a person, on standard error."""
    click.echo(text, err=True)


def answer(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print facts: one JSON object, or a line for each."""
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, default=str))
        return
    width = max(map(len, facts), default=0) + 2
    for name, value in facts.items():
        click.echo(f"{name:<{width}}{value}")

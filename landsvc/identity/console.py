"""What the commands of this room share: a transaction where they are run, and lists for people or machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from landsvc.core import access
from landsvc.core.commandline import answer, settings_from
from landsvc.core.db import IDENTITY_ROLE

Line = TypeVar("Line")


@contextmanager
def changing(data: Path | None) -> Iterator[Session]:
    """Open the database of a data folder for one change, as the role that looks after people."""
    with access.opened(settings_from(data)) as database, database.unit_of_work(IDENTITY_ROLE) as session:
        yield session


@contextmanager
def reading(data: Path | None) -> Iterator[Session]:
    """Open the database of a data folder to read, as the role that looks after people."""
    with access.opened(settings_from(data)) as database, database.read_only(IDENTITY_ROLE) as session:
        yield session


def show(
    name: str,
    lines: Iterable[Line],
    *,
    as_json: bool,
    tree: Callable[[Line], dict[str, Any]],
    text: Callable[[Line], str],
) -> None:
    """Print a list under its name as JSON, or a line of text for each."""
    if as_json:
        answer({name: [tree(line) for line in lines]}, as_json=True)
        return
    for line in lines:
        click.echo(text(line))

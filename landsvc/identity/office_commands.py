"""Offer `landsvc branch …`: the offices, and the communes each covers."""

from __future__ import annotations

from pathlib import Path

import click

from landsvc.core import access
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import offices

commune_option = click.option(
    "--commune", "communes", multiple=True, help="Code of a commune it covers (five digits); repeat it for more."
)
all_option = click.option("--all", "everything", is_flag=True, help="It covers every commune.")


@click.group("branch")
def branch() -> None:
    """Make branches and say which communes each covers."""


@branch.command("create")
@click.argument("code")
@click.option("--name", default="", help="Its name in Vietnamese.")
@click.option("--name-en", default="", help="Its name in English; that in Vietnamese without it.")
@commune_option
@all_option
@data_option
def create_branch(
    code: str, name: str, name_en: str, communes: tuple[str, ...], everything: bool, data: Path | None
) -> None:
    """Make the branch CODE."""
    with access.opened(settings_from(data)) as database, database.unit_of_work(IDENTITY_ROLE) as session:
        offices.create_branch(session, code, name, name_en, communes, everything=everything)
    say(f"Made the branch {code}")


@branch.command("cover")
@click.argument("code")
@commune_option
@all_option
@data_option
def cover(code: str, communes: tuple[str, ...], everything: bool, data: Path | None) -> None:
    """Say which communes the branch CODE covers, and no others; a closed branch is open again."""
    with access.opened(settings_from(data)) as database, database.unit_of_work(IDENTITY_ROLE) as session:
        offices.cover(session, code, communes, everything=everything)
    say(f"{code} covers {'every commune' if everything else ', '.join(communes)}")


@branch.command("close")
@click.argument("code")
@data_option
def close_branch(code: str, data: Path | None) -> None:
    """Close the branch CODE: who works only there, writes nowhere."""
    with access.opened(settings_from(data)) as database, database.unit_of_work(IDENTITY_ROLE) as session:
        offices.close_branch(session, code)
    say(f"{code} is closed")


@branch.command("list")
@data_option
@json_option
def list_branches(data: Path | None, as_json: bool) -> None:
    """Show every branch."""
    with access.opened(settings_from(data)) as database, database.read_only(IDENTITY_ROLE) as session:
        lines = offices.list_branches(session)
    if as_json:
        found = [
            {
                "code": line.code,
                "name": line.name_vi,
                "nameEn": line.name_en,
                "coversAll": line.covers_all,
                "communes": line.communes,
                "accounts": line.accounts,
                "closedAt": line.closed_at,
            }
            for line in lines
        ]
        answer({"branches": found}, as_json=True)
        return
    for line in lines:
        area = "closed" if line.closed_at else "every commune" if line.covers_all else " ".join(line.communes)
        click.echo(f"{line.code:<24}{line.name_vi:<48}{line.accounts:>4} accounts  {area}")

"""Offer `landsvc branch …`: the offices, and the communes each covers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from landsvc.core.commandline import data_option, json_option, say
from landsvc.identity import offices
from landsvc.identity.console import changing, reading, show
from landsvc.identity.offices import BranchLine

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
    with changing(data) as session:
        offices.create_branch(session, code, name, name_en, communes, everything=everything)
    say(f"Made the branch {code}")


@branch.command("cover")
@click.argument("code")
@commune_option
@all_option
@data_option
def cover(code: str, communes: tuple[str, ...], everything: bool, data: Path | None) -> None:
    """Say which communes the branch CODE covers, and no others; a closed branch is open again."""
    with changing(data) as session:
        offices.cover(session, code, communes, everything=everything)
    say(f"{code} covers {'every commune' if everything else ', '.join(communes)}")


@branch.command("close")
@click.argument("code")
@data_option
def close_branch(code: str, data: Path | None) -> None:
    """Close the branch CODE: who works only there, writes nowhere."""
    with changing(data) as session:
        offices.close_branch(session, code)
    say(f"{code} is closed")


@branch.command("list")
@data_option
@json_option
def list_branches(data: Path | None, as_json: bool) -> None:
    """Show every branch."""
    with reading(data) as session:
        lines = offices.list_branches(session)
    show("branches", lines, as_json=as_json, tree=_branch_tree, text=_branch_text)


def _branch_tree(line: BranchLine) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.name_vi,
        "nameEn": line.name_en,
        "coversAll": line.covers_all,
        "communes": line.communes,
        "accounts": line.accounts,
        "closedAt": line.closed_at,
    }


def _branch_text(line: BranchLine) -> str:
    area = "closed" if line.closed_at else "every commune" if line.covers_all else " ".join(line.communes)
    return f"{line.code:<24}{line.name_vi:<48}{line.accounts:>4} accounts  {area}"

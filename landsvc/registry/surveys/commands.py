"""`landsvc check rights`: prove that rights have their land."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from landsvc.core.access import opened
from landsvc.core.commandline import data_option, json_option, settings_from


@click.command("rights")
@data_option
@json_option
def check_rights(data: Path | None, as_json: bool) -> None:
    """Prove that every right stands on land of today or waits for a person after a survey; exit 1 where not."""
    from landsvc.core.db import EDITOR_ROLE
    from landsvc.registry.surveys.service import prove

    with opened(settings_from(data)) as database, database.read_only(EDITOR_ROLE) as session:
        proof = prove(session)
    if as_json:
        click.echo(json.dumps(asdict(proof) | {"sound": proof.sound}, ensure_ascii=False))
    else:
        click.echo(f"rights        {proof.standing:>10,} stand")
        click.echo(f"waiting       {proof.waiting:>10,} old parcels wait for a person")
        for right, parcel in proof.on_lost_land:
            click.echo(f"lost          {right} stands on {parcel}, which has ended, and waits for nobody")
        for right, survey in proof.lost_by_surveys:
            click.echo(f"lost          {right} ended with {survey}")
    if not proof.sound:
        sys.exit(1)

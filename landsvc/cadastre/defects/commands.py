"""`landsvc defects`: how many parcels of each commune have which defect, for an operator or a machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from landsvc.core.access import opened
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from

if TYPE_CHECKING:
    from landsvc.cadastre.defects.service import Health


@click.command("defects")
@click.option(
    "--look", is_flag=True, help="Look at every commune that waits first, instead of leaving it to the worker."
)
@data_option
@json_option
def defects(look: bool, data: Path | None, as_json: bool) -> None:
    """Tell what is known to be wrong in old land, the worst commune first."""
    from landsvc.cadastre.defects import service
    from landsvc.cadastre.defects.looking import look_at_all
    from landsvc.cadastre.defects.shapes import KINDS
    from landsvc.core.db import EDITOR_ROLE

    with opened(settings_from(data)) as database:
        if look:
            look_at_all(database)
        with database.read_only(EDITOR_ROLE) as session:
            communes, seen = service.health(session), service.looked(session)
    if as_json:
        answer(
            {"lookedAt": seen.at, "behind": seen.behind, "communes": [_told(each) for each in communes]},
            as_json=True,
        )
        return
    if not communes:
        say("No commune was looked at yet: `landsvc defects --look` does it now, the worker by itself.")
    for each in communes:
        shares = [
            f"{kind} {each.shares[kind].parcels} ({100 * each.shares[kind].share:.2f} %)"
            if kind in each.shares
            else f"{kind} no mapped extent"
            for kind in KINDS
        ]
        click.echo(f"{each.commune}  {each.name or ''}  {each.parcels} parcels: {', '.join(shares)}")


def _told(each: Health) -> dict[str, Any]:
    return {
        "commune": each.commune,
        "name": each.name,
        "on": each.on,
        "parcels": each.parcels,
        "kinds": {
            kind: {
                "defects": share.defects,
                "parcels": share.parcels,
                "share": round(share.share, 6),
                "areaM2": round(share.area_m2, 2),
            }
            for kind, share in each.shares.items()
        },
    }

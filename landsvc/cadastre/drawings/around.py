"""Fetch the land that lies around what is drawn."""

from __future__ import annotations

import shapely

from landsvc.cadastre import queries
from landsvc.cadastre.drawings.sketch import Paper
from landsvc.cadastre.drawings.svg import Beside, Label
from landsvc.core.db import Database
from landsvc.core.times import Times

NO_UNIT = 0


def land_around(database: Database, paper: Paper, srid: int, times: Times, unit: int = NO_UNIT) -> list[Beside]:
    """Return the land inside a drawing's frame, cut at it, in the drawing's system; without one unit if told."""
    found = queries.land_in_frame(
        database, unit_id=unit, frame=paper.box, srid=srid, valid_at=times.valid_at, known_at=times.knowledge
    )
    return [
        Beside(shape, Label(each.use or "", each.number or ""), each.kind == "object")
        for each in found
        if not (shape := shapely.from_wkb(each.wkb)).is_empty
    ]

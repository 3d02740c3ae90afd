"""Try what would mend a defect, and show only what the register takes: the preview of a draft nobody keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from sqlalchemy.orm import Session

from landsvc.cadastre.defects import service
from landsvc.cadastre.defects.looking import SQL
from landsvc.cadastre.defects.suggesting import Neighbour, suggestions
from landsvc.cadastre.drafts import service as drafts
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.core.config import WORKING_SRID
from landsvc.core.db import EDITOR_ROLE, Database, rows_of
from landsvc.core.errors import LandsvcError
from landsvc.identity.actors import Actor


def mend(
    database: Database, defect_id: int, *, find: drafts.Find, frame: Frame, actor: Actor
) -> tuple[service.Defect, dict[str, Any] | None]:
    """Return a defect and the first operation for it that a preview accepts, or none; raise `DefectNotFound`."""
    with database.read_only(EDITOR_ROLE) as session:
        found = service.get_defect(session, defect_id)
        around = land_at(session, found)
    named = [party.unit_id for party in found.parties]
    for body in suggestions(found.kind, found.shape, around, named):
        if accepted(database, body, find=find, frame=frame, actor=actor):
            return found, body
    return found, None


def land_at(session: Session, found: service.Defect) -> list[Neighbour]:
    """Return the land a defect concerns, and whatever touches its place."""
    named = [party.unit_id for party in found.parties]
    place = shapely.to_wkb(shapely.set_srid(found.shape, WORKING_SRID), hex=True, include_srid=True)
    return [
        Neighbour(ref, unit_id, is_parcel, shapely.from_wkb(bytes(shape)), legal)
        for unit_id, ref, is_parcel, shape, legal in rows_of(
            session, SQL["defect_neighbours"], units=named, place=place
        )
    ]


def accepted(
    database: Database, body: Mapping[str, Any], *, find: drafts.Find, frame: Frame, actor: Actor
) -> bool:
    """Tell whether a draft with this one operation could be committed; nothing of the trial stays."""
    try:
        with database.rehearsal(EDITOR_ROLE, actor) as session:
            code = drafts.open_draft(session, title=None, actor=actor).code
            drafts.add_operation(session, code, body, find=find, frame=frame, actor=actor, seen=None)
            return bool(drafts.preview(session, code, frame=frame)["committable"])
    except LandsvcError:
        return False

"""Tell of the parcels that confirmed splits plan: to officers with their shape, to anybody whether a number is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import approval_queries
from landsvc.cadastre.drafts.approval_queries import SQL, PlannedParcel
from landsvc.cadastre.drafts.document import moved
from landsvc.cadastre.drafts.errors import PlannedNotFound
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.core.db import Database
from landsvc.geo.crs import WGS84

MOST = 1000
Box = tuple[float, float, float, float]


def planned_of(session: Session, unit_id: int) -> list[PlannedParcel]:
    """Return the planned pieces of a parcel."""
    return approval_queries.planned_of_unit(session, unit_id=unit_id)


def planned_in(session: Session, box: Box, frame: Frame) -> list[PlannedParcel]:
    """Return the planned pieces in a box of degrees, a thousand at most."""
    return approval_queries.planned_in_box(session, box=box, srid=frame.srid, most=MOST)


def verify_planned(database: Database, ref: str) -> dict[str, Any]:
    """Return what anybody may know of a planned number; raise `PlannedNotFound`."""
    row = database.read_one(SQL["planned_number"], {"ref": ref})
    if row is None or row[0] is None:
        raise PlannedNotFound(field="ref", ref=ref[:60])
    told: dict[str, Any] = row[0]
    return told


def feature_collection(found: Sequence[PlannedParcel], srid: int, frame: Frame) -> dict[str, Any]:
    """Return planned pieces as GeoJSON in a system; `crs` says which unless it is longitude and latitude."""
    places = moved([shapely.geometry.mapping(each.geometry) for each in found], srid, frame)
    features = [
        {
            "type": "Feature",
            "id": each.ref,
            "geometry": place,
            "properties": {
                "ref": each.ref,
                "draft": each.draft,
                "owner": each.owner,
                "kind": each.kind,
                "parents": list(each.parents),
                "legalAreaM2": None if each.legal_m2 is None else float(each.legal_m2),
                "measuredAreaM2": each.measured_m2,
                "uses": each.uses,
                "confirmedAt": each.confirmed_at.isoformat(),
                "confirmedUntil": each.confirmed_until.isoformat(),
            },
        }
        for each, place in zip(found, places, strict=True)
    ]
    system = {} if srid == WGS84 else {"crs": f"EPSG:{srid}"}
    return {"type": "FeatureCollection", "features": features, **system}

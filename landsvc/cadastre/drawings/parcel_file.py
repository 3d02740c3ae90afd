"""Compose the technical file of a parcel (hồ sơ kỹ thuật thửa đất): its extract, its survey, who lies beyond each edge.

It names no person.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry import Point
from shapely.geometry import shape as shape_of

from landsvc.cadastre import service
from landsvc.cadastre.drawings.extract import MapExtract, map_extract
from landsvc.cadastre.drawings.sketch import Edge, Ring
from landsvc.cadastre.drawings.svg import Words
from landsvc.cadastre.rules import ParcelRef
from landsvc.core.db import EDITOR_ROLE, Database, rows_of
from landsvc.core.sql import statements
from landsvc.core.times import Times

BESIDE_M = 0.01
"""Who lies beyond an edge is nearer to its middle than this: boundaries are noded, and projecting them keeps 1 mm."""


@dataclass(frozen=True)
class Survey:
    """How a parcel's coordinates were measured; accuracy in metres."""

    method: str
    surveyed_on: date | None
    accuracy_m: float | None
    srid: int
    surveyed_by: str | None


@dataclass(frozen=True)
class ParcelFile:
    """What the technical file says besides the extract; `beyond` names, for each edge, what lies on its other side."""

    extract: MapExtract
    survey: Survey | None
    beyond: dict[tuple[int, int], str]
    history: list[dict[str, Any]]


def parcel_file(database: Database, ref: ParcelRef, times: Times, srid: int, words: Words) -> ParcelFile:
    """Return the technical file of a current parcel, drawn in a plane system; raise as `map_extract`."""
    extract = map_extract(database, ref, times, srid, words)
    found = service.find_unit(database, ref)
    around = json.loads(service.neighbours(database, ref, srid) or "[]")
    statement = statements("cadastre", "queries_survey.sql")["survey_of_parcel"]
    with database.read_only(EDITOR_ROLE) as session:
        rows = rows_of(session, statement, unit_id=found.unit_id)
    return ParcelFile(
        extract,
        Survey(*rows[0]) if rows else None,
        _beyond(extract.rings, around),
        json.loads(service.history(database, ref)),
    )


def _beyond(rings: Sequence[Ring], around: Sequence[dict[str, Any]]) -> dict[tuple[int, int], str]:
    """Return the neighbour beyond each edge: a parcel's number or code, the land use of a road or a canal."""
    land = [(shape_of(each["geometry"]), _name(each)) for each in around if each.get("geometry")]
    tree = shapely.STRtree([shape for shape, _ in land])
    found = {}
    for edge in (edge for ring in rings for edge in ring.edges):
        near = tree.query(_middle(edge), predicate="dwithin", distance=BESIDE_M)
        if len(near):
            nearest = min(near.tolist(), key=lambda at: (land[at][0].distance(_middle(edge)), at))
            found[edge.start.number, edge.end.number] = land[nearest][1]
    return found


def _middle(edge: Edge) -> Point:
    return Point((edge.start.x + edge.end.x) / 2, (edge.start.y + edge.end.y) / 2)


def _name(neighbour: dict[str, Any]) -> str:
    if neighbour["kind"] == "object":
        return str(neighbour["use"] or "–")
    return str(neighbour["ref"] or neighbour["code"] or "–")

"""Compose the plain map extract of a parcel (trích lục bản đồ địa chính): facts, corners, edges and a drawing.

One tree for the printed page and for whoever reads the data. It names no person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from shapely.geometry import shape as shape_of

from landsvc.cadastre import queries, service
from landsvc.cadastre.drawings.around import land_around
from landsvc.cadastre.drawings.sketch import Ring, lay_out, numbered
from landsvc.cadastre.drawings.svg import Label, Words, draw
from landsvc.cadastre.errors import NoMapToDraw
from landsvc.cadastre.rules import ParcelRef
from landsvc.core.db import Database
from landsvc.core.times import Times
from landsvc.geo import crs

FRAME_MM = (170.0, 106.0)
MARGIN_MM = 15.0


@dataclass(frozen=True)
class MapExtract:
    """What a map extract says. Lengths and areas are of the system `srid`, in metres."""

    parcel: dict[str, Any]
    """The parcel as the API shows it, its geometry in `srid`."""
    sheet: str | None
    number: str | None
    units: list[str]
    """The commune and what it lies in, smallest first."""
    record: dict[str, Any] | None
    rings: list[Ring]
    measured_m2: float
    perimeter_m: float
    scale: int
    srid: int
    system: str
    svg: str
    times: Times


def map_extract(database: Database, ref: ParcelRef, times: Times, srid: int, words: Words) -> MapExtract:
    """Return the map extract of a parcel, drawn in a plane system that `plane_srid` let through.

    Raises what `service.get_parcel` and `service.get_parcel_then` raise, and `NoMapToDraw`.
    """
    unit = service.find_unit(database, ref, times).unit_id
    if times.past:
        body = service.get_parcel_then(database, ref, times, srid)
    else:
        body = service.get_parcel_in(database, ref, srid)
    parcel = json.loads(body)
    if parcel["geometry"] is None:
        raise NoMapToDraw(field="ref", ref=str(ref))
    shape = shape_of(parcel["geometry"])
    paper = lay_out(shape, width_mm=FRAME_MM[0], height_mm=FRAME_MM[1], margin_mm=MARGIN_MM)
    rings = numbered(shape)
    basis = json.loads(
        queries.basis_of_parcel(database, unit_id=unit, valid_at=times.valid_at, known_at=times.knowledge)
    )
    sheet, number = _bears(parcel)
    label = Label("+".join(use["code"] for use in parcel["uses"]), number or "", _area(parcel, words.decimal))
    around = land_around(database, paper, srid, times, unit)
    return MapExtract(
        parcel=parcel,
        sheet=sheet,
        number=number,
        units=basis["units"],
        record=basis["record"],
        rings=rings,
        measured_m2=shape.area,
        perimeter_m=sum(edge.length_m for ring in rings for edge in ring.edges),
        scale=paper.scale,
        srid=srid,
        system=crs.system_name(srid),
        svg=draw(paper, rings, shape, label, around, words),
        times=times,
    )


def _bears(parcel: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return sheet and number on the current map: the newest that stands on it."""
    on_map = [number for number in parcel["numbers"] if number["onMap"]] or parcel["numbers"]
    return (on_map[-1]["sheet"], on_map[-1]["number"]) if on_map else (None, None)


def _area(parcel: dict[str, Any], decimal: str) -> str:
    area = parcel["legalAreaM2"]
    return f"{area:.1f}".replace(".", decimal) if area is not None else ""

"""Read the outline of a parcel that is drawn from points or from a survey, and keep what it was drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry import Polygon

from landsvc.cadastre.drafts.model import Source
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.drafts.ops.reading import outline_given, read_ring, snap_m, srid_of
from landsvc.geo.crs import VN2000_GEOGRAPHIC, WEB_MERCATOR, WGS84

COORDINATES, TAPE = "coordinates", "tape"
OF_STEPS: Mapping[str, str] = {"station": "total_station", "traverse": "traverse"}
"""How it was measured where nobody says, by the steps it has, the first that fits."""


@dataclass(frozen=True)
class Drawn:
    """An outline on the grid of the working system, how near a corner it means one, and what it was drawn from."""

    shape: Polygon
    within_m: float
    source: Source

    @property
    def zone(self) -> int | None:
        """Return the plane system it was surveyed in, in which its area is measured; None where it was in degrees."""
        return None if self.source.srid in {WGS84, WEB_MERCATOR, VN2000_GEOGRAPHIC} else self.source.srid


def read_drawn(body: Mapping[str, Any], frame: Frame) -> Drawn:
    """Return what a body draws; raise `UnofferedCrs`, `PlaceOutside`, and as `outline_given`."""
    field, places = outline_given(body, frame)
    inside = body.get("holes", ())
    holes = [read_ring(ring, body, frame, f"holes.{at}") for at, ring in enumerate(inside)]
    shape = Polygon(read_ring(places, body, frame, field), holes)
    surveyed = body.get("surveyed", {})
    day = surveyed.get("on")
    source = Source(
        srid_of(body, frame),
        surveyed.get("method") or _method(body),
        Polygon(places, inside),
        None if day is None else date.fromisoformat(day),
        surveyed.get("by"),
        surveyed.get("accuracyM"),
    )
    return Drawn(shape, snap_m(body, frame), source)


def _method(body: Mapping[str, Any]) -> str:
    kinds = [step["kind"] for step in (body.get("survey") or {}).get("steps", ())]
    if all(kind == "point" for kind in kinds):
        return COORDINATES
    return next((OF_STEPS[kind] for kind in OF_STEPS if kind in kinds), TAPE)

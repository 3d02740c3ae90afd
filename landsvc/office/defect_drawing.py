"""Draw a defect with the land around it and the correction that is suggested, as paths of an SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.defects.suggesting import Neighbour

LEAST_M = 3.0
ROOM = 0.6
"""How much is shown around a defect, as a part of its longer side."""


@dataclass(frozen=True)
class Drawing:
    """Paths in metres from the upper left corner of the box, y down."""

    box: str
    land: str
    defect: str
    mended: str
    mark: tuple[float, float] | None


def drawing(place: BaseGeometry, land: Sequence[Neighbour], body: Mapping[str, Any] | None) -> Drawing:
    """Return the drawing; a point is marked, an operation that draws an outline shows it."""
    west, south, east, north = place.bounds
    room = max(LEAST_M, ROOM * max(east - west, north - south))
    west, south, east, north = west - room, south - room, east + room, north + room
    frame = shapely.box(west, south, east, north)
    drawn = Polygon(body["points"], body.get("holes", ())) if body and "points" in body else None
    mark = (round(place.x - west, 3), round(north - place.y, 3)) if isinstance(place, Point) else None
    return Drawing(
        f"0 0 {east - west:.3f} {north - south:.3f}",
        " ".join(_path(each.shape, frame) for each in land),
        _path(place, frame),
        _path(drawn, frame) if drawn is not None else "",
        mark,
    )


def _path(shape: BaseGeometry, frame: BaseGeometry) -> str:
    """Return the outline inside the frame: what lies outside is cut off, not closed along the frame."""
    west, _, _, north = frame.bounds
    lines = shapely.line_merge(shapely.intersection(shapely.boundary(shape), frame))
    drawn = [
        "M" + "L".join(f"{x - west:.3f} {north - y:.3f}" for x, y in line.coords)
        for line in shapely.get_parts(lines)
        if line.geom_type == "LineString"
    ]
    return " ".join(drawn)

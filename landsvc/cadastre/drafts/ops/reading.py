"""Read places of an operation's body: any system the service offers, onto the 1 mm grid of the working one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.rules import digits_of, offered_srid, plane_srid
from landsvc.cadastre.survey.steps import read_steps, work_out
from landsvc.core.errors import InvalidInput
from landsvc.geo.crs import WGS84, transform
from landsvc.geo.grid import to_grid

SNAP_M, SNAP_DEGREES_M = 0.002, 0.02
"""How far a place may lie from the corner it means: degrees are written to about a centimetre."""

LEAST_RING = 4
"""Three corners, and the first once more."""


class LineOutside(InvalidInput):
    """The line does not lie where the register's reference system reaches. 400."""

    slug = "line-outside"
    title = "The line lies outside the register"
    detail = "The line is too short on the grid of 1 mm, or lies where the working system does not reach."
    remedy = "Check the coordinates and `crs`; in longitude and latitude, longitude comes first."


class PlaceOutside(InvalidInput):
    """A point or an area does not lie where the register's reference system reaches. 400."""

    slug = "place-outside"
    title = "The place lies outside the register"
    detail = "The place collapses on the grid of 1 mm, or lies where the working system does not reach."
    remedy = "Check the coordinates and `crs`; in longitude and latitude, longitude comes first."


class OutlineMissing(InvalidInput):
    """A parcel is to be drawn from neither points nor a survey, or from both. 400."""

    slug = "outline-missing"
    title = "The corners are not given, or twice"
    detail = "A parcel is drawn from its points or from a survey: one of the two."
    remedy = "Send `points`, or `survey` with its steps and boundary."


def srid_of(body: Mapping[str, Any], frame: Frame) -> int:
    """Return the system the places of a body are given in; raise `UnofferedCrs`."""
    asked = body.get("crs")
    return WGS84 if asked is None else offered_srid(asked, frame.srid)


def snap_m(body: Mapping[str, Any], frame: Frame) -> float:
    """Return how far a place of this body may lie from the corner it means, in metres."""
    return SNAP_M if digits_of(srid_of(body, frame)) == digits_of(frame.srid) else SNAP_DEGREES_M


def read_line(body: Mapping[str, Any], frame: Frame) -> LineString:
    """Return the member `line`; raise `UnofferedCrs` or `LineOutside`."""
    line: LineString | None = _placed(LineString(body["line"]["coordinates"]), body, frame)
    if line is None or line.is_empty:
        raise LineOutside(field="line")
    return line


def read_point(pair: Any, body: Mapping[str, Any], frame: Frame, field: str) -> Point:
    """Return a pair of ordinates of a body; raise `UnofferedCrs` or `PlaceOutside` naming the field."""
    point: Point | None = _placed(Point(pair), body, frame)
    if point is None:
        raise PlaceOutside(field=field)
    return point


def read_ring(pairs: Any, body: Mapping[str, Any], frame: Frame, field: str) -> list[tuple[float, float]]:
    """Return a ring of points, closed or not; raise `UnofferedCrs` or `PlaceOutside` naming the field."""
    places = [(float(x), float(y)) for x, y in pairs]
    ring: LineString | None = _placed(LineString([*places, places[0]]), body, frame)
    if ring is None or ring.is_empty or len(ring.coords) < LEAST_RING:
        raise PlaceOutside(field=field)
    return [(float(x), float(y)) for x, y in ring.coords]


def outline_given(body: Mapping[str, Any], frame: Frame) -> tuple[str, list[tuple[float, float]]]:
    """Return the corners of `points`, or of the `survey` given instead, in the body's own system; and which it was.

    Raises `UnofferedCrs`, `OutlineMissing`, `NotAPlane`, and what `survey.steps` raises.
    """
    given, survey = body.get("points"), body.get("survey")
    if (given is None) == (survey is None):
        raise OutlineMissing(field="points")
    if given is not None:
        return "points", [(float(x), float(y)) for x, y in given]
    plane_srid(body.get("crs") or f"EPSG:{WGS84}", frame.srid)
    steps, boundary = body["survey"]["steps"], body["survey"]["boundary"]
    worked = work_out(read_steps(steps))
    return "survey", [worked.at(name, 0) for name in boundary]


def _placed(given: Any, body: Mapping[str, Any], frame: Frame) -> Any:
    """Return a geometry of the body on the grid, None where the working system does not reach."""
    srid = srid_of(body, frame)
    placed: BaseGeometry = given if srid == frame.srid else transform(given, srid, frame.srid, frame.variant)
    return to_grid(placed) if _on_earth(placed, frame) else None


def _on_earth(placed: BaseGeometry, frame: Frame) -> bool:
    """Tell whether a geometry of the working system lies where longitude and latitude can be told."""
    if not np.isfinite(shapely.get_coordinates(placed)).all():
        return False
    corners = LineString([placed.bounds[:2], placed.bounds[2:]])
    lon, lat = shapely.get_coordinates(transform(corners, frame.srid, WGS84, frame.variant)).T
    return bool(np.isfinite([lon, lat]).all() and (np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all())

"""Draw a plan on display, and the places of reports, as pictures that need no script: communes, zones, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import shapely
from shapely.geometry import MultiPoint, box
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drawings import svg
from landsvc.cadastre.drawings.around import land_around
from landsvc.cadastre.drawings.sketch import Paper, lay_out
from landsvc.cadastre.drawings.svg import Words
from landsvc.core import clock, i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.config import WORKING_SRID
from landsvc.core.db import Database
from landsvc.core.i18n import gettext
from landsvc.core.sql import statements
from landsvc.core.times import Times
from landsvc.registry.feedback.displays import Display

SQL = statements("portal", "queries_heard.sql")
SIZE_MM, MARGIN_MM = (96.0, 67.2), 5.0
"""Small paper, so that its letters are read on a telephone."""
MOST_ZONES, MOST_COMMUNES, MOST_IN_LEGEND = 3000, 150, 24
NAME_MM, MARK_MM = 3.4, 2.7
LEAST_AROUND_M = 1500.0
"""How much land is shown around reports that lie close together."""
M2_OF_HECTARE = 10_000
WHOLE = 0.999
SMALLEST_WITH_FABRIC = 10_000
NO_COLOR = "#8f8a7d"
MARK = "#b3261e"


@dataclass(frozen=True)
class Zone:
    """A zone of a plan on display; area in m²."""

    code: str
    name: str
    color: str
    dimension: int
    area_m2: float
    shape: BaseGeometry


@dataclass(frozen=True)
class Entry:
    """A line of the legend: colour, code, name, and how much land in hectares (None for lines and marks)."""

    color: str
    code: str
    name: str
    hectares: str | None


def zones_of(database: Database, shown: Display) -> list[Zone]:
    """Return the zones of a plan as it is on display today, or was on the last day, wide ones first."""
    day = min(clock.today(), shown.last_day)
    after = datetime.combine(day + timedelta(days=1), time(), OFFICE_ZONE)
    known_at = after if after < clock.now() else "infinity"
    given = {"plan": shown.code, "valid_at": day, "known_at": known_at, "most": MOST_ZONES}
    english = i18n.current_language() == "en"
    return [
        Zone(code, name_en if english else name, color or NO_COLOR, dimension, area, shapely.from_wkb(bytes(wkb)))
        for code, name, name_en, color, dimension, area, wkb in database.read(SQL["zones_displayed"], given)
    ]


def legend_of(zones: Sequence[Zone]) -> list[Entry]:
    """Return what the colours of a plan stand for, with how much land, most land first."""
    found: dict[tuple[str, str, str], float] = {}
    for each in zones:
        key = (each.color, each.code, each.name)
        found[key] = found.get(key, 0.0) + each.area_m2
    by_area = sorted(found.items(), key=lambda each: -each[1])[:MOST_IN_LEGEND]
    return [Entry(*key, i18n.number(area / M2_OF_HECTARE, 2) if area else None) for key, area in by_area]


def middle_of(database: Database, zones: Sequence[Zone]) -> tuple[float, float]:
    """Return longitude and latitude of the middle of a plan."""
    west, south, east, north = shapely.total_bounds([each.shape for each in zones])
    ((lon, lat),) = database.read(SQL["degrees_of"], {"x": (west + east) / 2, "y": (south + north) / 2})
    return lon, lat


def plan_picture(database: Database, zones: Sequence[Zone], name: str) -> str:
    """Return the picture of a plan's zones over the communes, as SVG."""
    paper = _paper(box(*shapely.total_bounds([each.shape for each in zones])))
    drawn = [*_fabric(database, paper), *(_zone(paper, each) for each in zones), *_communes(database, paper)]
    return svg.framed(paper, drawn, _words(gettext("Map of the plan %(name)s", name=name)))


def reports_picture(database: Database, places: Sequence[tuple[float, float]]) -> str:
    """Return the picture of places (longitude, latitude) numbered from 1, as SVG."""
    given = {"lons": [lon for lon, _ in places], "lats": [lat for _, lat in places]}
    points = [(x, y) for x, y in database.read(SQL["places_in_metres"], given)]
    paper = _paper(MultiPoint(points).buffer(LEAST_AROUND_M))
    # The first, which is the newest, lies on top.
    marks = [_mark(paper, point, number) for number, point in reversed(list(enumerate(points, 1)))]
    return svg.framed(paper, [*_communes(database, paper), *marks], _words(gettext("Map of the reports below")))


def _paper(shape: BaseGeometry) -> Paper:
    return lay_out(shape, width_mm=SIZE_MM[0], height_mm=SIZE_MM[1], margin_mm=MARGIN_MM)


def _fabric(database: Database, paper: Paper) -> list[str]:
    """Draw the parcels of today where the picture shows little enough land for them."""
    if paper.scale > SMALLEST_WITH_FABRIC:
        return []
    times = Times(clock.today(), clock.now(), past=False)
    return [svg.land(paper, each) for each in land_around(database, paper, WORKING_SRID, times)]


def _zone(paper: Paper, zone: Zone) -> str:
    if zone.dimension == 2:
        path = svg.path_of(paper, zone.shape)
        look = (
            f'fill="{zone.color}" fill-opacity="0.7" fill-rule="evenodd" stroke="{svg.SOFT}" stroke-width="0.08"'
        )
        return f'<path d="{path}" {look}/>' if path else ""
    points = shapely.get_coordinates(zone.shape)
    if zone.dimension == 0:
        return "".join(_dot(paper, x, y, 0.7, zone.color) for x, y in points)
    lines = (shapely.get_coordinates(part) for part in getattr(zone.shape, "geoms", [zone.shape]))
    path = "".join("M" + " ".join(_at(paper, x, y) for x, y in line) for line in lines if len(line))
    return f'<path d="{path}" fill="none" stroke="{zone.color}" stroke-width="0.7"/>'


def _communes(database: Database, paper: Paper) -> list[str]:
    west, south, east, north = paper.box
    frame = {"west": west, "south": south, "east": east, "north": north, "most": MOST_COMMUNES}
    found = [(name, shapely.from_wkb(bytes(wkb))) for name, wkb in database.read(SQL["communes_in_frame"], frame)]
    edges = [
        f'<path d="{svg.path_of(paper, shape)}" fill="none" stroke="{svg.INK}" stroke-width="0.25"/>'
        for _, shape in found
    ]
    return [*edges, *(_name(paper, name, shape) for name, shape in found)]


def _name(paper: Paper, name: str, shape: BaseGeometry) -> str:
    """Write what a commune is called where there is room."""
    if shape.is_empty:
        return ""
    place, (west, _, east, _) = shape.representative_point(), shape.bounds
    x, y = paper.mm(place.x, place.y)
    half = len(name) * NAME_MM * svg.LETTER_WIDTH / 2
    if shape.area >= box(*paper.box).area * WHOLE:
        # All of the picture lies in it: its name stands beside what is drawn.
        x, y = half + MARGIN_MM / 2, MARGIN_MM
    if 2 * half > paper.length_mm(east - west) or not half < x < paper.width_mm - half:
        return ""
    return svg.text_on_halo(x, y, name, NAME_MM, svg.INK)


def _mark(paper: Paper, point: tuple[float, float], number: int) -> str:
    x, y = paper.mm(*point)
    return _dot(paper, *point, MARK_MM, MARK) + (
        f'<text x="{svg.mm(x)}" y="{svg.mm(y + NAME_MM * 0.36)}" font-size="{svg.mm(NAME_MM)}" font-weight="700"'
        f' text-anchor="middle" fill="{svg.PAPER}">{number}</text>'
    )


def _dot(paper: Paper, x: float, y: float, radius: float, color: str) -> str:
    at_x, at_y = paper.mm(x, y)
    place = f'cx="{svg.mm(at_x)}" cy="{svg.mm(at_y)}" r="{svg.mm(radius)}"'
    return f'<circle {place} fill="{color}" stroke="{svg.PAPER}" stroke-width="0.3"/>'


def _at(paper: Paper, x: float, y: float) -> str:
    at_x, at_y = paper.mm(x, y)
    return f"{svg.mm(at_x)},{svg.mm(at_y)}"


def _words(title: str) -> Words:
    return Words(title, gettext("N"), "m", "." if i18n.current_language() == "en" else ",")

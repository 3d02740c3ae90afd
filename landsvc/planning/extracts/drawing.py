"""Draw the maps of an extract to scale: one of everything that lies on the parcel, one for each theme that affects it.

Each map shows the fabric and the zones as they were known when the extract was issued, so that a paper made later
shows what was said then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drawings import svg
from landsvc.cadastre.drawings.around import land_around
from landsvc.cadastre.drawings.sketch import Paper, lay_out
from landsvc.cadastre.drawings.svg import Label, Words
from landsvc.cadastre.errors import NoMapToDraw
from landsvc.cadastre.rules import UnitRef
from landsvc.core.db import Database
from landsvc.core.times import Times
from landsvc.planning.extracts import queries
from landsvc.planning.extracts.queries import Issued, ZoneShape

WHOLE_MM = (170.0, 92.0)
THEME_MM = (82.0, 54.0)
MARGIN_MM, THEME_MARGIN_MM = 18.0, 10.0
MOST_THEMES = 6
NO_COLOR = "#8f8a7d"


@dataclass(frozen=True)
class Entry:
    """A line of the legend: a colour and what it stands for; pending zones are drawn as a dashed outline."""

    theme: str
    code: str
    name: str
    name_en: str | None
    color: str
    pending: bool
    dimension: int


@dataclass(frozen=True)
class Picture:
    """One map: of a theme, or of all (`theme` is None)."""

    theme: str | None
    svg: str
    scale: int
    legend: Sequence[Entry]


def pictures(database: Database, issued: Issued, srid: int, words: Words) -> list[Picture]:
    """Return the maps of an extract; raise `NoMapToDraw` for a parcel without a map."""
    times = Times(issued.valid_at, issued.known_at, past=True)
    tree = json.loads(issued.tree)
    shape = _shape(database, issued, times, srid)
    label = _label(tree, words)
    found = [_picture(database, None, WHOLE_MM, MARGIN_MM, shape, label, times, srid, words)]
    affected = [each["code"] for each in tree["themes"] if each["state"] == "affected"][:MOST_THEMES]
    if len(affected) > 1:
        found += [
            _picture(database, code, THEME_MM, THEME_MARGIN_MM, shape, label, times, srid, words)
            for code in affected
        ]
    return found


def _picture(
    database: Database,
    theme: str | None,
    size_mm: tuple[float, float],
    margin_mm: float,
    shape: BaseGeometry,
    label: Label,
    times: Times,
    srid: int,
    words: Words,
) -> Picture:
    paper = lay_out(shape, width_mm=size_mm[0], height_mm=size_mm[1], margin_mm=margin_mm)
    shown = [
        each
        for each in queries.zones_in_frame(database, paper.box, valid_at=times.valid_at, known_at=times.known_at)
        if theme is None or each.theme == theme
    ]
    drawn = [
        *(_zone(paper, each) for each in shown),
        *(svg.land(paper, each) for each in land_around(database, paper, srid, times)),
        _own(paper, shape),
        svg.in_the_middle(paper, shape, label),
    ]
    return Picture(theme, svg.framed(paper, drawn, words, f"frame-{theme or 'all'}"), paper.scale, _legend(shown))


def _shape(database: Database, issued: Issued, times: Times, srid: int) -> BaseGeometry:
    parcel = json.loads(cadastre.get_parcel_then(database, UnitRef(issued.unit_id), times, srid))
    if parcel["geometry"] is None:
        raise NoMapToDraw(field="ref", ref=issued.id)
    return shape_of(parcel["geometry"])


def _label(tree: dict[str, object], words: Words) -> Label:
    parcel = tree["parcel"]
    assert isinstance(parcel, dict)  # noqa: S101 - our own tree
    on_map = [each for each in parcel["numbers"] if each["onMap"]] or parcel["numbers"]
    area = parcel["legalAreaM2"]
    text = f"{area:.1f}".replace(".", words.decimal) if area is not None else ""
    return Label("+".join(use["code"] for use in parcel["uses"]), on_map[-1]["number"] if on_map else "", text)


def _zone(paper: Paper, zone: ZoneShape) -> str:
    """Draw a zone: a surface filled thinly, a line as a line, a mark as a dot; what is not in force dashed."""
    shape, color = shapely.from_wkb(zone.wkb), zone.color or NO_COLOR
    dashed = ' stroke-dasharray="1.6 1"' if zone.standing == "pending" else ""
    if zone.dimension == 2:
        fill = 'fill="none"' if dashed else f'fill="{color}" fill-opacity="0.5" fill-rule="evenodd"'
        return f'<path d="{svg.path_of(paper, shape)}" {fill} stroke="{color}" stroke-width="0.3"{dashed}/>'
    if zone.dimension == 1:
        lines = "".join(_line(paper, part.coords) for part in _parts(shape, "LineString"))
        return f'<path d="{lines}" fill="none" stroke="{color}" stroke-width="0.9"{dashed}/>'
    dots = (paper.mm(*part.coords[0][:2]) for part in _parts(shape, "Point"))
    return "".join(
        f'<circle cx="{svg.mm(x)}" cy="{svg.mm(y)}" r="1.1" fill="{color}" stroke="{svg.INK}" stroke-width="0.2"/>'
        for x, y in dots
    )


def _line(paper: Paper, points: Iterable[tuple[float, ...]]) -> str:
    return "M" + " ".join(
        f"{svg.mm(x)},{svg.mm(y)}" for x, y in (paper.mm(point[0], point[1]) for point in points)
    )


def _parts(shape: BaseGeometry, kind: str) -> list[BaseGeometry]:
    return [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == kind]


def _own(paper: Paper, shape: BaseGeometry) -> str:
    """Draw the outline of the parcel over everything else."""
    return (
        f'<path d="{svg.path_of(paper, shape)}" fill="none" stroke="{svg.INK}" stroke-width="0.7"'
        ' stroke-linejoin="round"/>'
    )


def _legend(shown: Sequence[ZoneShape]) -> list[Entry]:
    entries = (
        Entry(
            each.theme,
            each.code,
            each.name,
            each.name_en,
            each.color or NO_COLOR,
            each.standing == "pending",
            each.dimension,
        )
        for each in shown
    )
    return list(dict.fromkeys(entries))


__all__ = ["Entry", "Picture", "pictures"]

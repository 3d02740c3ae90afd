"""Compose the drawing of a change: the parcels before and after, the new boundaries, numbered corners, neighbours.

The drawing an application to split or merge carries (bản vẽ tách thửa đất, hợp thửa đất). It takes what a preview or a
commit answers (`drafts.document`), so that what is printed is what is entered. It names no person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import shapely
from shapely.geometry import LineString, MultiLineString, shape
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drawings import svg
from landsvc.cadastre.drawings.sketch import Corner, Edge, Paper, Ring, clockwise, lay_out, numbered, parts_of
from landsvc.cadastre.drawings.svg import Beside, Label, Words

FRAME_MM = (170.0, 106.0)
MARGIN_MM = 15.0
NEW_LINE, OLD_LINE = "#a3271b", "#6d675a"
TINTS = ("#e9f2ed", "#fbf3df", "#e8eef7", "#f6e9ec", "#eef2dd")
LEAST_LINE_M = 0.0015
"""What noding leaves of a boundary that stayed is shorter across than this and no line of its own."""


@dataclass(frozen=True)
class Shown:
    """A parcel of the change: what it is called, its label on the map, its shape in the drawing's system."""

    name: str
    label: Label
    legal_m2: float | None
    measured_m2: float | None
    uses: tuple[tuple[str, float], ...]
    shape: BaseGeometry | None
    corners: tuple[int, ...] = ()
    """The numbers of its corners in order, clockwise from its north-west; outlines and holes one after the other."""


@dataclass(frozen=True)
class ChangeDrawing:
    """What the drawing of a change says. Lengths in metres of the drawing's plane system."""

    before: tuple[Shown, ...]
    after: tuple[Shown, ...]
    corners: tuple[Corner, ...]
    edges: tuple[Edge, ...]
    """Every edge once: first along the outside, then the inner ones."""
    scale: int
    svg: str


def compose(
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    around: Iterable[Beside],
    paper: Paper,
    words: Words,
) -> ChangeDrawing:
    """Return the drawing of a change whose units (as `drafts.document` gives them) are in the paper's system."""
    olds, news = [_shown(unit, words.decimal) for unit in before], [_shown(unit, words.decimal) for unit in after]
    shapes = [unit.shape for unit in (news or olds) if unit.shape is not None]
    whole = shapely.union_all(shapes)
    rings = numbered(whole)
    corners = _all_corners(rings, shapes)
    numbers = {(corner.x, corner.y): corner for corner in corners}
    news = [_with_corners(unit, numbers) for unit in news]
    inner = _inner_edges(shapes, rings, numbers)
    beside = [each for each in around if not _is_ours(each.shape, whole)]
    drawn = [
        *(svg.land(paper, each) for each in beside),
        *(_filled(paper, unit, at) for at, unit in enumerate(news or olds)),
        _lines(paper, _gone(olds, news), OLD_LINE, 'stroke-width="0.3" stroke-dasharray="1.2 1"'),
        _lines(paper, _new(olds, news), NEW_LINE, 'stroke-width="0.6"'),
        *(svg.corner_dots(paper, ring) for ring in rings),
        *(svg.edge_lengths(paper, ring, words.decimal) for ring in rings),
        *(svg.edge_length(paper, edge, False, words.decimal) for edge in inner),
        *(svg.corner_numbers(paper, ring) for ring in rings),
        _inner_corners(paper, corners[sum(len(ring.corners) for ring in rings) :]),
        *(svg.in_the_middle(paper, unit.shape, unit.label) for unit in news or olds if unit.shape is not None),
    ]
    edges = (*(edge for ring in rings for edge in ring.edges), *inner)
    return ChangeDrawing(tuple(olds), tuple(news), corners, edges, paper.scale, svg.framed(paper, drawn, words))


def paper_for(units: Iterable[Mapping[str, Any]]) -> Paper | None:
    """Return the frame around the parcels of a change, None when none of them is on the map."""
    shapes = [shape(unit["geometry"]) for unit in units if unit.get("geometry")]
    if not shapes:
        return None
    around = shapely.union_all(shapes)
    return lay_out(around, width_mm=FRAME_MM[0], height_mm=FRAME_MM[1], margin_mm=MARGIN_MM)


def _shown(unit: Mapping[str, Any], decimal: str) -> Shown:
    uses = tuple((use["code"], use["areaM2"]) for use in unit["uses"])
    name = unit["ref"] or unit["code"] or "–"
    area = "" if unit["legalAreaM2"] is None else f"{unit['legalAreaM2']:.1f}".replace(".", decimal)
    number = unit["ref"].rsplit("-", 1)[-1] if unit["ref"] else ""
    label = Label("+".join(code for code, _ in uses), number, area)
    geometry = shape(unit["geometry"]) if unit.get("geometry") else None
    return Shown(name, label, unit["legalAreaM2"], unit["measuredAreaM2"], uses, geometry)


def _all_corners(rings: Sequence[Ring], shapes: Sequence[BaseGeometry]) -> tuple[Corner, ...]:
    """Return the corners of the outside, then those that only inner boundaries have, from north to south."""
    outside = [corner for ring in rings for corner in ring.corners]
    known = {(corner.x, corner.y) for corner in outside}
    inner = {(float(x), float(y)) for each in shapes for x, y in shapely.get_coordinates(each)} - known
    placed = sorted(inner, key=lambda at: (-at[1], at[0]))
    return (*outside, *(Corner(len(outside) + at, x, y) for at, (x, y) in enumerate(placed, 1)))


def _with_corners(unit: Shown, numbers: Mapping[tuple[float, float], Corner]) -> Shown:
    if unit.shape is None:
        return unit
    rings = [ring for part in parts_of(unit.shape) for ring in (part.exterior, *part.interiors)]
    found = tuple(numbers[at].number for ring in rings for at in clockwise(ring.coords))
    return Shown(unit.name, unit.label, unit.legal_m2, unit.measured_m2, unit.uses, unit.shape, found)


def _inner_edges(
    shapes: Sequence[BaseGeometry], rings: Sequence[Ring], numbers: Mapping[tuple[float, float], Corner]
) -> list[Edge]:
    """Return the edges between two parcels of the change, each once, by the numbers of their corners."""
    outside = {frozenset((edge.start, edge.end)) for ring in rings for edge in ring.edges}
    found: dict[frozenset[Corner], Edge] = {}
    for line in (ring for each in shapes for part in parts_of(each) for ring in (part.exterior, *part.interiors)):
        places = [numbers[float(x), float(y)] for x, y in line.coords]
        for start, end in pairwise(places):
            key = frozenset((start, end))
            if key not in outside and start != end:
                found.setdefault(key, Edge(start, end))
    return sorted(found.values(), key=lambda edge: (edge.start.number, edge.end.number))


def _is_ours(land: BaseGeometry, whole: BaseGeometry) -> bool:
    """Tell whether land of the register is what the change itself redraws."""
    return bool(whole.contains(land.representative_point())) if not land.is_empty else True


def _new(olds: Sequence[Shown], news: Sequence[Shown]) -> BaseGeometry:
    return _without(_boundaries(news), _boundaries(olds))


def _gone(olds: Sequence[Shown], news: Sequence[Shown]) -> BaseGeometry:
    return _without(_boundaries(olds), _boundaries(news)) if news else MultiLineString()


def _without(lines: BaseGeometry, others: BaseGeometry) -> BaseGeometry:
    """Return the lines without what runs along others; noding may have moved those by less than a millimetre."""
    return shapely.difference(lines, shapely.buffer(others, LEAST_LINE_M))


def _boundaries(units: Sequence[Shown]) -> BaseGeometry:
    return shapely.union_all([unit.shape.boundary for unit in units if unit.shape is not None])


def _filled(paper: Paper, unit: Shown, at: int) -> str:
    if unit.shape is None:
        return ""
    path = svg.path_of(paper, unit.shape)
    return (
        f'<path d="{path}" fill="{TINTS[at % len(TINTS)]}" fill-rule="evenodd" stroke="{svg.INK}"'
        ' stroke-width="0.4" stroke-linejoin="round"/>'
    )


def _lines(paper: Paper, lines: BaseGeometry, color: str, look: str) -> str:
    parts = [part for part in shapely.get_parts(lines) if isinstance(part, LineString)]
    drawn = "".join(
        "M" + " ".join(f"{svg.mm(x)},{svg.mm(y)}" for x, y in (paper.mm(*at) for at in part.coords))
        for part in parts
    )
    return f'<path d="{drawn}" fill="none" stroke="{color}" {look} stroke-linejoin="round"/>' if drawn else ""


def _inner_corners(paper: Paper, corners: Sequence[Corner]) -> str:
    found = []
    for corner in corners:
        x, y = paper.mm(corner.x, corner.y)
        found.append(
            f'<circle cx="{svg.mm(x)}" cy="{svg.mm(y)}" r="0.55" fill="{svg.PAPER}" stroke="{svg.INK}"'
            ' stroke-width="0.25"/>'
        )
        found.append(svg.text_on_halo(x + 2.2, y - 1.8, str(corner.number), svg.NUMBER_MM, svg.INK, bold=True))
    return "".join(found)

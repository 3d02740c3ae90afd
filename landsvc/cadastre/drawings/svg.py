"""Draw a parcel and the land around it as SVG, in millimetres of paper: our own drawing, nothing fetched.

No style attributes (the pages' policy refuses them) and no text that is not escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drawings.sketch import Edge, Paper, Point, Ring, bar_m, largest_part, parts_of
from landsvc.geo.polylabel import pole

FONTS = "'Be Vietnam Pro', 'Be Vietnam Pro Ext', 'Be Vietnam Pro Vi', 'DejaVu Sans', sans-serif"
INK, SOFT, GREEN, PAPER = "#1d1a15", "#6d675a", "#0b5d4b", "#ffffff"
NUMBER_MM, LENGTH_MM, NEIGHBOUR_MM = 2.7, 2.4, 2.6
LETTER_WIDTH = 0.58
"""Width of a letter as a share of its height, about."""
CAPITAL_WIDTH = 0.72
CORNER_AWAY_MM, LENGTH_AWAY_MM = 3.0, 1.7
EDGE_ZONE_MM = 3.0
"""What lengths along the edges take of the land inside."""
LEAST_LOT_MM = 1.0
"""A number that is smaller on paper is not read."""
MIDDLE_SIZES_MM = (4.2, 3.8, 3.4, 3.0, 2.7, 2.4, 2.2, 2.0, 1.8, 1.6)
USE_ABOVE, NUMBER_ABOVE, AREA_BELOW = 1.7, 0.62, 0.78
USE_SIZE, AREA_SIZE = 0.82, 0.9
"""Places and sizes of the three lines of a label, as shares of the number's size."""


@dataclass(frozen=True)
class Label:
    """What a parcel is called on the map: land use over number over area."""

    use: str
    number: str
    area: str = ""


@dataclass(frozen=True)
class Beside:
    """Land around the parcel, cut at the frame; `object` is a road, a canal or a river."""

    shape: BaseGeometry
    label: Label
    is_object: bool


@dataclass(frozen=True)
class Words:
    """The words of a drawing in the reader's language."""

    title: str
    north: str
    metres: str
    decimal: str
    """The sign between metres and their parts: a comma in Vietnamese."""


def draw(
    paper: Paper,
    rings: Sequence[Ring],
    shape: BaseGeometry,
    label: Label,
    around: Iterable[Beside],
    words: Words,
) -> str:
    """Return the SVG of one parcel in its frame."""
    body = [
        *(land(paper, beside) for beside in around),
        outline(paper, shape),
        *(corner_dots(paper, ring) for ring in rings),
        *(edge_lengths(paper, ring, words.decimal) for ring in rings),
        *(corner_numbers(paper, ring) for ring in rings),
        in_the_middle(paper, shape, label),
    ]
    return framed(paper, body, words)


def framed(paper: Paper, body: Iterable[str], words: Words, name: str = "frame") -> str:
    """Return what is drawn as an SVG in its frame, with north and the scale bar; `name` is one on its page."""
    w, h = paper.width_mm, paper.height_mm
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sketch" viewBox="0 0 {mm(w)} {mm(h)}"'
        f' width="{mm(w)}mm" height="{mm(h)}mm" font-family="{FONTS}" role="img" aria-label="{_q(words.title)}">',
        f'<clipPath id="{_q(name)}"><rect width="{mm(w)}" height="{mm(h)}"/></clipPath>',
        f'<rect width="{mm(w)}" height="{mm(h)}" fill="{PAPER}"/><g clip-path="url(#{_q(name)})">',
        *body,
        "</g>",
        _north(w - 9, 4, words.north),
        _bar(paper, words.metres),
        f'<rect x="0.2" y="0.2" width="{mm(w - 0.4)}" height="{mm(h - 0.4)}" fill="none" stroke="{INK}"'
        ' stroke-width="0.3"/></svg>',
    ]
    return "".join(parts)


def land(paper: Paper, beside: Beside) -> str:
    """Draw land around the parcel: its outline and its number or land use, where there is room."""
    fill = "#f0eee8" if beside.is_object else "none"
    body = f'<path d="{path_of(paper, beside.shape)}" fill="{fill}" stroke="{SOFT}" stroke-width="0.18"/>'
    piece = largest_part(beside.shape)
    if piece.is_empty:
        return body
    x, y, radius = pole(piece)
    text = beside.label.use if beside.is_object else beside.label.number or beside.label.use
    if paper.length_mm(radius) < max(NEIGHBOUR_MM * 0.7, len(text) * NEIGHBOUR_MM * LETTER_WIDTH / 2):
        return body
    return body + text_on_halo(*paper.mm(x, y), text, NEIGHBOUR_MM, SOFT)


def lot(paper: Paper, shape: BaseGeometry, label: Label) -> str:
    """Draw one parcel of a sheet: its outline, and what of its label has room (all, the number, or nothing)."""
    path = (
        f'<path d="{path_of(paper, shape)}" fill="none" fill-rule="evenodd" stroke="{INK}" stroke-width="0.2"'
        ' stroke-linejoin="round"/>'
    )
    piece = largest_part(shape)
    x, y, radius = pole(piece)
    room = paper.length_mm(radius)
    if room >= EDGE_ZONE_MM + MIDDLE_SIZES_MM[-1] * 2:
        return path + in_the_middle(paper, piece, label)
    size = min(NEIGHBOUR_MM, 2 * room / max(1, len(label.number) * LETTER_WIDTH))
    return path + text_on_halo(*paper.mm(x, y), label.number, size, INK) if size >= LEAST_LOT_MM else path


def outline(paper: Paper, shape: BaseGeometry) -> str:
    """Draw the land itself."""
    return (
        f'<path d="{path_of(paper, shape)}" fill="#e9f2ed" fill-rule="evenodd" stroke="{INK}"'
        ' stroke-width="0.45" stroke-linejoin="round"/>'
    )


def path_of(paper: Paper, shape: BaseGeometry) -> str:
    """Return the path of a shape in millimetres of paper."""
    found = []
    for part in parts_of(shape):
        for ring in (part.exterior, *part.interiors):
            points = " ".join(f"{mm(x)},{mm(y)}" for x, y in (paper.mm(*at[:2]) for at in ring.coords[:-1]))
            found.append(f"M{points}Z")
    return "".join(found)


def corner_dots(paper: Paper, ring: Ring) -> str:
    """Draw a ring's corners."""
    places = (paper.mm(corner.x, corner.y) for corner in ring.corners)
    return "".join(
        f'<circle cx="{mm(x)}" cy="{mm(y)}" r="0.55" fill="{PAPER}" stroke="{INK}" stroke-width="0.25"/>'
        for x, y in places
    )


def edge_lengths(paper: Paper, ring: Ring, decimal: str) -> str:
    """Write the lengths along a ring's edges."""
    return "".join(edge_length(paper, edge, ring.hole, decimal) for edge in ring.edges)


def edge_length(paper: Paper, edge: Edge, hole: bool, decimal: str) -> str:
    """Write the length along an edge, inside the land; one that is too short for it stands in the table only."""
    text = length_text(edge.length_m, decimal)
    if paper.length_mm(edge.length_m) < len(text) * LENGTH_MM * LETTER_WIDTH + 2:
        return ""
    (ax, ay), (bx, by) = paper.mm(edge.start.x, edge.start.y), paper.mm(edge.end.x, edge.end.y)
    length = math.dist((ax, ay), (bx, by))
    # Clockwise with y down, land lies to the right of the way: that is (-dy, dx).
    side = -1 if hole else 1
    x = (ax + bx) / 2 - side * (by - ay) / length * LENGTH_AWAY_MM
    y = (ay + by) / 2 + side * (bx - ax) / length * LENGTH_AWAY_MM
    turn = math.degrees(math.atan2(by - ay, bx - ax))
    if not -90 < turn <= 90:
        turn += 180
    return text_on_halo(x, y, text, LENGTH_MM, GREEN, turn=turn)


def length_text(metres: float, decimal: str) -> str:
    """Write an edge length on a drawing: metres, two decimals. Source: domain rules of the parcel sketch."""
    return f"{metres:.2f}".replace(".", decimal)


def corner_numbers(paper: Paper, ring: Ring) -> str:
    """Write the numbers of a ring's corners outside it."""
    places = [paper.mm(corner.x, corner.y) for corner in ring.corners]
    found = []
    for at, corner in enumerate(ring.corners):
        before, here, after = places[at - 1], places[at], places[(at + 1) % len(places)]
        if _crowded(before, here, after):
            continue
        x, y = outward(before, here, after, -1 if ring.hole else 1)
        away = CORNER_AWAY_MM + 0.4 * (len(str(corner.number)) - 1)
        found.append(
            text_on_halo(here[0] + x * away, here[1] + y * away, str(corner.number), NUMBER_MM, INK, bold=True)
        )
    return "".join(found)


def _crowded(before: Point, here: Point, after: Point) -> bool:
    """Whether both neighbours are so near on the paper that numbers would cover each other."""
    return max(math.dist(before, here), math.dist(here, after)) < NUMBER_MM


def outward(before: Point, here: Point, after: Point, side: int = 1) -> Point:
    """Return the direction (unit vector) that leads from a corner of a clockwise ring away from the land.

    Paper coordinates, y down; `side` -1 turns it for a hole.
    """
    normals = [_left(before, here), _left(here, after)]
    x, y = sum(n[0] for n in normals), sum(n[1] for n in normals)
    length = math.hypot(x, y)
    if length < 1e-9:  # a spike: go on in its own direction
        x, y = here[0] - before[0], here[1] - before[1]
        length = math.hypot(x, y) or 1.0
        return x / length, y / length
    return side * x / length, side * y / length


def _left(a: Point, b: Point) -> Point:
    """Return the unit vector to the left of the way from a to b, as seen on paper (y down)."""
    length = math.dist(a, b) or 1.0
    return (b[1] - a[1]) / length, -(b[0] - a[0]) / length


def in_the_middle(paper: Paper, shape: BaseGeometry, label: Label) -> str:
    """Write land use over number over area where the land is widest, as on the cadastral map."""
    x, y, radius = pole(shape)
    at_x, at_y = paper.mm(x, y)
    size = middle_size(label, paper.length_mm(radius))
    half = max(len(label.number), len(label.area)) * size * LETTER_WIDTH / 2
    lines = [
        text_on_halo(at_x, at_y - size * USE_ABOVE, label.use, size * USE_SIZE, INK),
        text_on_halo(at_x, at_y - size * NUMBER_ABOVE, label.number, size, INK, bold=True),
    ]
    if label.area:
        lines += [
            f'<path d="M{mm(at_x - half)},{mm(at_y)}H{mm(at_x + half)}" stroke="{INK}" stroke-width="0.2"/>',
            text_on_halo(at_x, at_y + size * AREA_BELOW, label.area, size * AREA_SIZE, INK),
        ]
    return "".join(lines)


def middle_size(label: Label, room_mm: float) -> float:
    """Return the largest size of letters whose lines stay clear of the edge lengths, in a circle of `room_mm`."""
    return next(
        (size for size in MIDDLE_SIZES_MM if _reach(label, size) <= room_mm - EDGE_ZONE_MM), MIDDLE_SIZES_MM[-1]
    )


def _reach(label: Label, size: float) -> float:
    """Return how far from the middle the corners of the lines lie."""
    lines = (
        (len(label.use) * CAPITAL_WIDTH * USE_SIZE, USE_ABOVE + USE_SIZE / 2),
        (len(label.number) * LETTER_WIDTH, NUMBER_ABOVE + 0.5),
        (len(label.area) * LETTER_WIDTH * AREA_SIZE, AREA_BELOW + AREA_SIZE / 2),
    )
    return size * max((math.hypot(width / 2, away) for width, away in lines if width), default=0.0)


def text_on_halo(
    x: float, y: float, text: str, size: float, color: str, *, turn: float = 0.0, bold: bool = False
) -> str:
    """Write a text in the middle of a point, on a halo of paper."""
    if not text:
        return ""
    place = f'x="{mm(x)}" y="{mm(y + size * 0.36)}"'
    turned = f' transform="rotate({mm(turn)} {mm(x)} {mm(y)})"' if abs(turn) > 1e-6 else ""
    weight = ' font-weight="600"' if bold else ""
    face = f'font-size="{mm(size)}" text-anchor="middle"{weight}{turned}'
    words = escape(text)
    halo = f'stroke="{PAPER}" stroke-width="0.7" stroke-linejoin="round" fill="{PAPER}" aria-hidden="true"'
    return f'<text {place} {face} {halo}>{words}</text><text {place} {face} fill="{color}">{words}</text>'


def _north(x: float, y: float, word: str) -> str:
    arrow = f'<path d="M{mm(x)},{mm(y + 4)}l2.6,10l-2.6,-2.2l-2.6,2.2z" fill="{INK}"/>'
    return text_on_halo(x, y + 1.6, word, 3.2, INK, bold=True) + arrow


def _bar(paper: Paper, metres: str) -> str:
    length_m = bar_m(paper.scale)
    long = paper.length_mm(length_m)
    x, y = 5.0, paper.height_mm - 5.5
    return (
        f'<rect x="{mm(x - 2)}" y="{mm(y - 5)}" width="{mm(long + 14)}" height="8" fill="{PAPER}"/>'
        f'<path d="M{mm(x)},{mm(y - 1)}v2h{mm(long)}v-2M{mm(x + long / 2)},{mm(y)}v1" fill="none" stroke="{INK}"'
        f' stroke-width="0.3"/>'
        + text_on_halo(x, y - 2.6, "0", 2.4, INK)
        + text_on_halo(x + long, y - 2.6, f"{length_m} {metres}", 2.4, INK)
    )


def mm(value: float) -> str:
    """Write a number of millimetres: thousandths are enough for any printer."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"


def _q(text: str) -> str:
    return escape(text, {'"': "&quot;"})

"""Draw a cadastral sheet as an office does: lines that are shared, unclosed and meet in mid-line; texts for labels.

Forty parcels in two blocks, a road between and below them, a canal in the east. All is turned a little, so that no
line is parallel to an axis, and every coordinate is rounded to the millimetre: ends lie near lines, not on them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import ezdxf
import shapely
from tests.factories.dgn import Dgn
from tests.factories.old_text import DECOMPOSED, TCVN3, UTF8, WINDOWS, write
from tests.factories.parcel_files import X0, Y0

TURN = 0.1
COLUMNS, ROWS, WIDTH, DEPTH = 5, 4, 12.0, 20.0
BLOCKS = (0.0, 68.0)
EDGE, TOP, LOW = 128.0, 80.0, -8.0
HEIGHT = 1.2
BOUNDARY, LABEL, FRAME, HOUSE = 10, 13, 63, 14
LAYERS = {BOUNDARY: "RANH_THUA", LABEL: "NHAN_THUA", FRAME: "KHUNG", HOUSE: "NHA"}
USES = ("ODT", "CLN", "LUC", "ODT")


def at(x: float, y: float) -> tuple[float, float]:
    """Return a place of the plan on the ground (SRID 9212), to the millimetre."""
    cos, sin = math.cos(TURN), math.sin(TURN)
    return round(X0 + x * cos - y * sin, 3), round(Y0 + x * sin + y * cos, 3)


@dataclass
class Line:
    """A run of edges; `arc` means: the circle through its three points."""

    points: list[tuple[float, float]]
    level: int = BOUNDARY
    arc: bool = False


@dataclass
class Text:
    """A text by its middle."""

    text: str
    x: float
    y: float
    level: int = LABEL


@dataclass
class Drawn:
    """A sheet that can be spoilt and then written."""

    lines: dict[str, Line] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)

    def dxf(self, path: Path, *, version: str = "R2000", encoding: str | None = None) -> Path:
        """Write it as a DXF; with an encoding, in the version and code page in which offices have it."""
        codec = "cp1258" if encoding == WINDOWS else "cp1252"
        if encoding in (UTF8, DECOMPOSED):
            version, codec = "R2010", "utf-8"
        document = ezdxf.new(version, units=6)
        document.encoding = codec
        space = document.modelspace()
        for index, line in enumerate(self.lines.values()):
            layer = {"layer": LAYERS[line.level]}
            light = version != "R12" and index % 2
            if line.arc:
                add = space.add_lwpolyline if light else space.add_polyline2d
                add(_bulged(line.points), format="xyb", dxfattribs=layer)
            elif len(line.points) == 2:
                space.add_line(*line.points, dxfattribs=layer)
            elif light:
                space.add_lwpolyline(line.points, dxfattribs=layer)
            else:
                space.add_polyline2d(line.points, dxfattribs=layer)
        for text in self.texts.values():
            said = text.text if encoding is None else write(text.text, encoding).decode(codec)
            made = space.add_text(said, height=HEIGHT, dxfattribs={"layer": LAYERS[text.level]})
            made.set_placement((text.x, text.y), align=ezdxf.enums.TextEntityAlignment.MIDDLE_CENTER)
        document.saveas(path)
        return path

    def dgn(self, path: Path, *, encoding: str | None = None) -> Path:
        """Write it as a DGN V7, accents in TCVN3 unless stated."""
        made = Dgn()
        for line in self.lines.values():
            (made.arc if line.arc else made.line)(line.level, line.points)
        for text in self.texts.values():
            width = len(text.text) * HEIGHT
            made.text(
                text.level, write(text.text, encoding or TCVN3), text.x - width / 2, text.y - HEIGHT / 2, HEIGHT
            )
        return made.save(path)


def tcvn3(text: str) -> bytes:
    """Return the bytes of a text in TCVN3, whose accented capitals are those of another font."""
    return write(text, TCVN3)


def _bulged(points: list[tuple[float, float]]) -> list[tuple[float, float, float]]:
    (ax, ay), (mx, my), (bx, by) = points
    chord = math.dist((ax, ay), (bx, by))
    side = (bx - ax) * (my - ay) - (by - ay) * (mx - ax)
    rise = math.dist(((ax + bx) / 2, (ay + by) / 2), (mx, my))
    return [(ax, ay, -math.copysign(2 * rise / chord, side)), (bx, by, 0.0)]


def sheet() -> Drawn:
    """Return a sheet without a defect: parcels 1 to 40, a road, a canal."""
    drawn = Drawn()
    for block, left in enumerate(BLOCKS):
        right = left + COLUMNS * WIDTH
        drawn.lines[f"block {block}"] = Line([at(left, 0), at(right, 0), at(right, TOP), at(left, TOP)])
        drawn.lines[f"west {block}"] = Line([at(left, TOP), at(left, 0)])
        for row in range(1, ROWS):
            drawn.lines[f"row {block}.{row}"] = Line([at(left, row * DEPTH), at(right, row * DEPTH)])
        for row in range(ROWS):
            for column in range(1, COLUMNS):
                x = left + column * WIDTH
                drawn.lines[f"side {block}.{row}.{column}"] = Line([at(x, row * DEPTH), at(x, (row + 1) * DEPTH)])
    drawn.lines["road"] = Line([at(0, 0), at(0, LOW), at(EDGE, LOW), at(EDGE, 0)])
    drawn.lines["road end"] = Line([at(60, TOP), at(68, TOP)])
    drawn.lines["canal"] = Line([at(EDGE, LOW), at(EDGE + 4, LOW), at(EDGE + 4, TOP), at(EDGE, TOP)])
    drawn.lines["frame"] = Line([at(-20, -20), at(160, -20), at(160, 100), at(-20, 100), at(-20, -20)], FRAME)
    drawn.lines["house"] = Line([at(3, 3), at(8, 3), at(8, 9), at(3, 9), at(3, 3)], HOUSE)
    for number in range(1, 2 * COLUMNS * ROWS + 1):
        label(drawn, number)
    drawn.texts["road"] = Text(f"DGT {EDGE * -LOW + 8 * TOP:.1f}", *at(30, -4))
    drawn.texts["canal"] = Text(f"DTL {4 * (TOP - LOW):.1f}".replace(".", ","), *at(130, 40))
    drawn.texts["title"] = Text("BẢN ĐỒ ĐỊA CHÍNH", *at(70, 110), FRAME)
    drawn.texts["sheet"] = Text("Tờ bản đồ số: 12", *at(70, 106), FRAME)
    drawn.texts["north"] = Text("1275 000", *at(-25, 0), FRAME)
    return drawn


def corner(number: int) -> tuple[float, float]:
    """Return the lower left corner of a parcel in the plan."""
    block, rest = divmod(number - 1, COLUMNS * ROWS)
    row, column = divmod(rest, COLUMNS)
    return BLOCKS[block] + column * WIDTH, row * DEPTH


def parcel(number: int) -> shapely.Polygon:
    """Return the polygon of a parcel by its four drawn corners."""
    x, y = corner(number)
    return shapely.Polygon([at(x, y), at(x + WIDTH, y), at(x + WIDTH, y + DEPTH), at(x, y + DEPTH)])


def middle(number: int) -> tuple[float, float]:
    """Return the middle of a parcel on the ground."""
    x, y = corner(number)
    return at(x + WIDTH / 2, y + DEPTH / 2)


def label(drawn: Drawn, number: int, *, area: float | None = None) -> None:
    """Write a parcel's label: three texts that stand together in the western block, one text in the eastern."""
    x, y = middle(number)
    size = f"{parcel(number).area if area is None else area:.1f}"
    use = USES[number % len(USES)]
    if number <= COLUMNS * ROWS:
        drawn.texts[f"{number} use"] = Text(use, x - 3, y)
        drawn.texts[f"{number}"] = Text(str(number), x, y + 1)
        drawn.texts[f"{number} area"] = Text(size, x, y - 1)
    else:
        drawn.texts[f"{number}"] = Text(f"{use} / {number} / {size}", x, y)

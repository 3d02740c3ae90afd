"""Read a DXF drawing with ezdxf: lines, polylines, curves and texts, blocks taken apart.

Corners are the numbers in the file. Old files hold eight-bit text in the code page they name, or in a font
encoding that the code page knows nothing of: the bytes are given back to be judged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice, pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from ezdxf.disassemble import recursive_decompose
from ezdxf.filemanagement import readfile
from ezdxf.lldxf.const import DXFError
from ezdxf.lldxf.encoding import decode_dxf_unicode

from landsvc.geo.formats import errors
from landsvc.geo.formats.curves import arc_points
from landsvc.geo.formats.drawing import (
    DEVIATION,
    MOST_CORNERS,
    Drawing,
    Strokes,
    Text,
    ellipse_points,
    refuse_dwg,
    text_at,
)

MOST_ENTITIES = 1_000_000
"""Blocks may stand in blocks and in rows of themselves: a small file can say more than any memory holds."""
_BINARY = b"AutoCAD Binary DXF"
_BEGINS = re.compile(rb"\n[ \t]*0[ \t]*\r?\n[ \t]*[A-Z]")
"""Group code 0 and a name: a value of 0 is followed by the number of the next group."""
_BEGINS_BINARY = re.compile(rb"\0\0[A-Z][A-Z0-9_]+\0")
MOST_LETTERS = 100_000
LETTER_WIDTH = 0.8
"""Width of a letter as a share of its height: only to find the middle of a text."""
LINE_STEP = 5 / 3
_DAMAGE = (DXFError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_UNREAD = {"REGION", "HELIX", "ACAD_PROXY_ENTITY"}
_UNICODE_VERSION = "AC1021"


def read_dxf(path: Path, *, stated: str | None = None) -> Drawing:
    """Return the lines and texts of a DXF file; `stated` is the encoding of its text, if known.

    Raise `UnreadableSource`, `TruncatedSource`, `TooManyEntities` or `DwgFile`.
    """
    refuse_dwg(path)
    # ezdxf reads ten thousand entities a second: what is too much is counted before it is read.
    _require_few(path, _written(path))
    document = _opened(path)
    codec = document.encoding if document.dxfversion < _UNICODE_VERSION else None
    strokes = Strokes()
    texts: list[Text] = []
    try:
        _require_few(path, _Counting(document).total())
        for layout in document.layouts:
            _gather(layout, codec, strokes, texts)
    except (*_DAMAGE, RecursionError) as error:
        # What ezdxf takes for sound may still hold an entity without what makes it one.
        reason = f"an entity is damaged: {error}."
        raise errors.UnreadableSource(field="file", path=str(path), reason=reason) from error
    return strokes.drawing("DXF", texts, stated, codec)


def _require_few(path: Path, count: int) -> None:
    if count > MOST_ENTITIES:
        raise errors.TooManyEntities(path, count, MOST_ENTITIES)


def _written(path: Path) -> int:
    """Return how many things begin in a file (group code 0), vertices and table entries among them."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        begins = _BEGINS_BINARY if data[: len(_BINARY)] == _BINARY else _BEGINS
        return sum(1 for _ in begins.finditer(data))


class _Counting:
    """Count the entities of a drawing as if its blocks were taken apart, each block once."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.sizes: dict[str, int | None] = {}
        """Entities of a block by its name; None while it is being counted."""

    def total(self) -> int:
        """Return the entities of all layouts; raise `ValueError` for a block that holds itself."""
        return sum(map(self._of, chain.from_iterable(self.document.layouts)))

    def _of(self, entity: Any) -> int:
        match entity.dxftype():
            case "INSERT":
                return int(entity.mcount) * (len(entity.attribs) + self._block(entity.dxf.get("name")))
            case "DIMENSION":
                return 1 + self._block(entity.dxf.get("geometry"))
        return 1

    def _block(self, name: str | None) -> int:
        block = self.document.blocks.get(name) if name else None
        if block is None:
            return 0
        if block.name not in self.sizes:
            self.sizes[block.name] = None
            self.sizes[block.name] = sum(map(self._of, block))
        size = self.sizes[block.name]
        if size is None:
            raise ValueError(f"block {block.name} holds itself")
        return size


def _gather(layout: Any, codec: str | None, strokes: Strokes, texts: list[Text]) -> None:
    for number, entity in enumerate(recursive_decompose(layout)):
        if number >= MOST_ENTITIES:
            # Leaders and tables hold blocks too, which are seen only here.
            raise ValueError(f"taken apart, it is more than {MOST_ENTITIES} entities")
        kind = entity.dxftype()
        if kind in ("TEXT", "ATTRIB", "MTEXT"):
            texts += list(_text(entity, codec, on_map=layout.is_modelspace))
        elif layout.is_modelspace and kind in _LINES:
            for points, curved in _LINES[kind](entity):
                strokes.add(entity.dxf.layer, points, curved=curved)
        elif layout.is_modelspace and kind in _UNREAD:
            strokes.skip(kind)


def _opened(path: Path) -> Any:
    # A file cut off is read as far as it goes without a word.
    if not _has_end(path) and _begins(path):
        raise errors.TruncatedSource(field="file", path=str(path), reason="its end mark (EOF) is missing.")
    try:
        return readfile(path)
    except (*_DAMAGE, OSError, RecursionError) as error:
        raise errors.UnreadableSource(field="file", path=str(path), reason=f"{error}.") from error


def _begins(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4000)
    return b"SECTION" in head or head.startswith(_BINARY)


def _has_end(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200))
        return b"EOF" in file.read()


Piece = tuple[Any, bool]
"""Points, and whether they stand for a curve."""


def _line(entity: Any) -> Iterator[Piece]:
    yield [entity.dxf.start, entity.dxf.end], False


def _light_polyline(entity: Any) -> Iterator[Piece]:
    corners = [(x, y, bulge) for x, y, bulge in entity.get_points("xyb")]
    yield from _bulged(corners, closed=bool(entity.closed), to_world=_world(entity))


def _polyline(entity: Any) -> Iterator[Piece]:
    if not (entity.is_2d_polyline or entity.is_3d_polyline):
        return
    flat = entity.is_2d_polyline
    corners = [
        (v.dxf.location.x, v.dxf.location.y, v.dxf.get("bulge", 0.0) if flat else 0.0) for v in entity.vertices
    ]
    yield from _bulged(corners, closed=entity.is_closed, to_world=_world(entity) if flat else None)


def _bulged(corners: list[tuple[float, float, float]], *, closed: bool, to_world: Any) -> Iterator[Piece]:
    """Yield runs of straight edges and single arcs: a bulge is the tangent of a quarter of the arc's angle."""
    if closed and corners:
        corners = [*corners, corners[0]]
    run: list[Any] = []
    for (x, y, bulge), (next_x, next_y, _) in pairwise(corners):
        run = run or [(x, y)]
        if abs(bulge) < 1e-12 or (x, y) == (next_x, next_y):
            run.append((next_x, next_y))
            continue
        if len(run) > 1:
            yield _placed(np.array(run), to_world), False
        run = []
        start, end = np.array([x, y]), np.array([next_x, next_y])
        middle = (start + end) / 2 + bulge / 2 * np.array([end[1] - start[1], start[0] - end[0]])
        yield _placed(np.vstack([start[None, :], arc_points(start, middle, end, DEVIATION)]), to_world), True
    if len(run) > 1:
        yield _placed(np.array(run), to_world), False


def _arc(entity: Any) -> Iterator[Piece]:
    first, last = math.radians(entity.dxf.start_angle), math.radians(entity.dxf.end_angle)
    yield _circular(entity, first, (last - first) % (2 * math.pi) or 2 * math.pi)


def _circle(entity: Any) -> Iterator[Piece]:
    yield _circular(entity, 0.0, 2 * math.pi)


def _circular(entity: Any, first: float, sweep: float) -> Piece:
    radius, centre = abs(entity.dxf.radius), np.array([entity.dxf.center.x, entity.dxf.center.y])
    return _placed(ellipse_points(centre, radius, radius, 0.0, first, sweep), _world(entity)), True


def _flattened(entity: Any) -> Iterator[Piece]:
    points = [(point.x, point.y) for point in islice(entity.flattening(DEVIATION), MOST_CORNERS + 1)]
    if len(points) > MOST_CORNERS:
        raise ValueError(f"a curve has more than {MOST_CORNERS} corners")
    yield points, True


def _world(entity: Any) -> Any:
    """Return the transformation of an entity drawn on a plane of its own (seen from below, say), or None."""
    system = entity.ocs()
    return system if system.transform else None


def _placed(points: Any, system: Any) -> Any:
    if system is None or not len(points):
        return points
    return [(point.x, point.y) for point in system.points_to_wcs([(x, y, 0.0) for x, y in points])]


_LINES = {
    "LINE": _line,
    "LWPOLYLINE": _light_polyline,
    "POLYLINE": _polyline,
    "ARC": _arc,
    "CIRCLE": _circle,
    "ELLIPSE": _flattened,
    "SPLINE": _flattened,
}


def _text(entity: Any, codec: str | None, *, on_map: bool) -> Iterable[Text]:
    length = len(entity.text if entity.dxftype() == "MTEXT" else entity.dxf.text)
    if length > MOST_LETTERS:
        raise ValueError(f"a text has {length} letters")
    written = str(entity.plain_text())
    shown = decode_dxf_unicode(written)
    if not shown.strip():
        return
    height = float(entity.dxf.char_height if entity.dxftype() == "MTEXT" else entity.dxf.height)
    rows = shown.split("\n")
    half = max(map(len, rows)) * height * LETTER_WIDTH / 2, height * (1 + LINE_STEP * (len(rows) - 1)) / 2
    point, across, up, turn = _anchor(entity)
    raw = _bytes(written, codec) if shown == written else None
    layer = entity.dxf.layer
    yield text_at(
        layer, shown if raw is None else raw, (point.x, point.y), height, half, (across, up), turn, on_map=on_map
    )


def _anchor(entity: Any) -> tuple[Any, int, int, float]:
    """Return the point a text hangs on, where in the text it lies (-1, 0, 1 across and up), and its turn."""
    if entity.dxftype() == "MTEXT":
        row, column = divmod(int(entity.dxf.attachment_point) - 1, 3)
        return entity.dxf.insert, column - 1, 1 - row, math.radians(entity.get_rotation())
    alignment, first, second = entity.get_placement()
    across, up = int(entity.dxf.get("halign", 0)), int(entity.dxf.get("valign", 0))
    turned = math.radians(entity.dxf.get("rotation", 0.0))
    if alignment.name in ("ALIGNED", "FIT") and second is not None:
        return first.lerp(second), 0, -1, turned
    column = {0: -1, 1: 0, 2: 1}.get(across, 0)
    row = 0 if across == 4 else {0: -1, 1: -1, 2: 0, 3: 1}.get(up, -1)
    point = entity.ocs().to_wcs(first) if entity.ocs().transform else first
    return point, column, row, turned


def _bytes(shown: str, codec: str | None) -> bytes | None:
    """Give back the bytes of eight-bit text; None where the file holds Unicode."""
    if codec is None or shown.isascii():
        return None
    try:
        return shown.encode(codec, "surrogateescape")
    except UnicodeEncodeError:
        return None

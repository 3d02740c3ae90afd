"""Read a MicroStation V7 drawing (DGN), element by element: lines, shapes, arcs and texts, each with its level.

GDAL reads these files too, but strokes every arc in steps of 5 degrees and draws shorter ones as their chord, which is
centimetres off at a street corner; and whole numbers of the file, divided once, are the corners as drawn.
Source: Intergraph Standard File Formats (ISFF), element structure.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landsvc.geo.formats import errors
from landsvc.geo.formats.drawing import Drawing, Strokes, Text, ellipse_points, text_at

LINE, LINE_STRING, SHAPE, CURVE, ELLIPSE, ARC, TEXT, SHARED_CELL = 3, 4, 6, 11, 15, 16, 17, 34
_UNREAD = {21: "B-spline", 27: "B-spline", 33: "dimension", 35: "shared cell", 36: "multi-line"}
_SETTINGS = ((b"\x08\x09\xfe\x02", 2), (b"\xc8\x09\xfe\x02", 3))
_END = 0xFFFF
_HEAD, _BODY = 4, 36
_TICKS = 360_000.0
"""Angles are whole numbers, this many to a degree."""


def read_dgn(path: Path, *, stated: str | None = None) -> Drawing:
    """Return the lines and texts of a DGN V7 file; `stated` is the encoding of its text, if known.

    Raise `UnreadableSource` or `TruncatedSource`.
    """
    data = path.read_bytes()
    units = _Units.of(path, data)
    strokes = Strokes()
    texts: list[Text] = []
    try:
        _gather(path, data, units, strokes, texts)
    except (ArithmeticError, ValueError, IndexError, struct.error) as error:
        raise errors.UnreadableSource(
            field="file", path=str(path), reason=f"an element is damaged: {error}."
        ) from error
    return strokes.drawing("DGN", [text for text in texts if text.raw], stated, None)


def _gather(path: Path, data: bytes, units: _Units, strokes: Strokes, texts: list[Text]) -> None:
    in_definition = False
    for element in _elements(path, data):
        # What defines a shared cell is drawn where the cell is placed, not here.
        in_definition = element.kind == SHARED_CELL or (in_definition and element.in_complex)
        if in_definition:
            continue
        if element.kind == TEXT:
            texts.append(_text(element, units))
        elif element.kind in _UNREAD:
            strokes.skip(_UNREAD[element.kind])
        elif element.kind in _LINES:
            strokes.add(str(element.level), _LINES[element.kind](element, units), curved=element.kind in _CURVED)


@dataclass(frozen=True)
class _Element:
    level: int
    in_complex: bool
    kind: int
    data: bytes

    def int32(self, at: int) -> int:
        """Return a signed number of 32 bits, the high word first."""
        high, low = struct.unpack_from("<hH", self.data, at)
        return int(high) * 65536 + int(low)


@dataclass(frozen=True)
class _Units:
    """How whole numbers of the file become coordinates."""

    dimensions: int
    per_master: float
    origin: NDArray[np.float64]

    @classmethod
    def of(cls, path: Path, data: bytes) -> _Units:
        dimensions = next((many for head, many in _SETTINGS if data.startswith(head)), None)
        if dimensions is None or len(data) < 1264:
            raise errors.UnreadableSource(field="file", path=str(path), reason="it is no DGN drawing of V7.")
        settings = _Element(8, False, 9, data[:1536])
        dimensions = 3 if data[1214] & 0x40 else dimensions
        per_master = float(settings.int32(1112)) * settings.int32(1116)
        return cls(dimensions, per_master or 1.0, np.array([vax_float(data, 1240), vax_float(data, 1248)]))

    def points(self, element: _Element, at: int, count: int) -> NDArray[np.float64]:
        """Return x and y of points written as whole numbers."""
        words = np.frombuffer(element.data, "<u2", count * self.dimensions * 2, at).astype(np.int64)
        whole = (words[0::2] << 16 | words[1::2]).reshape(count, self.dimensions)[:, :2]
        whole = np.where(whole >= 1 << 31, whole - (1 << 32), whole)
        return (whole - self.origin) / self.per_master

    def place(self, element: _Element, at: int) -> NDArray[np.float64]:
        """Return x and y of a point written in floating numbers."""
        return (
            np.array([vax_float(element.data, at), vax_float(element.data, at + 8)]) - self.origin
        ) / self.per_master

    def turn(self, element: _Element, at: int) -> tuple[float, int]:
        """Return the turn of an element in the plane, in radians, and where its data go on."""
        if self.dimensions == 2:
            return math.radians(element.int32(at) / _TICKS), at + 4
        # A quaternion; of a turn in space only the part about the vertical shows on a map.
        w, z = element.int32(at), element.int32(at + 12)
        return -2 * math.atan2(z, w) if (w or z) else 0.0, at + 16


def vax_float(data: bytes, at: int) -> float:
    """Return a number in the floating format of the VAX (D): 8 bits of exponent, 55 of mantissa."""
    words = struct.unpack_from("<4H", data, at)
    bits = words[0] << 48 | words[1] << 32 | words[2] << 16 | words[3]
    exponent = bits >> 55 & 0xFF
    if not exponent:
        return 0.0
    size = math.ldexp(0.5 + (bits & ((1 << 55) - 1)) / (1 << 56), exponent - 128)
    return -size if bits >> 63 else size


def _elements(path: Path, data: bytes) -> Iterator[_Element]:
    at = 0
    while True:
        if at + _HEAD > len(data) and data[at : at + 2] != b"\xff\xff":
            raise errors.TruncatedSource(field="file", path=str(path), reason="its end mark is missing.")
        if struct.unpack_from("<H", data, at)[0] == _END:
            return
        level, kind, words = struct.unpack_from("<BBH", data, at)
        size = _HEAD + 2 * words
        if at + size > len(data):
            raise errors.TruncatedSource(field="file", path=str(path), reason="its last element is cut off.")
        if not kind & 0x80:  # deleted elements stay in the file until it is compressed
            yield _Element(level & 0x3F, bool(level & 0x80), kind & 0x7F, data[at : at + size])
        at += size


def _line(element: _Element, units: _Units) -> Any:
    return units.points(element, _BODY, 2)


def _run(element: _Element, units: _Units) -> Any:
    (count,) = struct.unpack_from("<H", element.data, _BODY)
    return units.points(element, _BODY + 2, count)


def _curve(element: _Element, units: _Units) -> Any:
    """Return the points a free curve goes through; two more at either end only say how it starts."""
    points = _run(element, units)
    return points[2:-2] if len(points) > 5 else points


def _arc(element: _Element, units: _Units) -> Any:
    first = math.radians(element.int32(_BODY) / _TICKS)
    size = element.int32(_BODY + 4) & 0xFFFFFFFF
    sweep = math.radians((size & 0x7FFFFFFF) / _TICKS) or 2 * math.pi
    return _elliptic(element, units, _BODY + 8, first, -sweep if size >> 31 else sweep)


def _ellipse(element: _Element, units: _Units) -> Any:
    return _elliptic(element, units, _BODY, 0.0, 2 * math.pi)


def _elliptic(element: _Element, units: _Units, at: int, first: float, sweep: float) -> Any:
    along, across = (vax_float(element.data, at + step) / units.per_master for step in (0, 8))
    turn, origin = units.turn(element, at + 16)
    return ellipse_points(units.place(element, origin), along, across, turn, first, sweep)


_LINES = {LINE: _line, LINE_STRING: _run, SHAPE: _run, CURVE: _curve, ELLIPSE: _ellipse, ARC: _arc}
_CURVED = {CURVE, ELLIPSE, ARC}


def _text(element: _Element, units: _Units) -> Text:
    width, height = (element.int32(_BODY + at) * 6 / 1000 / units.per_master for at in (2, 6))
    turn, at = units.turn(element, _BODY + 10)
    (point,) = units.points(element, at, 1)
    at += 4 * units.dimensions
    raw = element.data[at + 2 : at + 2 + element.data[at]].split(b"\0")[0].strip()
    half = (abs(width) * len(raw) / 2, abs(height) / 2)
    return text_at(str(element.level), raw, point, abs(height), half, (-1, -1), turn)

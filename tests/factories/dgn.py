"""Write drawings of MicroStation V7 (DGN), element by element, for tests: free GDAL writes no arcs and no encodings.

The settings of the file are those of GDAL's own seed, with a unit of 1 mm.
Source: Intergraph Standard File Formats (ISFF), element structure.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import pyogrio

SEED = Path(pyogrio.__file__).parent / "gdal_data" / "seed_2d.dgn"
UNITS_PER_METRE = 1000
LINE, LINE_STRING, SHAPE, CHAIN, ARC, TEXT = 3, 4, 6, 12, 16, 17
_END = b"\xff\xff"

Points = list[tuple[float, float]]


class Dgn:
    """Elements one after another."""

    def __init__(self) -> None:
        self.elements: list[bytes] = [_settings()]

    def line(self, level: int, points: Points, *, in_chain: bool = False) -> None:
        """Add a line, or a line string where there are more than two points."""
        if len(points) == 2:
            self._add(LINE, level, _ints(points), points, in_chain)
        else:
            self._add(LINE_STRING, level, struct.pack("<H", len(points)) + _ints(points), points, in_chain)

    def arc(self, level: int, points: Points, *, in_chain: bool = False) -> None:
        """Add the arc through three points."""
        (cx, cy), radius = _circle(points)
        first, middle, last = (math.degrees(math.atan2(y - cy, x - cx)) for x, y in points)
        sweep = (last - first) % 360
        if (middle - first) % 360 > sweep:
            sweep -= 360
        size = round(abs(sweep) * 360_000)
        body = _int(round(first % 360 * 360_000)) + _int(size | (0x80000000 if sweep < 0 else 0))
        body += _vax(radius * UNITS_PER_METRE) * 2 + _int(0)
        body += _vax(cx * UNITS_PER_METRE) + _vax(cy * UNITS_PER_METRE)
        self._add(ARC, level, body, points, in_chain)

    def chain(self, level: int, count: int) -> None:
        """Announce that the next `count` elements, added with `in_chain`, are one line."""
        self._add(CHAIN, level, struct.pack("<HH", 0, count) + b"\0" * 8, [(0, 0)], False)

    def text(self, level: int, raw: bytes, x: float, y: float, height: float) -> None:
        """Add a text by its lower left corner."""
        multiplier = _int(round(height * UNITS_PER_METRE * 1000 / 6))
        body = bytes([0, 2]) + multiplier * 2 + _int(0) + _ints([(x, y)]) + bytes([len(raw), 0])
        self._add(TEXT, level, body + raw + b"\0" * (len(raw) % 2), [(x, y)], False)

    def _add(self, kind: int, level: int, body: bytes, points: Points, in_chain: bool) -> None:
        low = min(x for x, _ in points), min(y for _, y in points)
        high = max(x for x, _ in points), max(y for _, y in points)
        box = b"".join(_int((_units(v) + 0x80000000) & 0xFFFFFFFF) for v in (*low, 0, *high, 0))
        words = (36 + len(body)) // 2 - 2
        head = bytes([level | (0x80 if in_chain else 0), kind]) + struct.pack("<H", words) + box
        attributes = (36 + len(body) - 32) // 2
        self.elements.append(head + struct.pack("<HHHH", 0, attributes, 0, 0) + body)

    def save(self, path: Path) -> Path:
        """Write the file."""
        path.write_bytes(b"".join(self.elements) + _END)
        return path


def _settings() -> bytes:
    seed = bytearray(SEED.read_bytes())
    seed[1112:1120] = _int(UNITS_PER_METRE) + _int(1)
    seed[1120:1124] = b"m mm"
    seed[1240:1264] = b"\0" * 24
    at = 0
    while bytes(seed[at : at + 2]) != _END:
        at += 4 + 2 * struct.unpack_from("<H", seed, at + 2)[0]
    return bytes(seed[:at])


def _units(metres: float) -> int:
    return round(metres * UNITS_PER_METRE)


def _int(value: int) -> bytes:
    """Return 32 bits with the high word first, each word with its low byte first."""
    raw = struct.pack("<I", value & 0xFFFFFFFF)
    return raw[2:] + raw[:2]


def _ints(points: Points) -> bytes:
    return b"".join(_int(_units(value)) for point in points for value in point)


def _vax(value: float) -> bytes:
    """Return a VAX D float: exponent of 8 bits with excess 128, hidden bit after the point, words reversed."""
    if value == 0:
        return b"\0" * 8
    mantissa, exponent = math.frexp(abs(value))
    bits = (1 << 63 if value < 0 else 0) | (exponent + 128) << 55 | (int(mantissa * 2**56) & ((1 << 55) - 1))
    return struct.pack("<4H", *(bits >> shift & 0xFFFF for shift in (48, 32, 16, 0)))


def _circle(points: Points) -> tuple[tuple[float, float], float]:
    (ax, ay), (bx, by), (cx, cy) = points
    bx, by, cx, cy = bx - ax, by - ay, cx - ax, cy - ay
    twice = 2 * (bx * cy - by * cx)
    ux = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / twice
    uy = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / twice
    return (ax + ux, ay + uy), math.hypot(ux, uy)

"""Turn arcs into short straight edges: GEOS knows no curves, and the fabric has none.

A chord never leaves its arc by more than the deviation asked for. An arc gives the same points whichever way it
is drawn, so that two neighbours which share it still share their corners.
Source: ISO 19125-1 and ISO/IEC 13249-3 (well-known binary of curves).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
_Z_FLAG, _M_FLAG, _SRID_FLAG = 0x80000000, 0x40000000, 0x20000000


def linearise(wkb: bytes, deviation: float) -> BaseGeometry:
    """Return a geometry from well-known binary, x and y only, with every arc cut into chords.

    `deviation` is the largest distance between arc and chord, in the unit of the coordinates.
    """
    return _Reader(wkb, deviation).geometry()


def arc_points(start: Floats, middle: Floats, end: Floats, deviation: float) -> Floats:
    """Return the points of the arc through three points, without its start."""
    if tuple(start) > tuple(end):
        return _arc(end, middle, start, deviation)[::-1][1:]
    return _arc(start, middle, end, deviation)[1:]


def _arc(start: Floats, middle: Floats, end: Floats, deviation: float) -> Floats:
    """Return start, the points between, and end."""
    if np.array_equal(start, end):
        # A full circle is written with its far point in the middle.
        centre, sweep = (start + middle) / 2, 2 * math.pi
    else:
        found = _centre(start, middle, end)
        if found is None:
            return np.vstack([start, end])
        centre, sweep = found, _sweep(start, middle, end, found)
    radius = float(np.hypot(*(start - centre)))
    step = 2 * math.acos(max(1 - deviation / radius, -1.0)) if deviation < radius else math.pi / 2
    count = max(math.ceil(abs(sweep) / step), 4 if abs(sweep) > math.pi else 2)
    angles = math.atan2(start[1] - centre[1], start[0] - centre[0]) + sweep * np.arange(1, count) / count
    between = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.vstack([start, between, end])


def _centre(a: Floats, b: Floats, c: Floats) -> Floats | None:
    (bx, by), (cx, cy) = b - a, c - a
    twice = 2 * (bx * cy - by * cx)
    if abs(twice) < 1e-12 * max(1.0, bx * bx + by * by + cx * cx + cy * cy):
        return None
    bb, cc = bx * bx + by * by, cx * cx + cy * cy
    centre: Floats = a + np.array([(cy * bb - by * cc) / twice, (bx * cc - cx * bb) / twice])
    return centre


def _sweep(start: Floats, middle: Floats, end: Floats, centre: Floats) -> float:
    first, mid, last = (math.atan2(p[1] - centre[1], p[0] - centre[0]) for p in (start, middle, end))
    to_mid, to_last = (mid - first) % (2 * math.pi), (last - first) % (2 * math.pi)
    return to_last if to_mid <= to_last else to_last - 2 * math.pi


class _Reader:
    """Walk one well-known binary value; every sub-geometry carries its own header."""

    def __init__(self, wkb: bytes, deviation: float) -> None:
        self.wkb, self.at, self.deviation = wkb, 0, deviation
        self.order, self.width = "<", 2

    def geometry(self) -> BaseGeometry:
        kind = self._header()
        makers: dict[int, Callable[[], BaseGeometry]] = {
            1: lambda: shapely.Point(self._points(1)[0]),
            2: lambda: shapely.LineString(self._points()),
            3: lambda: shapely.Polygon(*self._shell_and_holes([self._points() for _ in range(self._count())])),
            8: lambda: shapely.LineString(self._circular()),
            9: lambda: shapely.LineString(self._compound()),
            10: lambda: shapely.Polygon(*self._shell_and_holes(self._curves())),
            4: lambda: shapely.MultiPoint(self._members()),
            5: lambda: shapely.MultiLineString(self._members()),
            11: lambda: shapely.MultiLineString(self._members()),
            6: lambda: shapely.MultiPolygon(self._members()),
            12: lambda: shapely.MultiPolygon(self._members()),
            7: lambda: shapely.GeometryCollection(self._members()),
        }
        if kind not in makers:
            raise ValueError(f"geometry type {kind} is not supported")
        return makers[kind]()

    def _header(self) -> int:
        self.order = "<" if self.wkb[self.at] == 1 else ">"
        self.at += 1
        kind = self._count()
        flags, kind = kind & 0xF0000000, kind & 0x0FFFFFFF
        if flags & _SRID_FLAG:
            self._count()
        extra = kind // 1000
        has_z = bool(flags & _Z_FLAG) or extra in (1, 3)
        has_m = bool(flags & _M_FLAG) or extra in (2, 3)
        self.width = 2 + has_z + has_m
        return kind % 1000

    def _count(self) -> int:
        (value,) = struct.unpack_from(f"{self.order}I", self.wkb, self.at)
        self.at += 4
        return int(value)

    def _points(self, count: int | None = None) -> Floats:
        number = self._count() if count is None else count
        values = np.frombuffer(self.wkb, f"{self.order}f8", number * self.width, self.at)
        self.at += values.nbytes
        return values.reshape(number, self.width)[:, :2].astype(np.float64)

    def _circular(self) -> Floats:
        points = self._points()
        arcs = [
            arc_points(points[row], points[row + 1], points[row + 2], self.deviation)
            for row in range(0, len(points) - 2, 2)
        ]
        return np.vstack([points[:1], *arcs])

    def _curve(self) -> Floats:
        kind = self._header()
        readers = {2: self._points, 8: self._circular, 9: self._compound}
        return readers[kind]()

    def _curves(self) -> list[Floats]:
        return [self._curve() for _ in range(self._count())]

    def _compound(self) -> Floats:
        pieces = self._curves()
        joined = [pieces[0], *(piece[1:] for piece in pieces[1:])]
        return np.vstack(joined)

    def _members(self) -> Any:
        return [self.geometry() for _ in range(self._count())]

    @staticmethod
    def _shell_and_holes(rings: list[Floats]) -> tuple[Any, Any]:
        return (rings[0], rings[1:]) if rings else (None, None)

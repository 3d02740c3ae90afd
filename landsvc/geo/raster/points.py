"""Read control points: which pixel of a scanned plan lies where on earth.

A table names them `pixel, line` and one of `north, east`, `x, y` (X is north, as Vietnamese papers write it) or
`lon, lat`; the file of points QGIS saves is taken too. Commas as decimal mark are read where they do not part columns.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from landsvc.geo.raster.errors import BadControlPoints

COLUMNS = {
    "pixel": ("pixel", "column", "col", "cot", "cột", "px"),
    "line": ("line", "row", "dòng", "ln"),
    "north": ("north", "northing", "x", "bac", "bắc"),
    "east": ("east", "easting", "y", "đông"),
    "lon": ("lon", "longitude", "lng", "kinh_do"),
    "lat": ("lat", "latitude", "vi_do"),
    "name": ("name", "point", "id", "ten", "tên", "diem", "điểm"),
    "map_x": ("mapx",),
    "map_y": ("mapy",),
    "source_x": ("sourcex", "pixelx"),
    "source_y": ("sourcey", "pixely"),
    "enable": ("enable",),
}
WAYS = "Name its columns pixel, line and north, east (metres) or lon, lat (degrees)."
INLINE = re.compile(r"\s*([^,;]+)[,;]\s*([^,;]+)[,;]\s*([^,;]+)[,;]\s*([^,;]+)\s*")


@dataclass(frozen=True)
class ControlPoint:
    """One point: its name, its pixel position, and its place (east before north, or degrees)."""

    name: str
    pixel: float
    line: float
    x: float
    y: float


@dataclass(frozen=True)
class ControlPoints:
    """Points as given, and whether their places are longitude and latitude."""

    points: Sequence[ControlPoint]
    degrees: bool = False


def read_points(given: Sequence[str]) -> ControlPoints:
    """Return the points of `--gcp`, each a file or `pixel,line,north,east`; raise `BadControlPoints`."""
    found: list[ControlPoint] = []
    kinds: set[bool] = set()
    for each in given:
        inline = INLINE.fullmatch(each)
        if inline and not Path(each).exists():
            pixel, line, north, east = (_number(text, f"--gcp {each}") for text in inline.groups())
            found.append(ControlPoint(str(len(found) + 1), pixel, line, east, north))
            kinds.add(False)
        else:
            read = _read_file(Path(each))
            found += read.points
            kinds.add(read.degrees)
    if len(kinds) > 1:
        raise _bad("Some points are in metres and some in degrees.", "Give all of them in one way.")
    return ControlPoints(found, kinds == {True})


def _read_file(path: Path) -> ControlPoints:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"{path.name} cannot be read: {error}.", "Save it as text in UTF-8.") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        raise _bad(f"{path.name} holds no point.", WAYS)
    mark = max(";\t,", key=lines[0].count)
    rows = list(csv.reader(lines, delimiter=mark))
    columns = _columns(rows[0], path.name)
    named = [dict(zip(columns, row, strict=False)) for row in rows[1:]]
    if "map_x" in columns:
        return ControlPoints([_of_qgis(row, number) for number, row in enumerate(named, 1) if _enabled(row)])
    degrees = "lon" in columns
    wanted = ("pixel", "line", *(("lon", "lat") if degrees else ("east", "north")))
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise _bad(f"{path.name} has no column {', '.join(missing)}: it has {', '.join(rows[0])}.", WAYS)
    return ControlPoints([_of_row(row, wanted, number) for number, row in enumerate(named, 1)], degrees)


def _columns(header: Sequence[str], file: str) -> list[str]:
    known = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
    columns = [known.get(cell.strip().lower().replace(" ", "_"), cell) for cell in header]
    twice = {name for name in columns if columns.count(name) > 1}
    if twice:
        raise _bad(f"{file} has two columns for {', '.join(sorted(twice))}.", WAYS)
    return columns


def _of_row(row: Mapping[str, str], wanted: Sequence[str], number: int) -> ControlPoint:
    values = [_number(row.get(name, ""), f"Point {number}, column {name}") for name in wanted]
    return ControlPoint((row.get("name") or "").strip() or str(number), *values)


def _of_qgis(row: Mapping[str, str], number: int) -> ControlPoint:
    """Read a row of QGIS's georeferencer, whose lines run downwards with negative numbers."""
    values = [
        _number(row.get(name, ""), f"Point {number}, column {name}")
        for name in ("source_x", "source_y", "map_x", "map_y")
    ]
    return ControlPoint(str(number), values[0], -values[1], values[2], values[3])


def _enabled(row: Mapping[str, str]) -> bool:
    return (row.get("enable") or "1").strip() not in {"0", "false"}


def _number(text: str, where: str) -> float:
    cleaned = text.strip().replace(" ", "")
    if cleaned.count(",") == 1 and "." not in cleaned:
        cleaned = cleaned.replace(",", ".")
    try:
        value = float(cleaned)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:  # also what is no number
        raise _bad(f"{where}: {text!r} is not a number.", WAYS)
    return value


def _bad(reason: str, way_out: str) -> BadControlPoints:
    return BadControlPoints(field="gcp", reason=reason, way_out=way_out)

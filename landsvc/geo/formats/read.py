"""Take a layer in batches: flat shapely geometries and plain columns, in the file's own system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from landsvc.geo import encoding as text_encoding
from landsvc.geo.crs import epsg_crs
from landsvc.geo.formats import errors
from landsvc.geo.formats.curves import linearise
from landsvc.geo.formats.source import Field, Layer, SourceInfo, arrow_reader, reading
from landsvc.geo.formats.text import as_bytes, is_text, raw_text

ARC_DEVIATION_M = 0.001
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Notes:
    """What reading did to the rows of one batch; rows count from the start of the layer."""

    linearised: tuple[int, ...] = ()
    """Arcs were cut into chords, at most 1 mm from the arc."""
    z_dropped: tuple[int, ...] = ()
    rings_closed: tuple[int, ...] = ()
    """A ring did not end where it began, and was closed."""
    unreadable: tuple[int, ...] = ()
    """The geometry could not be read at all and is None."""
    lines_closed: tuple[int, ...] = ()
    """A closed line of a drawing was taken as an area."""
    encodings: dict[str, int] = field(default_factory=dict)
    """How many values with accents read in an encoding other than the layer's."""


@dataclass(frozen=True)
class Batch:
    """Some rows of a layer. Geometries are shapely objects or None, without Z, in the file's system."""

    row0: int
    geometry: NDArray[np.object_]
    columns: dict[str, list[Any]]
    notes: Notes


def read_batches(
    path: str | Path, info: SourceInfo, *, columns: Sequence[str] | None = None, batch: int = 20_000
) -> Iterator[Batch]:
    """Yield the layer that `inspect` described, `batch` rows at a time; `columns` are names to keep.

    Raise `UnknownField`, and `TruncatedSource` when the file ends before the features it announces.
    """
    source = Path(path)
    fields = _wanted(info, columns)
    raw_names = [item.raw_name for item in fields]
    layer = Layer(info.layer, info.geometry_type)
    read, deviation = 0, _deviation(info)
    with ExitStack() as stack:
        opener = arrow_reader(source, layer, columns=raw_names, batch=batch, driver=info.driver)
        with reading(source):
            geometry, reader = stack.enter_context(opener)
        # GDAL is guarded only while it reads, so that nothing of the caller's work is caught here.
        while (record := _next(source, reader)) is not None:
            yield _batch(record, read, geometry, fields, info, deviation)
            read += record.num_rows
    if 0 <= read < info.count:
        reason = f"it announces {info.count} features and holds {read}."
        raise errors.TruncatedSource(field="file", path=str(source), reason=reason)


def _next(source: Path, reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    with reading(source):
        return next(reader, None)


def _wanted(info: SourceInfo, columns: Sequence[str] | None) -> list[Field]:
    if columns is None:
        return list(info.fields)
    known = {item.name: item for item in info.fields} | {item.raw_name: item for item in info.fields}
    for name in columns:
        if name not in known:
            listed = ", ".join(item.name for item in info.fields)
            raise errors.UnknownField(field="map", layer=info.layer, name=name, fields=listed)
    return [known[name] for name in dict.fromkeys(columns)]


def _deviation(info: SourceInfo) -> float:
    """Return 1 mm in the unit of the file's coordinates."""
    if info.crs_srid is None:
        return ARC_DEVIATION_M
    crs = epsg_crs(info.crs_srid)
    if crs.is_geographic:
        return ARC_DEVIATION_M / METRES_PER_DEGREE
    return ARC_DEVIATION_M / float(crs.axis_info[0].unit_conversion_factor)


def _batch(
    record: pa.RecordBatch, row0: int, geometry: str, fields: list[Field], info: SourceInfo, deviation: float
) -> Batch:
    notes: dict[str, list[int]] = {}
    with np.errstate(invalid="ignore"):  # a corner that is no number: whoever asked for the layer judges it
        shapes = _geometries(record.column(geometry), deviation, notes)
    if info.driver == "DXF":
        shapes = _areas(shapes, notes)
    counts: Counter[str] = Counter()
    columns = {item.name: _values(record.column(item.raw_name), info, item, counts) for item in fields}
    rows = {name: tuple(row0 + row for row in sorted(set(found))) for name, found in notes.items()}
    return Batch(row0, shapes, columns, Notes(**rows, encodings=dict(counts)))


def _geometries(column: pa.Array, deviation: float, notes: dict[str, list[int]]) -> NDArray[np.object_]:
    wkb = np.array(column.to_pylist(), dtype=object)
    try:
        shapes = np.asarray(shapely.from_wkb(wkb), dtype=object).reshape(-1)
    except (GEOSException, NotImplementedError):
        shapes = np.empty(len(wkb), dtype=object)
        for row, value in enumerate(wkb):
            shapes[row], what = _one(value, deviation)
            if what:
                notes.setdefault(what, []).append(row)
    high = np.flatnonzero(shapely.has_z(shapes) | shapely.has_m(shapes))
    if high.size:
        notes["z_dropped"] = high.tolist()
        shapes[high] = shapely.force_2d(shapes[high])
    return shapes


def _one(wkb: bytes | None, deviation: float) -> tuple[BaseGeometry | None, str | None]:
    """Read one geometry the careful way (arcs, rings left open, nonsense); return it and what was done."""
    if wkb is None:
        return None, None
    try:
        return shapely.from_wkb(wkb), None
    except NotImplementedError:
        pass  # arcs: taken apart below
    except GEOSException:
        mended = shapely.from_wkb(wkb, on_invalid="fix")
        return mended, "unreadable" if mended is None else "rings_closed"
    try:
        return linearise(wkb, deviation), "linearised"
    except (ValueError, KeyError, GEOSException):
        return None, "unreadable"


def _areas(shapes: NDArray[np.object_], notes: dict[str, list[int]]) -> NDArray[np.object_]:
    """Take closed lines of a drawing as areas: drawings have no polygons, only lines that come back."""
    closed = (shapely.get_type_id(shapes) == int(shapely.GeometryType.LINESTRING)) & shapely.is_closed(shapes)
    rows = np.flatnonzero(closed & (shapely.get_num_points(shapes) >= 4))
    if rows.size:
        notes["lines_closed"] = rows.tolist()
        shapes = shapes.copy()
        shapes[rows] = [shapely.Polygon(shapely.get_coordinates(shape)) for shape in shapes[rows]]
    return shapes


def _values(column: pa.Array, info: SourceInfo, field: Field, counts: Counter[str]) -> list[Any]:
    if not is_text(column.type):
        return list(column.to_pylist())
    if pc.all(pc.string_is_ascii(column)).as_py() in (True, None):
        return list(column.to_pylist())
    raw = raw_text(column)
    read = {
        value: _text(value, info, field.encoding or info.encoding, counts)
        for value in set(raw)
        if value is not None
    }
    return [None if value is None else read[value] for value in raw]


def _text(value: bytes, info: SourceInfo, usual: str, counts: Counter[str]) -> str:
    """Decode a value of a field that is usually written in that encoding; count what is not in the layer's."""
    if not (info.eight_bit or info.raw_bytes) and _valid(value):
        return text_encoding.mend(value.decode("utf-8"), usual)
    raw = as_bytes(value) if info.eight_bit else value
    # The guess rests on a part of the text: each value may still show that it is written otherwise.
    chosen = text_encoding.best_for(raw, usual) if info.encoding_guessed else usual
    if chosen != info.encoding and not raw.isascii():
        counts[chosen] += 1
    return text_encoding.decode(raw, chosen)


def _valid(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

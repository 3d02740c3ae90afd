"""Read a whole layer into flat arrays: corners as recorded, and the attributes as Arrow columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from landsvc.cadastre.importing.rings import Booleans, Rings
from landsvc.geo.formats import Batch, SourceInfo, read_batches

POLYGONAL = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
COLLECTION = int(shapely.GeometryType.GEOMETRYCOLLECTION)
OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Drawn:
    """What making areas of a drawing found: rows (-1 for none), and for each a place in the file's system."""

    rule: str
    rows: tuple[int, ...]
    places: list[Any]
    others: tuple[int, ...] | None = None
    """The other row of a pair."""
    note: str = ""


@dataclass(frozen=True)
class Source:
    """All rows of a file. A row without an area has an empty polygon."""

    rings: Rings
    """As recorded, in the file's own system (axes in x, y order)."""
    table: pa.Table
    other: dict[int, Any]
    """Geometries that are no area, by row."""
    curved: Booleans
    collected: Booleans
    """Areas taken out of a collection of several kinds."""
    closed: Booleans
    """Areas whose ring did not end where it began."""
    unreadable: Booleans
    """Geometries that could not be read."""
    encodings: Counter[str] = field(default_factory=Counter)
    drawn: tuple[Drawn, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rings)


def read(info: SourceInfo, columns: Sequence[str], on_step: OnStep) -> Source:
    """Read the layer that `info` describes, with the columns named."""
    rings, tables, other = [], [], {}
    curved: list[int] = []
    collected: list[int] = []
    closed: list[int] = []
    unreadable: list[int] = []
    encodings: Counter[str] = Counter()
    for batch in read_batches(info.path, info, columns=columns):
        areas, odd, mixed = _areas(batch)
        rings.append(Rings.of(areas))
        other.update(odd)
        tables.append(_table(batch, columns))
        collected += mixed
        curved += batch.notes.linearised
        closed += batch.notes.rings_closed
        unreadable += batch.notes.unreadable
        encodings.update(batch.notes.encodings)
        on_step(batch.row0 + len(areas), max(info.count, 0))
    joined = Rings.joined(rings)
    table = (
        pa.concat_tables(tables, promote_options="permissive")
        if tables
        else pa.table({name: [] for name in columns})
    )
    return Source(
        joined,
        table,
        other,
        curved=_marked(curved, len(joined)),
        collected=_marked(collected, len(joined)),
        closed=_marked(closed, len(joined)),
        unreadable=_marked(unreadable, len(joined)),
        encodings=encodings,
    )


def _areas(batch: Batch) -> tuple[Any, dict[int, Any], list[int]]:
    """Return the areas of a batch, what is no area by its row, and the rows whose areas lay in a collection."""
    shapes = batch.geometry.copy()
    mixed = []
    for row in np.flatnonzero(shapely.get_type_id(shapes) == COLLECTION).tolist():
        inner = areas_in(shapes[row])
        if inner is not None:
            shapes[row] = inner
            mixed.append(batch.row0 + row)
    areal = np.isin(shapely.get_type_id(shapes), POLYGONAL)
    wrong = np.flatnonzero(~areal & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    other = {batch.row0 + int(row): shapes[row] for row in wrong}
    shapes[~areal] = None
    return shapes, other, mixed


def areas_in(shape: Any) -> Any:
    """Return the polygons inside a collection, however deep, as one geometry; None when there is none."""
    pieces = shapely.get_parts(shape)
    while (shapely.get_type_id(pieces) > POLYGONAL[0]).any():
        pieces = shapely.get_parts(pieces)
    polygons = pieces[shapely.get_type_id(pieces) == POLYGONAL[0]]
    if not len(polygons):
        return None
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def _table(batch: Batch, columns: Sequence[str]) -> pa.Table:
    made = {}
    for name in columns:
        values = batch.columns[name]
        try:
            made[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            made[name] = pa.array([None if value is None else str(value) for value in values])
    # A table without columns would forget how many rows it has.
    return pa.table(made or {"": pa.nulls(len(batch.geometry))})


def _marked(rows: list[int], total: int) -> Booleans:
    marks = np.zeros(total, dtype=bool)
    marks[rows] = True
    return marks

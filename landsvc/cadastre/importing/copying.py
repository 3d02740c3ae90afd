"""Send columns to a table with COPY: text is made by Arrow, so that no row passes through Python."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import shapely
from psycopg import sql
from pyarrow import csv

from landsvc.cadastre.importing.rings import Shapes

ROWS = 25_000
_FORMAT = csv.WriteOptions(include_header=False, quoting_style="needed")
Columns = Mapping[str, Any]
"""Column name to a numpy array, a list or an Arrow array, or one value for all rows."""


@dataclass(frozen=True)
class Ready:
    """Rows of one table as COPY takes them."""

    table: str
    columns: tuple[str, ...]
    many: int
    texts: Iterable[tuple[int, memoryview]]
    """How many rows, and their text."""


def copy_rows(
    conn: psycopg.Connection[Any],
    table: str,
    columns: Columns,
    many: int,
    on_rows: Callable[[int], None] | None = None,
) -> None:
    """Append `many` rows to `schema.table`. None and NaN become NULL. Geometries come as hexadecimal EWKB."""
    send(conn, Ready(table, tuple(columns), many, _texts(columns, many)), on_rows)


def ready(table: str, columns: Columns, many: int) -> Ready:
    """Return rows with their text made already, to be sent later; see `copy_rows`."""
    return Ready(table, tuple(columns), many, list(_texts(columns, many)))


def send(conn: psycopg.Connection[Any], rows: Ready, on_rows: Callable[[int], None] | None = None) -> None:
    """Append rows to their table."""
    if not rows.many:
        return
    schema, _, name = rows.table.partition(".")
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(schema, name), sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for many, text in rows.texts:
            copy.write(text)
            if on_rows:
                on_rows(many)


def _texts(columns: Columns, many: int) -> Iterator[tuple[int, memoryview]]:
    arrays = {column: _array(value, many) for column, value in columns.items()}
    for start in range(0, many, ROWS):
        stop = min(start + ROWS, many)
        piece = pa.table({column: array.slice(start, stop - start) for column, array in arrays.items()})
        text = io.BytesIO()
        csv.write_csv(piece, text, _FORMAT)
        yield stop - start, text.getbuffer()


def _array(value: Any, many: int) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            return pa.array(value, from_pandas=True)
        return pa.array(value)
    if isinstance(value, list | pa.Array):
        return pa.array(value) if isinstance(value, list) else value
    return pa.nulls(many) if value is None else pa.repeat(value, many)


def ewkb(shapes: Shapes, srid: int) -> list[str | None]:
    """Return geometries as hexadecimal EWKB; None stays None."""
    return list(shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True))

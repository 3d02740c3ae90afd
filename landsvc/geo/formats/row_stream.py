"""Take a long table row by row: text with separators in any encoding, or a sheet of Excel or OpenDocument.

A register of a province has some hundred thousand rows: `tables.read_cells` would hold all of them at once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyogrio

from landsvc.geo import encoding as text_encoding
from landsvc.geo.formats import errors
from landsvc.geo.formats.source import check_file, reading, stated_encoding
from landsvc.geo.formats.tables import WORKBOOK, codec_of, sniffed, split_text
from landsvc.geo.formats.text import require_told

SAMPLE_BYTES = 4_000_000
"""How much of a text is looked at to tell its encoding."""
BATCH = 20_000
Row = list[str]


@dataclass
class RowStream:
    """A table that is read once, from its first row on: texts without outer spaces, rows may differ in length."""

    path: Path
    layer: str
    kind: str
    """How it is stored, for a person: `CSV with ";"`, `XLSX`."""
    encoding: str
    encoding_guessed: bool
    rows: Iterator[tuple[int, Row]]
    """Each row that holds anything with its number in the file, counted from 1."""

    def peek(self, many: int) -> list[tuple[int, Row]]:
        """Return the first rows and leave them to be read again."""
        first = list(islice(self.rows, many))
        self.rows = chain(first, self.rows)
        return first


def open_rows(path: Path, *, layer: str | None = None, encoding: str | None = None) -> RowStream:
    """Open a table; raise one of `formats.errors`: not found, empty, unknown or several sheets, encoding not told."""
    stated = stated_encoding(encoding)
    check_file(path)
    if path.suffix.lower() in WORKBOOK:
        return _workbook(path, layer)
    return _text(path, stated)


def _text(path: Path, stated: text_encoding.Detection | None) -> RowStream:
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    codec = codec_of(sample)
    kept = sample if len(sample) < SAMPLE_BYTES else sample[: sample.rfind(b"\n") + 1 or None]
    if codec is not None:
        separator = sniffed(path, kept.decode(codec, "replace"))
        return _stream(path, codec, separator, text_encoding.UTF8, guessed=False, decode=None)
    rows, _ = split_text(path, kept.decode("latin-1"))
    values = {cell: cell.encode("latin-1") for row in rows for cell in row if not cell.isascii()}
    found = stated or text_encoding.detect(values.values())
    require_told(path, found)

    @lru_cache(maxsize=50_000)
    def decode(cell: str) -> str:
        raw = cell.encode("latin-1")
        name = text_encoding.best_for(raw, found.encoding) if found.mixed else found.encoding
        return text_encoding.decode(raw, name)

    separator = sniffed(path, kept.decode("latin-1"))
    return _stream(path, "latin-1", separator, found.encoding, guessed=found.guessed, decode=decode)


def _stream(path: Path, codec: str, separator: str, encoding: str, *, guessed: bool, decode: Any) -> RowStream:
    def rows() -> Iterator[tuple[int, Row]]:
        with path.open(encoding=codec, errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=separator)
            try:
                for number, row in enumerate(reader, 1):
                    told = [cell if decode is None or cell.isascii() else decode(cell) for cell in row]
                    yield from _told(number, told)
            except csv.Error as error:
                reason = f"row {reader.line_num}: {error}."
                raise errors.UnreadableSource(field="file", path=str(path), reason=reason) from error

    kind = "CSV with tabs" if separator == "\t" else f'CSV with "{separator}"'
    return RowStream(path, path.stem, kind, encoding, guessed, rows())


def _workbook(path: Path, layer: str | None) -> RowStream:
    with reading(path):
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    wanted = names if layer is None else [name for name in names if name == layer]
    if not wanted:
        raise errors.UnknownLayer(field="layer", path=str(path), layer=layer, layers=", ".join(names))
    if len(wanted) > 1:
        raise errors.SeveralLayers(field="layer", path=str(path), count=len(wanted), layers=", ".join(wanted))

    def rows() -> Iterator[tuple[int, Row]]:
        number = 0
        with ExitStack() as stack:
            with reading(path):
                _, reader = stack.enter_context(
                    pyogrio.raw.open_arrow(
                        path,
                        layer=wanted[0],
                        read_geometry=False,
                        use_pyarrow=True,
                        batch_size=BATCH,
                        HEADERS="DISABLE",
                        FIELD_TYPES="STRING",
                    )
                )
            for batch in reader:
                columns = [column.to_pylist() for column in batch.columns]
                for row in zip(*columns, strict=True):
                    number += 1
                    yield from _told(number, ["" if cell is None else str(cell) for cell in row])

    return RowStream(path, wanted[0], path.suffix[1:].upper(), text_encoding.UTF8, False, rows())


def _told(number: int, row: Sequence[str]) -> Iterator[tuple[int, Row]]:
    tidy = [" ".join(cell.split()) for cell in row]
    if any(tidy):
        yield number, tidy

"""Read a table as plain cells: text with separators in any encoding, or a sheet of Excel or OpenDocument."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyogrio

from landsvc.geo import encoding as text_encoding
from landsvc.geo.formats import errors
from landsvc.geo.formats.source import check_file, reading, stated_encoding
from landsvc.geo.formats.text import require_told

TEXT = frozenset({".csv", ".tsv", ".txt"})
WORKBOOK = frozenset({".xlsx", ".ods"})
_PEEK_BYTES = 65_536
_SNIFFED = 500
LARGEST_BYTES = 200_000_000
"""A table of points is read whole; beyond this somebody chose the wrong file."""
_SEPARATORS = (";", "\t", ",", "|")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_BY_UNICODE = text_encoding.Detection(text_encoding.UTF8, False, "The file begins with a mark of Unicode.")
Rows = list[list[str]]


@dataclass(frozen=True)
class Cells:
    """A table, one list of texts a row (NFC, without outer spaces; rows may differ in length)."""

    path: Path
    layer: str
    rows: Rows
    kind: str
    """How it is stored, for a person: `CSV with ";"`, `XLSX`."""
    encoding: text_encoding.Detection
    encodings: Counter[str]
    """How many values with accents read in another encoding than the table's."""


def is_table(path: Path) -> bool:
    """Tell whether a file is a table by its name."""
    return path.suffix.lower() in TEXT | WORKBOOK


def first_rows(path: Path) -> Rows:
    """Return the first rows of a text table, to see what it is; the encoding may be misread where it is in doubt."""
    check_file(path)
    with path.open("rb") as file:
        return _text(path, file.read(_PEEK_BYTES), None, peek=True).rows


def read_cells(path: Path, *, layer: str | None = None, encoding: str | None = None) -> list[Cells]:
    """Return the sheet of that name, or all sheets that hold anything; a text file is one sheet.

    Raise one of `formats.errors`: not found, empty, not readable, unknown sheet, encoding that cannot be told.
    """
    stated = stated_encoding(encoding)
    check_file(path)
    if path.stat().st_size > LARGEST_BYTES:
        reason = f"a table of points has at most {LARGEST_BYTES // 1_000_000} MB."
        raise errors.UnreadableSource(field="file", path=str(path), reason=reason)
    text = path.suffix.lower() in TEXT
    found = [_text(path, path.read_bytes(), stated)] if text else _workbook(path, layer, stated)
    return [cells for cells in found if cells.rows]


def _text(path: Path, raw: bytes, stated: text_encoding.Detection | None, *, peek: bool = False) -> Cells:
    codec = codec_of(raw)
    if codec is not None:
        rows, kind = split_text(path, raw.decode(codec, "replace"))
        return Cells(path, path.stem, _tidy(rows), kind, stated or _BY_UNICODE, Counter())
    # Latin-1 keeps each byte as a letter, so that the separators can be seen before the encoding is known.
    rows, kind = split_text(path, raw.decode("latin-1"))
    values = {cell: cell.encode("latin-1") for row in rows for cell in row if not cell.isascii()}
    found = stated or text_encoding.detect(values.values())
    if not peek:
        require_told(path, found)
    chosen = {
        cell: text_encoding.best_for(value, found.encoding) if found.mixed else found.encoding
        for cell, value in values.items()
    }
    read = {cell: text_encoding.decode(value, chosen[cell]) for cell, value in values.items()}
    others = Counter(name for name in chosen.values() if name != found.encoding)
    return Cells(path, path.stem, _tidy([[read.get(c, c) for c in row] for row in rows]), kind, found, others)


def codec_of(raw: bytes) -> str | None:
    """Return the codec that the first bytes of a text name by a mark of Unicode."""
    return next((codec for mark, codec in _MARKS.items() if raw.startswith(mark)), None)


def split_text(path: Path, text: str) -> tuple[Rows, str]:
    """Cut text into cells; return them with how they are parted, for a person."""
    best = sniffed(path, text)
    return _cut(path, text.splitlines(), best), f'CSV with "{best}"' if best != "\t" else "CSV with tabs"


def sniffed(path: Path, text: str) -> str:
    """Return the separator that gives most of the first lines the same number of cells, three at least."""
    lines = text.splitlines()
    agreed = {separator: _agreed(_cut(path, lines[:_SNIFFED], separator)) for separator in _SEPARATORS}
    return max(_SEPARATORS, key=lambda separator: agreed[separator])


def _cut(path: Path, lines: list[str], separator: str) -> Rows:
    try:
        return [*csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        reason = f"a cell is longer than any text, or a quotation mark is never closed ({error})."
        raise errors.UnreadableSource(field="file", path=str(path), reason=reason) from error


def _agreed(rows: Rows) -> int:
    """Return how many rows have the commonest number of cells."""
    widths = Counter(len(row) for row in rows if len(row) >= 3)
    return widths.most_common(1)[0][1] if widths else 0


def _tidy(rows: Sequence[Sequence[str]]) -> Rows:
    tidy = ([" ".join(cell.split()) for cell in row] for row in rows)
    return [row for row in tidy if any(row)]


def _workbook(path: Path, layer: str | None, stated: text_encoding.Detection | None) -> list[Cells]:
    with reading(path):
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        if layer is not None and layer not in names:
            raise errors.UnknownLayer(field="layer", path=str(path), layer=layer, layers=", ".join(names))
        return [_page(path, name, stated) for name in ([layer] if layer is not None else names)]


def _page(path: Path, name: str, stated: text_encoding.Detection | None) -> Cells:
    *_, columns = pyogrio.raw.read(path, layer=name, read_geometry=False, HEADERS="DISABLE", FIELD_TYPES="STRING")
    rows = _tidy([["" if cell is None else str(cell) for cell in row] for row in zip(*columns, strict=True)])
    values = {cell for row in rows for cell in row if not cell.isascii()}
    found = stated or text_encoding.detect_text(values)
    require_told(path, found)
    read = {cell: text_encoding.mend(cell, found.encoding) for cell in values}
    made = [[read.get(cell, cell) for cell in row] for row in rows]
    return Cells(path, name, made, path.suffix[1:].upper(), found, Counter())

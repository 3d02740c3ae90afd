"""Read the sheets of a table of land prices into rows, and find what is wrong in them by themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landsvc.finance.prices.importing.columns import ALSO, NEEDED, SHEETS
from landsvc.finance.prices.importing.findings import Finding
from landsvc.geo.formats.tables import TEXT, Cells, read_cells

KEYS: Mapping[str, Sequence[str]] = {
    "decision": (),
    "bands": ("land_group", "position", "band"),
    "zones": ("code",),
    "segments": ("code",),
    "prices": ("segment", "zone", "land_code", "position", "band"),
    "coefficients": ("kind", "segment", "zone", "land_code", "valid_from"),
}
"""What no two rows of a sheet share; the decision is one row. Rules may repeat a position."""


@dataclass(frozen=True)
class Row:
    """One row that was read: its number in the sheet, and its values by our names."""

    number: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return one value."""
        return self.values[name]


@dataclass
class Read:
    """All that was read, and what is wrong."""

    sheets: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SHEETS})
    findings: list[Finding] = field(default_factory=list)

    def miss(
        self, rule: str, sheet: str, row: Row | None = None, column: str | None = None, given: str = ""
    ) -> None:
        """Note something wrong."""
        self.findings.append(Finding(rule, sheet, row.number if row else None, column, given))


def folded(name: str) -> str:
    """Return a name without tone marks and signs, in lower case."""
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "d"))
    return re.sub(r"[^a-z0-9]", "", bare.lower())


def read_sheets(path: Path, *, encoding: str | None = None) -> Read:
    """Read a workbook, a folder of CSV files, or the folder of the CSV file named; raise `formats.errors`."""
    found = Read()
    names = {folded(name): name for name in SHEETS} | {also: name for name, also in ALSO.items()}
    seen: set[str] = set()
    for cells in _cells(path, encoding):
        name = names.get(folded(cells.layer))
        if name is None or name in seen:
            continue
        seen.add(name)
        _read_sheet(found, name, cells)
    for name in NEEDED:
        if name not in seen:
            found.findings.append(Finding("PRI-NO-SHEET", name))
    if len(found.sheets["decision"]) > 1:
        found.miss("PRI-TWICE", "decision", found.sheets["decision"][1])
    return found


def _cells(path: Path, encoding: str | None) -> Iterable[Cells]:
    folder = path if path.is_dir() else path.parent if path.suffix.lower() in TEXT else None
    if folder is None:
        yield from read_cells(path, encoding=encoding)
        return
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in TEXT and file.stat().st_size:
            yield from read_cells(file, encoding=encoding)


def _read_sheet(found: Read, name: str, cells: Cells) -> None:
    heads = {folded(head): place for place, head in enumerate(cells.rows[0])}
    places: dict[str, int] = {}
    for column in SHEETS[name]:
        place = next((heads[each] for each in (folded(column.name), *column.also) if each in heads), None)
        if place is not None:
            places[column.name] = place
        elif column.required:
            found.findings.append(Finding("PRI-NO-COLUMN", name, 1, column.name))
    taken: set[tuple[Any, ...]] = set()
    for number, cells_of_row in enumerate(cells.rows[1:], 2):
        row = _row(found, name, number, cells_of_row, places)
        if row is None:
            continue
        key = tuple(row[each] for each in KEYS.get(name, ()))
        if key and key in taken:
            found.miss("PRI-TWICE", name, row, given=" ".join(str(each) for each in key if each is not None))
            continue
        taken.add(key)
        found.sheets[name].append(row)


def _row(found: Read, name: str, number: int, cells: Sequence[str], places: Mapping[str, int]) -> Row | None:
    values: dict[str, Any] = {}
    sound = True
    for column in SHEETS[name]:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else ""
        if cell:
            try:
                values[column.name] = column.read(cell)
            except ValueError:
                found.findings.append(Finding("PRI-BAD-VALUE", name, number, column.name, cell[:60]))
                sound = False
        else:
            values[column.name] = column.default
            if column.required:
                sound = False
                if place is not None:
                    found.findings.append(Finding("PRI-EMPTY", name, number, column.name))
    return Row(number, values) if sound else None

"""Write tables as an Excel workbook: text stays text, days, instants and money can be sorted, and it prints on A4."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from landsvc.core.clock import OFFICE_ZONE

if TYPE_CHECKING:
    from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A4, WIDEST, NARROWEST = 9, 42, 8
WHEN, DAY, VND = "dd/mm/yyyy hh:mm", "dd/mm/yyyy", '#,##0 "₫"'


class Money(int):
    """Whole đồng: a number that is shown with its unit."""


Cell = str | int | Money | datetime | date | None


@dataclass(frozen=True)
class Sheet:
    """A table with its title above and notes below."""

    title: str
    subtitle: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


def workbook_of(
    title: str, subtitle: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], notes: Sequence[str] = ()
) -> bytes:
    """Return a workbook of one sheet: title, subtitle, the table under a head that stays in sight, and notes.

    Text is written as text, whatever it begins with: no cell is ever a formula or a link.
    """
    return workbook_of_sheets([Sheet(title, subtitle, head, rows, notes)])


def workbook_of_sheets(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook of several sheets, in order; their titles differ."""
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    with Workbook(sink, {"in_memory": True}) as book:
        formats = _formats(book)
        for each in sheets:
            _add(book, formats, each)
    return sink.getvalue()


def _formats(book: Workbook) -> dict[str, Any]:
    cell = {"border": 1, "valign": "top"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "text_wrap": True, **cell, "bg_color": "#F1EFE8"}),
        "cell": book.add_format({"text_wrap": True, **cell}),
        "when": book.add_format({"num_format": WHEN, **cell, "align": "left"}),
        "day": book.add_format({"num_format": DAY, **cell, "align": "left"}),
        "money": book.add_format({"num_format": VND, **cell}),
    }


def _add(book: Workbook, formats: dict[str, Any], made: Sheet) -> None:
    sheet = book.add_worksheet(_name(made.title))
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, made.title, formats["title"])
    sheet.write_string(1, 0, made.subtitle)
    for column, name in enumerate(made.head):
        sheet.write_string(3, column, name, formats["head"])
        sheet.set_column(column, column, _width(name, [row[column] for row in made.rows]))
    for at, row in enumerate(made.rows, 4):
        for column, value in enumerate(row):
            _write(sheet, formats, at, column, value)
    sheet.freeze_panes(4, 0)
    sheet.repeat_rows(3)
    for at, note in enumerate(made.notes, 5 + len(made.rows)):
        sheet.write_string(at, 0, note)


def _write(sheet: Any, formats: dict[str, Any], at: int, column: int, value: Cell) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(at, column, value.astimezone(OFFICE_ZONE).replace(tzinfo=None), formats["when"])
    elif isinstance(value, date):
        sheet.write_datetime(at, column, datetime(value.year, value.month, value.day), formats["day"])  # noqa: DTZ001
    elif isinstance(value, Money):
        sheet.write_number(at, column, value, formats["money"])
    elif isinstance(value, int):
        sheet.write_number(at, column, value, formats["cell"])
    else:
        sheet.write_string(at, column, value or "", formats["cell"])


def _width(name: str, cells: Sequence[Cell]) -> int:
    """Return how many letters wide a column is: as its longest text, within what can be read on a page."""
    longest = max(map(_length, cells), default=0)
    words = max(map(len, name.split()), default=0)
    return min(WIDEST, max(NARROWEST, words + 1, longest + 1))


def _length(cell: Cell) -> int:
    if isinstance(cell, Money):
        return len(f"{cell:,} ₫")
    return len(WHEN) if isinstance(cell, date) else len(str(cell or ""))


def _name(title: str) -> str:
    """Return a title as the name of a sheet can be: 31 letters, none of those that Excel refuses."""
    return "".join(each for each in title if each not in "[]:*?/\\'")[:31] or "1"

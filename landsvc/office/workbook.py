"""Write tables as an Excel workbook: text stays text, instants are dates that can be sorted, and it prints on A4."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from landsvc.core.clock import OFFICE_ZONE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | datetime | None
A4, WIDEST, NARROWEST = 9, 42, 8
WHEN = "dd/mm/yyyy hh:mm"


def workbook_of(
    title: str, subtitle: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], notes: Sequence[str] = ()
) -> bytes:
    """Return a workbook of one sheet: title, subtitle, the table under a head that stays in sight, and notes.

    Text is written as text, whatever it begins with: no cell is ever a formula or a link.
    """
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    with Workbook(sink, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_name(title))
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, subtitle)
        top = book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "valign": "top", "bg_color": "#F1EFE8"}
        )
        cell = book.add_format({"text_wrap": True, "border": 1, "valign": "top"})
        when = book.add_format({"num_format": WHEN, "border": 1, "valign": "top", "align": "left"})
        for column, name in enumerate(head):
            sheet.write_string(3, column, name, top)
            sheet.set_column(column, column, _width(name, [row[column] for row in rows]))
        for at, row in enumerate(rows, 4):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(at, column, value.astimezone(OFFICE_ZONE).replace(tzinfo=None), when)
                elif isinstance(value, int):
                    sheet.write_number(at, column, value, cell)
                else:
                    sheet.write_string(at, column, value or "", cell)
        sheet.freeze_panes(4, 0)
        sheet.repeat_rows(3)
        for at, note in enumerate(notes, 5 + len(rows)):
            sheet.write_string(at, 0, note)
    return sink.getvalue()


def _width(name: str, cells: Sequence[Cell]) -> int:
    """Return how many letters wide a column is: as its longest text, within what can be read on a page."""
    longest = max(
        (len(WHEN) if isinstance(each, datetime) else len(str(each or "")) for each in cells), default=0
    )
    words = max(map(len, name.split()), default=0)
    return min(WIDEST, max(NARROWEST, words + 1, longest + 1))


def _name(title: str) -> str:
    """Return a title as the name of a sheet can be: 31 letters, none of those that Excel refuses."""
    return "".join(each for each in title if each not in "[]:*?/\\'")[:31] or "1"

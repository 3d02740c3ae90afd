"""Say what is printed on a certificate where it lies: an annotation at its lines, moved by what a printer is off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from landsvc.registry.certificates.rules import Form

STEP_MM = 10
ROOM_MM = 3.0
"""Between the column of changes and that of who confirms them."""


@dataclass(frozen=True)
class EntrySheet:
    """A page as large as the certificate with an annotation at its lines: millimetres from its upper left corner."""

    title: str
    width_mm: float
    height_mm: float
    left_mm: float
    top_mm: float
    text_mm: float
    """How wide the lines are."""
    line_mm: float
    lines: list[str]
    beside: list[str]
    """What stands in the column of who confirms it."""


@dataclass(frozen=True)
class TestPage:
    """A page with a cross where the first line begins, and a ruler: what a printer is off is measured on it."""

    title: str
    width_mm: float
    height_mm: float
    left_mm: float
    top_mm: float
    marks_mm: list[int]
    said: list[str]


def present_entry(
    serial: str,
    form: Form,
    lines: Sequence[str],
    line_from: int,
    *,
    offset: tuple[float, float],
    authority: str,
    on_day: date,
) -> EntrySheet:
    """Return an annotation at its lines on the paper of a form."""
    right, down = offset
    return EntrySheet(
        title=serial,
        width_mm=form.width_mm,
        height_mm=form.height_mm,
        left_mm=form.entry_left_mm + right,
        top_mm=form.entry_top_mm + (line_from - 1) * form.line_mm + down,
        text_mm=form.entry_width_mm - ROOM_MM,
        line_mm=form.line_mm,
        lines=list(lines),
        beside=[f"Ngày {on_day:%d/%m/%Y}", authority],
    )


def present_test(form: Form, printer: str, offset: tuple[float, float]) -> TestPage:
    """Return the test page of a printer for a form, moved as annotations would be."""
    right, down = offset
    return TestPage(
        title=printer,
        width_mm=form.width_mm,
        height_mm=form.height_mm,
        left_mm=form.entry_left_mm + right,
        top_mm=form.entry_top_mm + down,
        marks_mm=list(range(STEP_MM, int(form.entry_width_mm), STEP_MM)),
        said=[
            f"{form.name_vi}. Máy in: {printer or '–'}.",
            f"Tâm chữ thập phải cách mép trái {form.entry_left_mm:g} mm và mép trên {form.entry_top_mm:g} mm.",
            "Đo trên giấy; nhập phần còn thiếu (mm) sang phải và xuống dưới, rồi in lại trang này.",
            f"Đang dịch: sang phải {right:g} mm, xuống dưới {down:g} mm.",
            "The centre of the cross belongs at these distances; enter what is missing, to the right and down.",
        ],
    )

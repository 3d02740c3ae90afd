"""Say what the head of a unit reads: a table by person, the oldest ten, the week; as a page, a PDF or a Word file."""

from __future__ import annotations

import io
from dataclasses import dataclass

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import gettext
from landsvc.office.dossiers import words
from landsvc.office.procedure_pages import chosen
from landsvc.registry.dossiers.heads import Unit

SIDES = ("office", "tax", "citizen")


@dataclass(frozen=True)
class Brief:
    """One page of words and numbers."""

    office: str
    title: str
    day: str
    summary: list[str]
    head: list[str]
    people: list[list[str]]
    oldest_title: str
    oldest_head: list[str]
    oldest: list[list[str]]


def present(unit: Unit, office: str) -> Brief:
    """Return the brief in the reader's language."""
    every, late = sum(each.total for each in unit.people), sum(each.total_late for each in unit.people)
    return Brief(
        office=office,
        title=gettext("Dossiers in hand: weekly brief"),
        day=i18n.day(unit.at.astimezone(OFFICE_ZONE).date()),
        summary=[
            gettext("Open: %(count)s dossiers, %(late)s of them late.", count=every, late=late),
            gettext(
                "In the last seven days %(received)s came in and %(finished)s had their result, %(late)s of them late.",
                received=unit.received,
                finished=unit.finished,
                late=unit.finished_late,
            ),
        ],
        head=[gettext("Person"), *(words.waiting()[side] for side in SIDES), gettext("Total"), gettext("Late")],
        people=[
            [
                each.holder or gettext("nobody yet"),
                *(_side(each.waiting.get(side, 0), each.late.get(side, 0)) for side in SIDES),
                str(each.total),
                str(each.total_late),
            ]
            for each in unit.people
        ],
        oldest_title=gettext("The oldest ten"),
        oldest_head=[
            gettext("Dossier"),
            gettext("Procedure"),
            gettext("Received"),
            gettext("Due"),
            gettext("In charge"),
            gettext("Waits for"),
        ],
        oldest=[
            [
                each.code,
                chosen(each.procedure_vi, each.procedure_en),
                i18n.day(each.registered_at.astimezone(OFFICE_ZONE).date()),
                i18n.day(each.due_at.astimezone(OFFICE_ZONE).date()) if each.due_at else "–",
                each.holder or gettext("nobody yet"),
                words.waiting()[each.waits_for],
            ]
            for each in unit.oldest
        ],
    )


def as_docx(brief: Brief) -> bytes:
    """Return the brief as a Word file, A4, to be worked on further."""
    from docx import Document
    from docx.shared import Mm, Pt

    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(18)
    document.styles["Normal"].font.size = Pt(10)
    document.add_paragraph(brief.office)
    document.add_heading(brief.title, 1)
    document.add_paragraph(brief.day)
    for text in brief.summary:
        document.add_paragraph(text)
    for title, head, rows in (
        ("", brief.head, brief.people),
        (brief.oldest_title, brief.oldest_head, brief.oldest),
    ):
        if title:
            document.add_heading(title, 2)
        table = document.add_table(rows=1, cols=len(head), style="Table Grid")
        for line in (head, *rows):
            cells = table.rows[0].cells if line is head else table.add_row().cells
            for cell, text in zip(cells, line, strict=True):
                cell.text = text
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def _side(count: int, late: int) -> str:
    if not late:
        return str(count)
    return gettext("%(count)s (%(late)s late)", count=count, late=late)

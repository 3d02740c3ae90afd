"""Hand out the book of dossiers of a branch: to print, as a table, and as an Excel workbook, under /api/v1/books."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from flask import Response, render_template
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core import clock, i18n
from landsvc.core.api import Api, Day, PathModel, QueryModel, Text, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext
from landsvc.core.printing import PDF, Printer, pdf_response
from landsvc.core.web import database, settings
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.office.certificates.book_routes import CSV, Book, Part, csv_of
from landsvc.office.dossiers import words
from landsvc.office.forms import moment
from landsvc.office.procedure_pages import chosen, name_of
from landsvc.office.workbook import XLSX, Cell, workbook_of
from landsvc.registry.certificates import blanks
from landsvc.registry.dossiers.book import BookLine, DossierBook, dossier_book
from landsvc.registry.edge import ANYBODY, READERS

MOST_LINES = 5000
BINARY = {"schema": {"type": "string", "format": "binary"}}


class DossierBookPath(PathModel):
    """As what."""

    ending: Literal["pdf", "csv", "xlsx"] = Field(description="To print, as a table, or as an Excel workbook.")


class DossierBookQuery(QueryModel):
    """Which branch and days."""

    since: Day = Field(description="The first day.")
    until: Day | SkipJsonSchema[None] = Field(None, description="The last day; today without it.")
    branch: Annotated[Text, Field(min_length=1, max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Code of the branch; the one you work in without it."
    )
    of: Literal["received", "processed"] = Field(
        "received", description="What the branch received, or what was received anywhere about its land."
    )


def make_api(printer: Printer) -> Api:
    """Return the endpoint of the book of dossiers."""
    api = Api("dossier-book", tag="Books", description="Books of the register, as PDF to print or as CSV.")
    answers = {
        200: {
            "description": "The book.",
            "content": {PDF: BINARY, CSV: {"schema": {"type": "string"}}, XLSX: BINARY},
        },
        **problems(**ANYBODY),
    }

    @api.get("/books/dossiers.<ending>", responses=answers, security=OFFICER_READS)
    @for_officers(*READERS)
    def dossiers(path: DossierBookPath, query: DossierBookQuery) -> Response:
        """The dossiers a branch received and what became of them (sổ theo dõi hồ sơ). It names who applied; traced."""
        return _answer(printer, path.ending, query)

    return api


def _answer(printer: Printer, ending: str, query: DossierBookQuery) -> Response:
    title, subtitle, found = _read(query)
    head, rows, notes = _head(), [_row(at, each) for at, each in enumerate(found.lines, 1)], _notes(found)
    headers = {"Content-Disposition": f'attachment; filename="dossiers.{ending}"', "Cache-Control": "no-store"}
    if ending == "xlsx":
        return Response(workbook_of(title, subtitle, head, rows, notes), headers=headers, content_type=XLSX)
    part = Part("", tuple(head), [tuple(_text(cell) for cell in row) for row in rows])
    if ending == "csv":
        return Response(csv_of([part]), headers=headers, content_type=f"{CSV}; charset=utf-8")
    html = render_template(
        "pages/office/certificates/book_pdf.html",
        book=Book(title, subtitle, [part], notes),
        office=settings().office_name or gettext("Land registration office"),
        made_on=i18n.day(clock.today()),
        language=i18n.current_language(),
    )
    return pdf_response(printer, html, "dossiers")


def _read(query: DossierBookQuery) -> tuple[str, str, DossierBook]:
    actor, until, processed = officer(*READERS), query.until or clock.today(), query.of == "processed"
    if until < query.since:
        raise InvalidInput(field="until", reason=gettext("The last day comes before the first."))
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        branch = blanks.keeper(session, query.branch, actor=actor)
        found = dossier_book(
            session, branch.code, query.since, until, processed=processed, most=MOST_LINES, actor=actor
        )
    title = (
        gettext("Book of dossiers processed") if processed else gettext("Book of dossiers received and returned")
    )
    return title, f"{branch.name_vi}, {i18n.day(query.since)} – {i18n.day(until)}", found


def _head() -> list[str]:
    return [
        gettext("No."),
        gettext("Dossier"),
        gettext("Procedure"),
        gettext("Applicant"),
        gettext("Address or telephone"),
        gettext("Parcels"),
        gettext("Papers"),
        gettext("Received"),
        gettext("Appointment"),
        gettext("Handed on"),
        gettext("Result ready"),
        gettext("Returned"),
        gettext("How, to whom"),
        gettext("Note"),
    ]


def _row(at: int, each: BookLine) -> tuple[Cell, ...]:
    procedure = f"{name_of(each)} ({each.tthc})" if each.tthc else name_of(each)
    how = [words.channels()[each.return_by], each.receiver or ""] if each.returned_at else []
    return (
        at,
        each.code,
        procedure,
        each.applicants,
        each.contacts,
        ", ".join(each.parcels),
        each.papers,
        each.received_at,
        each.appointed_at,
        each.taken_at,
        each.ready_at,
        each.returned_at,
        ", ".join(text for text in how if text),
        _note(each),
    )


def _note(each: BookLine) -> str:
    """Say what the columns do not: the state while it lasts or why it ended, another appointment, lateness."""
    told = [] if each.returned_at else [chosen(each.state_vi, each.state_en)]
    if each.reason:
        told.append(each.reason)
    if each.appointment_at and each.appointment_at != each.appointed_at:
        told.append(gettext("appointment moved to %(when)s", when=moment(each.appointment_at)))
    if each.late:
        told.append(gettext("late"))
    return "; ".join(told)


def _notes(found: DossierBook) -> list[str]:
    count = len(found.lines)
    notes = [
        gettext(
            "Received: %(count)s. Ended: %(ended)s, of which late: %(late)s. Open: %(open)s.",
            count=count,
            ended=found.ended,
            late=found.late,
            open=count - found.ended,
        )
    ]
    if found.more:
        notes.append(gettext("Only the first %(most)s are listed: choose fewer days.", most=MOST_LINES))
    return notes


def _text(cell: Cell) -> str:
    """Return a cell as print and CSV show it."""
    if isinstance(cell, datetime):
        return moment(cell)
    return i18n.day(cell) if isinstance(cell, date) else str(cell if cell is not None else "")

"""Print the books of the register and hand them out as tables, under /api/v1/books."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote

from flask import Response, render_template
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.core import clock, i18n
from landsvc.core.api import Api, Day, PathModel, QueryModel, Text, problems
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext
from landsvc.core.printing import PDF, Printer, pdf_response
from landsvc.core.web import database, settings
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.office.certificates import words
from landsvc.office.inspector import right_line
from landsvc.registry import service as registry
from landsvc.registry.certificates import blanks, books, service
from landsvc.registry.edge import ANYBODY, READERS
from landsvc.registry.records import now
from landsvc.registry.rights import service as rights

CSV = "text/csv"
MOST_LINES = 5000
MOST_TRANSACTIONS = 200
Cells = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A table of a book: its heading, what its columns are called, its rows."""

    heading: str
    head: Cells
    rows: Sequence[Cells]


@dataclass(frozen=True)
class Book:
    """A book of the register, in words."""

    title: str
    subtitle: str
    parts: list[Part]
    notes: list[str] = field(default_factory=list)


class BookPath(PathModel):
    """As what."""

    ending: Literal["pdf", "csv"] = Field(description="To print, or as a table.")


class SheetBookQuery(QueryModel):
    """Which sheet."""

    commune: Annotated[Text, Field(min_length=1, max_length=20)] = Field(
        description="Code of the issuing commune."
    )
    sheet: Annotated[Text, Field(min_length=1, max_length=60)] = Field(description="Number of the sheet.")


class LandBookQuery(QueryModel):
    """Which parcel."""

    parcel: Annotated[Text, Field(min_length=1, max_length=200)] = Field(description="Its number or code.")


class SpanQuery(QueryModel):
    """Which days."""

    since: Day = Field(description="The first day.")
    until: Day | SkipJsonSchema[None] = Field(None, description="The last day; today without it.")


class CertificateBookQuery(SpanQuery):
    """Which branch and days."""

    branch: Annotated[Text, Field(min_length=1, max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Code of the branch; the one you work in without it."
    )


class ChangeBookQuery(SpanQuery):
    """Which commune and days."""

    commune: Annotated[str, Field(pattern=r"^[0-9]{5}$")] = Field(description="Code of the commune.")


def make_api(printer: Printer) -> Api:
    """Return the endpoints of the books."""
    api = Api("books", tag="Books", description="Books of the register, as PDF to print or as CSV.")
    answers = {
        200: {
            "description": "The book.",
            "content": {
                PDF: {"schema": {"type": "string", "format": "binary"}},
                CSV: {"schema": {"type": "string"}},
            },
        },
        **problems(
            **ANYBODY,
            http_300="Several parcels have this number; `candidates` lists them.",
            http_404="There is no such parcel.",
            http_410="The parcel is retired; `successors` names what came of it.",
        ),
    }

    @api.get("/books/certificates.<ending>", responses=answers, security=OFFICER_READS)
    @for_officers(*READERS)
    def certificates(path: BookPath, query: CertificateBookQuery) -> Response:
        """The register of certificates that a branch issued (sổ cấp Giấy chứng nhận)."""
        return _answer(printer, path.ending, certificate_book(query), "certificates")

    @api.get("/books/parcels.<ending>", responses=answers, security=OFFICER_READS)
    @for_officers(*READERS)
    def parcels(path: BookPath, query: SheetBookQuery) -> Response:
        """The parcels of a sheet with users, area and land use (sổ mục kê đất đai)."""
        return _answer(printer, path.ending, sheet_book(query), "parcels")

    @api.get("/books/land.<ending>", responses=answers, security=OFFICER_READS)
    @for_officers(*READERS)
    def land(path: BookPath, query: LandBookQuery) -> Response:
        """The page of a parcel in the cadastral register (sổ địa chính)."""
        return _answer(printer, path.ending, land_book(query), "land")

    @api.get("/books/changes.<ending>", responses=answers, security=OFFICER_READS)
    @for_officers(*READERS)
    def changes(path: BookPath, query: ChangeBookQuery) -> Response:
        """The notice of changes to a commune (thông báo cập nhật, chỉnh lý hồ sơ địa chính). It names no holder."""
        return _answer(printer, path.ending, change_book(query), "changes")

    return api


def certificate_book(query: CertificateBookQuery) -> Book:
    """Return the register of certificates."""
    actor, (since, until) = officer(*READERS), _span(query)
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        branch = blanks.keeper(session, query.branch, actor=actor)
        found = service.book(session, branch.code, since, until, page=MOST_LINES, actor=actor)
    states = words.states()
    rows = [
        (
            str(at),
            each.book_no or "",
            each.serial,
            i18n.day(each.issued_on),
            each.holders or "",
            ", ".join(each.parcels),
            states[each.state],
            each.replaces or "",
        )
        for at, each in enumerate(found, 1)
    ]
    head = (
        gettext("No."),
        gettext("Number in the register"),
        gettext("Serial number"),
        gettext("Issued on"),
        gettext("Holders"),
        gettext("Parcels"),
        gettext("State"),
        gettext("In place of"),
    )
    subtitle = f"{branch.name_vi}, {i18n.day(since)} – {i18n.day(until)}"
    return Book(gettext("Register of certificates"), subtitle, [Part("", head, rows)])


def sheet_book(query: SheetBookQuery) -> Book:
    """Return the parcels of a sheet."""
    actor = officer(*READERS)
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        found = books.sheet_book(session, query.commune, query.sheet, actor=actor)
    rows = [
        (
            each.number or "",
            each.users or "",
            i18n.number(float(each.area_m2), 1) if each.area_m2 is not None else "",
            each.uses or "",
            each.address or "",
            each.code or "",
            each.certificates or "",
        )
        for each in found
    ]
    head = (
        gettext("Parcel"),
        gettext("Land user or manager"),
        gettext("Area, m²"),
        gettext("Land use"),
        gettext("Address"),
        gettext("Parcel code"),
        gettext("Certificate"),
    )
    subtitle = gettext("Commune %(commune)s, sheet %(sheet)s", commune=query.commune, sheet=query.sheet)
    return Book(gettext("Parcel inventory book"), subtitle, [Part("", head, rows)])


def land_book(query: LandBookQuery) -> Book:
    """Return the page of a parcel."""
    actor, ref = officer(*READERS), parse_ref(query.parcel)
    unit = cadastre.find_unit(database(), ref).unit_id
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        held = rights.rights_on(session, unit, now(), actor=actor)
        papers = service.certificates_on(session, unit, now(), actor=actor)
        done = registry.transactions_of(session, unit, page=MOST_TRANSACTIONS)
    lines = [right_line(each) for each in held]
    states, english = words.states(), i18n.current_language() == "en"
    return Book(
        gettext("Cadastral register"),
        str(ref),
        [
            Part(
                gettext("Users, rights and limits"),
                (gettext("Right"), gettext("Code"), gettext("Holders"), gettext("Terms")),
                [
                    (each.title, each.code, "; ".join(each.holders), f"{each.how}, {each.detail}")
                    for each in lines
                ],
            ),
            Part(
                gettext("Certificates"),
                (gettext("Serial number"), gettext("Issued on"), gettext("Issued by"), gettext("State")),
                [(each.serial, i18n.day(each.issued_on), each.authority, states[each.state]) for each in papers],
            ),
            Part(
                gettext("Changes"),
                (gettext("Day"), gettext("Transaction"), gettext("What"), gettext("Done by")),
                [
                    (
                        f"{each.at.astimezone(OFFICE_ZONE):%d/%m/%Y}",
                        each.code,
                        each.name_en if english else each.name_vi,
                        each.officer_name,
                    )
                    for each in done
                ],
            ),
        ],
    )


def change_book(query: ChangeBookQuery) -> Book:
    """Return the notice of changes to a commune."""
    actor, (since, until) = officer(*READERS), _span(query)
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        found = books.change_book(session, query.commune, since, until, actor=actor)
    english = i18n.current_language() == "en"
    rows = [
        (
            str(at),
            f"{each.at.astimezone(OFFICE_ZONE):%d/%m/%Y}",
            each.name_en if english else each.name_vi,
            ", ".join(each.old),
            ", ".join(each.new),
            ", ".join(each.certificates),
            ", ".join(filter(None, [each.record, each.doc_no, i18n.day(each.doc_on)])),
            each.code,
        )
        for at, each in enumerate(found, 1)
    ]
    head = (
        gettext("No."),
        gettext("Day"),
        gettext("What"),
        gettext("Parcels before"),
        gettext("Parcels after"),
        gettext("Certificates"),
        gettext("Record"),
        gettext("Transaction"),
    )
    subtitle = gettext(
        "To the People's Committee of commune %(commune)s, %(since)s to %(until)s",
        commune=query.commune,
        since=i18n.day(since),
        until=i18n.day(until),
    )
    notes = [
        gettext("The commune is asked to bring its copy of the books up to date. This notice names no holder.")
    ]
    return Book(gettext("Notice of changes in the cadastral records"), subtitle, [Part("", head, rows)], notes)


def _span(query: SpanQuery) -> tuple[date, date]:
    until = query.until or clock.today()
    if until < query.since:
        raise InvalidInput(field="until", reason=gettext("The last day comes before the first."))
    return query.since, until


def _answer(printer: Printer, ending: str, book: Book, name: str) -> Response:
    if ending == "csv":
        headers = {
            "Content-Disposition": f'attachment; filename="{quote(name)}.csv"',
            "Cache-Control": "no-store",
        }
        return Response(csv_of(book.parts), headers=headers, content_type=f"{CSV}; charset=utf-8")
    html = render_template(
        "pages/office/certificates/book_pdf.html",
        book=book,
        office=settings().office_name or gettext("Land registration office"),
        made_on=i18n.day(clock.today()),
        language=i18n.current_language(),
    )
    return pdf_response(printer, html, name)


def csv_of(parts: Sequence[Part]) -> str:
    """Return tables as CSV with a mark that spreadsheets know UTF-8 by; no cell is taken for a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    for at, part in enumerate(parts):
        if at:
            writer.writerow([])
        if part.heading:
            writer.writerow([part.heading])
        writer.writerow(part.head)
        writer.writerows([[_plain(cell) for cell in row] for row in part.rows])
    return "\ufeff" + sink.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

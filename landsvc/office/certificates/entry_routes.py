"""Print annotations on certificates that exist, and the test page of a printer, under /api/v1."""

from __future__ import annotations

from typing import Annotated

from flask import Response, render_template
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.api import Api, PathModel, QueryModel, Text
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.printing import Printer, pdf_answers, pdf_response
from landsvc.core.times import times_of
from landsvc.core.web import database, settings
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.office.certificates.entry_sheet import present_entry, present_test
from landsvc.registry.certificates import batches, blanks, service
from landsvc.registry.certificates.errors import EntryNotFound, FormNotFound
from landsvc.registry.certificates.routes import OFFICE
from landsvc.registry.certificates.rules import lines_of
from landsvc.registry.certificates.schemas import CertificatePath
from landsvc.registry.edge import ANYBODY, READERS


class EntryPath(CertificatePath):
    """Which annotation of which certificate."""

    number: int = Field(ge=1, le=2**62)


class FormPath(PathModel):
    """Which form."""

    form: Text = Field(min_length=1, max_length=40, json_schema_extra={"example": "qr-2025"})


class PrinterQuery(QueryModel):
    """On which printer."""

    printer: Annotated[Text, Field(min_length=1, max_length=300)] | SkipJsonSchema[None] = Field(
        None, description="Name of the printer, whose offset is taken into account."
    )
    branch: Annotated[Text, Field(min_length=1, max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Code of its branch; the one you work in without it."
    )


def make_api(printer: Printer) -> Api:
    """Return the endpoints that print on certificates that exist."""
    api = Api(
        "certificate_entries",
        tag="Certificates",
        description="Certificates of land (Giấy chứng nhận) of all generations, in two times; blanks; verification.",
    )

    @api.get(
        "/certificates/<serial>/entries/<int:number>.pdf",
        responses=pdf_answers(
            "The annotation alone, at its lines on a page as large as the certificate: lay the paper into the printer.",
            **ANYBODY,
            http_404="There is no such certificate or annotation.",
        ),
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def entry(path: EntryPath, query: PrinterQuery) -> Response:
        """Print an annotation on the certificate it belongs to."""
        actor = officer(*READERS)
        now = times_of(None, None, now=clock.now(), today=clock.today())
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.get_certificate(session, path.serial, now, actor=actor)
            offset = _offset(session, query, actor)
        noted = next((each for each in found.entries if each.id == path.number), None)
        if noted is None:
            raise EntryNotFound(field="number", serial=found.line.serial, number=path.number)
        sheet = present_entry(
            found.line.serial,
            found.form,
            lines_of(noted.said, found.form),
            noted.line_from,
            offset=offset,
            authority=settings().office_name or OFFICE,
            on_day=noted.on_day,
        )
        html = render_template("pages/office/certificates/entry_pdf.html", sheet=sheet)
        return pdf_response(printer, html, f"entry-{noted.id}")

    @api.get(
        "/certificate-forms/<form>/test-page.pdf",
        responses=pdf_answers(
            "A page with a cross where the first annotation begins, moved as annotations on this printer are.",
            **ANYBODY,
            http_404="There is no such form.",
        ),
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def test_page(path: FormPath, query: PrinterQuery) -> Response:
        """Print the test page of a printer: measure how far the cross is off, and enter it."""
        actor = officer(*READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            form = next((each for each in service.get_forms(session) if each.code == path.form), None)
            offset = _offset(session, query, actor)
        if form is None:
            raise FormNotFound(field="form", form=path.form)
        sheet = present_test(form, query.printer or "", offset)
        html = render_template("pages/office/certificates/test_pdf.html", sheet=sheet)
        return pdf_response(printer, html, f"test-{form.code}")

    return api


def _offset(session: Session, query: PrinterQuery, actor: Actor) -> tuple[float, float]:
    if query.printer is None:
        return 0.0, 0.0
    return batches.offset_of(session, blanks.keeper(session, query.branch, actor=actor), query.printer)

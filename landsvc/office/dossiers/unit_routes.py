"""Answer heads of units: the page of what is in hand, and its brief as PDF and Word file under /api/v1."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.api import Api, QueryModel, problems
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.printing import Printer, pdf_answers, pdf_response
from landsvc.core.web import database, settings
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.office.dossiers import unit_brief
from landsvc.office.dossiers.unit_brief import Brief
from landsvc.office.forms import page
from landsvc.office.procedure_pages import chosen
from landsvc.registry.dossiers import heads

HEADS = ("checker", "signer", "leader")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REFUSED = {"http_401": "Nobody is signed in.", "http_403": "Your roles do not reach this."}


class PlainQuery(QueryModel):
    """In which language."""


def add_unit(blueprint: Blueprint, database: Database) -> None:
    """Add the page of what a unit has in hand."""

    @blueprint.get("/unit")
    def unit() -> ResponseReturnValue:
        actor = identity.officer(*HEADS)
        return page("dossiers/unit", actor, brief=_brief(database, actor))


def make_api(printer: Printer) -> Api:
    """Return the endpoints that print the brief."""
    api = Api(
        "unit-brief", tag="Dossiers", description="Procedures of registration and the dossiers that follow them."
    )

    @api.get(
        "/unit-brief.pdf",
        responses=pdf_answers("What the unit has in hand, on one page A4.", **REFUSED),
        security=OFFICER_READS,
    )
    @for_officers(*HEADS)
    def brief_pdf(query: PlainQuery) -> Response:
        """Print load and lateness by person, the week, and the oldest ten with their holders."""
        brief = _brief(database(), officer(*HEADS))
        html = render_template(
            "pages/office/dossiers/unit_pdf.html", brief=brief, language=i18n.current_language()
        )
        return pdf_response(printer, html, "brief")

    @api.get(
        "/unit-brief.docx",
        responses={
            200: {
                "description": "The same as a Word file.",
                "content": {DOCX: {"schema": {"type": "string", "format": "binary"}}},
            },
            **problems(**REFUSED),
        },
        security=OFFICER_READS,
    )
    @for_officers(*HEADS)
    def brief_docx(query: PlainQuery) -> Response:
        """Give the brief as a Word file."""
        body = unit_brief.as_docx(_brief(database(), officer(*HEADS)))
        headers = {"Content-Disposition": 'attachment; filename="brief.docx"', "Cache-Control": "no-store"}
        return Response(body, headers=headers, content_type=DOCX)

    return api


def _brief(database: Database, actor: Actor) -> Brief:
    with database.read_only(EDITOR_ROLE) as session:
        unit = heads.unit_of(session, actor, clock.now())
    return unit_brief.present(
        unit, settings().office_name or ", ".join(chosen(each.name_vi, each.name_en) for each in actor.branches)
    )

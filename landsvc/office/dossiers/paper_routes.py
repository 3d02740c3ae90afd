"""Print the papers of a dossier as PDF under /api/v1."""

from __future__ import annotations

from typing import Literal

from flask import Response, render_template
from pydantic import Field

from landsvc.core import clock, i18n
from landsvc.core.api import PREFIX, Api, QueryModel, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.printing import Printer
from landsvc.core.web import database, public_address, settings
from landsvc.finance.fees import service as fees
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.office.dossiers import papers
from landsvc.office.procedure_pages import chosen
from landsvc.registry.dossiers import procedures, service, tracking
from landsvc.registry.dossiers.schemas import DossierPath
from landsvc.registry.edge import READERS

PDF = "application/pdf"


class PrintedPath(DossierPath):
    """Which printed paper of a dossier."""

    name: Literal["receipt", "supplement", "refusal", "apology", "control"] = Field(description="Which paper.")


class PlainQuery(QueryModel):
    """In which language."""


def make_api(printer: Printer) -> Api:
    """Return the endpoint that prints papers of dossiers."""
    api = Api(
        "dossier-papers",
        tag="Dossiers",
        description="Procedures of registration and the dossiers (hồ sơ) that follow them.",
        url_prefix=f"{PREFIX}/dossiers",
    )

    @api.get(
        "/<code>/papers/<name>.pdf",
        responses={
            200: {
                "description": "The paper, A4, with a QR code that leads to the state of the dossier.",
                "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
            },
            **problems(
                http_401="Nobody is signed in.",
                http_403="Your roles do not reach this.",
                http_404="There is no such dossier, or it has no such paper.",
            ),
        },
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def print_paper(path: PrintedPath, query: PlainQuery) -> Response:
        """Print the receipt, the request for a supplement, the refusal, the apology or the control slip."""
        actor = officer(*READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.read(session, path.code, actor=actor)
            procedure = procedures.procedure_of(session, found.dossier)
            branch = service.branch_of(session, found.dossier)
            frame = papers.Frame(
                found,
                procedure,
                service.states(session),
                settings().office_name or (chosen(branch[1], branch[2]) if branch else ""),
                chosen(branch[1], branch[2]) if branch else "",
                public_address(),
                clock.now(),
                tracking.secret_of(session, found.dossier.id),
                fees.orders_of(session, path.code),
            )
        sheet = papers.present(path.name, frame)
        html = render_template(
            "pages/office/dossiers/paper_pdf.html", sheet=sheet, language=i18n.current_language()
        )
        headers = {
            "Content-Disposition": f'inline; filename="{path.code}-{path.name}.pdf"',
            "Cache-Control": "no-store",
        }
        return Response(printer.pdf(html), headers=headers, content_type=PDF)

    return api

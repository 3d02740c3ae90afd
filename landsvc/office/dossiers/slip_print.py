"""Print a slip that was sent, for the office at its dossier and for the tax office under /api/v1/tax.

The print is made from the signed bytes each time it is read, and signed (PAdES) where the key of the office is here.
It is a picture of the slip: what proves it is the signed data (JWS), as the paper says.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import PREFIX, Api, QueryModel
from landsvc.core.db import EDITOR_ROLE, TAX_ROLE, Database
from landsvc.core.printing import PDF, Printer, pdf_answers
from landsvc.core.signing import Signer, SigningKeyMissing
from landsvc.core.web import database as web_database
from landsvc.core.web import settings, vault
from landsvc.finance.slips import service as slips
from landsvc.finance.slips.errors import SlipNotFound
from landsvc.finance.slips.routes import NO_TOKEN, READ
from landsvc.finance.slips.schemas import SlipPath
from landsvc.finance.slips.service import Slip
from landsvc.identity import web as identity
from landsvc.identity.routes import machine
from landsvc.office.dossiers.slip_sheet import present_slip
from landsvc.registry.edge import NUMBER_READERS, READERS

REASON = "Bản in phiếu chuyển thông tin"
MOST_VERSIONS = 32_767


class VersionQuery(QueryModel):
    """Which version of a slip."""

    version: int | SkipJsonSchema[None] = Field(
        None,
        ge=1,
        le=MOST_VERSIONS,
        description="Another version of what was told of the same dossier; without it, the slip itself.",
    )


def make_api(printer: Printer) -> Api:
    """Return the endpoint that prints slips for the tax office."""
    api = Api(
        "slip-prints",
        tag="Slips",
        description="What the registry tells the tax office of a case (phiếu chuyển), and what it answers.",
        url_prefix=f"{PREFIX}/tax",
    )

    @api.get(
        "/slips/<slip>/pdf",
        responses=pdf_answers(
            "The slip as paper, A4, in Vietnamese.",
            **NO_TOKEN,
            http_404="There is no such slip, or no such version.",
        ),
        security=machine(READ),
    )
    @identity.for_machines(READ)
    def print_slip(path: SlipPath, query: VersionQuery) -> Response:
        """Print a slip from what was signed. The reading is traced."""
        client = identity.client(READ)
        with web_database().unit_of_work(TAX_ROLE) as session:
            if query.version is None:
                found = slips.get_slip(session, vault(), path.slip, who=client)
            else:
                found = slips.get_version(session, vault(), path.slip, query.version, who=client)
        return _printed(printer, found, whole=True)

    return api


def add_prints(blueprint: Blueprint, database: Database, printer: Printer) -> None:
    """Add the printed slips of a dossier."""

    @blueprint.get("/dossiers/<code>/slips/<no>/<int:version>.pdf")
    def slip_pdf(code: str, no: str, version: int) -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        slip_no = no.replace("\x00", "")[:40]
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            line = slips.get_line(session, slip_no)
            if (line.dossier, line.version) != (code, version):
                raise SlipNotFound(field="slip", slip=slip_no)
            found = slips.get_slip(session, vault(), slip_no, who=actor)
        return _printed(printer, found, whole=bool(actor.roles & {*NUMBER_READERS}))


def _printed(printer: Printer, slip: Slip, *, whole: bool) -> Response:
    """Answer with the paper, which nobody keeps; a whole one bears the signature of the office."""
    sheet = present_slip(slip, whole=whole)
    pdf = printer.pdf(render_template("pages/office/dossiers/slip_pdf.html", sheet=sheet))
    if whole:
        pdf = _signed(pdf, slip, sheet.sender)
    name = f"{sheet.slip_no}-v{sheet.version}"
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, headers=headers, content_type=PDF)


def _signed(pdf: bytes, slip: Slip, place: str) -> bytes:
    """Sign a print; where the key is not here any more, the paper still says what proves it."""
    try:
        return Signer(settings()).sign(pdf, reason=f"{REASON} {slip.line.slip_no}", place=place)
    except SigningKeyMissing:
        return pdf

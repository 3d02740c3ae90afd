"""Answer the drawings officers print: of a draft's change; of a parcel and a sheet beside it, as PDF."""

from __future__ import annotations

from typing import Annotated

from flask import Response, render_template
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drafts import service as drafts
from landsvc.cadastre.drafts.document import in_crs
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.drafts.schemas import DraftPath
from landsvc.cadastre.drawings.around import land_around
from landsvc.cadastre.drawings.change import compose, paper_for
from landsvc.cadastre.drawings.extract import plane_srid
from landsvc.core import clock, i18n
from landsvc.core.api import Api, QueryModel, Text, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.times import times_of
from landsvc.core.web import database, settings
from landsvc.geo import crs
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers
from landsvc.office.change_sheet import present_change
from landsvc.office.errors import NothingToDraw
from landsvc.office.extract_routes import PDF
from landsvc.office.map_sheet import words
from landsvc.office.printing import Printer


class DrawingQuery(QueryModel):
    """How to draw."""

    crs: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None,
        description="EPSG code of the plane system to draw and measure in; the working system without it.",
        json_schema_extra={"pattern": "^(EPSG:)?9212$"},
    )


def make_api(printer: Printer) -> Api:
    """Return the endpoints that print drawings for officers."""
    api = Api("drawings", tag="Drafts", description="Officers edit the fabric: operations, preview, commit.")

    @api.get(
        "/drafts/<draft>/drawing.pdf",
        responses={
            200: {
                "description": "The drawing of the change (bản vẽ tách thửa, hợp thửa đất), A4. It names no person.",
                "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
            },
            **problems(
                http_401="Nobody is signed in.",
                http_403="Your roles do not reach this.",
                http_404="There is no such draft.",
                http_409="The draft is withdrawn, or overtaken by others.",
                http_422="The draft changes nothing that is on the map.",
            ),
        },
        security=OFFICER_READS,
    )
    @for_officers()
    def print_drawing(path: DraftPath, query: DrawingQuery) -> Response:
        """Print the drawing of a draft's change, planned or entered."""
        html = _change_page(path.draft, plane_srid(query.crs, settings().srid))
        headers = {
            "Content-Disposition": f'inline; filename="{path.draft}.pdf"',
            "Cache-Control": "private, no-store",
        }
        return Response(printer.pdf(html), headers=headers, content_type=PDF)

    return api


def _change_page(draft: str, srid: int) -> str:
    frame = Frame(settings().srid, settings().datum_shift)
    with database().rehearsal(EDITOR_ROLE) as session:
        document = in_crs(drafts.preview(session, draft, frame=frame), srid, frame)
    paper = paper_for([*document["before"], *document["after"]])
    if paper is None:
        raise NothingToDraw(draft=draft)
    times = times_of(None, None, now=clock.now(), today=clock.today())
    around = land_around(database(), paper, srid, times)
    drawn = compose(document["before"], document["after"], around, paper, words())
    sheet = present_change(
        drawn,
        document,
        office=settings().office_name,
        system=f"{crs.system_name(srid)} (EPSG:{srid})",
        today=clock.today(),
    )
    return render_template("pages/office/change_pdf.html", sheet=sheet, language=i18n.current_language())

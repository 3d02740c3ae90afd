"""Answer the drawings officers print as PDF: a draft's change, a parcel's technical file, a sheet."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from flask import Response, render_template
from markupsafe import Markup
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drafts import service as drafts
from landsvc.cadastre.drafts.document import in_crs
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.drafts.schemas import DraftPath
from landsvc.cadastre.drawings.around import land_around
from landsvc.cadastre.drawings.change import compose, paper_for
from landsvc.cadastre.drawings.parcel_file import parcel_file
from landsvc.cadastre.drawings.sheet import sheet_map
from landsvc.cadastre.rules import parse_ref, plane_srid
from landsvc.cadastre.schemas import ParcelPath
from landsvc.core import clock, i18n
from landsvc.core.api import Api, PathModel, QueryModel, Text
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.i18n import gettext
from landsvc.core.printing import Printer, pdf_answers, pdf_response
from landsvc.core.times import times_of
from landsvc.core.web import database, public_address, settings
from landsvc.geo import crs
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers
from landsvc.office.change_sheet import present_change
from landsvc.office.errors import NothingToDraw
from landsvc.office.extract_routes import file_name
from landsvc.office.map_sheet import words
from landsvc.office.parcel_sheet import present_file

NOT_HERE = {"http_401": "Nobody is signed in.", "http_403": "Your roles do not reach this."}


class DrawingQuery(QueryModel):
    """How to draw."""

    crs: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None,
        description="EPSG code of the plane system to draw and measure in; the working system without it.",
        json_schema_extra={"pattern": "^(EPSG:)?9212$"},
    )


class SheetPath(PathModel):
    """Which sheet."""

    commune: Text = Field(description="Code of the commune that issued the numbers.", min_length=1, max_length=20)
    sheet: Text = Field(description="Number of the sheet.", min_length=1, max_length=60)


class SheetQuery(DrawingQuery):
    """How to draw a sheet."""

    paper: Literal["A4", "A3", "A2", "A1", "A0"] = Field("A3", description="Paper, landscape.")


def make_api(printer: Printer) -> Api:
    """Return the endpoints that print drawings for officers."""
    api = Api("drawings", tag="Drafts", description="Officers edit the fabric: operations, preview, commit.")

    @api.get(
        "/drafts/<draft>/drawing.pdf",
        responses=pdf_answers(
            "The drawing of the change (bản vẽ tách thửa, hợp thửa đất), A4. It names no person.",
            **NOT_HERE,
            http_404="There is no such draft.",
            http_409="The draft is withdrawn, or overtaken by others.",
            http_422="The draft changes nothing that is on the map.",
        ),
        security=OFFICER_READS,
    )
    @for_officers()
    def print_drawing(path: DraftPath, query: DrawingQuery) -> Response:
        """Print the drawing of a draft's change, planned or entered."""
        html = _change_page(path.draft, plane_srid(query.crs, settings().srid))
        return pdf_response(printer, html, path.draft)

    _add_parcel_file(api, printer)
    _add_sheet(api, printer)
    return api


def _add_parcel_file(api: Api, printer: Printer) -> None:
    @api.get(
        "/parcels/<ref>/technical-file.pdf",
        responses=pdf_answers(
            "The technical file (hồ sơ kỹ thuật thửa đất), A4: the extract, who lies beyond"
            " each edge, the survey, the changes. It names no person.",
            **NOT_HERE,
            http_300="Several parcels have this number; `candidates` lists them.",
            http_404="There is no such parcel.",
            http_410="The parcel is retired; `successors` names what came of it.",
            http_422="The parcel has no map.",
        ),
        security=OFFICER_READS,
    )
    @for_officers()
    def print_parcel_file(path: ParcelPath, query: DrawingQuery) -> Response:
        """Print the technical file of a parcel."""
        now = times_of(None, None, now=clock.now(), today=clock.today())
        srid = plane_srid(query.crs, settings().srid)
        found = parcel_file(database(), parse_ref(path.ref), now, srid, words())
        code = str(found.extract.parcel["code"] or path.ref)
        sheet = present_file(
            found,
            office=settings().office_name,
            address=f"{public_address()}/?parcel={quote(code)}",
            now=now,
            today=clock.today(),
        )
        html = render_template("pages/office/map_extract_pdf.html", sheet=sheet, language=i18n.current_language())
        return pdf_response(printer, html, file_name(found.extract))


def _add_sheet(api: Api, printer: Printer) -> None:
    @api.get(
        "/sheets/<commune>/<sheet>/map.pdf",
        responses=pdf_answers(
            "The map of a sheet (tờ bản đồ địa chính) as it is today. It names no person.",
            **NOT_HERE,
            http_404="No parcel of today has a number of this sheet.",
            http_422="The sheet has too many parcels for one drawing.",
        ),
        security=OFFICER_READS,
    )
    @for_officers()
    def print_sheet(path: SheetPath, query: SheetQuery) -> Response:
        """Print the map of a sheet."""
        times = times_of(None, None, now=clock.now(), today=clock.today())
        srid = plane_srid(query.crs, settings().srid)
        found = sheet_map(
            database(), path.commune, path.sheet, paper=query.paper, srid=srid, times=times, words=words()
        )
        html = render_template(
            "pages/office/sheet_pdf.html",
            map=found,
            title=gettext(
                "Cadastral map, sheet %(sheet)s, commune %(commune)s", sheet=found.sheet, commune=found.commune
            ),
            scale=gettext("Scale 1:%(scale)s", scale=found.scale),
            sum=gettext(
                "%(count)s parcels, %(area)s registered",
                count=i18n.number(found.parcels, 0),
                area=i18n.area(float(found.area_m2)),
            ),
            made_on=i18n.day(clock.today()),
            office=settings().office_name or gettext("Land registration office"),
            drawing=Markup(found.svg),  # noqa: S704 - drawn by us, every text in it escaped
            language=i18n.current_language(),
        )
        return pdf_response(printer, html, "sheet")


def _change_page(draft: str, srid: int) -> str:
    frame = Frame(settings().srid, settings().datum_shift)
    found = database().rehearsed(EDITOR_ROLE, None, lambda session: drafts.preview(session, draft, frame=frame))
    document = in_crs(found, srid, frame)
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

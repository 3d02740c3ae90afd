"""Answer the map extract of a parcel: as PDF under /api/v1, as a page to print under /office."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from flask import Response, render_template, request
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drawings.extract import MapExtract, map_extract
from landsvc.cadastre.rules import parse_ref, plane_srid
from landsvc.cadastre.schemas import ParcelPath
from landsvc.core import clock, i18n
from landsvc.core.api import Api, Text, TimesQuery
from landsvc.core.printing import Printer, pdf_answers, pdf_response
from landsvc.core.throttle import Throttle
from landsvc.core.times import times_of
from landsvc.core.web import database, public_address, settings
from landsvc.office.map_sheet import Sheet, present, words

LOOKUPS_A_PRINT = 20
"""A print takes about 0.1 s of processor, as much as so many look-ups and more: it counts as them."""


class MapExtractQuery(TimesQuery):
    """How to draw a map extract."""

    crs: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None,
        description="EPSG code of the plane system to draw and measure in, such as the zone of the survey;"
        " the working system of the register without it.",
        json_schema_extra={"pattern": "^(EPSG:)?9212$"},
    )


def prints_per_minute(lookups_per_minute: int) -> int:
    """Return how many prints one address may ask for in a minute; 0, which is no limit, stays 0."""
    return max(1, lookups_per_minute // LOOKUPS_A_PRINT) if lookups_per_minute else 0


def make_api(printer: Printer, throttle: Throttle) -> Api:
    """Return the endpoint that prints map extracts."""
    api = Api(
        "map_extract",
        tag="Parcels",
        description="Parcels (thửa đất), administrative units and code lists.",
    )

    @api.get(
        "/parcels/<ref>/map-extract.pdf",
        responses=pdf_answers(
            "The map extract (trích lục bản đồ địa chính), A4. It names no person.",
            http_300="Several parcels have this number; `candidates` lists them.",
            http_404="There is no such parcel, or it has no facts for the asked time.",
            http_410="The parcel is retired, or had ended by the asked day; `successors` names what came of it.",
            http_422="The parcel has no map.",
            http_429="Too many prints from one address.",
        ),
    )
    def print_map_extract(path: ParcelPath, query: MapExtractQuery) -> Response:
        """Print the map extract of a parcel."""
        throttle.check(request.remote_addr)
        sheet, extract = sheet_of(path.ref, query)
        html = render_template("pages/office/map_extract_pdf.html", sheet=sheet, language=i18n.current_language())
        return pdf_response(printer, html, file_name(extract))

    return api


def sheet_of(ref: str, query: MapExtractQuery) -> tuple[Sheet, MapExtract]:
    """Return the sheet a reference and its query ask for, and what it was made of."""
    now, today = clock.now(), clock.today()
    times = times_of(query.valid_at, query.known_at, now=now, today=today)
    srid = plane_srid(query.crs, settings().srid)
    extract = map_extract(database(), parse_ref(ref), times, srid, words())
    # Paper outlives maps: the code means this parcel when its number means another one.
    address = f"{public_address()}/?parcel={quote(str(extract.parcel['code'] or ref))}"
    return present(extract, office=settings().office_name, address=address, now=times, today=today), extract


def file_name(extract: MapExtract) -> str:
    """Return a name for the file without its ending, in letters every system takes."""
    name = str(extract.parcel["ref"] or extract.parcel["code"] or "parcel")
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter == "-") else "_" for letter in name)

"""Tell the digital address of a parcel, and print it as a sign for the door."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

import segno
from flask import Response, render_template, request
from flask_babel import force_locale
from markupsafe import Markup
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.digital_address import DIGITS, DigitalAddress, address_of
from landsvc.cadastre.houses.service import House, houses_on
from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.schemas import ParcelPath
from landsvc.core.api import NOT_MODIFIED, Api, ApiModel, QueryModel, answer_bytes, content, problems
from landsvc.core.printing import Printer, pdf_answers, pdf_response
from landsvc.core.throttle import Throttle
from landsvc.core.web import database, public_address
from landsvc.geo import plus_code
from landsvc.planning.errors import NoGeometry

REFUSED = {
    "http_300": "Several parcels answer to the reference.",
    "http_404": "No such parcel, or it has no map.",
    "http_410": "The parcel was retired; its successors are named.",
    "http_429": "Too many requests from this address.",
}


class AddressQuery(QueryModel):
    """Nothing more is asked."""


class DoorSignQuery(QueryModel):
    """In which language."""

    lang: Literal["vi", "en"] | SkipJsonSchema[None] = Field(
        None, description="Language of the sign; Vietnamese without it."
    )


class PlaceNameOut(ApiModel):
    """A commune of today."""

    code: str
    name: str


class HouseOut(ApiModel):
    """A house address on the parcel (địa chỉ nhà)."""

    number: str
    street: str
    quarter: str = Field(description="Quarter or hamlet (khu phố, ấp, thôn); may be empty.")
    plus_code: str = Field(description="Of the door, where it is known, else of the parcel.")


class AddressOut(ApiModel):
    """The digital address of a parcel (mã địa chỉ số)."""

    parcel: str
    code: str | None = Field(description="The parcel's code of 12 characters.")
    plus_code: str = Field(
        description="Open Location Code of 11 digits, about 3 m; `/api/v1/lookup?plusCode=` leads back."
    )
    point: tuple[float, float] = Field(description="Longitude and latitude of a point inside the parcel.")
    commune: PlaceNameOut
    formerly: list[str] = Field(description="Communes that today's was made of; the parcel lay in one of them.")
    houses: list[HouseOut] = Field(description="House addresses on it today.")


def make_api(printer: Printer, throttle: Throttle, prints: Throttle) -> Api:
    """Return the endpoints; `throttle` is that of look-ups, `prints` that of papers."""
    api = Api(
        "addresses", tag="cadastre", description="Parcels and where they lie.", schemas=(AddressOut, HouseOut)
    )

    @api.get(
        "/parcels/<ref>/address",
        summary="The digital address of a parcel",
        responses={200: content(AddressOut), 304: NOT_MODIFIED, **problems(**REFUSED)},
    )
    def address(path: ParcelPath, query: AddressQuery) -> Response:
        """Read the plus code of a parcel, and the names of its place today and before 2025."""
        throttle.check(request.remote_addr)
        parcel, found, houses = _found(path.ref)
        out = AddressOut(
            parcel=parcel["ref"],
            code=parcel.get("code"),
            plus_code=found.plus_code,
            point=(found.lon, found.lat),
            commune=PlaceNameOut(code=found.commune_code, name=found.commune),
            formerly=list(found.formerly),
            houses=[
                HouseOut(
                    number=each.number,
                    street=each.street,
                    quarter=each.quarter,
                    plus_code=_code_of(each, found),
                )
                for each in houses
            ],
        )
        return answer_bytes(out.model_dump_json(by_alias=True).encode())

    @api.get(
        "/parcels/<ref>/door-sign.pdf",
        responses=pdf_answers("A sign for the door with the digital address and a QR code, A5.", **REFUSED),
    )
    def door_sign(path: ParcelPath, query: DoorSignQuery) -> Response:
        """Print the digital address of a parcel as a sign; it names nobody."""
        prints.check(request.remote_addr)
        parcel, found, houses = _found(path.ref)
        link = f"{public_address()}/?parcel={quote(parcel.get('code') or parcel['ref'])}"
        qr = segno.make(link, error="m", micro=False).svg_inline(omitsize=True, border=2)
        with force_locale(query.lang or "vi"):
            html = render_template(
                "pages/door_sign_pdf.html",
                language=query.lang or "vi",
                parcel=parcel,
                address=replace(found, plus_code=_code_of(houses[0], found)) if houses else found,
                house=houses[0].line if houses else "",
                link=link,
                qr=Markup(qr),  # noqa: S704 - made by us, of our own address
            )
            return pdf_response(printer, html, f"door-sign-{found.plus_code.replace('+', '-')}")

    return api


def _code_of(house: House, parcel: DigitalAddress) -> str:
    """Return the plus code of a door, where it is known, else of the parcel."""
    if house.lon is None or house.lat is None:
        return parcel.plus_code
    return plus_code.encode(house.lon, house.lat, DIGITS)


def _found(text: str) -> tuple[dict[str, Any], DigitalAddress, list[House]]:
    """Return a parcel of today with its addresses; raise what resolving raises, or `NoGeometry`."""
    ref = parse_ref(text)
    unit = cadastre.find_unit(database(), ref)
    if unit.body is None:
        raise cadastre.retired(database(), ref, unit.unit_id)
    parcel = json.loads(unit.body)
    found = address_of(parcel)
    if found is None:
        raise NoGeometry(field="ref", parcel=text)
    return parcel, found, houses_on(database(), unit.unit_id)

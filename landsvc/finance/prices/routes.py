"""Answer what land costs under /api/v1: to anybody, about land only."""

from __future__ import annotations

from flask import Response

from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.schemas import ParcelPath
from landsvc.cadastre.service import find_unit
from landsvc.core import clock
from landsvc.core.api import NOT_MODIFIED, Api, answer_bytes, content, problems
from landsvc.core.db import PUBLIC_ROLE
from landsvc.core.i18n import gettext
from landsvc.core.times import check_day
from landsvc.core.web import database
from landsvc.finance.prices import schemas, service
from landsvc.finance.prices.entries import NoPrice
from landsvc.finance.prices.errors import UnknownPriceUse
from landsvc.finance.prices.schemas import NO_DATA, ParcelPriceOut, PriceQuery


def make_api() -> Api:
    """Return the endpoints of land prices."""
    api = Api(
        "prices",
        tag="Money",
        description="Payments as the tax office states them.",
        schemas=(schemas.ParcelPriceOut,),
    )

    @api.get(
        "/parcels/<ref>/price",
        responses={
            200: content(schemas.ParcelPriceOut),
            304: NOT_MODIFIED,
            **problems(
                http_300="Several parcels have this number; `candidates` lists them.",
                http_404="There is no such parcel.",
            ),
        },
    )
    def price(path: ParcelPath, query: PriceQuery) -> Response:
        """Read what a parcel's land costs by the table of a day, with the working, or why nobody can say."""
        day = query.on or clock.today()
        check_day("on", day)
        ref = parse_ref(path.ref)
        unit_id = find_unit(database(), ref).unit_id
        with database().read_only(PUBLIC_ROLE) as session:
            found = service.price_of(session, unit_id, query.land_use, day)
            if isinstance(found, NoPrice):
                if found.why == "no-use":
                    raise UnknownPriceUse(field="landUse", code=query.land_use)
                body = ParcelPriceOut.without(str(ref), found, gettext(NO_DATA[found.why]))
            else:
                shapes = service.part_shapes(session, found.table, found.standing.place)
                body = ParcelPriceOut.of(str(ref), found, shapes)
        return answer_bytes(body.model_dump_json(by_alias=True).encode())

    return api

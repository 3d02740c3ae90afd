"""Answer over HTTP what planned works would take of a parcel."""

from __future__ import annotations

from flask import Response, request

from landsvc.core import clock, web
from landsvc.core.api import Api, TimesQuery, answer_bytes, content, problems
from landsvc.core.throttle import Throttle
from landsvc.core.times import times_of
from landsvc.planning.schemas import ParcelPath
from landsvc.planning.taking import service
from landsvc.planning.taking.schemas import TakingOut


def make_api(throttle: Throttle) -> Api:
    """Return the endpoint; it counts as a look-up."""
    api = Api(
        "taking",
        tag="planning",
        description="What planned public works would take of a piece of land.",
        schemas=(TakingOut,),
    )

    @api.get(
        "/parcels/<ref>/taking",
        summary="What planned public works would take of a parcel, and what would be left",
        responses={
            200: content(TakingOut),
            **problems(
                http_300="Several parcels answer to the reference.",
                http_404="No such parcel, it was not there on the day, or it has no map.",
                http_410="The parcel was retired; its successors are named.",
                http_429="Too many look-ups from this address.",
            ),
        },
    )
    def taking(path: ParcelPath, query: TimesQuery) -> Response:
        """Measure the zones for public works against the parcel by the plans of a day; for reference only."""
        throttle.check(request.remote_addr)
        times = times_of(query.valid_at, query.known_at, now=clock.now(), today=clock.today())
        found = service.what_would_be_taken(web.database(), path.ref, times)
        return answer_bytes(TakingOut.of(found).model_dump_json(by_alias=True).encode())

    return api

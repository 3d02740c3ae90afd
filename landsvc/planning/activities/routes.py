"""Answer over HTTP what may be done on a parcel."""

from __future__ import annotations

from flask import Response, request

from landsvc.core import clock, web
from landsvc.core.api import Api, TimesQuery, answer_bytes, content, problems
from landsvc.core.throttle import Throttle
from landsvc.core.times import times_of
from landsvc.planning.activities import service
from landsvc.planning.activities.schemas import ActivitiesOut
from landsvc.planning.schemas import ParcelPath


def make_api(throttle: Throttle) -> Api:
    """Return the endpoint; it counts as a look-up."""
    api = Api(
        "activities",
        tag="planning",
        description="What may be done with a piece of land.",
        schemas=(ActivitiesOut,),
    )

    @api.get(
        "/parcels/<ref>/activities",
        summary="What may be done on a parcel: allowed, allowed if, not allowed, or the fact that is missing",
        responses={
            200: content(ActivitiesOut),
            **problems(
                http_300="Several parcels answer to the reference.",
                http_404="No such parcel.",
                http_410="The parcel was retired; its successors are named.",
                http_429="Too many look-ups from this address.",
            ),
        },
    )
    def activities(path: ParcelPath, query: TimesQuery) -> Response:
        """Answer each activity by the registered uses and the zones of a day; for reference only."""
        throttle.check(request.remote_addr)
        times = times_of(query.valid_at, query.known_at, now=clock.now(), today=clock.today())
        told = service.what_may_be_done(web.database(), path.ref, times)
        return answer_bytes(ActivitiesOut.of(told).model_dump_json(by_alias=True).encode())

    return api

"""Answer planning over HTTP: the look-up and the extract."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from landsvc.core import clock, web
from landsvc.core.api import (
    GEOJSON,
    NOT_MODIFIED,
    Api,
    ApiModel,
    TimesQuery,
    answer_bytes,
    content,
    etag_of,
    problems,
)
from landsvc.core.paging import parse_box
from landsvc.core.throttle import Throttle
from landsvc.core.times import Times, times_of
from landsvc.planning import service
from landsvc.planning.errors import NotInThisForm
from landsvc.planning.schemas import (
    ExtractOut,
    LookupOut,
    LookupQuery,
    ParcelPath,
    PlansOut,
    PlansQuery,
    ZonesOut,
    ZonesQuery,
)


def make_api(throttle: Throttle) -> Api:
    """Return the endpoints; `throttle` says how many places one address may look up."""
    api = Api(
        "planning",
        tag="planning",
        description="What may be done with a piece of land.",
        schemas=(LookupOut, ExtractOut, PlansOut, ZonesOut),
    )

    @api.get(
        "/lookup",
        summary="The parcel at a place, and what plans and restrictions say about it",
        responses=_answers(
            LookupOut,
            http_300="Several parcels answer to the reference; `candidates` lists them.",
            http_404="No parcel there; `themes` says what plans say about the place.",
            http_410="The parcel was retired; its successors are named.",
            http_429="Too many look-ups from this address.",
        ),
    )
    def lookup(query: LookupQuery) -> Response:
        throttle.check(request.remote_addr)
        known = web.settings()
        found = service.look_up(
            web.database(), query.place(), _times(query), variant=known.datum_shift, srid=known.srid
        )
        return _respond(found)

    @api.get(
        "/parcels/<ref>/planning",
        summary="The planning extract of a parcel",
        responses=_answers(
            ExtractOut,
            http_300="Several parcels answer to the reference.",
            http_404="No such parcel.",
            http_406="Only JSON is issued.",
            http_410="The parcel was retired.",
        ),
    )
    def extract(path: ParcelPath, query: TimesQuery) -> Response:
        _require_json()
        return _respond(service.extract(web.database(), path.ref, _times(query), now=clock.now()))

    @api.get(
        "/plans",
        summary="Plans that hold on a day or are to come",
        responses=_answers(PlansOut),
    )
    def plans(query: PlansQuery) -> Response:
        body = service.list_plans(web.database(), _times(query), level=query.level, status=query.status)
        return answer_bytes(body)

    @api.get(
        "/zones",
        summary="Zones and restrictions, a page at a time",
        responses={200: content(ZonesOut, GEOJSON), 304: NOT_MODIFIED, **problems()},
    )
    def zones(query: ZonesQuery) -> Response:
        features, cursor = service.list_zones(
            web.database(),
            _times(query),
            box=None if query.bbox is None else parse_box(query.bbox),
            plan=query.plan,
            theme=query.theme,
            cursor=query.cursor,
            limit=query.limit,
        )
        after = b',"next":' + json.dumps(None if cursor is None else _next_page(cursor)).encode()
        return answer_bytes(b'{"type":"FeatureCollection","features":' + features + after + b"}", GEOJSON)

    return api


def _require_json() -> None:
    """Raise `NotInThisForm` when the caller takes no JSON."""
    accept = request.environ.get("HTTP_ACCEPT", "*/*")
    if accept != "*/*" and request.accept_mimetypes.best_match(["application/json"]) is None:
        raise NotInThisForm(accept=accept[:100])


def _next_page(cursor: str) -> str:
    return f"{web.public_address()}{request.path}?{urlencode({**request.args, 'cursor': cursor})}"


def _answers(model: type[ApiModel], **described: str) -> dict[Any, Any]:
    return {200: content(model), 304: NOT_MODIFIED, **problems(**described)}


def _times(query: TimesQuery) -> Times:
    return times_of(query.valid_at, query.known_at, now=clock.now(), today=clock.today())


def _respond(found: service.Answer) -> Response:
    """Answer with the tree; its tag leaves out when it was asked, so an unchanged answer is not sent again."""
    return answer_bytes(found.body, tag=etag_of(found.fact))

"""Answer planning over HTTP: the look-up and the extract."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

from flask import Response, redirect, request

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
from landsvc.planning.extracts import service as extracts
from landsvc.planning.extracts.errors import BadInterval
from landsvc.planning.extracts.periods import read_interval
from landsvc.planning.extracts.service import Issued, Question
from landsvc.planning.schemas import (
    ExtractOut,
    ExtractPath,
    ExtractQuery,
    LookupOut,
    LookupQuery,
    ParcelPath,
    PlansOut,
    PlansQuery,
    ZonesOut,
    ZonesQuery,
)

OFFICE = "Văn phòng đăng ký đất đai"
"""Who issues where the setting does not say."""
PDF = "application/pdf"


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

    _add_extracts(api, throttle)

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


def _add_extracts(api: Api, throttle: Throttle) -> None:
    @api.get(
        "/parcels/<ref>/planning",
        summary="The planning extract of a parcel, issued and kept",
        responses={303: {"description": "The caller takes PDF only: the paper lies there."}}
        | _answers(
            ExtractOut,
            http_300="Several parcels answer to the reference.",
            http_404="No such parcel.",
            http_406="JSON and PDF are issued.",
            http_410="The parcel was retired.",
            http_422="Too much changed in the interval.",
            http_429="Too many look-ups from this address.",
        ),
    )
    def extract(path: ParcelPath, query: ExtractQuery) -> Response:
        """Issue an extract. While nothing changes the same one is given out: number, instant and bytes."""
        if _wants_pdf():
            return cast("Response", redirect(f"{request.path}.pdf{_asked()}", HTTPStatus.SEE_OTHER))
        throttle.check(request.remote_addr)
        return answer_bytes(issued(path.ref, query).tree)

    @api.get(
        "/extracts/<id>",
        summary="An extract as it was issued",
        responses=_answers(ExtractOut, http_404="No extract of this register bears the number."),
    )
    def issued_extract(path: ExtractPath) -> Response:
        """Read an issued extract again, byte for byte."""
        return answer_bytes(extracts.get(web.database(), path.id).tree)


def issued(ref: str, query: ExtractQuery) -> Issued:
    """Return the extract that answers a question about a parcel, issued now or before."""
    known = web.settings()
    question = Question(
        ref,
        _times(query),
        known_asked=query.known_at is not None,
        during=None if query.during is None else read_interval(query.during),
    )
    if question.during is not None and query.valid_at is not None:
        raise BadInterval(
            field="during", text=query.during, reason="validAt asks for one day, during for several."
        )
    return extracts.issue(web.database(), question, office=known.office_name or OFFICE, now=clock.now())


def _wants_pdf() -> bool:
    """Tell whether the caller takes PDF rather than JSON; raise `NotInThisForm` when they take neither."""
    accept = request.environ.get("HTTP_ACCEPT", "*/*")
    best = None if accept == "*/*" else request.accept_mimetypes.best_match(["application/json", PDF])
    if accept != "*/*" and best is None:
        raise NotInThisForm(accept=accept[:100])
    return best == PDF


def _asked() -> str:
    query = request.query_string.decode("latin-1")
    return f"?{query}" if query else ""


def _next_page(cursor: str) -> str:
    return f"{web.public_address()}{request.path}?{urlencode({**request.args, 'cursor': cursor})}"


def _answers(model: type[ApiModel], **described: str) -> dict[Any, Any]:
    return {200: content(model), 304: NOT_MODIFIED, **problems(**described)}


def _times(query: TimesQuery) -> Times:
    return times_of(query.valid_at, query.known_at, now=clock.now(), today=clock.today())


def _respond(found: service.Answer) -> Response:
    """Answer with the tree; its tag leaves out when it was asked, so an unchanged answer is not sent again."""
    return answer_bytes(found.body, tag=etag_of(found.fact))

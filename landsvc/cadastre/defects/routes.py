"""Answer officers about defects of old land under /api/v1/defects."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from landsvc.cadastre.defects import schemas, service, trying
from landsvc.cadastre.defects.suggesting import advice
from landsvc.cadastre.drafts.routes import current_parcel, frame
from landsvc.core.api import JSON, PREFIX, Api, ApiModel, content, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import database, public_address
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer

ANYBODY = {"http_401": "Nobody is signed in.", "http_403": "Your roles do not reach this."}


def make_api() -> Api:
    """Return the endpoints of defects."""
    api = Api(
        "defects",
        tag="Defects",
        description="What is known to be wrong in old land: overlaps, gaps, drift, slivers, spikes.",
        schemas=(schemas.DefectsOut, schemas.DefectDetail),
        url_prefix=f"{PREFIX}/defects",
    )

    @api.get("", responses={200: content(schemas.DefectsOut), **problems(**ANYBODY)}, security=OFFICER_READS)
    @for_officers()
    def defects(query: schemas.DefectsQuery) -> Response:
        """List known defects, by kind, the worst first."""
        officer()
        with database().read_only(EDITOR_ROLE) as session:
            page, more = service.list_defects(
                session, commune=query.commune, kind=query.kind, cursor=query.cursor, page=query.limit
            )
            look = service.looked(session, query.commune)
        listed = [schemas.DefectOut.of(each) for each in page]
        following = None
        if more:
            asked = {**request.args.to_dict(), "cursor": page[-1].cursor}
            following = f"{public_address()}{request.path}?{urlencode(asked)}"
        return _answer(
            schemas.DefectsOut(
                looked_at=look.at,
                behind=look.behind,
                mapped=look.mapped,
                defects=listed,
                number_returned=len(listed),
                next=following,
            )
        )

    @api.get(
        "/<int:defect>",
        responses={
            200: content(schemas.DefectDetail),
            **problems(**ANYBODY, http_404="There is no such defect, or it was mended."),
        },
        security=OFFICER_READS,
    )
    @for_officers()
    def defect(path: schemas.DefectPath) -> Response:
        """Read a defect with a correction that a preview accepts, where there is one."""
        actor = officer()
        found, chosen = trying.mend(database(), path.defect, find=current_parcel, frame=frame(), actor=actor)
        return _answer(
            schemas.DefectDetail(
                **schemas.defect_facts(found), advice=advice(found.kind, found.shape, chosen), suggestion=chosen
            )
        )

    return api


def _answer(model: ApiModel) -> Response:
    body = model.model_dump_json(by_alias=True).encode()
    return Response(body, 200, {"Cache-Control": "private, no-cache"}, content_type=JSON)

"""Answer officers about unsure links of two maps under /api/v1/resurvey-links."""

from __future__ import annotations

from flask import Response, request

from landsvc.cadastre import descent
from landsvc.cadastre import link_schemas as schemas
from landsvc.cadastre.drafts.routes import EDITORS
from landsvc.core.api import JSON, PREFIX, Api, ApiModel, content, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.paging import next_link, read_cursor
from landsvc.core.web import database, public_address
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer

ANYBODY = {
    "http_401": "Nobody is signed in.",
    "http_403": "Your roles do not reach this, or the CSRF token is missing.",
}
MISSING = {"http_404": "There is no such link."}
WRITES = {
    "http_409": "It is decided already, another link says otherwise, or nothing stands decided.",
    "http_415": "The body is not JSON.",
}


def make_api() -> Api:
    """Return the endpoints of links."""
    api = Api(
        "resurvey_links",
        tag="Links of two maps",
        description="What a new survey made of old parcels, where a person must decide.",
        schemas=(schemas.LinksOut, schemas.LinkDetail),
        url_prefix=f"{PREFIX}/resurvey-links",
    )

    @api.get("", responses={200: content(schemas.LinksOut), **problems(**ANYBODY)}, security=OFFICER_READS)
    @for_officers()
    def links(query: schemas.LinksQuery) -> Response:
        """List links that wait for a person, the largest doubt of each commune and record first."""
        officer()
        after = read_cursor(query.cursor)
        with database().read_only(EDITOR_ROLE) as session:
            page, more = descent.list_links(
                session,
                commune=query.commune,
                record=query.record,
                decided=query.decided,
                after=after,
                page=query.limit,
            )
        address = f"{public_address()}{request.path}"
        following = next_link(address, request.args.to_dict(), after + len(page)) if more else None
        listed = [schemas.LinkOut.of(each) for each in page]
        return _answer(schemas.LinksOut(links=listed, number_returned=len(listed), next=following))

    @api.get(
        "/<int:link>",
        responses={200: content(schemas.LinkDetail), **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers()
    def link(path: schemas.LinkPath) -> Response:
        """Read a link with both outlines and what was decided of it."""
        officer()
        with database().read_only(EDITOR_ROLE) as session:
            return _answer(schemas.LinkDetail.shown(descent.get_link(session, path.link)))

    @api.post(
        "/<int:link>/decision",
        responses={201: content(schemas.LinkDetail), **problems(**ANYBODY, **MISSING, **WRITES)},
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def decide(path: schemas.LinkPath, body: schemas.DecisionBody) -> Response:
        """Decide a link: a record of its own says who and why."""
        actor = officer(*EDITORS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            done = descent.decide(
                session, path.link, body.verdict, reason=body.reason, doc_no=body.doc_no, actor=actor
            )
            return _answer(schemas.LinkDetail.shown(done), 201)

    @api.post(
        "/<int:link>/undo",
        responses={201: content(schemas.LinkDetail), **problems(**ANYBODY, **MISSING, **WRITES)},
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def undo(path: schemas.LinkPath, body: schemas.UndoDecisionBody) -> Response:
        """Undo what stands decided of a link: it waits again."""
        actor = officer(*EDITORS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            descent.undo_decision(session, path.link, body.reason, actor=actor)
            return _answer(schemas.LinkDetail.shown(descent.get_link(session, path.link)), 201)

    return api


def _answer(model: ApiModel, status: int = 200) -> Response:
    body = model.model_dump_json(by_alias=True).encode()
    return Response(body, status, {"Cache-Control": "private, no-cache"}, content_type=JSON)

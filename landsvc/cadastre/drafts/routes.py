"""Answer officers about drafts under /api/v1/drafts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, request

from landsvc.cadastre import service as parcels
from landsvc.cadastre.drafts import approval, holding, keeping, schemas, service
from landsvc.cadastre.drafts.document import in_crs
from landsvc.cadastre.drafts.model import Draft
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.drafts.repeating import draft_once, outcome_once
from landsvc.cadastre.rules import ParcelRef, offered_srid
from landsvc.core.api import JSON, NOT_MODIFIED, PREFIX, Api, content, etag_of, known_already, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext
from landsvc.core.idempotency import Answer
from landsvc.core.paging import next_link, read_cursor
from landsvc.core.web import database, public_address, settings
from landsvc.geo.crs import WGS84
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer

EDITORS = ("processor", "surveyor")
"""Roles that may change the fabric."""
SCHEMAS = (schemas.DraftOut, schemas.DraftList, schemas.OutcomeShown)
ANYBODY = {
    "http_401": "Nobody is signed in.",
    "http_403": "Your roles do not reach this, or the CSRF token is missing.",
}
MISSING = {"http_404": "There is no such draft."}
CLOSED = {"http_409": "The draft is closed, somebody else's, changed since you saw it, or overtaken by others."}
BODY = {"http_415": "The body is not JSON."}
KEY_REUSED = {"http_422": "The Idempotency-Key came with another request before."}
REFUSED = {"http_422": "A rule refuses this; `code` and `geometry` say which and where."}


def make_api(after_commit: Sequence[service.AfterCommit] = ()) -> Api:
    """Return the endpoints of drafts; `after_commit` are the steps other rooms take in the commit's transaction."""
    api = Api(
        "drafts",
        tag="Drafts",
        description="Officers edit the fabric: operations, preview, commit.",
        schemas=SCHEMAS,
        url_prefix=f"{PREFIX}/drafts",
    )
    _add_lists(api)
    _add_changes(api)
    _add_outcomes(api, after_commit)
    return api


def _add_lists(api: Api) -> None:
    @api.post(
        "",
        responses={201: content(schemas.DraftOut), **problems(**ANYBODY, **BODY, **KEY_REUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def begin(header: schemas.KeyGiven, body: schemas.DraftBody) -> Response:
        """Begin a draft."""
        actor = officer(*EDITORS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            done = draft_once(
                session,
                actor,
                header,
                lambda: service.open_draft(session, title=body.title, actor=actor),
                status=201,
                given={"title": body.title},
            )
        return changed_answer(done)

    @api.get(
        "",
        responses={200: content(schemas.DraftList), 304: NOT_MODIFIED, **problems(**ANYBODY)},
        security=OFFICER_READS,
    )
    @for_officers()
    def drafts(query: schemas.DraftsQuery) -> Response:
        """List drafts."""
        actor = officer()
        mine = actor.account_id if query.owner == "me" else None
        with database().read_only(EDITOR_ROLE) as session:
            page, more = service.list_drafts(
                session, owner_id=mine, state=query.state, before=read_cursor(query.cursor), page=query.limit
            )
        address = f"{public_address()}{request.path}"
        after = next_link(address, request.args.to_dict(), page[-1].id) if more else None
        cards = [schemas.DraftCard.of(draft, actor.account_id) for draft in page]
        listed = schemas.DraftList(drafts=cards, number_returned=len(cards), next=after)
        return officer_answer(listed.model_dump_json(by_alias=True).encode())

    @api.get(
        "/<draft>",
        responses={200: content(schemas.DraftOut), 304: NOT_MODIFIED, **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers()
    def draft(path: schemas.DraftPath) -> Response:
        """Read a draft with its operations."""
        actor = officer()
        with database().read_only(EDITOR_ROLE) as session:
            found = approval.with_history(session, keeping.get_draft(session, path.draft))
        return draft_answer(found, actor)


def _add_changes(api: Api) -> None:
    changes = {**problems(**ANYBODY, **MISSING, **CLOSED)}

    @api.post(
        "/<draft>/operations",
        responses={
            201: content(schemas.DraftOut),
            **problems(
                **ANYBODY,
                **CLOSED,
                **BODY,
                **REFUSED,
                http_300="Several parcels have this number; `candidates` lists them.",
                http_404="There is no such draft or parcel.",
                http_410="The parcel is retired; `successors` names what came of it.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def add_operation(path: schemas.DraftPath, header: schemas.Change, body: schemas.OperationBody) -> Response:
        """Add an operation to the end of a draft."""
        actor = officer(*EDITORS)
        given = body.model_dump(mode="json", by_alias=True, exclude_none=True)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:

            def work() -> Draft:
                return service.add_operation(
                    session,
                    path.draft,
                    given,
                    find=current_parcel,
                    frame=frame(),
                    actor=actor,
                    seen=revision_seen(header),
                )

            done = draft_once(session, actor, header, work, status=201, given=given)
        return changed_answer(done)

    @api.delete(
        "/<draft>/operations/last",
        responses={200: content(schemas.DraftOut), **problems(**ANYBODY, **MISSING, **CLOSED, **KEY_REUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def undo(path: schemas.DraftPath, header: schemas.Change) -> Response:
        """Take back the last operation."""
        actor = officer(*EDITORS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            done = draft_once(
                session,
                actor,
                header,
                lambda: service.undo_last(session, path.draft, actor=actor, seen=revision_seen(header)),
            )
        return changed_answer(done)

    @api.delete("/<draft>", responses={200: content(schemas.DraftOut), **changes}, security=OFFICER_WRITES)
    @for_officers(*EDITORS)
    def withdraw(path: schemas.DraftPath, header: schemas.IfMatch) -> Response:
        """Give a draft up."""
        actor = officer(*EDITORS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            draft = approval.withdraw(session, path.draft, actor=actor, seen=revision_seen(header))
        return draft_answer(draft, actor)


def _add_outcomes(api: Api, after_commit: Sequence[service.AfterCommit]) -> None:
    @api.get(
        "/<draft>/preview",
        responses={
            200: content(schemas.OutcomeShown),
            304: NOT_MODIFIED,
            **problems(**ANYBODY, **MISSING, **CLOSED, **REFUSED),
        },
        security=OFFICER_READS,
    )
    @for_officers()
    def preview(path: schemas.DraftPath, query: schemas.ShownQuery) -> Response:
        """See what a commit would do: areas, what is noded, and what every rule says."""
        actor = officer()
        srid = srid_of(query.crs)
        found = database().rehearsed(
            EDITOR_ROLE, actor, lambda session: service.preview(session, path.draft, frame=frame())
        )
        return outcome_answer(found, srid)

    @api.post(
        "/<draft>/commit",
        responses={
            200: content(schemas.OutcomeShown),
            **problems(**ANYBODY, **MISSING, **CLOSED, **BODY, **REFUSED),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def commit(
        path: schemas.DraftPath, query: schemas.ShownQuery, header: schemas.Change, body: schemas.CommitBody
    ) -> Response:
        """Write the draft into the register. Sent again, it answers the same and writes nothing."""
        actor = officer(*EDITORS)
        srid = srid_of(query.crs)
        if body.doc_no is None and body.reason is None:
            raise InvalidInput(field="docNo", reason=gettext("Give the number of a document, or a reason."))
        with database().unit_of_work(EDITOR_ROLE, actor) as session:

            def work() -> dict[str, Any]:
                return service.commit(
                    session,
                    path.draft,
                    body.to_domain(),
                    frame=frame(),
                    actor=actor,
                    seen=revision_seen(header),
                    after=after_commit,
                )

            found = outcome_once(session, actor, header, work, given=body.model_dump(mode="json"))
        return outcome_answer(found, srid)


def current_parcel(ref: ParcelRef) -> int:
    """Return the current parcel of a reference; raise as the public look-up does."""
    found = parcels.find_unit(database(), ref)
    if found.body is None:
        raise parcels.retired(database(), ref, found.unit_id)
    return found.unit_id


def frame() -> Frame:
    """Return the working system, how it is shifted, and who can tell of rights."""
    rights = current_app.extensions.get(holding.EXTENSION, holding.UNTOLD)
    return Frame(settings().srid, settings().datum_shift, rights)


def srid_of(crs: str | None) -> int:
    """Return the system geometry is asked in."""
    return WGS84 if crs is None else offered_srid(crs, settings().srid)


def revision_seen(header: schemas.IfMatch) -> int | None:
    """Return the revision that If-Match names, None without one; -1 for a tag that is not ours."""
    if header.if_match in {None, "*"}:
        return None
    found = re.fullmatch(r'(?:W/)?"([0-9]{1,9})"', header.if_match or "")
    return int(found[1]) if found else -1


def draft_answer(draft: Draft, actor: Actor, status: int = 200) -> Response:
    """Answer with a draft, its revision as the tag."""
    body = schemas.DraftOut.of(draft, actor.account_id).model_dump_json(by_alias=True)
    return changed_answer(Answer(status, body))


def changed_answer(done: Answer) -> Response:
    """Answer with a draft as `draft_once` gives it, its revision as the tag."""
    said = json.loads(done.body)
    response = officer_answer(done.body.encode(), done.status, f'"{said["revision"]}"')
    if done.status == 201:
        response.headers["Location"] = f"{public_address()}{PREFIX}/drafts/{said['draft']}"
    return response


def outcome_answer(found: dict[str, Any], srid: int) -> Response:
    """Answer with an outcome, its geometry in the system asked for."""
    return officer_answer(json.dumps(in_crs(found, srid, frame()), ensure_ascii=False).encode())


def officer_answer(body: bytes, status: int = 200, tag: str | None = None, *, mimetype: str = JSON) -> Response:
    """Answer an officer: never kept by a cache between us, known again by its tag."""
    headers = {"ETag": tag or etag_of(body), "Cache-Control": "private, no-cache"}
    if request.method == "GET" and known_already(headers["ETag"]):
        return Response(status=304, headers=headers)
    return Response(body, status, headers, content_type=mimetype)

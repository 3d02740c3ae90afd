"""Answer officers who submit, approve, reject, confirm and withdraw drafts, and tell of planned parcels."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Response

from landsvc.cadastre.drafts import approval, planned, schemas, service
from landsvc.cadastre.drafts.routes import (
    ANYBODY,
    BODY,
    CLOSED,
    EDITORS,
    MISSING,
    REFUSED,
    current_parcel,
    draft_answer,
    frame,
    officer_answer,
    outcome_answer,
    revision_seen,
    srid_of,
)
from landsvc.cadastre.rules import parse_ref
from landsvc.core.api import GEOJSON, NOT_MODIFIED, Api, answer_bytes, content, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext
from landsvc.core.paging import parse_box
from landsvc.core.web import database
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer

CHANGED = problems(**ANYBODY, **MISSING, **CLOSED, **BODY, **REFUSED)


def make_api(after_commit: Sequence[service.AfterCommit] = ()) -> Api:
    """Return the endpoints of drafts on their way; `after_commit` as for the commit of drafts."""
    api = Api(
        "draft-approval",
        tag="Drafts",
        description="A second person approves; a split is confirmed before it is carried out.",
        schemas=(schemas.PlannedNumber, schemas.PlannedList),
    )
    _add_submission(api)
    _add_decisions(api, after_commit)
    _add_planned(api)
    return api


def _add_submission(api: Api) -> None:
    @api.post(
        "/drafts/<draft>/submit",
        responses={200: content(schemas.DraftOut), **CHANGED},
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def submit(path: schemas.DraftPath, header: schemas.IfMatch, body: schemas.CommitBody) -> Response:
        """Hand a draft in for approval, on a document or a reason."""
        actor = officer(*EDITORS)
        _check_grounds(body)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            draft = approval.submit(
                session, path.draft, body.to_domain(), frame=frame(), actor=actor, seen=revision_seen(header)
            )
        return draft_answer(draft, actor)

    @api.post(
        "/drafts/<draft>/confirm",
        responses={200: content(schemas.DraftOut), **CHANGED},
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS, *approval.APPROVERS)
    def confirm(path: schemas.DraftPath, header: schemas.IfMatch, body: schemas.CommitBody) -> Response:
        """Declare a split fit: its numbers are kept and its pieces planned. A submitted one keeps its own grounds."""
        actor = officer(*EDITORS, *approval.APPROVERS)
        grounds = body.to_domain() if body.doc_no or body.reason else None
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            draft = approval.confirm(
                session, path.draft, grounds, frame=frame(), actor=actor, seen=revision_seen(header)
            )
        return draft_answer(draft, actor)

    @api.post(
        "/drafts/<draft>/withdraw",
        responses={200: content(schemas.DraftOut), **problems(**ANYBODY, **MISSING, **CLOSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS, *approval.APPROVERS)
    def withdraw(path: schemas.DraftPath, header: schemas.IfMatch) -> Response:
        """Give a draft up; a checker or signer may end a confirmed split of somebody else."""
        actor = officer(*EDITORS, *approval.APPROVERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            draft = approval.withdraw(session, path.draft, actor=actor, seen=revision_seen(header))
        return draft_answer(draft, actor)


def _add_decisions(api: Api, after_commit: Sequence[service.AfterCommit]) -> None:
    @api.post(
        "/drafts/<draft>/approve",
        responses={200: content(schemas.OutcomeShown), **problems(**ANYBODY, **MISSING, **CLOSED, **REFUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*approval.APPROVERS)
    def approve(path: schemas.DraftPath, query: schemas.ShownQuery, header: schemas.IfMatch) -> Response:
        """Write a submitted draft of somebody else into the register. Sent again, it answers the same."""
        actor = officer(*approval.APPROVERS)
        srid = srid_of(query.crs)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = approval.approve(
                session,
                path.draft,
                frame=frame(),
                actor=actor,
                seen=revision_seen(header),
                after=after_commit,
            )
        return outcome_answer(found, srid)

    @api.post(
        "/drafts/<draft>/reject",
        responses={200: content(schemas.DraftOut), **CHANGED},
        security=OFFICER_WRITES,
    )
    @for_officers(*approval.APPROVERS)
    def reject(path: schemas.DraftPath, header: schemas.IfMatch, body: schemas.RejectBody) -> Response:
        """Give a submitted draft back to its owner, with the reason."""
        actor = officer(*approval.APPROVERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            draft = approval.reject(session, path.draft, body.reason, actor=actor, seen=revision_seen(header))
        return draft_answer(draft, actor)

    @api.post(
        "/drafts/<draft>/execute",
        responses={
            200: content(schemas.OutcomeShown),
            **problems(**ANYBODY, **MISSING, **CLOSED, **BODY, **REFUSED),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*EDITORS)
    def execute(path: schemas.DraftPath, query: schemas.ShownQuery, body: schemas.CommitBody) -> Response:
        """Carry a confirmed split out, on the document that depends on it or on those of its confirmation.

        Sent again, it answers the same and writes nothing.
        """
        actor = officer(*EDITORS)
        srid = srid_of(query.crs)
        grounds = body.to_domain() if body.doc_no or body.reason else None
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = approval.execute_confirmed(
                session, path.draft, frame=frame(), actor=actor, grounds=grounds, after=after_commit
            )
        return outcome_answer(found, srid)


def _add_planned(api: Api) -> None:
    @api.get(
        "/planned",
        responses={
            200: content(schemas.PlannedList, GEOJSON),
            304: NOT_MODIFIED,
            **problems(
                **ANYBODY,
                http_300="Several parcels have this number; `candidates` lists them.",
                http_404="There is no such parcel.",
                http_410="The parcel is retired; `successors` names what came of it.",
            ),
        },
        security=OFFICER_READS,
    )
    @for_officers()
    def pieces(query: schemas.PlannedQuery) -> Response:
        """List the parcels that confirmed splits plan: of one parcel, or in a box."""
        officer()
        if (query.parcel is None) == (query.bbox is None):
            raise InvalidInput(field="parcel", reason=gettext("Give a parcel or a box."))
        srid = srid_of(query.crs)
        unit_id = current_parcel(parse_ref(query.parcel, field="parcel")) if query.parcel else None
        box = parse_box(query.bbox) if query.bbox else None
        with database().read_only(EDITOR_ROLE) as session:
            found = (
                planned.planned_in(session, box, frame())
                if box is not None
                else planned.planned_of(session, unit_id or 0)
            )
        shown = planned.feature_collection(found, srid, frame())
        return officer_answer(json.dumps(shown, ensure_ascii=False).encode(), mimetype=GEOJSON)

    @api.get(
        "/planned/<ref>",
        responses={
            200: content(schemas.PlannedNumber),
            304: NOT_MODIFIED,
            **problems(http_404="No confirmed split planned this number."),
        },
    )
    def verify(path: schemas.PlannedPath) -> Response:
        """Verify a planned number that a contract cites."""
        told = planned.verify_planned(database(), path.ref)
        return answer_bytes(json.dumps(told, ensure_ascii=False).encode())


def _check_grounds(body: schemas.CommitBody) -> None:
    if body.doc_no is None and body.reason is None:
        raise InvalidInput(field="docNo", reason=gettext("Give the number of a document, or a reason."))

"""Answer officers about dossiers under /api/v1/dossiers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from flask import Response, request

from landsvc.cadastre.drafts.routes import current_parcel, officer_answer
from landsvc.cadastre.rules import parse_ref
from landsvc.core.api import NOT_MODIFIED, PREFIX, Api, content, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.filestore import FileStore
from landsvc.core.idempotency import Answer, once
from landsvc.core.paging import next_link, read_cursor
from landsvc.core.web import database, public_address, settings, vault
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry.dossiers import listing, schemas, schemas_shown, service
from landsvc.registry.dossiers.completion_schemas import CompletionOut
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.errors import DossierRevisionNeeded
from landsvc.registry.dossiers.model import Paper, Whole
from landsvc.registry.dossiers.rehearsing import rehearse
from landsvc.registry.edge import READERS, plain, private

RECEIVERS = ("counter", "processor")
"""Roles that receive dossiers, in any office."""
MOVERS = ("counter", "processor", "surveyor", "checker", "signer")
HANDERS = ("counter", "processor", "surveyor")
KINDS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
FILE_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; object-src 'self'; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'none'"
)
PAGE = 50
ANYBODY = {
    "http_401": "Nobody is signed in.",
    "http_403": "Your roles or your branch do not reach this, you processed it, or the CSRF token is missing.",
}
REFUSED = {"http_415": "The body is not JSON.", "http_422": "A rule refuses this; `code` says which."}


def make_api(effects: Effects) -> Api:
    """Return the endpoints of dossiers; `effects` carry out what completion does."""
    api = Api(
        "dossiers",
        tag="Dossiers",
        description="Procedures of registration and the dossiers (hồ sơ) that follow them.",
        schemas=(schemas_shown.DossierList, schemas_shown.DossierOut, CompletionOut),
        url_prefix=f"{PREFIX}/dossiers",
    )
    _add_reads(api)
    _add_completion(api, effects)
    _add_writes(api, effects)
    _add_papers(api)
    return api


def _add_reads(api: Api) -> None:
    @api.get(
        "",
        responses={200: content(schemas_shown.DossierList), 304: NOT_MODIFIED, **problems(**ANYBODY)},
        security=OFFICER_READS,
    )
    @for_officers()
    def list_dossiers(query: schemas.DossiersQuery) -> Response:
        """List dossiers, the first due first; with `mine` what waits for you."""
        actor = officer()
        after = read_cursor(query.cursor)
        unit = current_parcel(parse_ref(query.parcel, "parcel")) if query.parcel else None
        with database().read_only(EDITOR_ROLE) as session:
            found, more = listing.list_page(
                session,
                actor=actor if query.mine else None,
                states=[query.state] if query.state else None,
                unit_id=unit,
                open_only=not query.closed,
                after=after,
                page=PAGE,
            )
            states = service.states(session)
        shown = schemas_shown.DossierList(
            dossiers=[schemas_shown.DossierShown.of(each, states[each.state]) for each in found],
            next=next_link(f"{public_address()}{request.path}", _asked(), after + PAGE) if more else None,
        )
        return officer_answer(shown.model_dump_json(by_alias=True, exclude_none=False).encode())

    @api.get(
        "/<code>",
        responses={
            200: content(schemas_shown.DossierOut),
            304: NOT_MODIFIED,
            **problems(**ANYBODY, http_404="There is no such dossier."),
        },
        security=OFFICER_READS,
    )
    @for_officers()
    def dossier(path: schemas.DossierPath) -> Response:
        """Read a dossier: its clock, people, papers, what was done and what may be. The reading is traced."""
        actor = officer()
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.read(session, path.code, actor=actor)
            states = service.states(session)
        return officer_answer(body_of(found, states), 200, tag_of(found))


def _add_completion(api: Api, effects: Effects) -> None:
    @api.get(
        "/<code>/completion",
        responses={
            200: plain(CompletionOut),
            **problems(
                **ANYBODY,
                http_404="There is no such dossier.",
                http_409="Somebody writes there just now: ask again.",
            ),
        },
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def completion(path: schemas.DossierPath) -> Response:
        """Read what completing it would change as things stand now, what stands against it, and what is asked for.

        The same effects are carried out in a transaction that is undone. The reading is traced.
        """
        return private(CompletionOut.of(rehearse(database(), path.code, effects, actor=officer(*READERS))))


def _add_writes(api: Api, effects: Effects) -> None:
    @api.post(
        "",
        responses={
            201: content(schemas_shown.DossierOut),
            **problems(**ANYBODY, **REFUSED, http_404="No such procedure, case or parcel."),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*RECEIVERS)
    def submit(header: schemas.KeyHeader, body: schemas.DossierIn) -> Response:
        """Take an application in, at any office of the province; with every paper there it is received at once."""
        actor = officer(*RECEIVERS)
        units = tuple(dict.fromkeys(current_parcel(parse_ref(each, "parcels")) for each in body.parcels))
        with database().unit_of_work(EDITOR_ROLE, actor) as session:

            def work() -> Answer:
                found = service.submit(session, body.to_domain(units), actor=actor)
                return Answer(201, body_of(found, service.states(session)).decode())

            key = header.idempotency_key
            given = json.dumps(body.model_dump(mode="json"), sort_keys=True)
            answer = (
                once(session, vault(), owner=f"account:{actor.account_id}", key=key, request=given, work=work)
                if key
                else work()
            )
        told = json.loads(answer.body)
        response = officer_answer(answer.body.encode(), answer.status, f'"{told["revision"]}"')
        response.headers["Location"] = f"{public_address()}{PREFIX}/dossiers/{told['dossier']}"
        return response

    @api.post(
        "/<code>/transitions",
        responses={
            200: content(schemas_shown.DossierOut),
            **problems(
                **ANYBODY,
                **REFUSED,
                http_404="There is no such dossier.",
                http_409="Its state does not allow this, or it changed since you read it.",
                http_428="If-Match is missing.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*MOVERS)
    def transitions(
        path: schemas.DossierPath, header: schemas.SeenHeader, body: schemas.TransitionIn
    ) -> Response:
        """Do one thing with a dossier. Sent again with the same If-Match, it is done once and answers as it stands."""
        actor = officer(*MOVERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.move(
                session, path.code, body.to_domain(), actor=actor, seen=revision_seen(header), effects=effects
            )
            states = service.states(session)
        return officer_answer(body_of(found, states), 200, tag_of(found))


def _add_papers(api: Api) -> None:
    @api.post(
        "/<code>/documents",
        responses={
            201: content(schemas_shown.DossierOut),
            **problems(
                **ANYBODY,
                http_404="There is no such dossier.",
                http_409="The dossier has ended.",
                http_413="The file is too large.",
                http_422="The virus scanner refused it.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*HANDERS)
    def hand_in(path: schemas.DossierPath, query: schemas.PaperQuery) -> Response:
        """Hand in a paper with its file, which is the body as it is: PDF, JPEG or PNG by its content."""
        actor = officer(*HANDERS)
        paper = Paper(query.document, query.form, query.title)
        kept = FileStore(settings()).keep(request.get_data())
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.hand_in(session, path.code, paper, kept, actor=actor)
            states = service.states(session)
        return officer_answer(body_of(found, states), 201, tag_of(found))

    @api.get(
        "/<code>/documents/<int:document>",
        responses={
            200: {
                "description": "The file of a paper, as it was handed in.",
                "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
            },
            **problems(**ANYBODY, http_404="There is no such dossier, or the paper has no file."),
        },
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def document(path: schemas.PaperPath) -> Response:
        """Read the file of a paper. The reading is traced."""
        return file_answer(path.code, path.document)


def file_answer(code: str, document_id: int) -> Response:
    """Answer with the file of a paper: shown in our own pages only, and never run."""
    actor = officer(*READERS)
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        digest, media_type = service.file_of(session, code, document_id, actor=actor)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{code}-{document_id}.{KINDS[media_type]}"',
        "Content-Security-Policy": FILE_CSP,
    }
    return Response(FileStore(settings()).read(digest), headers=headers, content_type=media_type)


def revision_seen(header: schemas.SeenHeader) -> int:
    """Return the revision that If-Match names, -1 for a tag that is not ours; raise `DossierRevisionNeeded`."""
    if header.if_match is None:
        raise DossierRevisionNeeded(field="If-Match")
    found = re.fullmatch(r'(?:W/)?"([0-9]{1,4})"', header.if_match)
    return int(found[1]) if found else -1


def body_of(found: Whole, states: Mapping[str, service.State]) -> bytes:
    """Return a dossier as JSON."""
    shown = schemas_shown.DossierOut.whole(found, states[found.dossier.state])
    return shown.model_dump_json(by_alias=True).encode()


def tag_of(found: Whole) -> str:
    """Return the entity tag of a dossier: its revision."""
    return f'"{found.dossier.revision}"'


def _asked() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name != "cursor"}

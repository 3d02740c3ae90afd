"""Answer officers about chains of dossiers and acts on many, under /api/v1."""

from __future__ import annotations

from flask import Response, request

from landsvc.cadastre.drafts.routes import officer_answer
from landsvc.core.api import Api, content, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.problem import problem_body
from landsvc.core.web import database
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry.dossiers import batches, chains, schemas, schemas_shown, service
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.routes import ANYBODY, MOVERS, RECEIVERS, REFUSED, body_of, tag_of


def make_api(effects: Effects) -> Api:
    """Return the endpoints; `effects` carry out what completion does."""
    api = Api(
        "dossier-chains",
        tag="Dossiers",
        description="Procedures of registration and the dossiers (hồ sơ) that follow them.",
        schemas=(schemas_shown.DossierOut, schemas_shown.BatchOut),
    )
    _add_links(api)
    _add_batches(api, effects)
    return api


def _add_links(api: Api) -> None:
    @api.post(
        "/dossiers/<code>/links",
        responses={
            201: content(schemas_shown.DossierOut),
            **problems(**ANYBODY, **REFUSED, http_404="There is no such dossier."),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*RECEIVERS)
    def link(path: schemas.DossierPath, body: schemas.LinkIn) -> Response:
        """Let a dossier wait for another: it is completed after it. Sent again, it stays as it is."""
        actor = officer(*RECEIVERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            chains.link(session, path.code, body.waits_for, actor=actor)
            found, states = service.get_whole(session, path.code), service.states(session)
        return officer_answer(body_of(found, states), 201, tag_of(found))

    @api.delete(
        "/dossiers/<code>/links/<earlier>",
        responses={
            200: content(schemas_shown.DossierOut),
            **problems(**ANYBODY, http_404="There is no such dossier, or it does not wait for the other."),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*RECEIVERS)
    def unlink(path: schemas.LinkPath) -> Response:
        """Let a dossier wait for another no more."""
        actor = officer(*RECEIVERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            chains.unlink(session, path.code, path.earlier, actor=actor)
            found, states = service.get_whole(session, path.code), service.states(session)
        return officer_answer(body_of(found, states), 200, tag_of(found))


def _add_batches(api: Api, effects: Effects) -> None:
    @api.post(
        "/dossier-batches",
        responses={
            200: content(schemas_shown.BatchOut),
            **problems(**ANYBODY, http_415="The body is not JSON."),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*MOVERS)
    def act_on_many(body: schemas.BatchIn) -> Response:
        """Do one act on many dossiers, each in its own transaction; the answer says what became of each."""
        actor = officer(*MOVERS)
        shown = carried_out(body, actor, effects)
        return officer_answer(shown.model_dump_json(by_alias=True).encode())


def carried_out(body: schemas.BatchIn, actor: Actor, effects: Effects) -> schemas_shown.BatchOut:
    """Return what became of each dossier."""
    lines = [
        batches.Line(each.dossier, each.revision, tuple(move.to_domain() for move in each.moves))
        for each in body.dossiers
    ]
    results = [
        schemas_shown.BatchLineOut(
            dossier=each.code,
            done=each.error is None,
            state=each.state,
            revision=each.revision,
            problem=problem_body(each.error, instance=request.path) if each.error else None,
        )
        for each in batches.carry_out(database(), lines, actor=actor, effects=effects)
    ]
    done = sum(each.done for each in results)
    return schemas_shown.BatchOut(done=done, refused=len(results) - done, results=results)

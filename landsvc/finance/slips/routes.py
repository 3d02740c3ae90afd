"""Hand slips to the tax office's machine and take its answers in, under /api/v1/tax."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request
from pydantic import BaseModel

from landsvc.core.api import JSON, NOT_MODIFIED, PREFIX, Api, answer_bytes, content, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.idempotency import Answer as Kept
from landsvc.core.idempotency import once
from landsvc.core.signing import Signer
from landsvc.core.web import database, public_address, settings, vault
from landsvc.finance.schemas import KeyHeader, NoQuery
from landsvc.finance.slips import schemas, service
from landsvc.finance.slips.content import schema
from landsvc.identity import web
from landsvc.identity.routes import machine

READ, WRITE = "tax:read", "tax:write"
KEYS_SECONDS = 300
"""How long anybody may keep the published keys."""
NO_TOKEN = {"http_401": "No token, or one that is not good.", "http_403": "The token lacks the scope."}
REFUSED = {
    "http_404": "There is no such slip.",
    "http_409": "A newer version took its place, or it was answered otherwise; `code` says which.",
    "http_415": "The body is not JSON.",
}


def make_api() -> Api:
    """Return the endpoints of slips."""
    api = Api(
        "slips",
        tag="Slips",
        description="What the registry tells the tax office of a case (phiếu chuyển), and what it answers.",
        schemas=(
            schemas.SlipState,
            schemas.SlipOut,
            schemas.SlipsOut,
            schemas.Jwk,
            schemas.PublishedKeys,
        ),
        url_prefix=f"{PREFIX}/tax",
    )
    _add_reads(api)
    _add_answers(api)
    _add_published(api)
    return api


def _add_reads(api: Api) -> None:
    @api.get(
        "/slips",
        responses={200: _plain(schemas.SlipsOut), **problems(**NO_TOKEN)},
        security=machine(READ),
    )
    @web.for_machines(READ)
    def slips(query: schemas.SlipsQuery) -> Response:
        """List slips after one, in the order they were issued. The reading is traced."""
        with database().unit_of_work(TAX_ROLE) as session:
            found, more = service.slips_after(
                session, vault(), after=query.after, page=query.limit, client=web.client(READ)
            )
        after = (
            f"{public_address()}{request.path}?after={found[-1].line.id}&limit={query.limit}" if more else None
        )
        shown = [schemas.SlipOut.of(each) for each in found]
        return _json(schemas.SlipsOut(slips=shown, number_returned=len(shown), next=after))

    @api.get(
        "/slips/<slip>",
        responses={200: _plain(schemas.SlipOut), **problems(**NO_TOKEN, http_404="There is no such slip.")},
        security=machine(READ),
    )
    @web.for_machines(READ)
    def slip(path: schemas.SlipPath, query: NoQuery) -> Response:
        """Read one slip and what became of it. The reading is traced."""
        with database().unit_of_work(TAX_ROLE) as session:
            found = service.get_slip(session, vault(), path.slip, who=web.client(READ))
        return _json(schemas.SlipOut.of(found))


def _add_answers(api: Api) -> None:
    @api.post(
        "/slips/<slip>/receipts",
        responses={
            201: _plain(schemas.SlipState, "It is kept that the tax office has the slip."),
            200: _plain(schemas.SlipState, "It was kept before; it counts once."),
            **problems(**NO_TOKEN, **REFUSED, http_422="A key used for another request."),
        },
        security=machine(WRITE),
    )
    @web.for_machines(WRITE)
    def receive_slip(path: schemas.SlipPath, header: KeyHeader, body: schemas.ReceiptIn) -> Response:
        """Say that the tax office has a slip, once however often it is sent."""
        return _answer(path.slip, header.key, body)

    @api.post(
        "/slips/<slip>/returns",
        responses={
            201: _plain(schemas.SlipState, "The slip is sent back; the dossier goes back to its officer."),
            200: _plain(schemas.SlipState, "It was sent back before, for the same reasons; it counts once."),
            **problems(**NO_TOKEN, **REFUSED, http_422="An unknown reason, or a key used for another request."),
        },
        security=machine(WRITE),
    )
    @web.for_machines(WRITE)
    def return_slip(path: schemas.SlipPath, header: KeyHeader, body: schemas.ReturnIn) -> Response:
        """Send a slip back with coded reasons, once however often it is sent."""
        return _answer(path.slip, header.key, body)


def _answer(slip_no: str, key: str, body: schemas.ReceiptIn | schemas.ReturnIn) -> Response:
    client = web.client(WRITE)
    with database().unit_of_work(TAX_ROLE) as session:

        def work() -> Kept:
            found, is_new = service.answer(session, slip_no, body.to_domain(), client=client)
            return Kept(201 if is_new else 200, schemas.SlipState.of_line(found).model_dump_json(by_alias=True))

        sent = f"{request.path} {body.model_dump_json(by_alias=True)}"
        kept = once(session, vault(), owner=f"client:{client.id}", key=key, request=sent, work=work)
    return Response(kept.body, kept.status, content_type=JSON)


def _add_published(api: Api) -> None:
    @api.get(
        "/keys",
        responses={200: content(schemas.PublishedKeys), 304: NOT_MODIFIED, **problems()},
    )
    def keys(query: NoQuery) -> Response:
        """Read the keys that prove slips: today's first, then every one that signed before; anybody may.

        They may be kept for five minutes: whoever meets a slip of a key that is not among them reads them anew.
        """
        found = service.published_keys(database(), Signer(settings()))
        out = schemas.PublishedKeys(keys=[schemas.Jwk.of(each) for each in found])
        response = answer_bytes(out.model_dump_json(by_alias=True).encode())
        response.headers["Cache-Control"] = f"public, max-age={KEYS_SECONDS}"
        return response

    @api.get(
        "/schemas/slip-1.json",
        responses={
            200: {
                "description": "JSON Schema (2020-12) of a slip.",
                "content": {"application/schema+json": {"schema": {"type": "object"}}},
            },
            **problems(),
        },
    )
    def slip_schema(query: NoQuery) -> Response:
        """Read the shape of a slip; anybody may."""
        found = {"$id": f"{public_address()}{request.path}", **schema()}
        return Response(json.dumps(found, ensure_ascii=False), content_type="application/schema+json")


def _json(out: BaseModel) -> Response:
    response = Response(out.model_dump_json(by_alias=True), content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(model: type[BaseModel], description: str = "OK") -> dict[str, Any]:
    """Return an answer without an ETag: personal data are kept by nobody on the way."""
    return {key: value for key, value in content(model, description=description).items() if key != "headers"}

"""Take the tax office's lists of a day, and tell how they compare, under /api/v1/tax."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, request
from pydantic import BaseModel

from landsvc.core.api import JSON, PREFIX, Api, NotJson, content, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.idempotency import Answer, once
from landsvc.core.paging import next_link, read_cursor
from landsvc.core.web import database, public_address, vault
from landsvc.finance.reconciliation import reading, schemas, service
from landsvc.finance.reconciliation.entries import Day, StatedList
from landsvc.finance.schemas import KeyHeader, NoQuery
from landsvc.identity import web
from landsvc.identity.actors import Client
from landsvc.identity.routes import machine
from landsvc.identity.service import trace

READ, WRITE = "tax:read", "tax:write"
HELD_BYTES = 2**20
"""Of a list; the rest lies in a file while it is read."""
BODY = {
    "required": True,
    "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{schemas.ReconciliationIn.__name__}"}}},
}
NO_TOKEN = {"http_401": "No token, or one that is not good.", "http_403": "The token lacks the scope."}


def make_api() -> Api:
    """Return the endpoints of reconciliation."""
    api = Api(
        "reconciliations",
        tag="Reconciliation",
        description="What the tax office counts of a day, beside what the land office counts.",
        schemas=(schemas.ReconciliationIn, schemas.ReconciliationOut, schemas.ReconciliationItemsOut),
        url_prefix=f"{PREFIX}/tax",
    )
    _add_intake(api)
    _add_reads(api)
    return api


def _add_intake(api: Api) -> None:
    @api.post(
        "/reconciliations",
        responses={
            201: _plain(schemas.ReconciliationOut, "It was taken in and compared."),
            200: _plain(schemas.ReconciliationOut, "It was taken in before, with another key; it counts once."),
            **problems(
                **NO_TOKEN,
                http_409="This version of the day was taken before, with other content.",
                http_413="The list is too long for one request.",
                http_415="The body is not JSON.",
                http_422="A count or sum that is not that of its lines, a version out of order, a day to come, or a"
                " key used for another request; `code` says which.",
            ),
        },
        security=machine(WRITE),
        openapi_extensions={"requestBody": BODY},
    )
    @web.for_machines(WRITE)
    def reconcile(header: KeyHeader) -> Response:
        """Hand in the list of a day, once however often it is sent."""
        client = web.client(WRITE)
        if request.mimetype != JSON:
            raise NotJson(found=request.mimetype[:80] or "-")
        with SpooledTemporaryFile(HELD_BYTES) as file:
            while piece := request.stream.read(HELD_BYTES):
                file.write(piece)
            answer = _taken(client, header.key, reading.read(file))
        return Response(answer.body, answer.status, content_type=JSON)


def _taken(client: Client, key: str, stated: StatedList) -> Answer:
    digest = service.prove(stated)
    with database().unit_of_work(TAX_ROLE) as session:

        def work() -> Answer:
            kept, is_new = service.take_list(session, stated, digest, client=client)
            out = schemas.ReconciliationOut.of(kept, service.states_of(session, kept))
            return Answer(201 if is_new else 200, out.model_dump_json(by_alias=True))

        asked = f"{request.path} {stated.tax_office_code} {stated.on} {stated.version} {digest.hex()}"
        return once(session, vault(), owner=f"client:{client.id}", key=key, request=asked, work=work)


def _add_reads(api: Api) -> None:
    @api.get(
        "/reconciliations/<reconciliation>",
        responses={
            200: _plain(schemas.ReconciliationOut),
            **problems(**NO_TOKEN, http_404="There is no such list."),
        },
        security=machine(READ),
    )
    @web.for_machines(READ)
    def reconciliation(path: schemas.ReconciliationPath, query: NoQuery) -> Response:
        """Read how the streams of a list compare now."""
        with database().read_only(TAX_ROLE) as session:
            kept = service.get_list(session, path.reconciliation)
            return _json(schemas.ReconciliationOut.of(kept, service.states_of(session, kept)))

    @api.get(
        "/reconciliations/<reconciliation>/items",
        responses={
            200: _plain(schemas.ReconciliationItemsOut),
            **problems(**NO_TOKEN, http_404="There is no such list."),
        },
        security=machine(READ),
    )
    @web.for_machines(READ)
    def items(path: schemas.ReconciliationPath, query: schemas.ReconciliationItemsQuery) -> Response:
        """List what is not matched of a stream of the list's day, as it stands now."""
        client, after = web.client(READ), read_cursor(query.cursor)
        with database().unit_of_work(TAX_ROLE) as session:
            kept = service.get_list(session, path.reconciliation)
            day = Day(query.stream, kept.tax_office_code, kept.on)
            found, more = service.items_of(session, day, after=after, page=query.limit)
            trace(session, "reconciliation.read", who=client, on=f"reconciliation:{kept.id}")
        following = (
            next_link(f"{public_address()}{request.path}", request.args.to_dict(), found[-1].id) if more else None
        )
        shown = [schemas.ReconciliationItemOut.of(each) for each in found]
        return _json(schemas.ReconciliationItemsOut(items=shown, number_returned=len(shown), next=following))


def _json(out: BaseModel) -> Response:
    response = Response(out.model_dump_json(by_alias=True), content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(model: type[BaseModel], description: str = "OK") -> dict[str, Any]:
    """Return an answer without an ETag: it changes with each comparison."""
    return {key: value for key, value in content(model, description=description).items() if key != "headers"}

"""Hand out the change feed, and what holds at one of its entries, under /api/v1/changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Response, request

from landsvc.core.api import JSON, PREFIX, Api, content, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.web import database, public_address
from landsvc.finance.feed import schemas, service
from landsvc.finance.feed.queries import ChangeLine
from landsvc.finance.routes import NO_TOKEN, READ
from landsvc.identity import web
from landsvc.identity.routes import machine

NDJSON = "application/x-ndjson"


def make_api() -> Api:
    """Return the endpoints of the change feed."""
    api = Api(
        "changes",
        tag="Changes",
        description="What changed of parcels, rights, slips, notices and payments, for the tax office to follow.",
        schemas=(schemas.ChangeOut, schemas.ChangesOut),
        url_prefix=f"{PREFIX}/changes",
    )
    _add(api)
    return api


def _add(api: Api) -> None:
    @api.get(
        "",
        responses={200: _plain(), **problems(**NO_TOKEN)},
        security=machine(READ),
    )
    @web.for_machines(READ)
    def changes(query: schemas.ChangesQuery) -> Response:
        """Read on in the feed, in the order of commits. The reading is traced."""
        with database().unit_of_work(TAX_ROLE) as session:
            found, more, complete = service.changes_after(
                session, after=query.after, page=query.limit, client=web.client(READ)
            )
        after = f"{public_address()}{request.path}?after={found[-1].seq}&limit={query.limit}" if more else None
        told = schemas.ChangesOut(
            changes=[schemas.ChangeOut.of(each) for each in found],
            number_returned=len(found),
            complete=complete,
            next=after,
        )
        return _answer(told.model_dump_json(by_alias=True), JSON)

    @api.get(
        "/export",
        responses={
            200: {
                "description": "One JSON object a line: first `seq`, then what holds at it.",
                "content": {NDJSON: {"schema": {"type": "string"}}},
            },
            **problems(**NO_TOKEN, http_503="What was there before the feed is not told in full yet."),
        },
        security=machine(READ),
    )
    @web.for_machines(READ)
    def export(query: schemas.ChangesExportQuery) -> Response:
        """Read all that holds at the last entry, to begin with: then read on after its `seq`."""
        with database().unit_of_work(TAX_ROLE) as session:
            at = service.start_export(session, commune=query.commune, client=web.client(READ))
        pages = service.export(database(), at=at, commune=query.commune)
        return _answer(_lines(at, query.commune, pages), NDJSON)


def _lines(at: int, commune: str | None, pages: Iterator[list[ChangeLine]]) -> Iterator[str]:
    """Write what holds as lines; the last one says how many, so that a torn stream is not taken for a whole one."""
    yield json.dumps({"seq": at, "commune": commune}) + "\n"
    count = 0
    for page in pages:
        yield "".join(map(_line, page))
        count += len(page)
    yield json.dumps({"end": True, "count": count}) + "\n"


def _line(found: ChangeLine) -> str:
    """Write one state; its JSON goes out as the database has it."""
    kind, key = json.dumps(found.kind), json.dumps(found.key, ensure_ascii=False)
    return f'{{"kind":{kind},"key":{key},"state":{found.state}}}\n'


def _answer(body: str | Iterator[str], content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain() -> dict[str, Any]:
    return {key: value for key, value in content(schemas.ChangesOut).items() if key != "headers"}

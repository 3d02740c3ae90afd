"""Show the tax office's machine land, under /api/v1/tax."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import BaseModel

from landsvc.cadastre.schemas import ParcelPath
from landsvc.core.api import JSON, PREFIX, Api, content, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.throttle import Throttle
from landsvc.core.web import database, vault
from landsvc.finance.schemas import NoQuery
from landsvc.identity import web
from landsvc.identity.routes import machine
from landsvc.registry.taxed import schemas, service

SEARCHES_PER_MINUTE = 60
"""Of one client, by one server process: a stolen token shall not turn the register into a list of people."""
READ, PERSONS = "tax:read", "tax:persons"
NO_TOKEN = {"http_401": "No token, or one that is not good.", "http_403": "The token lacks the scope."}

_searches = Throttle(SEARCHES_PER_MINUTE)


def make_api() -> Api:
    """Return the endpoints of land for taxes."""
    api = Api(
        "taxed",
        tag="Land for taxes",
        description="Parcels as the tax office may see them: with prices, holders by code, notices and payments.",
        schemas=(schemas.TaxParcelOut, schemas.TaxpayerLandOut),
        url_prefix=f"{PREFIX}/tax",
    )
    _add(api)
    return api


def _add(api: Api) -> None:
    @api.get(
        "/parcels/<ref>",
        responses={
            200: _plain(schemas.TaxParcelOut),
            **problems(
                **NO_TOKEN,
                http_300="Several parcels have this number; `candidates` lists them.",
                http_404="There is no such parcel.",
            ),
        },
        security=machine(READ),
    )
    @web.for_machines(READ)
    def parcel(path: ParcelPath, query: NoQuery) -> Response:
        """Read a parcel, current or retired, with what it costs and what is owed for it. The reading is traced."""
        with database().unit_of_work(TAX_ROLE) as session:
            found, prices = service.parcel(session, database(), path.ref, client=web.client(READ))
        return _json(schemas.TaxParcelOut.of(found, prices))

    @api.post(
        "/taxpayers/parcels",
        responses={
            200: _plain(schemas.TaxpayerLandOut),
            **problems(
                **NO_TOKEN,
                http_415="The body is not JSON.",
                http_422="No purpose of the list.",
                http_429="This client searched too often; `Retry-After` says when to go on.",
                http_503="The keys of protected numbers are not here.",
            ),
        },
        security=machine(PERSONS),
    )
    @web.for_machines(PERSONS)
    def land_of_taxpayer(body: schemas.TaxpayerIn) -> Response:
        """Read what a taxpayer holds now, for a named purpose. The search and each parcel found are traced."""
        _searches.check(f"client:{web.client(PERSONS).id}")
        with database().unit_of_work(TAX_ROLE) as session:
            found, more = service.land_of(
                session,
                database(),
                vault(),
                body.number,
                purpose=body.purpose,
                case=body.case,
                client=web.client(PERSONS),
            )
        shown = [schemas.HeldLandOut.of(each) for each in found]
        return _json(schemas.TaxpayerLandOut(parcels=shown, number_returned=len(shown), more=more))


def _json(out: BaseModel) -> Response:
    response = Response(out.model_dump_json(by_alias=True), content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(model: type[BaseModel]) -> dict[str, Any]:
    """Return an answer without an ETag: nobody keeps it on the way."""
    return {key: value for key, value in content(model).items() if key != "headers"}

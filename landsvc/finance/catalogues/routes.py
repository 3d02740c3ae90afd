"""Hand out the code lists that the tax office and we share, under /api/v1/tax/catalogues."""

from __future__ import annotations

from flask import Response, request
from flask_babel import force_locale
from pydantic import BaseModel

from landsvc.core import clock
from landsvc.core.api import PREFIX, Api, answer_bytes, content, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.web import database, public_address
from landsvc.finance.catalogues import schemas, service
from landsvc.finance.catalogues.queries import EntryLine
from landsvc.finance.routes import NO_TOKEN, READ
from landsvc.finance.schemas import NoQuery
from landsvc.identity import web
from landsvc.identity.routes import machine


def make_api() -> Api:
    """Return the endpoints of shared code lists."""
    api = Api(
        "catalogues",
        tag="Code lists",
        description="Code lists that the tax office and we share, dated.",
        schemas=(schemas.CatalogueOut, schemas.CataloguesOut),
        url_prefix=f"{PREFIX}/tax/catalogues",
    )
    _add(api)
    return api


def _add(api: Api) -> None:
    @api.get("", responses={200: content(schemas.CataloguesOut), **problems(**NO_TOKEN)}, security=machine(READ))
    @web.for_machines(READ)
    def catalogues(query: NoQuery) -> Response:
        """List the code lists."""
        at = f"{public_address()}{request.path}"
        found = [
            schemas.CatalogueRef(name=name, title_vi=vi, title_en=en, href=f"{at}/{name}")
            for name, (vi, en) in service.TITLES.items()
        ]
        return _answer(schemas.CataloguesOut(catalogues=found))

    @api.get(
        "/<name>",
        responses={
            200: content(schemas.CatalogueOut),
            **problems(**NO_TOKEN, http_404="There is no such code list."),
        },
        security=machine(READ),
    )
    @web.for_machines(READ)
    def catalogue(path: schemas.CataloguePath, query: schemas.CatalogueQuery) -> Response:
        """Read a code list as it holds on a day."""
        on_day = query.on or clock.today()
        if path.name == "errors":
            found = _errors()
        else:
            with database().read_only(TAX_ROLE) as session:
                found = service.entries(session, database(), path.name, on_day)
        shown = [schemas.CatalogueEntryOut.of(each) for each in found]
        return _answer(schemas.CatalogueOut(name=path.name, on=on_day, entries=shown))


def _errors() -> list[EntryLine]:
    with force_locale("vi"):
        vietnamese = service.error_titles()
    with force_locale("en"):
        english = service.error_titles()
    return service.errors({slug: (title, english[slug]) for slug, title in vietnamese.items()})


def _answer(out: BaseModel) -> Response:
    return answer_bytes(out.model_dump_json(by_alias=True).encode())

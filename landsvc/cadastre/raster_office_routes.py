"""Show officers every raster, hidden ones too, and let some of them make one public or hidden.

An address of its own under /api/v1, with a session: what the public is served stays the same for everybody, and the
database hides the rest from it.
"""

from __future__ import annotations

from flask import Response
from pydantic import Field, StrictBool

from landsvc.cadastre.raster_routes import PNG, TILE, RasterPath, RasterTileJson, RasterTilePath
from landsvc.cadastre.tile_answers import NoQuery
from landsvc.core.api import (
    JSON,
    NOT_MODIFIED,
    Api,
    ApiModel,
    BodyModel,
    Finished,
    content,
    known_already,
    problems,
)
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.i18n import current_language
from landsvc.core.web import database, public_address
from landsvc.geo.raster import register
from landsvc.geo.raster.errors import UnknownRaster
from landsvc.geo.raster.register import Raster
from landsvc.geo.raster.tiles import OFFICE, RasterTiles, tile_json
from landsvc.identity import web
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.service import trace

PUBLISHERS = ("archivist", "planner", "admin")
"""Who decides what the public sees of the province's pictures."""
REVALIDATE = "private, no-cache"
"""A browser may keep a tile, and asks before it shows it again; nobody on the way may keep it."""


class OfficeRaster(RasterTileJson):
    """A raster as officers see it."""

    public: bool = Field(description="Whether the public sees it.")


class OfficeRasters(ApiModel):
    """Every raster, hidden ones too."""

    rasters: list[OfficeRaster]


class Visibility(BodyModel):
    """Whether the public shall see a raster."""

    public: StrictBool


def make_api(tiles: RasterTiles) -> Api:
    """Return the endpoints under /api/v1/office/rasters."""
    api = Api(
        "office_rasters",
        tag="Tiles",
        description="Every raster for officers, hidden ones too.",
        schemas=(OfficeRasters,),
        url_prefix=OFFICE,
    )
    _add_reads(api, tiles)
    _add_visibility(api)
    return api


def _add_reads(api: Api, tiles: RasterTiles) -> None:
    refused = {"http_401": "Nobody is signed in.", "http_403": "The account has no role in the office."}

    @api.get("", responses={200: _untagged(OfficeRasters), **problems(**refused)}, security=OFFICER_READS)
    @web.for_officers()
    def office_rasters(query: NoQuery) -> Response:
        """List every raster, hidden ones too."""
        with database().read_only(EDITOR_ROLE) as session:
            found = register.all_rasters(session)
        return _json(OfficeRasters(rasters=[_shown(each) for each in found]))

    @api.get(
        "/<layer>/<z>/<x>/<y>.png",
        responses={200: TILE, 304: NOT_MODIFIED, **problems(**refused, http_404="There is no such raster.")},
        security=OFFICER_READS,
    )
    @web.for_officers()
    def office_raster_tile(path: RasterTilePath, query: NoQuery) -> Response:
        """Get one tile of a raster, hidden or not."""
        with database().read_only(EDITOR_ROLE) as session:
            raster = register.find_raster(session, path.layer)
        if raster is None:
            raise UnknownRaster(field="layer", code=path.layer)
        headers = {
            "ETag": tiles.tag(raster, path.z, path.x, path.y),
            "Cache-Control": REVALIDATE,
            "Vary": "Cookie",
        }
        if known_already(headers["ETag"]):
            return Response(status=304, headers=headers)
        return Finished(tiles.draw(raster, path.z, path.x, path.y), headers, PNG)


def _add_visibility(api: Api) -> None:
    @api.put(
        "/<layer>/visibility",
        responses={
            200: _untagged(OfficeRaster),
            **problems(
                http_401="Nobody is signed in.",
                http_403="The account has none of the roles that decide it, or the CSRF token is missing.",
                http_404="There is no such raster.",
                http_415="The body is not JSON.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @web.for_officers(*PUBLISHERS)
    def set_visibility(path: RasterPath, body: Visibility) -> Response:
        """Make a raster public or hidden; who did it is kept in the trail."""
        actor = web.officer(*PUBLISHERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            if register.set_public(session, path.layer, body.public):
                action = "raster.published" if body.public else "raster.hidden"
                trace(session, action, who=actor, on=f"raster:{path.layer}")
            raster = register.find_raster(session, path.layer)
        if raster is None:
            raise UnknownRaster(field="layer", code=path.layer)
        return _json(_shown(raster))


def _shown(raster: Raster) -> OfficeRaster:
    document = tile_json(raster, public_address(), current_language(), at=OFFICE)
    return OfficeRaster.model_validate({**document, "public": raster.public})


def _json(out: ApiModel) -> Response:
    body = out.model_dump_json(by_alias=True, exclude_none=True)
    return Response(body, content_type=JSON, headers={"Cache-Control": "no-store"})


def _untagged(model: type[ApiModel]) -> dict[str, object]:
    return {key: value for key, value in content(model).items() if key != "headers"}

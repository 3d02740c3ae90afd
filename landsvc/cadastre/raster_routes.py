"""Serve tiles of rasters, their TileJSON and their list.

It stands beside the vector tiles in the lowest room that may know Flask; what is served comes from `geo.raster`.
"""

from __future__ import annotations

from datetime import date

from flask import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.tile_answers import REVALIDATE, NoQuery, TileAddress, answer_json, tile_content
from landsvc.core.api import (
    NOT_MODIFIED,
    PREFIX,
    Api,
    ApiModel,
    Finished,
    PathModel,
    Text,
    content,
    known_already,
    problems,
)
from landsvc.core.i18n import current_language
from landsvc.core.web import public_address
from landsvc.geo.raster.tiles import RasterTiles, tile_json

PNG = "image/png"


class RasterPath(PathModel):
    """Which raster."""

    layer: Text = Field(json_schema_extra={"example": "anh-2024"}, max_length=63)


class RasterTilePath(TileAddress, RasterPath):
    """Which tile: raster, zoom, column, row (XYZ)."""


class LegendStop(ApiModel):
    """What a colour stands for."""

    value: float
    color: str


class RasterLegend(ApiModel):
    """What the colours of an elevation model mean, in `unit`."""

    unit: str
    stops: list[LegendStop]


class RasterTileJson(ApiModel):
    """TileJSON 3.0 of a raster; `kind` is orthophoto, plan or elevation, `pixelM` metres on the ground."""

    tilejson: str
    name: str
    description: str
    scheme: str
    format: str
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: list[float] = Field(description="West, south, east, north in degrees (WGS 84).")
    attribution: str | SkipJsonSchema[None] = None
    kind: str
    pixel_m: float
    taken_on: date | SkipJsonSchema[None] = None
    legend: RasterLegend | SkipJsonSchema[None] = None


class RasterList(ApiModel):
    """The rasters there are, as their TileJSON."""

    rasters: list[RasterTileJson]


TILE = tile_content(PNG, "A picture of 256 x 256 pixels, transparent where the raster has none.")


def make_apis(rasters: RasterTiles) -> tuple[Api, Api]:
    """Return the endpoints under /tiles/raster, and the list under /api/v1."""
    return _tiles(rasters), _list(rasters)


def _tiles(rasters: RasterTiles) -> Api:
    api = Api(
        "raster_tiles",
        tag="Tiles",
        description="Tiles of orthophotos, scanned plans and elevation models in Web Mercator.",
        schemas=(RasterTileJson,),
        url_prefix="/tiles/raster",
    )
    unknown = problems(http_404="There is no such raster.")

    @api.get("/<layer>/<z>/<x>/<y>.png", responses={200: TILE, 304: NOT_MODIFIED, **unknown})
    def raster_tile(path: RasterTilePath, query: NoQuery) -> Response:
        """Get one tile of a raster."""
        raster = rasters.raster(path.layer)
        headers = {"ETag": rasters.tag(raster, path.z, path.x, path.y), "Cache-Control": REVALIDATE}
        if known_already(headers["ETag"]):
            return Response(status=304, headers=headers)
        return Finished(rasters.draw(raster, path.z, path.x, path.y), headers, PNG)

    @api.get("/<layer>.json", responses={200: content(RasterTileJson), 304: NOT_MODIFIED, **unknown})
    def raster_tile_json(path: RasterPath, query: NoQuery) -> Response:
        """Get the TileJSON of a raster."""
        return answer_json(tile_json(rasters.raster(path.layer), public_address(), current_language()))

    return api


def _list(rasters: RasterTiles) -> Api:
    api = Api(
        "rasters",
        tag="Tiles",
        description="Which rasters lie under the vectors.",
        schemas=(RasterList,),
        url_prefix=PREFIX,
    )

    @api.get("/rasters", responses={200: content(RasterList), 304: NOT_MODIFIED, **problems()})
    def list_rasters(query: NoQuery) -> Response:
        """List the rasters: imagery first, then plans, then elevation."""
        found = [tile_json(each, public_address(), current_language()) for each in rasters.rasters()]
        return answer_json({"rasters": found})

    return api

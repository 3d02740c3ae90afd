"""Serve vector tiles and TileJSON of every room's layers under /tiles.

It stands in the lowest room that may know Flask; the layers themselves come from `app.py`.
"""

from __future__ import annotations

import gzip
import re

from flask import Response, request
from pydantic import Field

from landsvc.cadastre.tile_answers import REVALIDATE, NoQuery, TileAddress, answer_json, tile_content
from landsvc.core.api import (
    NOT_MODIFIED,
    Api,
    ApiModel,
    Finished,
    PathModel,
    Text,
    content,
    known_already,
    problems,
)
from landsvc.core.web import public_address
from landsvc.geo.tiles import MVT, TileService, tile_json


class LayerPath(PathModel):
    """Which layer."""

    layer: Text = Field(json_schema_extra={"example": "parcels"}, max_length=40)


class TilePath(TileAddress, LayerPath):
    """Which tile: layer, zoom, column, row (XYZ)."""


class VectorLayer(ApiModel):
    """One layer inside the tiles."""

    id: str
    description: str
    fields: dict[str, str]
    minzoom: int
    maxzoom: int


class TileJson(ApiModel):
    """TileJSON 3.0."""

    tilejson: str
    name: str
    description: str
    scheme: str
    tiles: list[str]
    minzoom: int
    maxzoom: int
    vector_layers: list[VectorLayer] = Field(alias="vector_layers")


TILE = tile_content(MVT, "A Mapbox Vector Tile, extent 4096, buffer 256.")
EMPTY = {"description": "Nothing lies in this tile."}
PLAIN = '-identity"'
"""What the tag of a tile that is sent without gzip ends in."""
PLAIN_TAG = re.compile(r'"[^"]*-identity"')
NO_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)")


def takes_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding takes gzip."""
    return "gzip" in accepted and ("q=0" not in accepted or NO_GZIP.search(accepted) is None)


def make_api(tiles: TileService) -> Api:
    """Return the endpoints that serve these layers."""
    api = Api(
        "tiles",
        tag="Tiles",
        description="Vector tiles in Web Mercator. An edit shows in the first request after its commit.",
        schemas=(TileJson,),
        url_prefix="/tiles",
    )
    unknown = problems(http_404="There is no such layer.")

    @api.get("/<layer>/<z>/<x>/<y>.mvt", responses={200: TILE, 204: EMPTY, 304: NOT_MODIFIED, **unknown})
    def tile(path: TilePath, query: NoQuery) -> Response:
        """Get one vector tile."""
        zipped = takes_gzip(request.environ.get("HTTP_ACCEPT_ENCODING", ""))
        asked = request.environ.get("HTTP_IF_NONE_MATCH")
        known = asked if zipped or asked is None else " ".join(PLAIN_TAG.findall(asked)).replace(PLAIN, '"')
        found = tiles.get_tile(path.layer, path.z, path.x, path.y, known)
        # Bytes of another encoding need another strong tag.
        tag = found.etag if zipped else found.etag[:-1] + PLAIN
        headers = {"ETag": tag, "Cache-Control": REVALIDATE, "Vary": "Accept-Encoding"}
        if found.body is None or known_already(tag):
            return Response(status=304, headers=headers)
        if not found.body:
            return Response(status=204, headers=headers)
        body = found.body
        if zipped:
            headers["Content-Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return Finished(body, headers, MVT)

    @api.get("/<layer>.json", responses={200: content(TileJson), 304: NOT_MODIFIED, **unknown})
    def tile_json_of(path: LayerPath, query: NoQuery) -> Response:
        """Get the TileJSON of a layer."""
        return answer_json(tile_json(tiles.layer(path.layer), public_address()))

    return api

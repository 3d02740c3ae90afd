"""Serve vector tiles and TileJSON of every room's layers under /tiles.

It stands in the lowest room that may know Flask; the layers themselves come from `app.py`.
"""

from __future__ import annotations

import gzip
import json
import re

from flask import Response, request
from pydantic import Field

from landsvc.core.api import (
    NOT_MODIFIED,
    Api,
    ApiModel,
    Finished,
    PathModel,
    QueryModel,
    Text,
    answer_bytes,
    content,
    known_already,
    problems,
)
from landsvc.core.web import public_address
from landsvc.geo.tiles import MVT, TileService, tile_json


class TilePath(PathModel):
    """Which tile: layer, zoom, column, row (XYZ)."""

    layer: Text = Field(json_schema_extra={"example": "parcels"}, max_length=40)
    z: int = Field(json_schema_extra={"example": 16, "minimum": 0, "maximum": 22})
    x: int = Field(json_schema_extra={"example": 52225, "minimum": 0, "maximum": 4194303})
    y: int = Field(json_schema_extra={"example": 30625, "minimum": 0, "maximum": 4194303})


class LayerPath(PathModel):
    """Which layer."""

    layer: Text = Field(json_schema_extra={"example": "parcels"}, max_length=40)


class TileQuery(QueryModel):
    """A tile takes no parameters of its own."""


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


TILE = {
    "description": "A Mapbox Vector Tile, extent 4096, buffer 256.",
    "headers": {"ETag": {"schema": {"type": "string"}, "description": "Send it back in If-None-Match."}},
    "content": {MVT: {"schema": {"type": "string", "format": "binary"}}},
}
EMPTY = {"description": "Nothing lies in this tile."}
REVALIDATE = "no-cache"
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
    def tile(path: TilePath, query: TileQuery) -> Response:
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
    def tile_json_of(path: LayerPath, query: TileQuery) -> Response:
        """Get the TileJSON of a layer."""
        document = tile_json(tiles.layer(path.layer), public_address())
        return answer_bytes(json.dumps(document, ensure_ascii=False).encode())

    return api

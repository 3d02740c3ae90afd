"""Say what tiles of vectors and of rasters have in common: their address, their headers, their TileJSON."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from pydantic import Field

from landsvc.core.api import PathModel, QueryModel, answer_bytes

REVALIDATE = "no-cache"


class TileAddress(PathModel):
    """Which tile of a layer: zoom, column, row (XYZ)."""

    z: int = Field(json_schema_extra={"example": 16, "minimum": 0, "maximum": 22})
    x: int = Field(json_schema_extra={"example": 52225, "minimum": 0, "maximum": 4194303})
    y: int = Field(json_schema_extra={"example": 30625, "minimum": 0, "maximum": 4194303})


class NoQuery(QueryModel):
    """Tiles and their descriptions take no parameters of their own."""


def tile_content(mimetype: str, description: str) -> dict[str, Any]:
    """Return how the document of the API describes a tile."""
    return {
        "description": description,
        "headers": {"ETag": {"schema": {"type": "string"}, "description": "Send it back in If-None-Match."}},
        "content": {mimetype: {"schema": {"type": "string", "format": "binary"}}},
    }


def answer_json(document: dict[str, Any]) -> Response:
    """Answer a description with its ETag."""
    return answer_bytes(json.dumps(document, ensure_ascii=False).encode())

"""Answer vector tiles from a cache that cannot be stale.

Whoever changes what a layer shows writes a row into `geo.tile_touch` in the same transaction. A tile is kept
with the database snapshot of the statement that made it, and is served only while no touch of its layer that
meets the tile (buffer included) lies outside that snapshot. So an edit shows in the first request after its
commit, no lock is taken, and a tile made before and stored after a commit is recognised.
Tiles are Web Mercator (EPSG:3857), XYZ, extent 4096, buffer 256. Explained in docs/geo.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

import psycopg
import structlog
from isal import igzip

from landsvc.core.db import Database
from landsvc.core.errors import InvalidInput, LandsvcError, NotFound
from landsvc.core.sql import Statement, parse, statements

log = structlog.get_logger(__name__)

MAX_ZOOM = 22
GZIP_LEVEL = 1
"""A tile of 133 KB comes to 89 KB in 0.3 ms with ISA-L; zlib takes 2.3 ms for as many bytes."""
KEPT_OR_MADE = """
WITH kept AS MATERIALIZED ({kept})
SELECT k.etag, k.body, CAST(NULL AS text) FROM kept k
UNION ALL
SELECT NULL, m.tile, m.made_in FROM ({made}) AS m(tile, made_in) WHERE NOT EXISTS (SELECT FROM kept)
"""
MVT = "application/vnd.mapbox-vector-tile"


class UnknownLayer(NotFound):
    """No tile layer has this name. 404."""

    slug = "unknown-layer"
    title = "There is no such map layer"
    detail = "There is no layer {layer}; there are {layers}."
    remedy = "Use one of the layers named."


class TileOutOfRange(InvalidInput):
    """The address of a tile does not lie in the pyramid. 400."""

    slug = "tile-out-of-range"
    title = "There is no such tile"
    detail = "At zoom {z} columns and rows run from 0 to {last}; zooms run from 0 to {max_zoom}."
    remedy = "Ask for tiles by the template in the layer's TileJSON."


@dataclass(frozen=True)
class Layer:
    """One layer of vector tiles: how a tile is made, and what the TileJSON says of it.

    `statement` takes z, x, y and gives one row: the tile as bytea, then `pg_current_snapshot()` as text.
    `fields` describes each attribute.
    """

    name: str
    title: str
    statement: Statement
    fields: Mapping[str, str]
    min_zoom: int = 0
    max_zoom: int = MAX_ZOOM

    @cached_property
    def kept_or_made(self) -> Statement:
        """Return the statement that gives a tile from the cache (tag, body, NULL) or made anew (NULL, tile, snapshot).

        One round trip, one snapshot: the tile is not made where one is kept.
        """
        kept, made = _sql("tile_cached"), self.statement
        params = ", ".join(dict.fromkeys([*kept.params, *made.params]))
        return parse(
            made.room,
            f"{made.name}_kept_or_made\n-- params: {params}\n"
            + KEPT_OR_MADE.replace("{kept}", kept.source).replace("{made}", made.source),
        )


@dataclass(frozen=True)
class Tile:
    """A finished tile: gzip bytes with their tag; empty bytes when nothing lies there, None when known."""

    etag: str
    body: bytes | None


@dataclass(frozen=True)
class TileService:
    """Answers tiles of the registered layers."""

    database: Database
    layers: Mapping[str, Layer] = field(default_factory=dict)

    @classmethod
    def of(cls, database: Database, layers: Sequence[Layer]) -> TileService:
        """Return the service over layers of all rooms."""
        return cls(database, {layer.name: layer for layer in layers})

    def layer(self, name: str) -> Layer:
        """Return a layer by name; raise `UnknownLayer`."""
        if name not in self.layers:
            raise UnknownLayer(field="layer", layer=name, layers=", ".join(sorted(self.layers)))
        return self.layers[name]

    def get_tile(self, name: str, z: int, x: int, y: int, known_etag: str | None = None) -> Tile:
        """Return one tile, from the cache if it is still true; raise `UnknownLayer` or `TileOutOfRange`.

        A tile of the cache stays there when `known_etag`, tags as of If-None-Match, names it. Below the layer's
        first zoom a tile is empty.
        """
        layer = self.layer(name)
        check_address(z, x, y)
        if z < layer.min_zoom:
            return Tile(etag_of(b""), b"")
        where = {"layer": name, "z": z, "x": x, "y": y}
        row = self.database.read_one(layer.kept_or_made, where | {"known_etag": known_etag})
        if row is None:
            raise LookupError(f"layer {name} made no row")
        etag, body, made_in = row
        if made_in is None:
            return Tile(etag, None if body is None else bytes(body))
        return self._keep(where, pack(body), made_in)

    def _keep(self, where: dict[str, Any], tile: Tile, made_in: str) -> Tile:
        kept = {"made_in": made_in, "etag": tile.etag, "body": tile.body}
        try:
            self.database.write_cache(_sql("store_tile"), where | kept)
        except (LandsvcError, psycopg.Error) as error:
            # A full disk or a standby that only reads: the tile is good all the same.
            log.warning("tile-not-kept", layer=where["layer"], error=type(error).__name__)
        return tile


def pack(made: bytes | None) -> Tile:
    """Return a tile ready to be kept and sent, from the bytes a layer's statement made."""
    body = igzip.compress(made, GZIP_LEVEL, mtime=0) if made else b""
    return Tile(etag_of(body), body)


def sweep(dsn: str) -> int:
    """Drop stale tiles and spent touches, as the owner; return how many touches went.

    The worker calls it every few minutes. A sweep that meets a writer of tiles fails with
    `psycopg.errors.SerializationFailure`: the next one will do.
    """
    with psycopg.connect(dsn) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        row = conn.execute(_sql("sweep_tiles").text).fetchone()
    return int(row[0]) if row else 0


def check_address(z: int, x: int, y: int) -> None:
    """Raise `TileOutOfRange` unless the pyramid has the tile."""
    last = (1 << min(max(z, 0), MAX_ZOOM)) - 1
    for name, value, highest in (("z", z, MAX_ZOOM), ("x", x, last), ("y", y, last)):
        if not 0 <= value <= highest:
            raise TileOutOfRange(field=name, z=z, last=last, max_zoom=MAX_ZOOM)


def etag_of(body: bytes) -> str:
    """Return the strong entity tag of a tile's stored bytes."""
    return f'"{blake2b(body, digest_size=9).hexdigest()}"'


def tile_json(layer: Layer, base_url: str, bounds: Sequence[float] | None = None) -> dict[str, Any]:
    """Return the TileJSON 3.0 document of a layer; `bounds` in degrees WGS 84."""
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer.name,
        "description": layer.title,
        "scheme": "xyz",
        "format": "pbf",
        "tiles": [f"{base_url}/tiles/{layer.name}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "vector_layers": [
            {
                "id": layer.name,
                "description": layer.title,
                "fields": dict(layer.fields),
                "minzoom": layer.min_zoom,
                "maxzoom": layer.max_zoom,
            }
        ],
    }
    if bounds:
        document["bounds"] = list(bounds)
    return document


def _sql(name: str) -> Statement:
    return statements("geo")[name]

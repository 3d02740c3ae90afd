"""Answer tiles of rasters.

A file never changes under its name, so a tile's tag is known without drawing it: the file's digest, the address
and how we draw. What a caller has already is not drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

from landsvc.core.db import Database
from landsvc.geo.crs import Variant
from landsvc.geo.raster import ramp, register
from landsvc.geo.raster.errors import RasterFileMissing, UnknownRaster
from landsvc.geo.raster.folder import RasterFolder
from landsvc.geo.raster.placing import WORLD_M
from landsvc.geo.raster.register import Raster
from landsvc.geo.tiles import check_address

PUBLIC, OFFICE = "/tiles/raster", "/api/v1/office/rasters"
"""Where tiles are served: to anybody those of public rasters, to officers all."""
DRAWN_AS = "1"
"""How tiles are drawn: another number gives every tile another tag."""


@dataclass(frozen=True)
class RasterTiles:
    """Answers tiles of the registered rasters that the public may see."""

    database: Database
    folder: RasterFolder
    variant: Variant

    def rasters(self) -> Sequence[Raster]:
        """Return the rasters, imagery first."""
        return register.public_rasters(self.database)

    def raster(self, code: str) -> Raster:
        """Return a raster by its name; raise `UnknownRaster`."""
        found = register.public_raster(self.database, code)
        if found is None:
            raise UnknownRaster(field="layer", code=code)
        return found

    def tag(self, raster: Raster, z: int, x: int, y: int) -> str:
        """Return the strong entity tag of a tile; raise `TileOutOfRange`."""
        check_address(z, x, y)
        named = f"{DRAWN_AS} {raster.sha256} {self.variant} {z} {x} {y}"
        return f'"{blake2b(named.encode(), digest_size=9).hexdigest()}"'

    def draw(self, raster: Raster, z: int, x: int, y: int) -> bytes:
        """Return a tile as PNG; raise `RasterFileMissing`."""
        if not _meets(raster, z, x, y):
            return nothing()
        file = self.folder.file(raster.file)
        if not file.is_file():
            raise RasterFileMissing(field="layer", code=raster.code, file=raster.file)
        from landsvc.geo.raster import drawing  # rasterio takes 50 MB: only who serves rasters pays

        return drawing.draw(raster, file, drawing.Square.of(z, x, y), self.variant)


def _meets(raster: Raster, z: int, x: int, y: int) -> bool:
    side = WORLD_M / 2**z
    west, north = x * side - WORLD_M / 2, WORLD_M / 2 - y * side
    box = raster.box_3857
    return bool(west < box[2] and west + side > box[0] and north > box[1] and north - side < box[3])


@cache
def nothing() -> bytes:
    """Return a tile in which nothing lies."""
    import numpy as np

    from landsvc.geo.raster.png import png

    return png(np.zeros((256, 256, 4), np.uint8))


def tile_json(raster: Raster, base_url: str, language: str, at: str = PUBLIC) -> dict[str, Any]:
    """Return the TileJSON 3.0 document of a raster, with our own members `kind`, `pixelM`, `takenOn`, `legend`."""
    title = raster.title_in(language)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": raster.code,
        "description": title,
        "scheme": "xyz",
        "format": "png",
        "tiles": [f"{base_url}{at}/{raster.code}/{{z}}/{{x}}/{{y}}.png"],
        "minzoom": raster.min_zoom,
        "maxzoom": raster.max_zoom,
        "bounds": [round(value, 7) for value in raster.box],
        "attribution": raster.attribution,
        "kind": raster.kind,
        "pixelM": round(raster.pixel_m, 3),
        "takenOn": raster.taken_on.isoformat() if raster.taken_on else None,
        "legend": ramp.legend(raster) if raster.kind == "elevation" else None,
    }
    return {name: value for name, value in document.items() if value is not None}

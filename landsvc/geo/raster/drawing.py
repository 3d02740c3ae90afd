"""Draw one tile of a raster: warped with the pinned shift, from the overview that fits, as a PNG.

What a tile reads is bounded: the overview is chosen so that a pixel of it is never smaller than half a pixel of
the tile.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT

from landsvc.geo import crs
from landsvc.geo.crs import Variant
from landsvc.geo.raster.placing import TILE_PIXELS, WORLD_M, ground_scale
from landsvc.geo.raster.png import png
from landsvc.geo.raster.ramp import colored
from landsvc.geo.raster.register import Raster

CACHE_BYTES = 48 * 2**20
BORDER = 1
"""A slope needs the neighbours of a pixel."""
QUIET = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": CACHE_BYTES}
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Square:
    """A tile on the ground: its west and north in EPSG:3857, and the side of its pixels there."""

    west: float
    north: float
    pixel: float

    @classmethod
    def of(cls, z: int, x: int, y: int) -> Square:
        """Return the square of a tile."""
        side = WORLD_M / 2**z
        return cls(x * side - WORLD_M / 2, WORLD_M / 2 - y * side, side / TILE_PIXELS)

    @property
    def scale(self) -> float:
        """Return metres on the ground for one metre of EPSG:3857, in the middle."""
        return ground_scale(self.north - self.pixel * TILE_PIXELS / 2)


def draw(raster: Raster, file: Path, square: Square, variant: Variant) -> bytes:
    """Return a tile as PNG, 256 pixels wide, transparent where the raster has no pixel."""
    elevation = raster.kind == "elevation"
    border = BORDER if elevation else 0
    with rasterio.Env(**QUIET), _opened(file, raster, square) as found:
        pixels = _warped(found, raster, square, border, variant)
    if elevation:
        return png(colored(pixels, raster, square.pixel * square.scale))
    return png(_picture(pixels))


@contextmanager
def _opened(file: Path, raster: Raster, square: Square) -> Iterator[Any]:
    """Open the coarsest level whose pixels are no larger than the tile's."""
    wanted = square.pixel * square.scale / raster.pixel_m
    level = math.floor(math.log2(wanted)) if wanted >= 2 else 0
    with rasterio.open(file, driver="GTiff") as whole:
        level = min(level, len(whole.overviews(1)))
        if not level:
            yield whole
            return
    with rasterio.open(file, driver="GTiff", OVERVIEW_LEVEL=level - 1) as coarse:
        yield coarse


def _warped(found: Any, raster: Raster, square: Square, border: int, variant: Variant) -> Any:
    side = TILE_PIXELS + 2 * border
    corner = Affine(
        square.pixel,
        0,
        square.west - border * square.pixel,
        0,
        -square.pixel,
        square.north + border * square.pixel,
    )
    with WarpedVRT(
        found,
        src_crs=system_of(raster.srid, variant),
        crs=CRS.from_epsg(crs.WEB_MERCATOR),
        transform=corner,
        width=side,
        height=side,
        resampling=Resampling.bilinear,
        add_alpha="alpha" not in [color.name for color in found.colorinterp] and raster.kind != "elevation",
        **({"nodata": math.nan, "dtype": "float64"} if raster.kind == "elevation" else {}),
    ) as warped:
        return warped.read()


def system_of(srid: int, variant: Variant) -> CRS:
    """Return a system with our own shift written out, which leaves PROJ nothing to choose."""
    if srid in (crs.WGS84, crs.WEB_MERCATOR):
        return CRS.from_epsg(srid)
    return CRS.from_string(crs.proj4text(srid, variant))


def _picture(bands: Bytes) -> Bytes:
    """Return grey or colour with alpha as rows of red, green, blue, alpha."""
    shown = bands if len(bands) == 4 else np.concatenate([np.repeat(bands[:1], 3, axis=0), bands[-1:]])
    return np.ascontiguousarray(np.moveaxis(shown, 0, -1))

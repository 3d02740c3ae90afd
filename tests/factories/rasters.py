"""Make rasters: pictures and heights over the test land, huge ones that cost no disk, and read tiles back."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from landsvc.core.db import Database
from landsvc.geo.raster.folder import RasterFolder
from landsvc.geo.raster.taking import Order, Taken, take_in
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from tests.factories.cadastre import SRID, X0, Y0

SIDE = 512


def write(
    path: Path, pixels: Any, *, pixel: float = 1.0, west: float = 0, north: float = 0, **given: Any
) -> Path:
    """Write bands x lines x columns as GeoTIFF; `west`, `north` in metres from the origin of the test land.

    `srid=None` leaves the system out, `placed=False` the placement too.
    """
    pixels = np.asarray(pixels)
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    srid, placed = given.pop("srid", SRID), given.pop("placed", True)
    facts: dict[str, Any] = {
        "driver": "GTiff", "count": len(pixels), "height": pixels.shape[1], "width": pixels.shape[2],
        "dtype": pixels.dtype,
    }  # fmt: skip
    if placed:
        facts["transform"] = Affine(pixel, 0, X0 + west, 0, -pixel, Y0 + north)
        facts |= {"crs": f"EPSG:{srid}"} if srid else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # some are meant to have no place
        with rasterio.open(path, "w", **facts | given) as file:
            file.write(pixels)
    return path


def picture(wide: int = 600, high: int = 400) -> Any:
    """Return red, green and blue that differ everywhere a little."""
    lines, columns = np.mgrid[0:high, 0:wide]
    return np.stack([columns % 256, lines % 256, (columns + lines) // 2 % 256]).astype(np.uint8)


def hill(wide: int = 300, high: int = 300) -> Any:
    """Return heights of one round hill, 50 to 150 m."""
    lines, columns = np.mgrid[0:high, 0:wide]
    away = (columns - wide / 2) ** 2 + (lines - high / 2) ** 2
    return (50 + 100 * np.exp(-away / (wide * high / 18))).astype(np.float32)


def huge(path: Path, tiles: int) -> Path:
    """Write a BigTIFF of `tiles` x `tiles` blocks of 512 x 512 RGB pixels of 1 m, all of them one block on the disk.

    Every pixel is there and must be decoded: only the file is small, for all blocks point to the same bytes.
    """
    block = zlib.compress(np.moveaxis(picture(SIDE, SIDE), 0, -1).tobytes(), 1)
    count, wide = tiles * tiles, tiles * SIDE
    extra = struct.pack("<3H", 8, 8, 8)
    scale = struct.pack("<3d", 1.0, 1.0, 0.0)
    tie = struct.pack("<6d", 0, 0, 0, X0, Y0, 0)
    keys = struct.pack("<16H", 1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, SRID)
    at = 16 + 8 + 17 * 20 + 8
    place: dict[str, int] = {}
    tail = b""
    for name, body in (("block", block), ("scale", scale), ("tie", tie), ("keys", keys)):
        place[name] = at + len(tail)
        tail += body + b"\0" * (-len(body) % 8)
    offsets = at + len(tail)
    counts = offsets + 8 * count
    entries = [
        (256, 4, 1, struct.pack("<Q", wide)), (257, 4, 1, struct.pack("<Q", wide)),
        (258, 3, 3, extra + b"\0\0"), (259, 3, 1, struct.pack("<Q", 8)), (262, 3, 1, struct.pack("<Q", 2)),
        (277, 3, 1, struct.pack("<Q", 3)), (284, 3, 1, struct.pack("<Q", 1)),
        (322, 3, 1, struct.pack("<Q", SIDE)), (323, 3, 1, struct.pack("<Q", SIDE)),
        (324, 16, count, struct.pack("<Q", offsets)), (325, 4, count, struct.pack("<Q", counts)),
        (33550, 12, 3, struct.pack("<Q", place["scale"])), (33922, 12, 6, struct.pack("<Q", place["tie"])),
        (34735, 3, 16, struct.pack("<Q", place["keys"])),
    ]  # fmt: skip
    with path.open("wb") as file:
        file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16))
        file.write(struct.pack("<Q", len(entries)))
        for tag, kind, number, value in entries:
            file.write(struct.pack("<HHQ", tag, kind, number) + value)
        file.write(struct.pack("<Q", 0))
        file.write(b"\0" * (at - file.tell()) + tail)
        file.write(struct.pack("<Q", place["block"]) * count)
        file.write(struct.pack("<I", len(block)) * count)
    return path


def take(database: Database, data: Path, path: Path, code: str = "anh-1", **given: Any) -> Taken:
    """Take a raster in, in this process."""
    facts = {name: given.pop(name) for name in ("title", "title_en", "attribution", "public") if name in given}
    judge = {name: given.pop(name) for name in ("judge", "most_megapixels") if name in given}
    return take_in(
        database, RasterFolder(data), Order(path, code, facts=facts, **given), working=SRID, variant="B", **judge
    )


def pixels_of(png: bytes) -> Any:
    """Return a PNG as lines x columns x (red, green, blue, alpha)."""
    with warnings.catch_warnings(), MemoryFile(png) as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a tile's place is its address
        with memory.open(driver="PNG") as file:
            return np.moveaxis(file.read(), 0, -1)

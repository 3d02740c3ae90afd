"""Invent a picture from above and heights for the demo, from its own parcels and a few waves; some hundred kB."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.progress import Progress, silent
from landsvc.demo.statements import Script
from landsvc.geo.raster.folder import RasterFolder
from landsvc.geo.raster.taking import Order, take_in

PICTURE, HEIGHTS = "anh-minh-hoa", "do-cao-minh-hoa"
PICTURE_M, PICTURE_PIXEL_M = 1000.0, 1.0
HEIGHT_PIXEL_M = 200.0
WAVES = 24
GROUND = (122, 130, 84)
LAND = {
    "ODT": (176, 122, 100), "ONT": (170, 128, 104), "LUC": (150, 176, 92), "CLN": (70, 104, 58),
    "DGT": (170, 168, 162), "SON": (86, 118, 130), "MNC": (86, 118, 130), "DTL": (96, 126, 132),
}  # fmt: skip
FACTS: dict[str, dict[str, Any]] = {
    PICTURE: {"title": "Ảnh minh họa (không có thật)", "title_en": "Illustration from above (invented)"},
    HEIGHTS: {"title": "Độ cao minh họa (không có thật)", "title_en": "Illustration of heights (invented)"},
}
Box = tuple[float, float, float, float]


def lay(database: Database, settings: Settings, progress: Progress = silent) -> list[str]:
    """Make the rasters that this database never had; return their names. The same land gives the same pixels."""
    with database.read_only(IMPORT_ROLE) as session:
        script = Script(session, "queries.sql")
        ever = {row[0] for row in script.run("rasters_ever")}
        land, middle = script.run("land_box").fetchone(), script.run("town_middle").fetchone()
        if land is None or middle is None:
            return []
        west, north = math.floor(middle[0]) - PICTURE_M / 2, math.ceil(middle[1]) + PICTURE_M / 2
        box = {"west": west, "south": north - PICTURE_M, "east": west + PICTURE_M, "north": north}
        shapes = script.run("land_in_box", **box).fetchall()
    made = [code for code in (PICTURE, HEIGHTS) if code not in ever]
    with TemporaryDirectory() as folder:
        for number, code in enumerate(made, 1):
            progress("Drawing pictures of the land", number, len(made))
            path = Path(folder) / f"{code}.tif"
            if code == PICTURE:
                _write(path, _picture(shapes, west, north), west, north, PICTURE_PIXEL_M, settings.srid)
            else:
                _write(path, _heights(land)[None], land[0], land[3], HEIGHT_PIXEL_M, settings.srid)
            _take(database, settings, path, code)
    return made


def _take(database: Database, settings: Settings, path: Path, code: str) -> None:
    order = Order(path, code, kind="orthophoto" if code == PICTURE else "elevation", facts=FACTS[code])
    folder = RasterFolder(settings.data_dir)
    take_in(database, folder, order, working=settings.srid, variant=settings.datum_shift)


def _write(path: Path, pixels: NDArray[Any], west: float, north: float, pixel: float, srid: int) -> None:
    bands, high, wide = pixels.shape
    facts = {"count": bands, "height": high, "width": wide, "dtype": pixels.dtype, "crs": f"EPSG:{srid}"}
    with rasterio.open(
        path, "w", driver="GTiff", transform=Affine(pixel, 0, west, 0, -pixel, north), **facts
    ) as file:
        file.write(pixels)


def _picture(shapes: list[Any], west: float, north: float) -> NDArray[np.uint8]:
    """Return parcels, roads and waters as they might look from above: red, green, blue."""
    side = int(PICTURE_M / PICTURE_PIXEL_M)
    corner = Affine(PICTURE_PIXEL_M, 0, west, 0, -PICTURE_PIXEL_M, north)
    colors = [GROUND, *(_color(kind, uses, unit) for unit, kind, uses, _ in shapes)]
    drawn = [(shapely.from_wkb(shape), number) for number, (*_, shape) in enumerate(shapes, 1)]
    numbers = (
        rasterize(drawn, (side, side), transform=corner, dtype="int32") if drawn else np.zeros((side, side), int)
    )
    shade = _waves(side, side, 1.0, longest=60, seed=7)
    levels = np.round(shade * 3) * 5  # few levels: the file stays small
    found = np.array(colors, float)[numbers] + levels[..., None]
    return np.asarray(np.moveaxis(np.clip(found, 0, 255), -1, 0), np.uint8)


def _color(kind: str, uses: str | None, unit: int) -> tuple[float, ...]:
    """Return the colour of one unit: that of its use, a little lighter or darker than its neighbour's."""
    base = LAND.get((uses or "").split("+")[0], GROUND if kind == "parcel" else LAND["DGT"])
    lighter = unit * 37 % 7 * 5 - 15
    return tuple(float(value + lighter) for value in base)


def _heights(land: Box) -> NDArray[np.float32]:
    """Return hills over the communes in metres, whole decimetres."""
    wide, high = (math.ceil((land[at + 2] - land[at]) / HEIGHT_PIXEL_M) for at in (0, 1))
    waves = _waves(high, wide, HEIGHT_PIXEL_M, longest=40_000, seed=11)
    rising = np.linspace(180, 60, high)[:, None]  # the north of the real province is higher
    return np.asarray(np.round(np.maximum(rising + 70 * waves, 5), 1), np.float32)


def _waves(high: int, wide: int, pixel: float, *, longest: float, seed: int) -> NDArray[np.float64]:
    """Return a smooth surface between about -1 and 1: waves of many lengths and directions, metres."""
    rng = np.random.default_rng(seed)
    lines, columns = np.ogrid[0:high, 0:wide]
    surface = np.zeros((high, wide))
    for number in range(WAVES):
        length, way, begin = longest * 0.85**number, *rng.uniform(0, 2 * math.pi, 2)
        x, y = math.cos(way) * pixel / length, math.sin(way) * pixel / length
        surface += length / longest * np.sin(2 * math.pi * (columns * x + lines * y) + begin)
    return surface / max(1.0, float(np.abs(surface).max()))

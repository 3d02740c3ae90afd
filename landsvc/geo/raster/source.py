"""Open a raster somebody gave us, learn what it holds, and read every pixel of it once before anything is written."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landsvc.core.progress import Progress, silent
from landsvc.geo.raster.errors import NotARaster, RasterDamaged, TooManyPixels, UnsuitableBands
from landsvc.geo.raster.placing import Affine6
from landsvc.geo.srid_guess import Recognised, recognise

READABLE = ("GTiff", "JPEG", "PNG", "JP2OpenJPEG", "HFA", "AAIGrid", "SRTMHGT", "DTED", "BMP", "GIF")
"""Formats that are one file of pixels: none that is made of other files or addresses."""
BESIDE = (".ovr", ".msk", ".OVR", ".MSK")
"""What GDAL takes for overviews and mask of a file: whatever it is, also a file that names addresses."""
STRICT = {"GDAL_ERROR_ON_LIBJPEG_WARNING": "TRUE", "GTIFF_HONOUR_NEGATIVE_SCALEY": "NO"}
CHUNK_BYTES = 16 * 2**20
CACHE_BYTES = 48 * 2**20
MOST_CACHE_BYTES = 128 * 2**20
IDENTITY: Affine6 = (1, 0, 0, 0, 1, 0)
MOST_BLOCK_BYTES = 128 * 2**20
BANDS_AT_ONCE = 4
"""A picture's pixel has at most so many numbers: a file of more bands takes longer by as much."""
UNLIKELY_M = 1e5
"""No height on earth is so far from the sea's: such a number stands for something else."""


@dataclass(frozen=True)
class Source:
    """What a file says of itself. `affine` is None without a placement."""

    path: Path
    driver: str
    width: int
    height: int
    bands: int
    dtype: str
    colors: tuple[ColorInterp, ...]
    nodata: float | None
    masked: bool
    """Whether an alpha band or a mask says where there are pixels."""
    affine: Affine6 | None
    declared: Recognised
    gcps: tuple[tuple[float, float, float, float], ...]
    """Control points kept in the file: column, line, x, y."""
    block: tuple[int, int]

    @property
    def line_bytes(self) -> int:
        """Return how many bytes one line of pixels takes."""
        return self.width * self.bands * np.dtype(self.dtype).itemsize

    @property
    def palette(self) -> bool:
        """Tell whether pixels are numbers of colours in a table."""
        return bool(self.colors[0] == ColorInterp.palette)


@dataclass(frozen=True)
class Pixels:
    """What reading every pixel showed: lowest and highest value of the first band, and whether any is there."""

    lowest: float | None
    highest: float | None
    filled: bool


@contextmanager
def reading(cache: int = CACHE_BYTES, **options: Any) -> Iterator[None]:
    """Set GDAL's cache and strictness for a block of work."""
    with rasterio.Env(GDAL_CACHEMAX=cache, **STRICT, **options), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def examine(path: Path) -> Source:
    """Return what a file says of itself; raise `NotARaster`."""
    if not path.is_file():
        raise NotARaster(field="file", path=path, reason="there is no such file")
    try:
        with reading(), DatasetReader(str(path.absolute()), driver=list(READABLE)) as found:
            _check_alone(path.absolute(), found)
            return _described(path, found)
    except RasterioError as error:
        raise NotARaster(field="file", path=path.name, reason=reason_of(error)) from None


def _check_alone(path: Path, found: Any) -> None:
    """Raise `NotARaster` when GDAL would open another file or an address for the overviews or the mask of this one."""
    if "OVERVIEW_FILE" in found.tags(ns="OVERVIEWS"):
        reason = "it names another file or an address as its overviews; write it anew with gdal_translate"
        raise NotARaster(field="file", path=path.name, reason=reason)
    for side in (path.with_name(path.name + ending) for ending in BESIDE):
        if not side.is_file():
            continue
        try:
            with DatasetReader(str(side), driver=["GTiff"]) as beside:
                _check_alone(side, beside)
        except RasterioError:
            reason = f"{side.name} beside it is no TIFF; take that file away"
            raise NotARaster(field="file", path=path.name, reason=reason) from None


def _described(path: Path, found: Any) -> Source:
    if not found.count or not found.width or not found.height:
        raise UnsuitableBands(
            field="file", reason="The file holds no band of pixels.", way_out="Give another file."
        )
    _check_blocks(found)
    a, b, c, d, e, f = tuple(found.transform)[:6]
    placed = (a, b, c, d, e, f) != IDENTITY
    points, points_crs = found.gcps
    system = found.crs or points_crs
    return Source(
        path=path.absolute(),
        driver=found.driver,
        width=found.width,
        height=found.height,
        bands=found.count,
        dtype=found.dtypes[0],
        colors=tuple(found.colorinterp),
        nodata=found.nodata,
        masked=any(flags not in ([rasterio.enums.MaskFlags.all_valid],) for flags in found.mask_flag_enums),
        affine=(a, b, c, d, e, f) if placed else None,
        declared=recognise(system.to_wkt() if system else None),
        gcps=tuple((point.col, point.row, point.x, point.y) for point in points),
        block=found.block_shapes[0],
    )


def _check_blocks(found: Any) -> None:
    """Raise `NotARaster` for a file whose smallest readable piece is more than memory should hold."""
    high, wide = found.block_shapes[0]
    bands = found.count if found.interleaving is not None and found.interleaving.name == "pixel" else 1
    if high * wide * bands * np.dtype(found.dtypes[0]).itemsize > MOST_BLOCK_BYTES:
        raise NotARaster(
            field="file",
            path=Path(found.name).name,
            reason=f"it can only be read in pieces of {wide} x {high} pixels, too large to hold in memory;"
            " write it anew with gdal_translate -co TILED=YES",
        )


def check_size(source: Source, most: int, *, drawn: tuple[int, int] | None = None) -> None:
    """Raise `TooManyPixels` for more than `most` million pixels; the header says how many there are.

    A small file may unpack to so many that reading them takes hours. `drawn`: the size of a raster drawn anew.
    """
    width, height = drawn or (source.width, source.height)
    megapixels = -(-width * height * math.ceil(source.bands / BANDS_AT_ONCE) // 10**6)
    if megapixels > most:
        raise TooManyPixels(
            field="method" if drawn else "file",
            what="Drawn anew as the control points say it has" if drawn else f"{source.path.name} has",
            width=width,
            height=height,
            bands=source.bands,
            megapixels=megapixels,
            most=most,
        )


def check_bands(source: Source, kind: str) -> None:
    """Raise `UnsuitableBands` unless the bands are those of a picture, or one band of heights."""
    if kind == "elevation":
        if source.bands != 1 or source.palette or source.dtype.startswith("complex"):
            raise UnsuitableBands(
                field="kind",
                reason=f"An elevation model has one band of heights; the file has {source.bands} of {source.dtype}.",
                way_out="Give a file with one band, or take it in as a picture with --kind orthophoto.",
            )
        return
    if source.dtype not in ("uint8", "uint16"):
        raise UnsuitableBands(
            field="kind",
            reason=f"A picture has pixels of 8 or 16 bits; those of the file are {source.dtype}.",
            way_out="Is it an elevation model? Then say --kind elevation.",
        )
    if source.bands == 2 and ColorInterp.alpha not in source.colors:
        raise UnsuitableBands(
            field="kind",
            reason="A picture has one band of grey, or three of red, green and blue, with or without alpha.",
            way_out="Write the bands to be shown into a file of their own, for instance with gdal_translate -b.",
        )


def read_all(source: Source, kind: str, nodata: float | None, on_step: Progress = silent) -> Pixels:
    """Read every pixel once; raise `RasterDamaged` at the first that cannot be read."""
    lowest, highest, filled = math.inf, -math.inf, False
    colors = [number for number, color in enumerate(source.colors) if color != ColorInterp.alpha]
    with reading(), rasterio.open(source.path, driver=source.driver) as found:
        windows = list(chunks(source))
        for done, window in enumerate(windows, 1):
            try:
                pixels = found.read(1 if kind == "elevation" else None, window=window)
            except RasterioError as error:
                line, column = int(window.row_off), int(window.col_off)
                raise RasterDamaged(field="file", line=line, column=column, reason=reason_of(error)) from None
            known = _known(pixels if kind == "elevation" else pixels[colors], nodata)
            if known.size:
                filled = True
                lowest, highest = min(lowest, float(known.min())), max(highest, float(known.max()))
            on_step("Reading every pixel", done, len(windows))
    if not filled:
        raise UnsuitableBands(
            field="nodata",
            reason="Every pixel of the file is said to be empty.",
            way_out="State the right value of empty pixels with --nodata.",
        )
    return Pixels(lowest, highest, filled)


def check_heights(pixels: Pixels) -> None:
    """Raise `UnsuitableBands` when numbers among the heights are none."""
    for value in (pixels.lowest, pixels.highest):
        if value is not None and abs(value) > UNLIKELY_M:
            raise UnsuitableBands(
                field="nodata",
                reason=f"The value {value:g} among the heights is no height in metres.",
                way_out=f"If it marks empty pixels, say --nodata {value:g}.",
            )


def chunks(source: Source) -> Iterator[Window]:
    """Yield windows of whole blocks that together are the raster, each of some megabytes."""
    high, wide = source.block
    pixel = source.bands * np.dtype(source.dtype).itemsize
    across = max(1, min(source.width, max(wide, CHUNK_BYTES // (high * pixel) // wide * wide)))
    down = max(high, CHUNK_BYTES // (across * pixel) // high * high)
    for line in range(0, source.height, down):
        for column in range(0, source.width, across):
            yield Window(column, line, min(across, source.width - column), min(down, source.height - line))


def cache_for(source: Source, tile: int) -> int:
    """Return a cache that holds the lines one row of tiles is made of, within bounds; blocks are read one by one."""
    if source.block[1] < source.width:
        return CACHE_BYTES
    wanted = int(1.25 * (tile + source.block[0]) * source.line_bytes)
    return min(max(wanted, CACHE_BYTES), MOST_CACHE_BYTES)


def reason_of(error: BaseException) -> str:
    """Return what GDAL complains of, in one line."""
    last = error.__cause__ or error.__context__ or error
    return " ".join(str(last).split())[:300].rstrip(".") or type(error).__name__


def _known(pixels: NDArray[Any], nodata: float | None) -> NDArray[Any]:
    flat = pixels.ravel()
    if np.issubdtype(flat.dtype, np.floating):
        flat = flat[np.isfinite(flat)]
    return flat if nodata is None else flat[flat != nodata]

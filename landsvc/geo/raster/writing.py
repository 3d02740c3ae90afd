"""Write a raster as a Cloud-Optimised GeoTIFF with overviews, in bounded memory.

GDAL's own COG driver does it, from a VRT beside the source that says what is to be otherwise: placement,
system, empty value, colours instead of a palette.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from rasterio.enums import ColorInterp

from landsvc.core.progress import Progress, silent
from landsvc.geo.raster.copying import UnexplainedFailure, copy_apart
from landsvc.geo.raster.errors import RasterDamaged
from landsvc.geo.raster.fitting import Fit, bent_grid
from landsvc.geo.raster.folder import sync
from landsvc.geo.raster.placing import Affine6, Place
from landsvc.geo.raster.source import Pixels, Source, cache_for

TILE = 512
GDAL_TYPES = {
    "uint8": "Byte", "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32",
    "float32": "Float32", "float64": "Float64",
}  # fmt: skip
COLORS = {
    ColorInterp.red: "Red", ColorInterp.green: "Green", ColorInterp.blue: "Blue", ColorInterp.alpha: "Alpha",
    ColorInterp.gray: "Gray", ColorInterp.palette: "Palette",
}  # fmt: skip
WARP_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Wish:
    """What the written raster shall be: kind, place, and the value of empty pixels."""

    kind: str
    place: Place
    nodata: float | None
    wkt: str
    fit: Fit | None = None

    @property
    def bent(self) -> Fit | None:
        """Return the polynomial the raster must be drawn anew by."""
        return self.fit if self.fit is not None and self.fit.method == "polynomial" else None


def write_cog(source: Source, pixels: Pixels, wish: Wish, folder: Path, on_step: Progress = silent) -> Path:
    """Write `raster.tif` into a working folder and sync it; raise `OSError`, whatever GDAL calls it.

    Raises `RasterDamaged` when the source turns out to be.
    """
    target, described = folder / "raster.tif", folder / "source.vrt"
    try:
        described.write_text(vrt(source, pixels, wish), "utf-8")
        if wish.bent is not None:
            described = folder / "bent.vrt"
            described.write_text(bent_vrt(source, wish, wish.bent, folder / "source.vrt"), "utf-8")
        # GDAL reads the source once for overviews, then once more to write.
        with _told(on_step, 2 * source.path.stat().st_size) as tell:
            copy_apart(described, target, cache_for(source, TILE), _options(source, wish), tell)
        sync(target)
    except UnexplainedFailure:
        # A damaged PNG that was read in one go does so.
        raise RasterDamaged(
            field="file", line=0, column=0, reason="GDAL cannot decode them line by line"
        ) from None
    return target


@contextmanager
def _told(on_step: Progress, total: int) -> Iterator[Callable[[int], None]]:
    """Give who tells how many bytes were read so far; GDAL does not say how far it is."""
    step = "Writing with overviews"
    on_step(step, 0, total)
    yield lambda read: on_step(step, min(read, total - 1), total)
    on_step(step, total, total)


def _options(source: Source, wish: Wish) -> dict[str, str]:
    return {
        "COMPRESS": "DEFLATE",
        "LEVEL": "6",
        "PREDICTOR": "YES",
        "NUM_THREADS": "2",
        "BLOCKSIZE": str(TILE),
        "BIGTIFF": "IF_SAFER",
        "OVERVIEW_RESAMPLING": "AVERAGE",
        "RESAMPLING": "BILINEAR",
    }


def vrt(source: Source, pixels: Pixels, wish: Wish) -> str:
    """Return the description of the source as it shall be written."""
    bands = "\n".join(_bands(source, pixels, wish))
    numbers = ", ".join(f"{value!r}" for value in _gdal_order(wish.place.affine))
    place = "" if wish.bent else f"<SRS>{escape(wish.wkt)}</SRS>\n<GeoTransform>{numbers}</GeoTransform>"
    mask = _mask(source) if source.masked and not _has_alpha(source) and source.nodata is None else ""
    return f"""<VRTDataset rasterXSize="{source.width}" rasterYSize="{source.height}">
{place}
{bands}
{mask}</VRTDataset>
"""


def bent_vrt(source: Source, wish: Wish, fit: Fit, plain: Path) -> str:
    """Return the description of a raster drawn anew: GDAL warps it block by block as it is read."""
    shown = _shown(source) if not source.palette else [1, 2, 3, 4]
    has_alpha = source.palette or ColorInterp.alpha in source.colors
    count = len(shown) - has_alpha
    numbers = _gdal_order(wish.place.affine)
    forward = ", ".join(map(repr, numbers))
    west, side, north = numbers[0], numbers[1], numbers[3]
    backward = f"{-west / side!r}, {1 / side!r}, 0, {north / side!r}, 0, {-1 / side!r}"
    grid = zip(*bent_grid(fit, (source.width, source.height)), strict=True)
    points = "".join(
        f'<GCP Id="{number}" Pixel="{pixel[0]!r}" Line="{pixel[1]!r}" X="{place[0]!r}" Y="{place[1]!r}" Z="0"/>'
        for number, (pixel, place) in enumerate(((a.tolist(), b.tolist()) for a, b in grid), 1)
    )
    names = ["Gray"] if count == 1 else ["Red", "Green", "Blue"]
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{number}" subClass="VRTWarpedRasterBand">'
        f"<ColorInterp>{name}</ColorInterp></VRTRasterBand>"
        for number, name in enumerate([*names, "Alpha"], 1)
    )
    empty = 0.0 if source.dtype == "uint16" else wish.nodata
    known = (
        "" if wish.nodata is None else f"<SrcNoDataReal>{empty!r}</SrcNoDataReal><SrcNoDataImag>0</SrcNoDataImag>"
    )
    mapping = "".join(
        f'<BandMapping src="{number}" dst="{number}">{known}</BandMapping>' for number in range(1, count + 1)
    )
    alpha = f"<SrcAlphaBand>{count + 1}</SrcAlphaBand>" if has_alpha else ""
    size = f'rasterXSize="{wish.place.width}" rasterYSize="{wish.place.height}"'
    return f"""<VRTDataset {size} subClass="VRTWarpedDataset">
<SRS>{escape(wish.wkt)}</SRS>
<GeoTransform>{forward}</GeoTransform>
{bands}
<BlockXSize>{TILE}</BlockXSize><BlockYSize>{TILE}</BlockYSize>
<GDALWarpOptions>
<WarpMemoryLimit>{WARP_BYTES}</WarpMemoryLimit>
<ResampleAlg>Bilinear</ResampleAlg>
<WorkingDataType>Byte</WorkingDataType>
<Option name="INIT_DEST">0</Option>
<SourceDataset relativeToVRT="0">{escape(str(plain))}</SourceDataset>
<Transformer><ApproxTransformer><MaxError>0.125</MaxError><BaseTransformer><GenImgProjTransformer>
<SrcGCPTransformer><GCPTransformer><Order>3</Order><Reversed>0</Reversed><GCPList>{points}</GCPList></GCPTransformer>
</SrcGCPTransformer>
<DstGeoTransform>{forward}</DstGeoTransform><DstInvGeoTransform>{backward}</DstInvGeoTransform>
</GenImgProjTransformer></BaseTransformer></ApproxTransformer></Transformer>
<BandList>{mapping}</BandList>{alpha}<DstAlphaBand>{count + 1}</DstAlphaBand>
</GDALWarpOptions>
</VRTDataset>
"""


def _bands(source: Source, pixels: Pixels, wish: Wish) -> Iterator[str]:
    if source.palette:
        for number, color in enumerate(("Red", "Green", "Blue", "Alpha"), 1):
            expand = f"<ColorTableComponent>{number}</ColorTableComponent>{_empty(wish.nodata)}"
            yield _band(source, "Byte", number, color, f"{_simple(source, 1)}{expand}", "ComplexSource", None)
        return
    shown = _shown(source) if wish.kind != "elevation" else [1]
    for number, band in enumerate(shown, 1):
        color = _color(source, band, number, len(shown), wish.kind)
        if source.dtype == "uint16" and wish.kind != "elevation" and color != "Alpha":
            low, high = pixels.lowest or 0.0, max(pixels.highest or 1.0, (pixels.lowest or 0.0) + 1)
            scale = 254 / (high - low)  # 0 stays for empty pixels
            how = f"<ScaleOffset>{1 - low * scale!r}</ScaleOffset><ScaleRatio>{scale!r}</ScaleRatio>"
            nodata = 0.0 if wish.nodata is not None else None
            inside = _simple(source, band) + how + _empty(wish.nodata)
            yield _band(source, "Byte", number, color, inside, "ComplexSource", nodata)
        elif source.dtype == "uint16" and color == "Alpha":
            inside = f"{_simple(source, band)}<ScaleOffset>0</ScaleOffset><ScaleRatio>{1 / 257!r}</ScaleRatio>"
            yield _band(source, "Byte", number, color, inside, "ComplexSource", None)
        else:
            kind = GDAL_TYPES[source.dtype]
            yield _band(source, kind, number, color, _simple(source, band), "SimpleSource", wish.nodata)


def _empty(nodata: float | None) -> str:
    """Return what leaves empty pixels out of a source: they stay 0."""
    return f"<NODATA>{nodata!r}</NODATA>" if nodata is not None else ""


def _band(
    source: Source, kind: str, number: int, color: str, inside: str, element: str, nodata: float | None
) -> str:
    empty = f"<NoDataValue>{nodata!r}</NoDataValue>" if nodata is not None and color != "Alpha" else ""
    return (
        f'<VRTRasterBand dataType="{kind}" band="{number}" blockXSize="{TILE}" blockYSize="{TILE}">'
        f"{empty}<ColorInterp>{color}</ColorInterp><{element}>{inside}</{element}></VRTRasterBand>"
    )


def _simple(source: Source, band: int | str) -> str:
    size = f'xOff="0" yOff="0" xSize="{source.width}" ySize="{source.height}"'
    return (
        f'<SourceFilename relativeToVRT="0">{escape(str(source.path))}</SourceFilename>'
        f"<OpenOptions/><SourceBand>{band}</SourceBand><SrcRect {size}/><DstRect {size}/>"
    )


def _mask(source: Source) -> str:
    inside = _simple(source, "mask,1")
    band = f'<VRTRasterBand dataType="Byte"><SimpleSource>{inside}</SimpleSource></VRTRasterBand>'
    return f"<MaskBand>{band}</MaskBand>\n"


def _has_alpha(source: Source) -> bool:
    return ColorInterp.alpha in source.colors or source.palette


def _shown(source: Source) -> list[int]:
    """Return the bands of a picture: grey, or red, green and blue, then alpha; near infra-red is left out."""
    named = {color: number for number, color in enumerate(source.colors, 1)}
    alpha = [named[ColorInterp.alpha]] if ColorInterp.alpha in named else []
    colors = [named[each] for each in (ColorInterp.red, ColorInterp.green, ColorInterp.blue) if each in named]
    if len(colors) == 3:
        return colors + alpha
    plain = [number for number in range(1, source.bands + 1) if number not in alpha]
    return (plain[:3] if len(plain) >= 3 else plain[:1]) + alpha


def _color(source: Source, band: int, number: int, count: int, kind: str) -> str:
    if source.colors[band - 1] == ColorInterp.alpha and kind != "elevation":
        return "Alpha"
    return ("Red", "Green", "Blue")[number - 1] if count >= 3 else "Gray"


def _gdal_order(affine: Affine6) -> tuple[float, ...]:
    a, b, c, d, e, f = (float(value) for value in affine)
    return c, a, b, f, d, e


def band_count(source: Source, fit: Fit | None) -> int:
    """Return how many bands a picture is written with; one drawn anew has alpha."""
    count = 4 if source.palette else len(_shown(source))
    bent = fit is not None and fit.method == "polynomial"
    return count + (bent and not _has_alpha(source))

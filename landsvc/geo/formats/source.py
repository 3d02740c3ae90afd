"""Open a file far enough to say what is in it."""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from landsvc.core.errors import InvalidInput
from landsvc.geo import encoding as text_encoding
from landsvc.geo.formats import errors
from landsvc.geo.formats.mapinfo import untouched
from landsvc.geo.formats.text import (
    LATIN_NAMES,
    RAW,
    as_bytes,
    declared_page,
    is_text,
    judge_of,
    raw_text,
    require_told,
)
from landsvc.geo.srid_guess import Recognised, recognise

SAMPLE_ROWS = 2000
ENOUGH_WITH_ACCENTS = 300
_SHAPEFILE = {".shp", ".dbf"}
_DGN_V8 = bytes.fromhex("D0CF11E0")
_CSV_OPTIONS = {
    "GEOM_POSSIBLE_NAMES": "WKT,geom*,the_geom,wkb_geometry",
    "X_POSSIBLE_NAMES": "x,lon,long,longitude,easting,east",
    "Y_POSSIBLE_NAMES": "y,lat,latitude,northing,north",
    "KEEP_GEOM_COLUMNS": "NO",
}


@dataclass(frozen=True)
class Layer:
    """One layer of a file; geometry type is None for a plain table."""

    name: str
    geometry_type: str | None


@dataclass(frozen=True)
class Field:
    """One field: its name as we show it, its name as GDAL knows it, and its type."""

    name: str
    raw_name: str
    kind: str
    encoding: str | None = None
    """How its text is written, where that differs from the rest of the layer."""


@dataclass(frozen=True)
class SourceInfo:
    """What a file holds. `count` is the number of features, -1 when the file must be read to know."""

    path: Path
    driver: str
    layer: str
    layers: tuple[Layer, ...]
    count: int
    fields: tuple[Field, ...]
    crs: Recognised
    geometry_type: str
    bounds: tuple[float, float, float, float] | None
    """x and y as written, west, south, east, north; None when not cheap to know."""
    encoding: str
    encoding_guessed: bool
    encoding_reason: str
    encoding_mixed: bool
    encoding_declared: str | None = None
    """What the file says of its text, where that is something else."""
    notices: tuple[str, ...] = ()
    """What GDAL warned of."""

    @property
    def crs_srid(self) -> int | None:
        """Return the SRID the file declares, or None."""
        return self.crs.srid

    @property
    def eight_bit(self) -> bool:
        """Tell whether GDAL hands each byte of text on as a Latin-1 letter, because its own reading loses some."""
        return self.driver == "ESRI Shapefile"

    @property
    def raw_bytes(self) -> bool:
        """Tell whether GDAL hands text on as the bytes of the file."""
        return self.driver in RAW


def inspect(path: str | Path, *, layer: str | None = None, encoding: str | None = None) -> SourceInfo:
    """Return what a layer of a file holds; `encoding` overrides the guess.

    Raise one of `formats.errors`: not found, not readable, truncated, several layers, no geometry, no features.
    """
    source = Path(path)
    stated = stated_encoding(encoding)
    check_file(source)
    with reading(source) as notices:
        layers = _layers(source)
        chosen = _choose(source, layers, layer)
        facts = _facts(source, chosen)
        if facts["features"] == 0 and not _is_cad(source):
            raise errors.NoFeatures(field="file", layer=chosen.name, path=str(source))
        found, by_field = (stated, {}) if stated else _detect(source, chosen, facts)
    require_told(source, found)
    fields = _fields(facts, found.encoding, by_field)
    says = text_encoding.canonical(declared_page(source, chosen.name) or "")
    bounds = tuple(map(float, facts["total_bounds"])) if facts["total_bounds"] is not None else None
    return SourceInfo(
        path=source,
        driver=facts["driver"],
        layer=chosen.name,
        layers=layers,
        count=-1 if _is_cad(source) else int(facts["features"]),
        fields=fields,
        crs=recognise(facts["crs"]),
        geometry_type=facts["geometry_type"] or "Unknown",
        bounds=bounds if bounds is None or len(bounds) == 4 else None,
        encoding=found.encoding,
        encoding_guessed=found.guessed,
        encoding_reason=found.reason,
        encoding_mixed=found.mixed,
        encoding_declared=says if says not in {None, found.encoding} and found.guessed else None,
        notices=tuple(dict.fromkeys(notices)),
    )


@contextmanager
def reading(source: Path) -> Iterator[list[str]]:
    """Turn what GDAL raises into our errors, and collect what it warns of."""
    notices: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield notices
        except (DataSourceError, DataLayerError, OSError, pa.ArrowException) as error:
            raise _explained(source, str(error)) from error
        finally:
            notices.extend(str(warning.message) for warning in caught)


@contextmanager
def arrow_reader(
    source: Path, layer: Layer, *, columns: Sequence[str] | None, batch: int, driver: str, geometry: bool = True
) -> Iterator[tuple[str, pa.RecordBatchReader]]:
    """Open a layer as record batches; yield the name of the geometry column and the reader."""
    where = f"Layer = '{layer.name.replace(chr(39), chr(39) * 2)}'" if _is_cad(source) else None
    with (
        untouched(source) as file,
        pyogrio.open_arrow(
            file,
            layer=gdal_layer(source, layer),
            columns=columns,
            encoding="ISO-8859-1" if driver == "ESRI Shapefile" else None,
            batch_size=batch,
            read_geometry=geometry,
            where=where,
            use_pyarrow=True,
            datetime_as_string=True,
            **_options(source),
        ) as (meta, reader),
    ):
        yield meta["geometry_name"] or "wkb_geometry", reader


def gdal_layer(source: Path, layer: Layer) -> str | None:
    """Return the layer's name for GDAL, which sees the layers of a drawing as one."""
    return None if _is_cad(source) else layer.name


def _facts(source: Path, layer: Layer) -> dict[str, Any]:
    """Ask GDAL about a layer; names of a Shapefile or MapInfo table byte by byte, as its recoding loses letters."""
    eight_bit = source.suffix.lower() in _SHAPEFILE or source.is_dir()
    with untouched(source) as file:
        facts: dict[str, Any] = pyogrio.read_info(
            file,
            layer=gdal_layer(source, layer),
            encoding="ISO-8859-1" if eight_bit else None,
            force_feature_count=True,
            **_options(source),
        )
    return facts


def _is_cad(source: Path) -> bool:
    return source.suffix.lower() == ".dxf"


def _options(source: Path) -> dict[str, str]:
    match source.suffix.lower():
        case ".csv" | ".tsv":
            return _CSV_OPTIONS
        case ".gml":
            # GDAL would leave a file beside the one it reads, and believe it next time.
            return {"WRITE_GFS": "NO"}
    return {}


def stated_encoding(name: str | None) -> text_encoding.Detection | None:
    """Return the encoding a person states; raise `UnknownEncoding`."""
    if not name:
        return None
    known = text_encoding.canonical(name)
    if known is None:
        raise errors.UnknownEncoding(field="encoding", encoding=name, known=", ".join(text_encoding.KNOWN))
    return text_encoding.Detection(known, False, "Stated by the person who reads the file.")


def check_file(source: Path) -> None:
    """Raise one of our errors for a file that is missing, empty, cut off, or of a kind nobody can read."""
    if not source.exists():
        raise errors.SourceNotFound(field="file", path=str(source))
    if source.is_dir():
        return
    with source.open("rb") as file:
        head = file.read(100)
        size = file.seek(0, 2)
        file.seek(max(0, size - 200))
        tail = file.read()
    if size == 0:
        raise errors.UnreadableSource(field="file", path=str(source), reason="it is empty.")
    if head.startswith(_DGN_V8) and source.suffix.lower() == ".dgn":
        raise errors.MicrostationV8(field="file", path=str(source))
    if missing := _missing_end(source, head, tail, size):
        raise errors.TruncatedSource(field="file", path=str(source), reason=missing)


def _missing_end(source: Path, head: bytes, tail: bytes, size: int) -> str | None:
    """Return why a file is incomplete where GDAL would read what is there and say nothing."""
    match source.suffix.lower():
        case ".shp" if len(head) == 100:
            stated = struct.unpack(">I", head[24:28])[0] * 2
            if stated > size:
                return f"its header announces {stated} bytes and it has {size}."
            return _short_table(source.with_suffix(".dbf"))
        case ".gml" | ".kml" | ".xml" if not re.search(rb"</[\w:.\-]+>\s*$", tail):
            return "its last XML element is not closed."
        case ".tab":
            return _short_table(source.with_suffix(".dat"))
    return None


def _short_table(table: Path) -> str | None:
    """Check a dBASE table against its header: rows, length of the header, length of a row."""
    if not table.exists():
        return None
    with table.open("rb") as file:
        head = file.read(12)
        size = file.seek(0, 2)
    if len(head) < 12:
        return f"{table.name} has no header."
    rows, header, width = struct.unpack("<IHH", head[4:12])
    if size < header + rows * width:
        return f"{table.name} announces {rows} rows and holds {max(0, size - header) // max(width, 1)}."
    return None


def _layers(source: Path) -> tuple[Layer, ...]:
    if _is_cad(source):
        return _cad_layers(source)
    if source.suffix.lower() in {".csv", ".tsv"}:
        # The list of layers takes no options, and without them a table of x and y has no geometry.
        facts = pyogrio.read_info(source, **_options(source))
        return (Layer(facts["layer_name"], facts["geometry_type"]),)
    with _no_side_file(source):
        return tuple(Layer(str(name), kind) for name, kind in pyogrio.list_layers(source))


@contextmanager
def _no_side_file(source: Path) -> Iterator[None]:
    """Take away the schema GDAL writes beside a GML file while listing its layers."""
    side = source.with_suffix(".gfs")
    ours = source.suffix.lower() == ".gml" and not side.exists()
    try:
        yield
    finally:
        if ours:
            side.unlink(missing_ok=True)


def _cad_layers(source: Path) -> tuple[Layer, ...]:
    """Return the layers drawn on, as a drawing office names them."""
    with pyogrio.open_arrow(source, columns=["Layer"], read_geometry=False, use_pyarrow=True) as (_, reader):
        names = {name for batch in reader for name in batch.column("Layer").to_pylist() if name}
    return tuple(Layer(name, "Unknown") for name in sorted(names))


def _choose(source: Path, layers: tuple[Layer, ...], name: str | None) -> Layer:
    listed = ", ".join(layer.name for layer in layers)
    if name is not None:
        wanted = [layer for layer in layers if layer.name == name] or [
            layer for layer in layers if layer.name.casefold() == name.casefold()
        ]
        if len(wanted) != 1:
            raise errors.UnknownLayer(field="layer", path=str(source), layer=name, layers=listed)
    else:
        wanted = [layer for layer in layers if layer.geometry_type is not None] or list(layers)
        if len(wanted) > 1:
            raise errors.SeveralLayers(field="layer", path=str(source), count=len(wanted), layers=listed)
    if not wanted:
        raise errors.UnreadableSource(field="file", path=str(source), reason="it has no layer.")
    if wanted[0].geometry_type is None:
        raise errors.NoGeometry(field="layer", path=str(source), layer=wanted[0].name)
    return wanted[0]


def _detect(source: Path, layer: Layer, facts: dict[str, Any]) -> tuple[text_encoding.Detection, dict[str, str]]:
    """Judge the text of a layer, and name the fields that are written in another encoding than the rest."""
    names = [str(name) for name in facts["fields"]]
    samples = _samples(source, layer, facts)
    judge = judge_of(facts["driver"], declared_page(source, layer.name))
    found = judge([name.encode() for name in names] + [raw for part in samples.values() for raw in part])
    if not found.mixed:
        return found, {}
    apart = {name: judge(part) for name, part in samples.items() if not all(raw.isascii() for raw in part)}
    odd = {name: one.encoding for name, one in apart.items() if one.told and one.encoding != found.encoding}
    return found, odd


def _samples(source: Path, layer: Layer, facts: dict[str, Any]) -> dict[str, list[bytes]]:
    """Return text by field: of the first rows, and where bytes are to be judged of more until enough has accents."""
    driver = facts["driver"]
    texts = [str(n) for n, kind in zip(facts["fields"], facts["dtypes"], strict=True) if str(kind) == "object"]
    found: dict[str, dict[bytes, None]] = {name: {} for name in texts}
    if not texts:
        return {}
    with arrow_reader(source, layer, columns=texts, batch=SAMPLE_ROWS, driver=driver, geometry=False) as (
        _,
        reader,
    ):
        for batch in reader:
            for name in texts:
                if is_text(batch.column(name).type):
                    found[name].update(dict.fromkeys(raw for raw in raw_text(batch.column(name)) if raw))
            odd = sum(not raw.isascii() for part in found.values() for raw in part)
            if odd >= ENOUGH_WITH_ACCENTS or driver not in RAW | {"ESRI Shapefile"}:
                break
            found = {name: {raw: None for raw in part if not raw.isascii()} for name, part in found.items()}
    return {name: [*part] for name, part in found.items()}


def _fields(facts: dict[str, Any], encoding: str, by_field: dict[str, str]) -> tuple[Field, ...]:
    driver = facts["driver"]

    def shown(name: str) -> str:
        if driver in LATIN_NAMES:
            return text_encoding.decode(as_bytes(name.encode()), encoding)
        return text_encoding.mend(name, encoding)

    names = [str(name) for name in facts["fields"]]
    kinds = map(str, facts["dtypes"])
    return tuple(
        Field(shown(name), name, kind, by_field.get(name)) for name, kind in zip(names, kinds, strict=True)
    )


def _explained(source: Path, reason: str) -> InvalidInput:
    short = reason.split(";")[0].strip()[:300]
    if "DGNv8" in reason:
        return errors.MicrostationV8(field="file", path=str(source))
    hints = ("malformed", "Unterminated", "unexpected end", "I/O", "truncated", "EOF", "Unexpected", "not closed")
    if any(hint.lower() in reason.lower() for hint in hints):
        return errors.TruncatedSource(field="file", path=str(source), reason=short)
    if "not recognized" in reason or "No such file" in reason:
        short = "no GDAL driver recognises it."
    return errors.UnreadableSource(field="file", path=str(source), reason=short)

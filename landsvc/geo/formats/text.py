"""The text of a file as bytes: what the file says of it, how it seems to be written, whether that can be told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from landsvc.geo import encoding as text_encoding
from landsvc.geo.formats import errors
from landsvc.geo.formats.mapinfo import declared, is_mapinfo

LATIN_NAMES = frozenset({"ESRI Shapefile", "MapInfo File"})
"""Drivers whose names of fields come byte by byte as Latin-1 letters."""
RAW = frozenset({"MapInfo File", "CSV"})
"""Drivers whose text comes as the bytes of the file."""


def require_told(source: Path, found: text_encoding.Detection) -> None:
    """Raise `EncodingNotTold` where a person has to say."""
    if not found.told:
        raise errors.EncodingNotTold(
            field="encoding",
            path=str(source),
            reason=found.reason,
            readings="; ".join(found.readings),
            known=", ".join(text_encoding.KNOWN),
        )


def judge_of(driver: str, declared: str | None) -> Callable[[list[bytes]], text_encoding.Detection]:
    """Return what judges text as this driver of GDAL hands it on."""
    if driver == "ESRI Shapefile":
        return lambda samples: text_encoding.detect(map(as_bytes, samples), declared)
    if driver in RAW:
        # What a MapInfo table says is what its program always writes: no evidence.
        return lambda samples: text_encoding.detect(samples, None)
    return lambda samples: text_encoding.detect_text([raw.decode("utf-8", "replace") for raw in samples])


def declared_page(source: Path, layer: str) -> str | None:
    """Return what a Shapefile's .cpg, or the head of a MapInfo table, says of its text."""
    if is_mapinfo(source):
        return declared(source)
    stem = source / layer if source.is_dir() else source.with_suffix("")
    page = stem.with_name(f"{stem.name}.cpg")
    return page.read_text("latin-1").strip() if page.exists() else None


def raw_text(column: pa.Array) -> list[bytes | None]:
    """Return the bytes of a text column, valid UTF-8 or not."""
    kind = pa.large_binary() if pa.types.is_large_string(column.type) else pa.binary()
    values: list[bytes | None] = column.view(kind).to_pylist()
    return values


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a column holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def as_bytes(raw: bytes) -> bytes:
    """Give back the file's bytes of text that GDAL was told to read as Latin-1."""
    return raw.decode("utf-8").encode("latin-1", "replace")

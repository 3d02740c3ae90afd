"""Say what can be wrong with a file somebody wants to read, and the way out."""

from __future__ import annotations

from pathlib import Path

from landsvc.core.errors import InvalidInput


class SourceNotFound(InvalidInput):
    """No file or folder has this name."""

    slug = "source-not-found"
    title = "The file does not exist"
    detail = "There is no file or folder {path}."
    remedy = "Check the name and whether this user may read the folder."


class UnreadableSource(InvalidInput):
    """GDAL knows no driver for the file, or the file is damaged."""

    slug = "unreadable-source"
    title = "The file cannot be read"
    detail = "{path} is not a file GDAL can read: {reason}"
    remedy = (
        "Save it again as GeoPackage, Shapefile (with its .shx and .dbf), GeoJSON, FlatGeobuf, GML, DXF,"
        " MapInfo TAB, File Geodatabase, or CSV with a WKT column."
    )


class TruncatedSource(InvalidInput):
    """The file ends before its last feature."""

    slug = "truncated-source"
    title = "The file is incomplete"
    detail = "{path} ends early: {reason}"
    remedy = "Copy or download the file again and compare its size with the original."


class MicrostationV8(InvalidInput):
    """A DGN file of MicroStation V8, which free GDAL cannot read."""

    slug = "dgn-v8"
    title = "MicroStation V8 files cannot be read"
    detail = "{path} is a DGN file of version 8."
    remedy = "In MicroStation, save it as DGN V7 or as DXF and import that file."


class DwgFile(InvalidInput):
    """AutoCAD's own format, which no free program reads well."""

    slug = "dwg-file"
    title = "DWG files cannot be read"
    detail = "{path} is a DWG file of AutoCAD."
    remedy = "In AutoCAD, save it as DXF and import that file."


class DrawingTooLarge(InvalidInput):
    """A drawing larger than a file that is read whole may be."""

    slug = "drawing-too-large"
    title = "The drawing is too large"
    detail = "{path} has {size_mb} MB; a drawing is read up to {limit_mb} MB."
    remedy = "Purge what is not used, or save each sheet as a drawing of its own."

    def __init__(self, path: Path, size: int, limit: int) -> None:
        """Name the file and both sizes, given in bytes."""
        megabytes = (f"{value / 1e6:.0f}" for value in (size, limit))
        super().__init__(field="file", path=str(path), size_mb=next(megabytes), limit_mb=next(megabytes))


class TooManyEntities(InvalidInput):
    """A drawing of more entities than are read: as it stands, or when its blocks are taken apart."""

    slug = "too-many-entities"
    title = "The drawing has too many entities"
    detail = "{path} holds {count} entities, those of its blocks counted at each place; at most {limit} are read."
    remedy = "Purge blocks that stand in rows or in one another, or save each sheet as a drawing of its own."

    def __init__(self, path: Path, count: int, limit: int) -> None:
        """Name the file and both numbers."""
        super().__init__(field="file", path=str(path), count=count, limit=limit)


class SeveralLayers(InvalidInput):
    """The file has several layers and none was named."""

    slug = "several-layers"
    title = "The file has several layers"
    detail = "{path} has {count} layers: {layers}."
    remedy = "Name one with --layer."


class UnknownLayer(InvalidInput):
    """The file has no layer of this name."""

    slug = "unknown-file-layer"
    title = "The file has no such layer"
    detail = "{path} has no layer {layer!r}; it has: {layers}."
    remedy = "Name one of these with --layer."


class NoFeatures(InvalidInput):
    """The layer is empty."""

    slug = "layer-without-features"
    title = "The layer has no features"
    detail = "Layer {layer} of {path} has no features."
    remedy = "Choose another layer with --layer, or export the file again."


class NoGeometry(InvalidInput):
    """The layer is a table without geometry."""

    slug = "layer-without-geometry"
    title = "The layer has no geometry"
    detail = "Layer {layer} of {path} is a table without geometry."
    remedy = "Choose another layer with --layer; a CSV needs a column WKT, or columns x and y."


class UnknownEncoding(InvalidInput):
    """The named encoding is not one we read."""

    slug = "unknown-encoding"
    title = "The encoding is not known"
    detail = "{encoding!r} is not an encoding we can read."
    remedy = "Use one of: {known}."


class EncodingNotTold(InvalidInput):
    """The text can be read in no encoding, or in several."""

    slug = "encoding-not-told"
    title = "The encoding of the text cannot be told"
    detail = "{path}: {reason} Its shortest values would read so: {readings}."
    remedy = "Look which of these is right and state it with --encoding: {known}."


class UnknownField(InvalidInput):
    """The layer has no field of this name."""

    slug = "unknown-field"
    title = "The layer has no such field"
    detail = "Layer {layer} has no field {name!r}; it has: {fields}."
    remedy = "Name one of these fields."

"""Say what can be wrong with a raster, and the way out."""

from __future__ import annotations

from collections.abc import Sequence

from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation, Unavailable


class UnknownRaster(NotFound):
    """No raster has this name. 404."""

    slug = "unknown-raster"
    title = "There is no such raster"
    detail = "There is no raster {code}."
    remedy = "Ask /api/v1/rasters which rasters there are."


class RasterFileMissing(NotFound):
    """A raster is registered, and its file is not where it should be. 404."""

    slug = "raster-file-missing"
    title = "The file of the raster is missing"
    detail = "Raster {code} is registered, but its file {file} is not in the data folder of this server."
    remedy = "Copy the folder rasters of the data folder here, or remove the raster and import it again."


class BadRasterName(InvalidInput):
    """A name for a raster has other characters than addresses and file names may have."""

    slug = "bad-raster-name"
    title = "The name of the raster cannot be used"
    detail = "{code!r} is not made of 1 to 63 small letters, digits and hyphens."
    remedy = "Choose a name such as anh-2024 with --name."


class RasterNameTaken(Conflict):
    """Another raster has the name."""

    slug = "raster-name-taken"
    title = "There is a raster of this name"
    detail = "{code} is the raster taken from {source_file}."
    remedy = (
        "Choose another --name, put this one in its place with --replace, or first: landsvc raster remove {code}"
    )


class NotARaster(InvalidInput):
    """The file is none of the kinds of raster we read."""

    slug = "not-a-raster"
    title = "The file is not a raster we can read"
    detail = "{path}: {reason}."
    remedy = (
        "Give a GeoTIFF, JPEG, PNG, JPEG 2000, ERDAS Imagine, ASCII grid or SRTM file; save a PDF as TIFF first."
    )


class TooManyPixels(InvalidInput):
    """The raster has more pixels than shall be read, however small its file is."""

    slug = "raster-too-many-pixels"
    title = "The raster has too many pixels"
    detail = (
        "{what} {width:,} x {height:,} pixels in {bands} bands: {megapixels:,} million to read, and at most"
        " {most:,} million are taken in (LANDSVC_RASTER_MEGAPIXELS)."
    )
    remedy = (
        "Cut it into sheets (gdal_translate -srcwin) or take it in coarser (gdal_translate -outsize 25% 25%); or, if"
        " the disk and your patience allow it, set LANDSVC_RASTER_MEGAPIXELS={megapixels} for this command."
    )


class RasterDamaged(InvalidInput):
    """Some pixels of the file cannot be read."""

    slug = "raster-damaged"
    title = "The raster is cut off or damaged"
    detail = "The pixels from line {line}, column {column} on cannot be read: {reason}."
    remedy = "Copy or download the file again and compare its size with the original. Nothing was changed."


class UnsuitableBands(InvalidInput):
    """The bands of the file are not those of the kind of raster."""

    slug = "unsuitable-bands"
    title = "The bands of the raster do not fit its kind"
    detail = "{reason}"
    remedy = "{way_out}"


class NoReference(InvalidInput):
    """Nobody says where on earth the raster lies."""

    slug = "raster-without-reference"
    title = "The raster does not say where it lies"
    detail = "{path} {reason}."
    remedy = "{way_out}"


class OutOfReach(InvalidInput):
    """The raster lies where its reference system cannot be."""

    slug = "raster-out-of-reach"
    title = "The raster lies where its reference system does not reach"
    detail = "In SRID {srid} its corners are at {corners}, which is no place on the map."
    remedy = "State the right reference system with --srid, or place the raster with --gcp."


class RasterOutsideProvince(InvalidInput):
    """The raster lies outside the province."""

    slug = "raster-outside-province"
    title = "The raster lies outside the province"
    detail = (
        "In SRID {srid} {share} of it lie in a commune we know; its middle is at {place} (longitude, latitude)."
    )
    remedy = "{way_out}"


class BadControlPoints(InvalidInput):
    """Control points that place nothing."""

    slug = "bad-control-points"
    title = "The control points cannot place the raster"
    detail = "{reason}"
    remedy = "{way_out}"


class PoorFit(RuleViolation):
    """The control points disagree by more than is allowed."""

    slug = "control-points-disagree"
    title = "The control points disagree"
    detail = "The residuals have an RMS of {rms_m:.2f} m, more than {limit_m:.2f} m. {suspect}"
    remedy = "Measure that point again or leave it out; or allow more with --max-rms."

    table: Sequence[str] = ()
    """The residuals of each point, for a person to read."""


class RasterNotWritten(Unavailable):
    """The data folder did not take the file."""

    slug = "raster-not-written"
    title = "The raster could not be written"
    detail = "Writing into {folder} failed with {free_mb} MB free there: {reason}."
    remedy = "Free space on that disk, or name another data folder, and import again. Nothing was changed."

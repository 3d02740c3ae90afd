"""Take a raster in: look at it, place it, write it, register it; a failure at any point leaves nothing behind."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from landsvc.core.config import DEFAULT_MEGAPIXELS
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.progress import Progress, silent
from landsvc.geo import crs
from landsvc.geo.crs import Variant
from landsvc.geo.raster import fitting, register, source, writing
from landsvc.geo.raster.errors import (
    BadControlPoints,
    BadRasterName,
    NoReference,
    RasterNameTaken,
    RasterNotWritten,
)
from landsvc.geo.raster.fitting import Fit
from landsvc.geo.raster.folder import RasterFolder, digest
from landsvc.geo.raster.placing import Coverage, Place, coverage
from landsvc.geo.raster.points import ControlPoint, ControlPoints, read_points
from landsvc.geo.raster.register import Facts, Stored
from landsvc.geo.raster.source import Pixels, Source

CODE = re.compile(r"[a-z0-9-]{1,63}")
DIGITS = 12
Judge = Callable[[Place], list[str]]
"""Asked whether a place is where rasters may lie: raises, or returns what a person should know."""


@dataclass(frozen=True)
class Order:
    """What to take in, and as what. `kind` None: one band of heights is an elevation model, else a picture."""

    path: Path
    code: str
    kind: str | None = None
    facts: dict[str, Any] | None = None
    srid: int | None = None
    nodata: float | None = None
    gcp: Sequence[str] = ()
    """Files of control points, or points as `pixel,line,north,east`."""
    method: str | None = None
    max_rms: float | None = None
    """Metres the control points may disagree by."""
    replace: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Taken:
    """What was taken in (or would be), for people and for machines."""

    facts: Facts
    stored: Stored
    source: Source
    placed: Fit | None
    size: int
    notes: list[str]
    dry_run: bool

    def as_json(self) -> dict[str, Any]:
        """Return the report for machines; lengths and heights in metres, the box in degrees."""
        stored, place, covered = self.stored, self.stored.place, self.stored.coverage
        box = crs.transform(covered.outline, crs.WEB_MERCATOR, crs.WGS84, "B").bounds
        return {
            "raster": self.facts.code,
            "kind": self.facts.kind,
            "title": self.facts.title,
            "source": stored.source_file,
            "file": stored.file or None,
            "sha256": stored.sha256 or None,
            "bytes": self.size,
            "srid": place.srid,
            "system": crs.system_name(place.srid),
            "bbox": [round(value, 7) for value in box],
            "width": place.width,
            "height": place.height,
            "bands": stored.bands,
            "pixelM": round(covered.pixel_m, 4),
            "nodata": stored.nodata
            if stored.nodata is None or math.isfinite(stored.nodata)
            else str(stored.nodata),
            "lowestM": stored.lowest,
            "highestM": stored.highest,
            "minZoom": covered.min_zoom,
            "maxZoom": covered.max_zoom,
            "public": self.facts.public,
            "placed": stored.placed,
            "notes": self.notes,
            "dryRun": self.dry_run,
        }

    def lines(self) -> list[str]:
        """Return the report for people."""
        told = self.as_json()
        rows = {
            "raster": f"{told['raster']} ({told['kind']}): {told['title']}",
            "pixels": f"{told['width']:,} x {told['height']:,}, {told['bands']} bands",
            "ground": f"{told['pixelM']:.3f} m to a pixel",
            "system": f"{told['srid']} ({told['system']})",
            "place": " ".join(f"{value:.6f}" for value in told["bbox"]) + " (west south east north)",
            "zooms": f"{told['minZoom']} to {told['maxZoom']}",
        }
        if told["lowestM"] is not None:
            rows["heights"] = f"{told['lowestM']:.2f} to {told['highestM']:.2f} m"
        if told["file"]:
            rows["file"] = f"{told['file']}, {told['bytes'] / 1e6:,.1f} MB"
        shown = [f"{name:<9} {text}" for name, text in rows.items()]
        shown += self.placed.lines() if self.placed else []
        return shown + self.notes + (["Nothing was written: this was a dry run."] if self.dry_run else [])


def take_in(
    database: Database,
    folder: RasterFolder,
    order: Order,
    *,
    working: int,
    variant: Variant,
    judge: Judge = lambda place: [],
    most_megapixels: int = DEFAULT_MEGAPIXELS,
    on_step: Progress = silent,
) -> Taken:
    """Take a raster in; raise what is wrong with it (`geo.raster.errors`) before anything is written."""
    check_name(database, order)
    found = source.examine(order.path)
    source.check_size(found, most_megapixels)
    kind = order.kind or guess_kind(found)
    source.check_bands(found, kind)
    place, placed = place_of(found, order, working, variant)
    source.check_size(found, most_megapixels, drawn=(place.width, place.height))
    covered = coverage(place, variant)
    notes = judge(place)
    nodata = found.nodata if order.nodata is None else order.nodata
    pixels = source.read_all(found, kind, nodata, on_step)
    if kind == "elevation":
        source.check_heights(pixels)
    facts = Facts(order.code, kind, **{"title": order.code} | _said(order))
    stored = _stored(found, place, covered, pixels, nodata, placed, kind)
    if order.dry_run:
        return Taken(facts, stored, found, placed, 0, notes, dry_run=True)
    wish = writing.Wish(kind, place, nodata, written_system(place.srid), placed)
    with _told_when_full(folder), folder.working() as work:
        written = writing.write_cog(found, pixels, wish, work, on_step)
        on_step("Checking the sum", 0, 0)
        sha, size = digest(written), written.stat().st_size
        stored = replace(stored, sha256=sha, file=f"{order.code}-{sha[:DIGITS]}.tif")
        facts = _register(database, folder, order, facts, stored, written)
    return Taken(facts, stored, found, placed, size, notes, dry_run=False)


@contextmanager
def _told_when_full(folder: RasterFolder) -> Iterator[None]:
    """Say it in our words when the data folder does not take a file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RasterNotWritten(folder=folder.path, free_mb=folder.free_mb(), reason=reason) from None


def check_name(database: Database, order: Order) -> None:
    """Raise `BadRasterName`, or `RasterNameTaken` unless the raster of this name shall be replaced."""
    if not CODE.fullmatch(order.code):
        raise BadRasterName(field="name", code=order.code)
    with database.read_only(IMPORT_ROLE) as session:
        there = register.find_raster(session, order.code)
    if there is not None and not order.replace:
        raise RasterNameTaken(field="name", code=order.code, source_file=there.source_file)


def guess_kind(found: Source) -> str:
    """Return what a file holds by its pixels: one band of other than bytes is heights."""
    return "elevation" if found.bands == 1 and found.dtype not in ("uint8", "uint16") else "orthophoto"


def place_of(found: Source, order: Order, working: int, variant: Variant) -> tuple[Place, Fit | None]:
    """Return where a raster lies: by control points, else by its own words and `--srid`.

    Raises `NoReference`, or what is wrong with the points.
    """
    if order.gcp or (found.affine is None and found.gcps):
        given = read_points(order.gcp) if order.gcp else _points_inside(found)
        srid, points = _on_plane(
            given, order.srid or (None if order.gcp else found.declared.srid), working, variant
        )
        fit = fitting.fit(points, order.method, (found.width, found.height))
        fitting.require_good(fit, order.max_rms)
        if fit.method == "polynomial" and (order.kind or guess_kind(found)) == "elevation":
            raise BadControlPoints(
                field="method",
                reason="Heights are not bent by a polynomial.",
                way_out="Use --method affine.",
            )
        return _placed(fit, srid, found), fit
    if found.affine is None:
        raise NoReference(
            field="gcp",
            path=found.path.name,
            reason="has no coordinates, no world file beside it and no control points",
            way_out="Place it with --gcp POINTS.csv (pixel, line, north, east), or put its world file beside it.",
        )
    srid = order.srid or found.declared.srid or 0
    if not srid:
        raise NoReference(
            field="srid",
            path=found.path.name,
            reason="has coordinates and does not say in which reference system",
            way_out="State it with --srid, such as --srid 9212 for VN-2000 / TM-3 106°15'.",
        )
    crs.pinned_crs(srid, variant)  # raises for a system nobody knows
    return Place(srid, found.affine, found.width, found.height), None


def _points_inside(found: Source) -> ControlPoints:
    """Return the control points a file brings along."""
    points = [ControlPoint(str(number), *values) for number, values in enumerate(found.gcps, 1)]
    srid = found.declared.srid
    return ControlPoints(points, degrees=srid is not None and not crs.epsg_crs(srid).is_projected)


def _on_plane(
    given: ControlPoints, srid: int | None, working: int, variant: Variant
) -> tuple[int, Sequence[ControlPoint]]:
    """Return points in a plane system in metres: the one stated, or the working system."""
    plane = srid is None or crs.epsg_crs(srid).is_projected
    if not given.degrees:
        if not plane:
            raise BadControlPoints(
                field="srid",
                reason=f"SRID {srid} has degrees, and the points have north and east in metres.",
                way_out="Name the columns lon and lat, or state a plane system with --srid.",
            )
        return srid or working, given.points
    degrees = crs.WGS84 if srid is None or plane else srid
    moved = [
        replace(point, x=x, y=y)
        for point in given.points
        for x, y in [crs.transform_point(point.x, point.y, degrees, working, variant)]
    ]
    return working, moved


def _placed(fit: Fit, srid: int, found: Source) -> Place:
    """Return the place of a raster that points placed; bent, it is drawn anew on a grid of its own."""
    if fit.method != "polynomial":
        return Place(srid, fit.affine, found.width, found.height)
    _, places = fitting.bent_grid(fit, (found.width, found.height))
    (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    side = fit.pixel_m
    wide, high = math.ceil((east - west) / side), math.ceil((north - south) / side)
    return Place(srid, (side, 0.0, west, 0.0, -side, north), wide, high)


def written_system(srid: int) -> str:
    """Return the system to write into the file: its EPSG code, for other programs. Ours use the pinned text."""
    return f"EPSG:{crs.DEPRECATED.get(srid, srid)}"


def _said(order: Order) -> dict[str, Any]:
    return {name: value for name, value in (order.facts or {}).items() if value is not None}


def _stored(
    found: Source,
    place: Place,
    covered: Coverage,
    pixels: Pixels,
    nodata: float | None,
    placed: Fit | None,
    kind: str,
) -> Stored:
    heights = (pixels.lowest, pixels.highest) if kind == "elevation" else (None, None)
    bands = 1 if kind == "elevation" else writing.band_count(found, placed)
    told = None if placed is None else placed.as_json()
    return Stored("", "", found.path.name, place, covered, bands, nodata, *heights, told)


def _register(
    database: Database, folder: RasterFolder, order: Order, facts: Facts, stored: Stored, written: Path
) -> Facts:
    """Give the file its name and register it; the file of a raster it replaces goes after the commit.

    What replaces a hidden raster is hidden: to show it is an officer's decision. Returns what was registered.
    """
    with folder.settling():
        try:
            with database.unit_of_work(IMPORT_ROLE) as session:
                there = register.find_raster(session, order.code)
                if there is not None and not order.replace:  # another import was quicker
                    raise RasterNameTaken(field="name", code=order.code, source_file=there.source_file)
                if there is not None:
                    register.end_raster(session, order.code)
                    facts = replace(facts, public=facts.public and there.public)
                register.put_raster(session, facts, stored)
                folder.settle(written, stored.file)
        finally:  # the file it replaces; or the new one, when Ctrl-C came between the rename and the commit
            sweep(database, folder)
    return facts


def remove(database: Database, folder: RasterFolder, code: str) -> bool:
    """Remove a raster and its file; return whether there was one."""
    with folder.settling():
        with database.unit_of_work(IMPORT_ROLE) as session:
            known = register.end_raster(session, code) is not None
        sweep(database, folder)
    return known


def sweep(database: Database, folder: RasterFolder) -> list[str]:
    """Remove the files that no raster has, while the folder is `settling`; return their names."""
    with database.read_only(IMPORT_ROLE) as session:
        names = {each.file for each in register.all_rasters(session)}
    return folder.sweep(names)

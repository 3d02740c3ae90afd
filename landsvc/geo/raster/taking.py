"""Take a raster in: look at it, place it, write it, register it; a failure at any point leaves nothing behind."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.progress import Progress, silent
from landsvc.geo import crs
from landsvc.geo.crs import Variant
from landsvc.geo.raster import register, source, writing
from landsvc.geo.raster.errors import BadRasterName, NoReference, RasterNameTaken
from landsvc.geo.raster.folder import RasterFolder, digest
from landsvc.geo.raster.placing import Coverage, Place, coverage
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
    replace: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Taken:
    """What was taken in (or would be), for people and for machines."""

    facts: Facts
    stored: Stored
    source: Source
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
        return shown + self.notes + (["Nothing was written: this was a dry run."] if self.dry_run else [])


def take_in(
    database: Database,
    folder: RasterFolder,
    order: Order,
    *,
    variant: Variant,
    judge: Judge = lambda place: [],
    on_step: Progress = silent,
) -> Taken:
    """Take a raster in; raise what is wrong with it (`geo.raster.errors`) before anything is written."""
    check_name(database, order)
    found = source.examine(order.path)
    kind = order.kind or guess_kind(found)
    source.check_bands(found, kind)
    place, placed = place_of(found, order)
    covered = coverage(place, variant)
    notes = judge(place)
    nodata = found.nodata if order.nodata is None else order.nodata
    pixels = source.read_all(found, kind, nodata, on_step)
    if kind == "elevation":
        source.check_heights(pixels)
    facts = Facts(order.code, kind, **{"title": order.code} | _said(order))
    stored = _stored(found, place, covered, pixels, nodata, placed, kind)
    if order.dry_run:
        return Taken(facts, stored, found, 0, notes, dry_run=True)
    wish = writing.Wish(kind, place, nodata, written_system(place.srid, variant))
    with folder.working() as work:
        written = writing.write_cog(found, pixels, wish, work, on_step)
        on_step("Checking the sum", 0, 0)
        sha, size = digest(written), written.stat().st_size
        stored = replace(stored, sha256=sha, file=f"{order.code}-{sha[:DIGITS]}.tif")
        _register(database, folder, order, facts, stored, written)
    return Taken(facts, stored, found, size, notes, dry_run=False)


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


def place_of(found: Source, order: Order) -> tuple[Place, dict[str, Any] | None]:
    """Return where a raster lies by its own words and `--srid`; raise `NoReference`."""
    if found.affine is None:
        raise NoReference(
            field="gcp",
            path=found.path.name,
            reason="has no coordinates, no world file beside it and no control points",
            way_out="Place it with --gcp POINTS.csv (pixel, line, east, north), or put its world file beside it.",
        )
    srid = order.srid or found.declared.srid
    if srid is None:
        raise NoReference(
            field="srid",
            path=found.path.name,
            reason="has coordinates and does not say in which reference system",
            way_out="State it with --srid, such as --srid 9212 for VN-2000 / TM-3 106°15'.",
        )
    crs.pinned_crs(srid, "B")  # raises for a system nobody knows
    return Place(srid, found.affine, found.width, found.height), None


def written_system(srid: int, variant: Variant) -> str:
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
    placed: dict[str, Any] | None,
    kind: str,
) -> Stored:
    heights = (pixels.lowest, pixels.highest) if kind == "elevation" else (None, None)
    bands = 1 if kind == "elevation" else writing.band_count(found)
    return Stored("", "", found.path.name, place, covered, bands, nodata, *heights, placed)


def _register(
    database: Database, folder: RasterFolder, order: Order, facts: Facts, stored: Stored, written: Path
) -> None:
    """Give the file its name and register it; the file of a raster it replaces goes after the commit."""
    with folder.settling():
        with database.unit_of_work(IMPORT_ROLE) as session:
            if order.replace:
                register.end_raster(session, order.code)
            register.put_raster(session, facts, stored)
            folder.settle(written, stored.file)
        sweep(database, folder)


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

"""Ask and keep the register of rasters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from sqlalchemy.orm import Session

from landsvc.core.db import Database, driver_connection, rows_of
from landsvc.core.sql import statements
from landsvc.geo.raster.placing import Coverage, Place

SQL = statements("geo")
KINDS = ("orthophoto", "plan", "elevation")


@dataclass(frozen=True)
class Raster:
    """One registered raster. Heights and pixel size in metres; the box in EPSG:3857 and in degrees."""

    code: str
    kind: str
    title: str
    title_en: str | None
    file: str
    sha256: str
    source_file: str
    srid: int
    width: int
    height: int
    bands: int
    pixel_m: float
    nodata: float | None
    lowest: float | None
    highest: float | None
    min_zoom: int
    max_zoom: int
    taken_on: date | None
    attribution: str | None
    public: bool
    made_by: str
    made_at: datetime
    box_3857: tuple[float, float, float, float]
    box: tuple[float, float, float, float]
    placed: dict[str, Any] | None

    def title_in(self, language: str) -> str:
        """Return the title in a reader's language, where there is one."""
        return (self.title_en if language == "en" else None) or self.title


@dataclass(frozen=True)
class Facts:
    """What a person says of a raster."""

    code: str
    kind: str
    title: str
    title_en: str | None = None
    taken_on: date | None = None
    attribution: str | None = None
    public: bool = True


@dataclass(frozen=True)
class Stored:
    """What was written: file name, digest, where it lies, what its pixels are."""

    file: str
    sha256: str
    source_file: str
    place: Place
    coverage: Coverage
    bands: int
    nodata: float | None
    lowest: float | None
    highest: float | None
    placed: dict[str, Any] | None


def public_rasters(database: Database) -> list[Raster]:
    """Return the rasters the public may see, imagery first, the newest of each kind first."""
    return [_raster(row) for row in database.read(SQL["rasters"], {})]


def public_raster(database: Database, code: str) -> Raster | None:
    """Return a raster the public may see by its name, or None."""
    row = database.read_one(SQL["raster_of_code"], {"code": code})
    return None if row is None else _raster(row)


def all_rasters(session: Session) -> list[Raster]:
    """Return every raster, imagery first."""
    return [_raster(row) for row in rows_of(session, SQL["rasters"])]


def find_raster(session: Session, code: str) -> Raster | None:
    """Return one raster by its name, or None."""
    found = rows_of(session, SQL["raster_of_code"], code=code)
    return _raster(found[0]) if found else None


def put_raster(session: Session, facts: Facts, stored: Stored) -> None:
    """Register a raster."""
    place, covered = stored.place, stored.coverage
    driver_connection(session).execute(
        SQL["put_raster"].text,
        {
            "code": facts.code,
            "kind": facts.kind,
            "title": facts.title,
            "title_en": facts.title_en,
            "file": stored.file,
            "sha256": stored.sha256,
            "source_file": stored.source_file,
            "srid": place.srid,
            "width": place.width,
            "height": place.height,
            "bands": stored.bands,
            "pixel_m": covered.pixel_m,
            "nodata": stored.nodata,
            "lowest": stored.lowest,
            "highest": stored.highest,
            "min_zoom": covered.min_zoom,
            "max_zoom": covered.max_zoom,
            "placed": None if stored.placed is None else json.dumps(stored.placed, ensure_ascii=False),
            "taken_on": facts.taken_on,
            "attribution": facts.attribution,
            "public": facts.public,
            "outline": shapely.to_wkb(covered.outline),
        },
    )


def set_public(session: Session, code: str, public: bool) -> bool:
    """Show a raster to the public or hide it; return whether that changed anything."""
    return bool(rows_of(session, SQL["show_raster"], code=code, public=public))


def end_raster(session: Session, code: str) -> str | None:
    """Remove a raster from what is known; return its file, or None when nobody knew it."""
    found = rows_of(session, SQL["end_raster"], code=code)
    return str(found[0][0]) if found else None


def _raster(row: Any) -> Raster:
    facts: list[Any] = [*row[:22], tuple(row[22:26]), tuple(row[26:30]), row[30]]
    return Raster(*facts)

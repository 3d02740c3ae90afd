"""Write the current parcels of a commune to a file, in pieces, so that memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from landsvc.core.config import WORKING_SRID
from landsvc.core.db import PUBLIC_ROLE, Database, driver_connection, rows_of
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.progress import Progress, silent
from landsvc.core.sql import statements
from landsvc.geo.crs import WGS84, Variant, system_name, transform

SQL = statements("cadastre", "queries_export.sql")
PIECE = 5_000
ENDINGS = {"gpkg": {".gpkg"}, "geojson": {".geojson", ".json"}}
FIELDS = (
    *("ref", "commune", "sheet_no", "parcel_no", "code", "kind", "use_code"),
    *("legal_area_m2", "computed_area_m2", "computed_srid", "address", "valid_from"),
)
_FLOATS = {"legal_area_m2", "computed_area_m2"}


class NothingToExport(InvalidInput):
    """The commune has no current parcels."""

    slug = "nothing-to-export"
    title = "There is nothing to export"
    detail = "Commune {commune} has no current parcels."
    remedy = "Give the code of a commune of today that has parcels."


class WrongEnding(InvalidInput):
    """The name of the file says another format than the one asked for."""

    slug = "wrong-file-ending"
    title = "A file name and its format do not agree"
    detail = "{path} ends in {ending}, and the format is {form}."
    remedy = "Write a .gpkg (--format gpkg) or a .geojson (--format geojson)."


class CannotWrite(LandsvcError):
    """The file could not be written."""

    slug = "file-not-written"
    title = "The file could not be written"
    detail = "{path}: {reason}"
    remedy = "Check the folder, its permissions and the free space; no half file is left."


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    parcels: int
    unmapped: int
    srid: int


def export_parcels(
    database: Database,
    commune: str,
    path: Path,
    *,
    form: str,
    srid: int | None = None,
    variant: Variant,
    on_step: Progress = silent,
) -> Exported:
    """Write the current parcels of a commune as `gpkg` (working system) or `geojson` (longitude, latitude).

    `srid` chooses another system. Raise `WrongEnding`, `NothingToExport`, `CannotWrite`, or what
    an unknown system raises.
    """
    target = srid or (WGS84 if form == "geojson" else WORKING_SRID)
    system_name(target)
    if path.suffix.lower() not in ENDINGS[form]:
        raise WrongEnding(field="output", path=str(path), ending=path.suffix or "nothing", form=form)
    half = path.with_name(f".{path.name}.part.{form}")
    try:
        written = _write(database, commune, half, form, target, variant, on_step)
        half.replace(path)
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise CannotWrite(path=str(path), reason=str(error)) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    return Exported(path, written[0], written[1], target)


def _write(
    database: Database, commune: str, path: Path, form: str, srid: int, variant: Variant, on_step: Progress
) -> tuple[int, int]:
    done = unmapped = 0
    path.unlink(missing_ok=True)
    sink = _GeoJson(path, srid) if form == "geojson" else _GeoPackage(path, srid)
    with sink:
        for rows, total in _pieces(database, commune):
            shapes: Any = np.empty(len(rows), dtype=object)
            shapes[:] = [None if row[-1] is None else shapely.from_wkb(bytes(row[-1])) for row in rows]
            sink.add([row[:-1] for row in rows], transform(shapes, WORKING_SRID, srid, variant))
            done += len(rows)
            unmapped += int(shapely.is_missing(shapes).sum())
            on_step("Writing", done, total)
    if not done:
        raise NothingToExport(field="commune", commune=commune)
    return done, unmapped


def _pieces(database: Database, commune: str) -> Iterator[tuple[list[Any], int]]:
    """Yield rows in the order of units, through a cursor of the server, in one snapshot."""
    with database.read_only(PUBLIC_ROLE) as session:
        connection = driver_connection(session)
        params = {"commune": commune}
        ((total,),) = rows_of(session, SQL["export_count"], **params)
        with connection.cursor("export") as cursor:
            cursor.execute(SQL["export_parcels"].text, params, binary=True)
            while rows := cursor.fetchmany(PIECE):
                yield rows, total


class _GeoPackage:
    """Append pieces to a layer."""

    def __init__(self, path: Path, srid: int) -> None:
        self.path, self.srid = path, srid

    def __enter__(self) -> _GeoPackage:
        """Nothing is open between pieces."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open between pieces."""

    def add(self, rows: list[Any], shapes: Any) -> None:
        """Append one piece."""
        columns = [_column(name, [row[place] for row in rows]) for place, name in enumerate(FIELDS)]
        pyogrio.raw.write(
            self.path,
            shapely.to_wkb(shapes),
            columns,
            fields=list(FIELDS),
            layer="parcels",
            driver="GPKG",
            crs=f"EPSG:{self.srid}",
            geometry_type="Unknown",
            append=self.path.exists(),
        )


class _GeoJson:
    """Write one feature collection, feature by feature (RFC 7946; a system other than 4326 is named)."""

    def __init__(self, path: Path, srid: int) -> None:
        self.path, self.srid = path, srid
        self.first = True

    def __enter__(self) -> _GeoJson:
        """Open the file and begin the collection."""
        self.file = self.path.open("w", encoding="utf-8")
        name = "" if self.srid == WGS84 else _crs_member(self.srid)
        self.file.write(f'{{"type":"FeatureCollection",{name}"features":[')
        return self

    def __exit__(self, *_: object) -> None:
        """End the collection and close the file."""
        self.file.write("\n]}\n")
        self.file.close()

    def add(self, rows: list[Any], shapes: Any) -> None:
        """Append one piece."""
        if self.srid == WGS84:
            shapes = _eight_places(shapes)
        for row, shape in zip(rows, shapely.to_geojson(shapes).tolist(), strict=True):
            facts = dict(zip(FIELDS, map(_plain, row), strict=True))
            start = "\n" if self.first else ",\n"
            told = json.dumps(facts, ensure_ascii=False)
            self.file.write(f'{start}{{"type":"Feature","properties":{told},"geometry":{shape or "null"}}}')
            self.first = False


def _crs_member(srid: int) -> str:
    return f'"crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::{srid}"}}}},'


def _eight_places(shapes: Any) -> Any:
    """Round degrees to 1e-9 (0.1 mm): more would only be noise of the transformation."""
    return shapely.transform(shapes, lambda xy: np.round(xy, 9))


def _column(name: str, values: list[Any]) -> Any:
    if name in _FLOATS:
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    return np.array([None if value is None else str(value) for value in values], dtype=object)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    return float(value) if hasattr(value, "as_tuple") else str(value)

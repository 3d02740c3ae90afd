"""Load what every database stands on: land-use types, older codes, origins, units and what became of them.

The files are those of `gis_data/`. Units of Bình Phước, Đồng Nai, Tây Ninh and Long An are loaded only where
the working system is a Vietnamese one: elsewhere their geometry would be thousands of kilometres off the map.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection, rows_of
from landsvc.core.errors import InvalidInput
from landsvc.core.sql import statements
from landsvc.geo.crs import VN2000, WGS84, Variant, transform, transform_point
from landsvc.geo.ewkb import hex_ewkb
from landsvc.geo.formats import inspect, read_batches

LAST_DAY_OF_OLD = "2025-06-30"
FIRST_DAY_OF_NEW = "2025-07-01"
WARDS_MADE_ON = "2026-04-30"
"""237/NQ-UBTVQH16 made ten communes wards; names and kinds change, codes and land stay."""
NO_COLOUR = "#cccccc"
SQL = statements("cadastre", "queries_reference.sql")
Row = dict[str, Any]


class ReferenceDataMissing(InvalidInput):
    """A file of the reference data is not where it should be."""

    slug = "reference-data-missing"
    title = "Reference data are missing"
    detail = "There is no file {path}."
    remedy = "Set LANDSVC_GIS_DATA to the folder gis_data of the service."


@dataclass(frozen=True)
class Loaded:
    """How many rows were added; zeros mean that all was there."""

    use_types: int = 0
    legacy_codes: int = 0
    origins: int = 0
    rules: int = 0
    minimum_plots: int = 0
    units: int = 0
    successions: int = 0


def load_reference(database: Database, gis_data: Path, *, working: int, variant: Variant) -> Loaded:
    """Add what is missing of the reference data, in one transaction. Raise `ReferenceDataMissing`."""
    batches: list[tuple[str, list[Row], dict[str, Any]]] = [
        ("reference_use_types", use_types(gis_data), {}),
        ("reference_use_legacy", legacy_codes(gis_data), {}),
        ("reference_origins", origins(gis_data), {}),
        ("reference_rules", dated(gis_data, "rules"), {}),
        ("reference_minimum_plots", dated(gis_data, "minimum_plots"), {}),
    ]
    if working in VN2000:
        batches += [
            ("reference_units", units(gis_data, working, variant), {}),
            ("reference_successions", successions(gis_data), {"last_day": LAST_DAY_OF_OLD}),
        ]
    added = []
    with database.unit_of_work(IMPORT_ROLE) as session:
        connection = driver_connection(session)
        for name, rows, more in batches:
            cursor = connection.execute(SQL[name].text, {"rows": json.dumps(rows), **more})
            added.append(cursor.rowcount)
    return Loaded(*added)


def ensure_reference(settings: Settings, database: Database) -> Loaded | None:
    """Load the reference data unless the database has some; return what was added, None if nothing was missing."""
    try:
        codes = sorted({row["code"] for row in dated(settings.gis_data_dir, "rules")})
    except ReferenceDataMissing:
        # A server whose database is loaded runs without the files.
        codes = []
    with database.read_only(IMPORT_ROLE) as session:
        ((there,),) = rows_of(session, SQL["reference_there"], codes=codes)
    if there:
        return None
    return load_reference(database, settings.gis_data_dir, working=settings.srid, variant=settings.datum_shift)


def use_types(gis_data: Path) -> list[Row]:
    """Return the land-use types a parcel may have, parents before children."""
    return [
        {
            "code": row["code"],
            "parent": row["parent"] or None,
            "name_vi": row["name_vi"],
            "name_en": row["name_en"],
            "color": _colour(row["color_rgb"]),
            "sort": int(row["sort_order"]),
            "source": row["legal_source"] or None,
        }
        for row in _rows(gis_data, "codelists/land_use_types.csv")
        if row["is_area_code"] != "true"
    ]


def legacy_codes(gis_data: Path) -> list[Row]:
    """Return older land-use codes; `maps_to` is None where there is not exactly one code of today."""
    return [
        {
            "code": row["code"],
            "maps_to": row["maps_to"] if row["certainty"] == "certain" and " " not in row["maps_to"] else None,
            "note": "; ".join(filter(None, (row["name_vi"], row["maps_to"], row["note"]))),
        }
        for row in _rows(gis_data, "codelists/land_use_legacy.csv")
    ]


def origins(gis_data: Path) -> list[Row]:
    """Return the origins of land use."""
    return [
        {name: row[name] for name in ("code", "name_vi", "name_en")}
        for row in _rows(gis_data, "codelists/land_origin.csv")
    ]


def dated(gis_data: Path, name: str) -> list[Row]:
    """Return a code list whose rows hold from a day to another, as they stand; an empty cell is None."""
    return [
        {column: value or None for column, value in row.items() if column not in {"valid_from", "valid_to"}}
        | {"valid": _range(row["valid_from"], row["valid_to"])}
        for row in _rows(gis_data, f"codelists/{name}.csv")
    ]


def units(gis_data: Path, working: int, variant: Variant) -> list[Row]:
    """Return every unit and period: old ones with a point, the communes of today with their land."""
    old_points = {
        row["old_commune_code"]: (float(row["lon"]), float(row["lat"]))
        for row in _rows(gis_data, "units/communes_old_to_new_2025.csv")
    }
    today = _communes_of_today(gis_data, working, variant)
    made: list[Row] = []
    for row in _rows(gis_data, "units/admin_units.csv"):
        unit = _unit(row)
        if unit["level"] == "commune" and row["valid_from"]:
            made += _current_forms(unit, today.get(unit["code"]))
            continue
        if unit["level"] == "commune" and unit["code"] in old_points:
            place = shapely.Point(transform_point(*old_points[unit["code"]], WGS84, working, variant))
            unit["point"] = hex_ewkb(place, working)
        made.append(unit)
    return made


def successions(gis_data: Path) -> list[Row]:
    """Return which old commune went into which new one; a whole one has one default successor."""
    return [
        {
            "old": row["old_commune_code"],
            "new": row["new_commune_code"],
            "relation": row["relation"],
            "is_default": row["is_default"] != "False",
        }
        for row in _rows(gis_data, "units/communes_old_to_new_2025.csv")
    ]


def _unit(row: Mapping[str, str]) -> Row:
    codes = {"province": "province_code", "district": "district_code", "commune": "commune_code"}
    parents = {"province": None, "district": row["province_code"]}
    parent = parents.get(row["level"], row["district_code"] or row["province_code"])
    return {
        "level": row["level"],
        "code": row[codes[row["level"]]],
        "parent": parent,
        "name": row["name_vi"],
        "short_name": row["name_short"],
        "kind": row["type"].lower(),
        "valid": _range(row["valid_from"], row["valid_to"]),
        "source": "gis_data/units/admin_units.csv",
    }


def _range(first: str, last: str) -> str:
    """Return a range of days; both ends are in it, an empty one is open."""
    return f"[{first or ''},{last or ''}{']' if last else ')'}"


def _current_forms(unit: Row, today: Mapping[str, Any] | None) -> list[Row]:
    """Return a commune of July 2025 as it is today, and before that as it was, if its kind changed."""
    if today is None:
        return [unit]
    land = {"point": today["point"], "land": today["land"]}
    if today["kind"] == today["kind_2025_07_01"]:
        return [unit | land]
    before = unit | {"valid": f"[{FIRST_DAY_OF_NEW},{WARDS_MADE_ON})", "point": today["point"]}
    name = f"{today['kind']} {unit['short_name']}"
    return [before, unit | land | {"name": name, "kind": today["kind"].lower(), "valid": f"[{WARDS_MADE_ON},)"}]


def _communes_of_today(gis_data: Path, working: int, variant: Variant) -> dict[str, Row]:
    info = inspect(_existing(gis_data, "units/communes_2025_dongnai_tayninh.gpkg"))
    found: dict[str, Row] = {}
    for batch in read_batches(info.path, info):
        lands = transform(batch.geometry, WGS84, working, variant)
        points = shapely.point_on_surface(lands)
        for row in range(len(lands)):
            facts = {name: values[row] for name, values in batch.columns.items()}
            shapes = {"land": hex_ewkb(lands[row], working), "point": hex_ewkb(points[row], working)}
            found[facts["code"]] = facts | shapes
    return found


def _colour(rgb: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in rgb.split(",")) if rgb else NO_COLOUR


def _existing(gis_data: Path, name: str) -> Path:
    path = gis_data / name
    if not path.exists():
        raise ReferenceDataMissing(field="LANDSVC_GIS_DATA", path=str(path))
    return path


def _rows(gis_data: Path, name: str) -> Iterable[dict[str, str]]:
    with _existing(gis_data, name).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)

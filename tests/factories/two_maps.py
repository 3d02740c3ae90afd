"""Lay a commune twice: sheets of the second map begin at 1 again, and some parcels became something else.

The old map has twelve parcels of 20 x 25 m in three rows, sheet 1, numbers 1 to 12 from the south-west. On the new one
the numbers run the other way; old 1 is divided, old 2 and 3 are joined, and of old 11 and 12 nobody can be sure: three
new parcels lie on them, the middle one half on each. Parcel 13 has no map.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import shapely
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from landsvc.core.db import Database
from tests.factories import cadastre as land
from tests.factories.parcel_files import write

COMMUNE = "25195"
WIDTH, DEPTH, COLUMNS, ROWS = 20.0, 25.0, 4, 3
UNMAPPED = "13"


def place(number: int, shift: float = 0.0) -> Any:
    """Return the shape of an old parcel, moved east by some metres."""
    row, column = divmod(number - 1, COLUMNS)
    x, y = land.X0 + column * WIDTH + shift, land.Y0 + row * DEPTH
    return shapely.box(x, y, x + WIDTH, y + DEPTH)


def new_shapes() -> dict[str, Any]:
    """Return the shapes of the new map by their numbers."""
    kept = {str(13 - number): place(number) for number in range(4, 11)}
    x0, y0, x1, y1 = place(1).bounds
    divided = {"20": shapely.box(x0, y0, x0 + 10, y1), "21": shapely.box(x0 + 10, y0, x1, y1)}
    a, b, c, d = place(11).bounds
    doubtful = {
        "1": shapely.box(a, b, a + 10, d),
        "2": shapely.box(a + 10, b, c + 10, d),
        "22": shapely.box(c + 10, b, c + WIDTH, d),
    }
    return kept | divided | {"12": shapely.union_all([place(2), place(3)])} | doubtful


def lay_first(database: Database, dsn: str, folder: Path) -> None:
    """Import the old map, and make a parcel without a map."""
    with psycopg.connect(dsn) as conn:
        here = land.commune(conn, COMMUNE)
        conn.execute("UPDATE cadastre.admin_unit SET folded = geo.vn_fold(name)")
    numbers = [str(number) for number in range(1, COLUMNS * ROWS + 1)]
    _import(database, folder / "first.gpkg", {n: place(int(n)) for n in numbers}, onto="empty", series_year=2012)
    with psycopg.connect(dsn) as conn:
        series = land.one(conn, "SELECT id FROM cadastre.map_series WHERE admin_unit_id = %s", here)
        land.parcel(conn, None, number=UNMAPPED, sheet="1", series_id=series, uses={"ODT": 80.0})


def lay_second(database: Database, folder: Path) -> str:
    """Import the new map over the old one; return its record."""
    shapes = new_shapes() | {UNMAPPED: place(12, 40)}
    return _import(database, folder / "second.gpkg", shapes, onto="replace", series_year=2026)


def _import(database: Database, path: Path, shapes: dict[str, Any], **options: Any) -> str:
    write(
        path,
        list(shapes.values()),
        use_code=["ODT"] * len(shapes),
        sheet_no=["1"] * len(shapes),
        parcel_no=list(shapes),
    )
    plan = make_plan(Options(path=path, commune=COMMUNE, scale=1000, **options), working=9212, variant="B")
    report = import_parcels(database, plan)
    assert report.record, report.as_json()["findings"]
    return report.record

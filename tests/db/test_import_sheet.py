"""A sheet drawn as lines and texts comes in as parcels, and what is wrong with it is said at its place."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import shapely
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from tests.factories import cadastre as laid
from tests.factories import sheet as draw


@pytest.fixture
def land(fresh_db):
    """A database with one commune of 10 x 10 km."""
    with psycopg.connect(fresh_db) as conn:
        laid.commune(conn)
        conn.execute(
            "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort) VALUES"
            " ('LUC', 'Đất chuyên trồng lúa', 'Rice', '#ffffaa', 4), ('DTL', 'Đất thủy lợi', 'Canals', '#aaffff', 5)"
        )
    return fresh_db


def plan_for(path: Path, **options):
    return make_plan(Options(path=path, commune="25195", srid=9212, **options), working=9212, variant="B")


@pytest.mark.parametrize("form", ["dxf"])
def test_a_sheet_of_lines_and_texts_is_loaded_whole(land, database, tmp_path, form):
    path = getattr(draw.sheet(), form)(tmp_path / f"dc12.{form}")
    report = import_parcels(database, plan_for(path))
    told = report.as_json()
    assert (told["read"], told["loaded"], told["findings"]) == (42, 42, []), [
        (i["rule"], i["count"]) for i in told["findings"]
    ]
    with psycopg.connect(land) as conn:
        rows = conn.execute(
            "SELECT number, sheet, use_label, legal_area_m2, ST_AsBinary(geom) FROM cadastre.parcel"
            " WHERE number IS NOT NULL"
        ).fetchall()
        objects = conn.execute("SELECT use_label FROM cadastre.parcel WHERE number IS NULL ORDER BY 1").fetchall()
    assert objects == [("DGT",), ("DTL",)]
    assert sorted(int(row[0]) for row in rows) == list(range(1, 41))
    for number, sheet, use, area, geom in rows:
        drawn = draw.parcel(int(number))
        assert (sheet, use) == ("12", draw.USES[int(number) % 4])
        assert float(area) == round(drawn.area, 1)
        corners = set(map(tuple, shapely.get_coordinates(drawn).tolist()))
        assert corners <= set(map(tuple, shapely.get_coordinates(shapely.from_wkb(geom)).tolist()))
    assert check_fabric(database).sound

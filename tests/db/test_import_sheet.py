"""A sheet drawn as lines and texts comes in as parcels, and what is wrong with it is said at its place."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import shapely
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from landsvc.core.db import Database
from tests.factories import cadastre as laid
from tests.factories import sheet as draw
from tests.factories.spoilt_sheets import CASES

FORMS = ("dxf", "dgn")


def settled(dsn: str) -> str:
    """Lay one commune of 10 x 10 km and the land-use types of the sheet."""
    with psycopg.connect(dsn) as conn:
        laid.commune(conn)
        conn.execute(
            "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort) VALUES"
            " ('LUC', 'Đất chuyên trồng lúa', 'Rice', '#ffffaa', 4), ('DTL', 'Đất thủy lợi', 'Canals', '#aaffff', 5)"
        )
    return dsn


@pytest.fixture
def land(fresh_db):
    return settled(fresh_db)


@pytest.fixture(scope="module")
def trial_land(module_db):
    """A database that keeps nothing: every import into it is a dry run."""
    database = Database(settled(module_db), module_db)
    database.open()
    yield database
    database.close()


def plan_for(path: Path, **options):
    return make_plan(Options(path=path, commune="25195", srid=9212, **options), working=9212, variant="B")


def written(drawn: draw.Drawn, form: str, folder: Path, name: str = "dc12") -> Path:
    return getattr(drawn, form)(folder / f"{name}.{form}")


def told(report) -> list:
    """Every finding of a report as the factory of spoilt sheets writes them."""
    found = []
    for rule in report["findings"]:
        for item in rule["features"]:
            place = None if item["geometry"] is None else shapely.geometry.shape(item["geometry"]).centroid
            other = item["other"] and f"row: {item['other'].split(': ')[1]}"
            found.append((rule["rule"], item["key"], other, place and (place.x, place.y)))
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_spoilt_sheet_is_reported_exactly(trial_land, tmp_path, form, case):
    drawn = draw.sheet()
    case.spoil(drawn)
    report = import_parcels(trial_land, plan_for(written(drawn, form, tmp_path), dry_run=True)).as_json()
    found = [item for item in told(report) if item[0] != "IMP-ENCODING"]
    assert [item[:3] for item in found] == [item[:3] for item in case.findings]
    for (rule, key, _, place), (_, _, _, expected) in zip(found, case.findings, strict=True):
        assert place == (None if expected is None else pytest.approx(draw.at(*expected), abs=0.12)), (rule, key)
    assert report["read"] == case.rows
    assert report["refused"] == (case.rows if case.refused else 0)
    notes = [note for rule in report["findings"] if rule["rule"] != "IMP-ENCODING" for note in rule["notes"]]
    assert set(case.notes) <= set(notes)


@pytest.mark.parametrize("form", FORMS)
def test_a_sheet_of_lines_and_texts_is_loaded_whole(land, database, tmp_path, form):
    report = import_parcels(database, plan_for(written(draw.sheet(), form, tmp_path))).as_json()
    assert (report["read"], report["loaded"]) == (42, 42)
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
        assert (sheet, use, float(area)) == ("12", draw.USES[int(number) % 4], round(drawn.area, 1))
        corners = set(map(tuple, shapely.get_coordinates(drawn).tolist()))
        assert corners <= set(map(tuple, shapely.get_coordinates(shapely.from_wkb(geom)).tolist()))
    assert check_fabric(database).sound

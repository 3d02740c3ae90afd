"""Importing parcels: everything or nothing, every row accounted for, the fabric exact afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from landsvc.cadastre import service
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import CommuneOccupied, UnknownCommune, import_parcels
from landsvc.cadastre.rules import parse_ref
from tests.factories import cadastre as laid
from tests.factories.parcel_files import X0, Y0, block, box, write

pytestmark = pytest.mark.filterwarnings("ignore:.*geometry_type.*:UserWarning")


@pytest.fixture
def land(fresh_db):
    """A database with one commune of 10 x 10 km, and a few land-use types."""
    with psycopg.connect(fresh_db) as conn:
        laid.commune(conn)
        conn.execute("INSERT INTO cadastre.land_use_legacy (code, maps_to) VALUES ('LNK', 'CLN'), ('CDG', NULL)")
    return fresh_db


def run(database, path: Path, **options):
    given = {"commune": "25195"} | options
    return import_parcels(database, make_plan(Options(path=path, **given), working=9212, variant="B"))


def rows(dsn: str, sql: str, *params):
    with psycopg.connect(dsn) as conn:
        return conn.execute(sql, params).fetchall()


def state(dsn: str) -> list:
    """Everything an import may write."""
    tables = (
        *("record", "map_series", "map_sheet", "mapped_extent", "survey", "parcel_unit", "parcel_code"),
        *("parcel_version", "parcel_use", "parcel_number", "known_overlap", "quarantine", "bulk_load"),
        *("parcel", "admin_unit", "commune"),
    )
    return [
        rows(
            dsn,
            f"SELECT '{t}', count(*), md5(coalesce(string_agg(x::text, '' ORDER BY x::text), '')) FROM cadastre.{t} x",
        )
        for t in tables
    ]


def counts(report) -> dict:
    told = report.as_json()
    parts = {name: told[name] for name in ("loaded", "repaired", "admitted", "quarantined", "refused")}
    assert sum(parts.values()) == told["read"]
    return {name: many for name, many in parts.items() if many}


def rules(report) -> dict:
    return {item["rule"]: item["count"] for item in report.as_json()["findings"]}


def test_a_clean_file_is_loaded_whole(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", block(6, 4), area=[200.0] * 24, address=["Ấp 1, Tân Phú"] * 24)
    report = run(database, path, series_year=2012, scale=500)
    assert counts(report) == {"loaded": 24}
    assert rules(report) == {}
    assert report.as_json()["record"] == rows(land, "SELECT code FROM cadastre.record")[0][0]
    (one,) = rows(
        land,
        "SELECT commune_code, issuing_code, sheet, number, use_label, legal_area_m2::text, address, code IS NOT NULL,"
        " computed_srid FROM cadastre.parcel WHERE number = '7'",
    )
    assert one == ("25195", "25195", "1", "7", "ODT", "200.0", "Ấp 1, Tân Phú", True, 9212)
    assert rows(land, "SELECT code, year, scale, srid FROM cadastre.map_series") == [
        ("25195-cadastral-2012", 2012, 500, 9212)
    ]
    assert check_fabric(database).sound


def test_parcels_are_stored_in_the_order_of_their_numbers(land, database, tmp_path):
    numbers = [str(n) for n in (10, 9, 2, 1, 11, 3)]
    run(database, write(tmp_path / "a.gpkg", block(6, 1), parcel_no=numbers))
    stored = [row[0] for row in rows(land, "SELECT number FROM cadastre.parcel ORDER BY unit_id")]
    assert stored == ["1", "2", "3", "9", "10", "11"]


def test_boundaries_off_the_grid_are_noded_and_the_move_is_told(land, database, tmp_path):
    turned = shapely.affinity.rotate(shapely.MultiPolygon(block(5, 5)), 17.3, origin=(X0, Y0))
    shapes = [*turned.geoms]
    halves = [
        shapes[0].intersection(box(-50, -50, 54.321, 100)),
        shapes[0].difference(box(-50, -50, 54.321, 100)),
    ]
    report = run(database, write(tmp_path / "a.gpkg", [h for h in halves if not h.is_empty] + shapes[1:]))
    assert counts(report) == {"loaded": len(shapes) + 1} or counts(report) == {"loaded": len(shapes)}
    assert 0 < report.as_json()["maxMoveMm"] <= 1.42
    assert check_fabric(database).sound


def test_a_defect_refuses_the_whole_file(land, database, tmp_path):
    before = state(land)
    path = write(tmp_path / "a.gpkg", [*block(3, 1), box(25, 5)])
    report = run(database, path)
    assert counts(report) == {"refused": 4}
    told = report.as_json()
    assert told["record"] is None
    (found,) = [item for item in told["findings"] if item["rule"] == "IMP-OVERLAP"]
    assert found["count"] == 1
    assert found["areaM2"] == pytest.approx(50)
    assert found["features"][0] | {"geometry": None} == {
        "row": 4,
        "key": "1/4",
        "action": "refused",
        "other": "row 3: 1/3",
        "geometry": None,
    }
    assert found["features"][0]["geometry"]["type"] == "Polygon"
    assert state(land) == before


def test_quarantine_sets_the_smaller_aside_as_it_came(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", [*block(3, 1), box(25, 5, 4, 4)], note=["a", "b", "c", "d"])
    report = run(database, path, on_defect="quarantine", mapping={"address": "note"})
    assert counts(report) == {"loaded": 3, "quarantined": 1}
    (aside,) = rows(land, "SELECT source_row, rules, attributes, ST_AsText(geom) FROM cadastre.quarantine")
    assert aside[0] == 4
    assert aside[1] == ["IMP-OVERLAP"]
    assert aside[2]["parcel_no"] == "4"
    assert shapely.equals(shapely.from_wkt(aside[3]), box(25, 5, 4, 4))
    assert check_fabric(database).sound


def test_admit_keeps_both_and_remembers_the_overlap(land, database, tmp_path):
    report = run(database, write(tmp_path / "a.gpkg", [*block(3, 1), box(25, 5)]), on_defect="admit")
    assert counts(report) == {"loaded": 2, "admitted": 2}
    assert rows(land, "SELECT round(ST_Area(geom)::numeric, 3)::float FROM cadastre.known_overlap") == [(50.0,)]
    assert check_fabric(database).sound


def test_a_repeated_number_is_a_defect_and_the_first_keeps_it(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", block(3, 1), parcel_no=["1", "2", "2"])
    assert counts(run(database, path)) == {"refused": 3}
    report = run(database, path, on_defect="admit")
    assert counts(report) == {"loaded": 2, "admitted": 1}
    assert rules(report) == {"IMP-DUPLICATE": 1, "IMP-NO-AREA": 3}
    assert rows(land, "SELECT number FROM cadastre.parcel ORDER BY unit_id") == [("1",), ("2",), (None,)]


def test_the_same_shape_twice_is_a_duplicate(land, database, tmp_path):
    report = run(database, write(tmp_path / "a.gpkg", [box(0, 0), box(0, 0)]), on_defect="admit")
    assert counts(report) == {"admitted": 2}
    assert rules(report) == {"IMP-DUPLICATE": 1, "IMP-NO-AREA": 2}
    codes = rows(land, "SELECT code, step > 0 FROM cadastre.parcel_code ORDER BY step")
    assert [moved for _, moved in codes] == [False, True]


def test_a_number_with_a_hyphen_is_kept_as_it_is(land, database, tmp_path):
    run(database, write(tmp_path / "a.gpkg", [box(0, 0)], sheet_no=["12"], parcel_no=["12-A-3"]))
    assert rows(land, "SELECT sheet, number FROM cadastre.parcel") == [("12", "12-A-3")]
    assert '"ref":"25195-12-12-A-3"' in service.get_parcel(database, parse_ref("25195-12-12-A-3"))


def test_a_bow_tie_is_repaired_and_told(land, database, tmp_path):
    tie = shapely.Polygon([(X0, Y0), (X0 + 10, Y0 + 10), (X0 + 10, Y0), (X0, Y0 + 10)])
    report = run(database, write(tmp_path / "a.gpkg", [tie, box(20, 0)]))
    assert counts(report) == {"loaded": 1, "repaired": 1}
    assert rules(report)["IMP-INVALID-RING"] == 1
    assert rows(land, "SELECT ST_IsValid(geom) FROM cadastre.survey ORDER BY id") == [(False,), (True,)]


def test_a_row_without_geometry_but_with_a_number_is_an_unmapped_parcel(land, database, tmp_path):
    report = run(database, write(tmp_path / "a.gpkg", [box(0, 0), None], area=[100.0, 55.5]))
    assert counts(report) == {"loaded": 2}
    assert rules(report) == {"IMP-NO-GEOMETRY": 1}
    assert rows(land, "SELECT number, legal_area_m2::text, code FROM cadastre.parcel WHERE geom IS NULL") == [
        ("2", "55.5", None)
    ]
    assert check_fabric(database).sound


def test_a_road_needs_no_number_and_is_an_object(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", [box(0, 0), box(10, 0)], parcel_no=["1", "0"], use_code=["ODT", "DGT"])
    report = run(database, path)
    assert counts(report) == {"loaded": 2}
    assert rows(land, "SELECT kind, number, code IS NULL FROM cadastre.parcel ORDER BY kind") == [
        ("object", None, True),
        ("parcel", "1", False),
    ]


def test_a_parcel_without_number_is_a_defect(land, database, tmp_path):
    report = run(database, write(tmp_path / "a.gpkg", [box(0, 0)], parcel_no=[None]))
    assert counts(report) == {"refused": 1}
    assert rules(report)["IMP-NO-NUMBER"] == 1


def test_gaps_are_told_with_their_place(land, database, tmp_path):
    ring = [box(0, 0), box(10, 0), box(20, 0), box(0, 10), box(20, 10), box(0, 20), box(10, 20), box(20, 20)]
    report = run(database, write(tmp_path / "a.gpkg", ring))
    (gap,) = [item for item in report.as_json()["findings"] if item["rule"] == "IMP-GAP"]
    assert (gap["count"], gap["areaM2"]) == (1, 100)
    assert rows(land, "SELECT ST_Area(geom) FROM cadastre.mapped_extent") == [(900.0,)]


def test_a_sliver_is_a_defect(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", [box(0, 0), box(10, 0, 0.05, 10)])
    assert counts(run(database, path)) == {"refused": 2}
    assert counts(run(database, path, on_defect="quarantine")) == {"loaded": 1, "quarantined": 1}


@pytest.mark.parametrize("on_defect", ["refuse", "quarantine", "admit"])
def test_a_parcel_narrower_than_the_grid_is_told(land, database, tmp_path, on_defect):
    before = rows(land, "SELECT count(*) FROM cadastre.parcel")
    thin = shapely.box(X0, Y0, X0 + 20, Y0 + 0.0004)
    report = run(database, write(tmp_path / "thin.gpkg", [thin]), on_defect=on_defect)
    assert set(rules(report)) & {"IMP-INVALID-RING", "IMP-SLIVER", "IMP-NO-GEOMETRY"}
    assert rows(land, "SELECT count(*) FROM cadastre.parcel WHERE geom IS NOT NULL") == before


def test_old_land_use_codes_become_todays_and_unknown_ones_are_defects(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", block(4, 1), use_code=["LNK", "CDG", "XYZ", None])
    report = run(database, path, on_defect="admit")
    assert rules(report) == {"IMP-USE-LEGACY": 1, "IMP-USE-UNKNOWN": 2, "IMP-NO-AREA": 4}
    assert rows(land, "SELECT use_label FROM cadastre.parcel ORDER BY unit_id") == [
        ("CLN",),
        (None,),
        (None,),
        (None,),
    ]


def test_several_uses_keep_the_areas_they_state(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", block(2, 1), use_code=["ODT:120+CLN:80", "ODT+CLN"], area=[200.0, 200.1])
    report = run(database, path)
    assert rules(report) == {"IMP-USE-SHARE": 1}
    stored = rows(land, "SELECT use_code, area_m2::text FROM cadastre.parcel_use ORDER BY version_id, seq")
    assert stored == [("ODT", "120.0"), ("CLN", "80.0"), ("ODT", "100.0"), ("CLN", "100.1")]


def test_the_survey_keeps_its_own_zone_and_the_area_is_measured_there(land, database, tmp_path):
    from landsvc.geo.crs import transform

    shape = transform(box(0, 0, 100, 100), 9212, 5899, "B")
    run(database, write(tmp_path / "a.gpkg", [shape], srid=5899))
    (one,) = rows(
        land,
        "SELECT s.srid, ST_AsBinary(s.geom), v.computed_srid, v.computed_area_m2 FROM cadastre.parcel_version v"
        " JOIN cadastre.survey s ON s.id = v.survey_id",
    )
    assert (one[0], one[2]) == (5899, 5899)
    assert shapely.equals_exact(shapely.from_wkb(one[1]), shape, 0)
    assert one[3] == pytest.approx(shape.area, abs=1e-3)
    assert abs(one[3] - 10_000) > 0.5
    assert (
        shapely.hausdorff_distance(
            shapely.from_wkb(rows(land, "SELECT ST_AsBinary(geom) FROM cadastre.parcel")[0][0]),
            box(0, 0, 100, 100),
        )
        < 0.0011
    )


def test_dry_run_reports_the_same_and_leaves_the_database(land, database, tmp_path):
    before = state(land)
    path = write(tmp_path / "a.gpkg", [*block(3, 1), box(25, 5)])
    tried = run(database, path, on_defect="admit", dry_run=True)
    assert tried.as_json()["record"] is None
    assert state(land) == before
    real = run(database, path, on_defect="admit")
    same = {"record": None, "dryRun": None}
    assert tried.as_json() | same == real.as_json() | same


def test_a_commune_with_parcels_is_only_added_to_when_asked(land, database, tmp_path):
    run(database, write(tmp_path / "a.gpkg", block(2, 1)))
    before = state(land)
    second = write(tmp_path / "b.gpkg", [box(0, 20), box(10, 20)], parcel_no=["8", "9"])
    with pytest.raises(CommuneOccupied):
        run(database, second)
    assert state(land) == before
    assert counts(run(database, second, onto="add")) == {"loaded": 2}
    assert check_fabric(database).sound


def test_adding_puts_corners_into_the_parcels_beside(land, database, tmp_path):
    run(database, write(tmp_path / "a.gpkg", [box(0, 0, 30, 10)]))
    added = write(tmp_path / "b.gpkg", [box(0, 10, 13.3, 5), box(13.3, 10, 16.7, 5)], parcel_no=["8", "9"])
    report = run(database, added, onto="add")
    assert report.as_json()["nodedNeighbours"] == 1
    assert rows(land, "SELECT technical, count(*) FROM cadastre.parcel_version GROUP BY 1 ORDER BY 1") == [
        (False, 3),
        (True, 1),
    ]
    assert check_fabric(database).sound


def test_adding_over_existing_land_is_an_overlap(land, database, tmp_path):
    run(database, write(tmp_path / "a.gpkg", block(2, 1)))
    over = write(tmp_path / "b.gpkg", [box(15, 15)], parcel_no=["9"])
    report = run(database, over, onto="add")
    assert counts(report) == {"refused": 1}
    assert report.as_json()["findings"][0]["features"][0]["other"].startswith("unit ")
    assert counts(run(database, over, onto="add", on_defect="quarantine")) == {"quarantined": 1}
    assert counts(run(database, over, onto="add", on_defect="admit")) == {"admitted": 1}
    assert check_fabric(database).sound


def test_a_number_used_before_is_never_given_again(land, database, tmp_path):
    run(database, write(tmp_path / "a.gpkg", [box(0, 0)]))
    again = write(tmp_path / "b.gpkg", [box(50, 0)])
    report = run(database, again, onto="add")
    assert counts(report) == {"refused": 1}
    assert rules(report)["IMP-DUPLICATE"] == 1


def test_an_unknown_commune_is_named_or_refused(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", [box(0, 0)])
    with pytest.raises(UnknownCommune):
        run(database, path, commune="62535")
    assert counts(run(database, path, commune="62535", commune_name="Somerville")) == {"loaded": 1}
    assert rows(land, "SELECT name FROM cadastre.admin_unit WHERE code = '62535'") == [("Somerville",)]


def test_a_row_naming_no_commune_belongs_to_the_one_it_lies_in(land, database, tmp_path):
    assert counts(run(database, write(tmp_path / "a.gpkg", [box(0, 0)]), commune=None)) == {"loaded": 1}
    assert rows(land, "SELECT commune_code, issuing_code FROM cadastre.parcel") == [("25195", "25195")]


def test_land_outside_its_commune_is_a_defect(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", [box(0, 0), box(5_500, 0)])
    report = run(database, path)
    assert counts(report) == {"refused": 2}
    assert rules(report)["IMP-OUTSIDE"] == 1


def test_the_report_is_written_as_json_and_as_a_map_of_defects(land, database, tmp_path):
    import pyogrio

    report = run(database, write(tmp_path / "a.gpkg", [*block(3, 1), box(25, 5)]), on_defect="admit")
    report.write_json(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["admitted"] == 2
    report.write_defects(tmp_path / "defects.gpkg")
    info = pyogrio.read_info(tmp_path / "defects.gpkg", layer="defects")
    assert info["features"] == 1
    assert info["crs"] == "EPSG:9212"
    assert any("chồng lấn" in line for line in report.lines("vi"))
    assert any("overlap" in line for line in report.lines("en"))


@pytest.mark.parametrize("seed", range(3))
def test_a_random_fabric_is_exact_after_import(land, database, tmp_path, seed):
    from tests.unit.test_noding import cut, placed

    shapes = list(placed(cut(seed, 60, 150.0), 33.0 * seed))
    assert counts(run(database, write(tmp_path / "a.gpkg", shapes))) == {"loaded": len(shapes)}
    assert check_fabric(database).sound
    total = rows(land, "SELECT sum(ST_Area(geom)), ST_Area(ST_Union(geom)) FROM cadastre.parcel")[0]
    assert total[0] == pytest.approx(total[1], abs=1e-5)
    assert total[0] == pytest.approx(float(np.sum(shapely.area(shapes))), abs=0.5)

"""Zones come in whole or not at all, mended where they can be, and the parcels know them at once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import psycopg
import pytest
import shapely
from landsvc.core.config import Settings
from landsvc.core.db import Database
from landsvc.planning.importing.options import ZONE_TARGETS, Options, PlanFacts, make_reading
from landsvc.planning.importing.plan_rows import BadPlanRow, import_plans, read_plans
from landsvc.planning.importing.run import NoPlan, PlanOccupied, UnknownTheme, import_zones
from shapely.geometry import Polygon
from tests.conftest import settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans
from tests.factories.cadastre import X0, Y0

BOW = Polygon([(X0, Y0), (X0 + 10, Y0 + 10), (X0 + 10, Y0), (X0, Y0 + 10)])


def box(x: float, y: float, w: float, h: float) -> Polygon:
    return shapely.box(X0 + x, Y0 + y, X0 + x + w, Y0 + y + h)


def write(path: Path, rows: list[tuple[dict, object]]) -> Path:
    """Write features as GeoJSON in the working system."""
    features = [
        {"type": "Feature", "properties": values, "geometry": shape and shapely.geometry.mapping(shape)}
        for values, shape in rows
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9212"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    return path


class Office:
    """Imports files into one database."""

    def __init__(self, database: Database, settings: Settings, dsn: str) -> None:
        self.database, self.settings, self.dsn = database, settings, dsn

    def zones(self, path: Path, **given):
        options = Options(path=path, **{"plan": "QH", "srid": 9212, **given})
        reading = make_reading(options, targets=ZONE_TARGETS, working=9212, variant="B")
        return import_zones(self.database, reading, gis_data=self.settings.gis_data_dir)

    def plans(self, path: Path, **given):
        plans = read_plans(Options(path=path, **given), working=9212, variant="B")
        return import_plans(self.database, plans, gis_data=self.settings.gis_data_dir)

    def ask(self, query: str, *params):
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(query, params).fetchall()

    def count(self) -> int:
        return self.ask("SELECT count(*) FROM planning.zone WHERE upper_inf(recorded)")[0][0]


@pytest.fixture
def office(fresh_db: str, database: Database) -> Office:
    with psycopg.connect(fresh_db) as conn:
        land.commune(conn)
        land.parcel(conn, land.box(0, 0, 20, 10))
        land.parcel(conn, land.box(20, 0, 20, 10))
    return Office(database, settings_for(fresh_db), fresh_db)


def test_zones_reach_the_parcels_in_the_same_transaction(office, tmp_path):
    file = write(
        tmp_path / "z.geojson", [({"MaKhu": "DGT"}, box(0, 0, 5, 10)), ({"MaKhu": "ODT"}, box(5, 0, 35, 10))]
    )
    report = office.zones(file, facts=PlanFacts(source_scale=5000, decision="1/QĐ"))
    assert report.counts["loaded"] == 2
    assert (report.parcels, report.themes) == (2, ("land_use_plan",))
    rows = office.ask("SELECT unit_id, round(m2) FROM planning.parcel_zone ORDER BY zone_id, unit_id")
    assert [row[1] for row in rows] == [50, 150, 200]
    known = office.ask("SELECT use_code, accuracy_m, source_scale FROM planning.zone ORDER BY id")
    assert known == [("DGT", 1.5, 5000), ("ODT", 1.5, 5000)]
    assert office.ask("SELECT cardinality(covered) FROM planning.parcel_zoned") == [(1,), (1,)]


def test_invalid_ring_is_mended_and_told(office, tmp_path):
    report = office.zones(
        write(tmp_path / "z.geojson", [({"code": "A"}, BOW), ({"code": "B"}, box(50, 50, 5, 5))])
    )
    told = report.as_json()
    assert (told["read"], told["loaded"], told["repaired"]) == (2, 1, 1)
    (finding,) = told["findings"]
    assert (finding["rule"], finding["count"], finding["features"][0]["key"]) == ("ZON-INVALID-RING", 1, "A")
    assert office.ask("SELECT bool_and(ST_IsValid(geom)), round(sum(ST_Area(geom))) FROM planning.zone") == [
        (True, 75)
    ]


def test_open_ring_is_closed_and_told(office, tmp_path):
    path = write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 5, 10)), ({"code": "B"}, box(50, 50, 5, 5))])
    found = json.loads(path.read_text())
    found["features"][0]["geometry"]["coordinates"][0].pop()
    path.write_text(json.dumps(found))
    told = office.zones(path).as_json()
    assert (told["loaded"], told["repaired"]) == (1, 1)
    assert [(finding["rule"], finding["kind"]) for finding in told["findings"]] == [("ZON-RING-OPEN", "repair")]
    assert office.ask("SELECT round(sum(ST_Area(geom))) FROM planning.zone") == [(75,)]


def test_report_says_how_the_reference_system_was_found(office, tmp_path):
    path = write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 5, 10))])
    stated = office.zones(path).as_json()
    assert (stated["srid"], stated["sridGuessed"], stated["sridReason"]) == (
        9212,
        False,
        "Stated by the person who reads the file.",
    )
    read = office.zones(path, srid=None, onto="add").as_json()
    assert (read["srid"], read["sridReason"]) == (9212, "The file says so.")


def test_defect_refuses_the_whole_file(office, tmp_path):
    file = write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 5, 10)), ({"code": None}, box(9, 0, 5, 10))])
    report = office.zones(file)
    assert report.judged.refused
    assert report.record is None
    assert office.count() == 0
    assert office.ask("SELECT count(*) FROM planning.plan") == [(0,)]


def test_defect_is_set_aside_or_admitted_as_asked(office, tmp_path):
    rows = [({"code": "A"}, box(0, 0, 5, 10)), ({"code": None}, box(9, 0, 5, 10)), ({"code": "C"}, None)]
    file = write(tmp_path / "z.geojson", rows)
    report = office.zones(file, on_defect="quarantine")
    assert (report.counts["loaded"], report.counts["quarantined"], office.count()) == (1, 2, 1)
    assert office.ask("SELECT source_row, rules FROM cadastre.quarantine ORDER BY 1") == [
        (2, ["ZON-NO-CODE"]),
        (3, ["ZON-NO-GEOMETRY"]),
    ]
    report = office.zones(file, on_defect="admit", plan="QH2")
    assert (report.counts["admitted"], report.counts["quarantined"]) == (1, 1)


def test_dry_run_leaves_nothing(office, tmp_path):
    report = office.zones(write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 5, 10))]), dry_run=True)
    assert (report.counts["loaded"], report.record, office.count()) == (1, None, 0)


def test_second_import_must_say_what_becomes_of_the_first(office, tmp_path):
    file = write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 5, 10))])
    office.zones(file)
    with pytest.raises(PlanOccupied):
        office.zones(file)
    office.zones(file, onto="add")
    assert office.count() == 2
    office.zones(write(tmp_path / "y.geojson", [({"code": "B"}, box(0, 0, 8, 10))]), onto="replace")
    assert office.ask(
        "SELECT code, round(m2) FROM planning.parcel_zone k JOIN planning.zone z ON z.id = zone_id"
    ) == [("B", 80)]
    assert office.ask("SELECT count(*) FROM planning.zone") == [(3,)]  # what was believed stays readable


def test_status_of_a_plan_changes_what_its_zones_are(office, tmp_path):
    file = write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 5, 10))])
    office.zones(file, facts=PlanFacts(status="consultation"))
    assert office.ask("SELECT in_force FROM planning.parcel_zone") == [(False,)]
    listed = tmp_path / "p.csv"
    with listed.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([["plan_code", "status", "decision"], ["QH", "approved", "9/QĐ-UBND"]])
    report = office.plans(listed)
    assert (report.loaded, report.parcels) == (1, 1)
    assert office.ask("SELECT in_force FROM planning.parcel_zone") == [(True,)]
    assert office.plans(listed).unchanged == 1


def test_changing_a_plan_keeps_its_english_name_and_its_years(office, tmp_path):
    with psycopg.connect(office.dsn) as conn:
        conn.execute("INSERT INTO planning.plan (code) VALUES ('QH')")
        conn.execute(
            "INSERT INTO planning.plan_version (plan_id, level, name, period, status, valid)"
            " SELECT id, 'province', 'Quy hoạch', '[2021,2031)', 'consultation', '[2022-03-01,)' FROM planning.plan"
        )
    listed = tmp_path / "p.csv"
    listed.write_text("plan_code,name_en\nQH,Land-use plan\n", "utf-8")
    office.plans(listed)
    listed.write_text("plan_code,status\nQH,approved\n", "utf-8")
    office.plans(listed)
    believed = "SELECT name_en, status, period::text FROM planning.plan_version WHERE upper_inf(recorded)"
    assert office.ask(believed) == [("Land-use plan", "approved", "[2021,2031)")]


def test_link_of_a_plan_is_read_from_the_list_and_kept_when_other_things_change(office, tmp_path):
    listed, link = tmp_path / "p.csv", "https://example.org/1234?a=b"
    listed.write_text(f"plan_code,level,link\nQH,province,{link}\n", "utf-8")
    office.plans(listed)
    listed.write_text("plan_code,status\nQH,consultation\n", "utf-8")
    office.plans(listed)
    believed = "SELECT link, status, facts::json ->> 'link' FROM planning.plan_version WHERE upper_inf(recorded)"
    assert office.ask(believed) == [(link, "consultation", link)]
    listed.write_text("plan_code,link\nQH,javascript:alert(1)\n", "utf-8")
    with pytest.raises(BadPlanRow, match="Row 1, link"):
        office.plans(listed)


def test_list_of_plans_names_the_row_it_cannot_read(office, tmp_path):
    listed = tmp_path / "p.csv"
    listed.write_text("plan_code,level\nQH,village\n", "utf-8")
    with pytest.raises(BadPlanRow, match="Row 1, level: 'village'"):
        office.plans(listed)


def test_list_names_each_plan_once(office, tmp_path):
    listed = tmp_path / "p.csv"
    listed.write_text("plan_code,level\nQH,province\nQH,urban\n", "utf-8")
    with pytest.raises(BadPlanRow, match="Row 2, plan_code: 'QH' is not named once"):
        office.plans(listed)
    assert office.ask("SELECT count(*) FROM planning.plan") == [(0,)]


def test_surface_of_a_plan_is_where_it_speaks(office, tmp_path):
    file = write(tmp_path / "p.geojson", [({"plan_code": "DT", "level": "province"}, box(0, 0, 20, 10))])
    office.plans(file, theme="heritage", srid=9212)
    covered = office.ask("SELECT cardinality(covered) FROM planning.parcel_zoned ORDER BY unit_id")
    assert covered == [(1,), (0,)]


def test_corridor_is_made_from_a_line(office, tmp_path):
    line = shapely.LineString([(X0 - 50, Y0), (X0 + 90, Y0)])
    file = write(tmp_path / "z.geojson", [({"code": "110kV"}, line)])
    office.zones(file, theme="power_corridor", corridor_m=3.0, coverage="communes")
    assert office.ask("SELECT round(m2) FROM planning.parcel_zone ORDER BY unit_id") == [(60,), (60,)]
    assert office.ask("SELECT cardinality(covered) FROM planning.parcel_zoned") == [(1,), (1,)]
    assert office.ask("SELECT ST_AsText(drawn) IS NOT NULL, dimension FROM planning.zone") == [(True, 2)]


def test_zones_without_a_plan_and_with_an_unknown_theme_are_refused(office, tmp_path):
    file = write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 5, 10))])
    with pytest.raises(NoPlan):
        office.zones(file, plan=None)
    with pytest.raises(UnknownTheme, match="no_such"):
        office.zones(file, theme="no_such")
    assert office.count() == 0


def test_coverage_closes_cracks_between_zones(office, tmp_path):
    file = write(
        tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 9.9, 10)), ({"code": "B"}, box(10.0, 0, 30, 10))]
    )
    office.zones(file)
    assert [row[0] for row in office.ask("SELECT cardinality(covered) FROM planning.parcel_zoned")] == [1, 1]


def test_overlapping_zones_are_noted(office, tmp_path):
    file = write(tmp_path / "z.geojson", [({"code": "A"}, box(0, 0, 6, 10)), ({"code": "B"}, box(5, 0, 5, 10))])
    (finding,) = office.zones(file).as_json()["findings"]
    assert (finding["rule"], finding["kind"], finding["areaM2"]) == ("ZON-OVERLAP", "note", 10.0)


def test_projects_and_limits_of_building_come_with_the_file(office, tmp_path):
    stated = {"MaKhu": "ODT", "MatDoXD": "≤ 60 %", "TangCao": 4, "TenDuAn": "Khu dân cư số 2", "ThuHoi": "không"}
    file = write(tmp_path / "z.geojson", [(stated, box(0, 0, 35, 10)), ({"MaKhu": "DGT"}, box(40, 0, 5, 5))])
    office.zones(file)
    found = office.ask("SELECT project, building, facts FROM planning.zone ORDER BY id")
    assert found[0][:2] == ({"name": "Khu dân cư số 2", "recovery": False}, {"floors": 4, "densityPct": 60})
    assert json.loads(f"{{{found[0][2]}}}")["building"] == {"floors": 4, "densityPct": 60}
    assert found[1][:2] == (None, None)
    assert "building" not in found[1][2]


def test_a_limit_that_cannot_be_meant_refuses_the_file(office, tmp_path):
    file = write(tmp_path / "z.geojson", [({"code": "ODT", "MatDoXD": "0,6"}, box(0, 0, 35, 10))])
    report = office.zones(file)
    assert report.judged.refused
    assert [each["rule"] for each in report.as_json()["findings"]] == ["ZON-BAD-VALUE"]
    assert office.zones(file, on_defect="admit").counts["admitted"] == 1
    assert office.ask("SELECT building FROM planning.zone") == [(None,)]
    with psycopg.connect(office.dsn) as conn:
        for wrong in ('{"densityPct": 120}', '{"floors": "4"}', '{"colour": 1}', "{}", '{"heightM": -1}'):
            with pytest.raises(psycopg.errors.CheckViolation), conn.transaction():
                plans.zone(conn, plans.plan(conn, "QH-X"), land.box(0, 0, 5, 5), building=wrong)

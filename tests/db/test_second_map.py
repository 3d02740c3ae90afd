"""A new survey replaces the map of a commune, loses nothing, and is undone as one record."""

from __future__ import annotations

import json
from datetime import timedelta

import psycopg
import pyogrio
import pytest
from landsvc.cadastre import service
from landsvc.cadastre.annulment import undo_record
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.errors import ParcelRetired, SeveralParcels
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import (
    CommuneNotStated,
    DayOfSurveyAhead,
    NothingToReplace,
    import_parcels,
)
from landsvc.cadastre.reference import ensure_reference
from landsvc.cadastre.rules import parse_ref
from landsvc.core import clock
from landsvc.core.times import times_of
from landsvc.demo.service import load_demo
from test_annulment import instant, register
from tests.factories import cadastre as laid
from tests.factories.second_map import SecondMap, survey

from conftest import opened, settings_for

pytestmark = pytest.mark.filterwarnings("ignore:.*geometry_type.*:UserWarning")


@pytest.fixture(scope="module")
def province(module_db):
    """The demo, and the code of its commune with most parcels."""
    settings = settings_for(module_db)
    with opened(module_db) as database:
        ensure_reference(settings, database)
        load_demo(database, parcels=1500, seed=3)
    with psycopg.connect(module_db) as conn:
        sql = "SELECT commune_code FROM cadastre.parcel GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        (commune,) = conn.execute(sql).fetchone()
    return module_db, commune


@pytest.fixture(scope="module")
def second(province, tmp_path_factory) -> SecondMap:
    return survey(*province, tmp_path_factory.mktemp("map") / "second.gpkg")


def rows(dsn, sql, *params):
    with psycopg.connect(dsn) as conn:
        return conn.execute(sql, params).fetchall()


def replace_map(database, commune: str, path, **options):
    given = {"commune": commune, "onto": "replace", "series_year": 2026, "scale": 1000} | options
    return import_parcels(database, make_plan(Options(path=path, **given), working=9212, variant="B"))


def found_as(database, ref: str) -> set[int]:
    """Return the units a reference leads to: one, or those of its candidates."""
    try:
        return {service.find_unit(database, parse_ref(ref)).unit_id}
    except SeveralParcels as several:
        return {row["unit"] for row in several.members["candidates"]}


def numbers_of(dsn, commune: str) -> list[tuple[int, str, int]]:
    """Return every number of a commune that is in use: unit, reference, year of the series."""
    sql = (
        "SELECT k.unit_id, a.code || '-' || k.sheet || '-' || k.number, coalesce(s.year, 2024)"
        "  FROM cadastre.parcel_number k JOIN cadastre.map_series s ON s.id = k.series_id"
        "  JOIN cadastre.admin_unit a ON a.id = s.admin_unit_id JOIN cadastre.parcel p ON p.unit_id = k.unit_id"
        " WHERE p.commune_code = %s AND p.geom IS NOT NULL AND upper_inf(k.used)"
    )
    return rows(dsn, sql, commune)


def test_a_second_map_replaces_the_first_and_is_undone(province, second):
    dsn, commune = province
    with opened(dsn) as database:
        before, then = register(dsn), instant(dsn)
        old_numbers = numbers_of(dsn, commune)
        (old_m2,) = rows(dsn, "SELECT sum(ST_Area(geom)) FROM cadastre.parcel WHERE commune_code = %s", commune)[
            0
        ]
        report = replace_map(database, commune, second.path)
        told = report.as_json()["resurvey"]
        assert report.record
        assert check_fabric(database).sound
        assert set(told["links"]) <= {"1-1", "1-n", "n-1", "part"}
        assert told["links"]["1-1"] == {"sure": told["kept"]}
        assert told["links"]["1-n"] == {"sure": 2 * len(second.divided)}
        assert told["links"]["n-1"] == {"sure": len(second.joined)}
        assert told["withoutSuccessor"] == told["newLand"] == 0
        _areas_close(dsn, commune, report, old_m2)
        _numbers_lead_on(dsn, database, second, old_numbers)
        _what_no_survey_measures_stays(dsn, second)
        between, after = instant(dsn), register(dsn)
        undo_record(database, report.record, "Thử")
        assert register(dsn) == before
        assert register(dsn, then) == before[:1]
        assert register(dsn, between) == after[:1]
        assert check_fabric(database).sound


def _areas_close(dsn, commune, report, old_m2):
    """Natural area: what is covered now is the old map but for the shifted edge, and it holds no gap."""
    (new_m2, perimeter) = rows(
        dsn,
        "SELECT sum(ST_Area(geom)), ST_Perimeter(ST_Union(geom)) FROM cadastre.parcel WHERE commune_code = %s",
        commune,
    )[0]
    assert abs(new_m2 - old_m2) < 0.3 * perimeter
    gaps = [item for item in report.as_json()["findings"] if item["rule"] == "IMP-GAP"]
    assert gaps == []
    (declared,) = rows(
        dsn,
        "SELECT sum(ST_Area(geom)) FROM cadastre.mapped_extent WHERE commune_code = %s AND upper_inf(recorded)",
        commune,
    )[0]
    assert declared == pytest.approx(new_m2, abs=0.01)


def _numbers_lead_on(dsn, database, second, old_numbers):
    """Every old number leads to its parcel, or to what became of it, today and before."""
    assert old_numbers
    yesterday = times_of(clock.today() - timedelta(days=1), None, now=clock.now(), today=clock.today())
    for unit, ref, year in old_numbers:
        commune, rest = ref.split("-", 1)
        exact = f"{commune}@{year}-{rest}"
        assert found_as(database, exact) == {unit}, exact
        if unit in second.same:
            assert unit in found_as(database, ref)
            assert json.loads(service.get_parcel(database, parse_ref(exact)))["matched"]["series"].endswith(
                str(year)
            )
        else:
            with pytest.raises(ParcelRetired) as caught:
                service.get_parcel(database, parse_ref(exact))
            heirs = [row["ref"] for row in caught.value.members["successors"]]
            names = second.divided.get(unit) or [second.joined[unit]]
            assert sorted(heirs) == sorted(f"{second.commune}-{sheet}-{number}" for sheet, number in names)
        past = json.loads(service.get_parcel_then(database, parse_ref(exact), yesterday))
        assert rest in [f"{each['sheet']}-{each['number']}" for each in past["numbers"]]
    for unit, (sheet, number) in second.same.items():
        assert unit in found_as(database, f"{second.commune}@2026-{sheet}-{number}")


def findings(report) -> dict[str, list[str]]:
    return {item["rule"]: item["notes"] for item in report.as_json()["findings"]}


def _what_no_survey_measures_stays(dsn, second):
    """A parcel that was measured again keeps its code, address, and the origin and term of its uses."""
    differing = rows(
        dsn,
        "SELECT v.unit_id FROM cadastre.parcel_version v JOIN cadastre.parcel p ON p.unit_id = v.unit_id"
        " JOIN cadastre.parcel_use w ON w.version_id = v.id"
        " JOIN cadastre.parcel_use u ON u.version_id = p.version_id AND u.use_code = w.use_code"
        " WHERE v.closed_record_id = (SELECT max(id) FROM cadastre.record) AND ("
        "   (u.origin_code, u.shared, u.term_until) IS DISTINCT FROM (w.origin_code, w.shared, w.term_until)"
        "   OR p.address IS DISTINCT FROM v.address)",
    )
    assert differing == []
    kept = rows(
        dsn, "SELECT count(*) FROM cadastre.parcel WHERE unit_id = ANY(%s) AND code IS NOT NULL", [*second.same]
    )
    assert kept == [(len(second.same),)]


def test_one_sheet_is_replaced_and_the_others_stay(province, tmp_path):
    dsn, commune = province
    sheet, many = rows(
        dsn,
        "SELECT sheet, count(*) FROM cadastre.parcel WHERE commune_code = %s AND sheet IS NOT NULL AND geom IS NOT NULL"
        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1",
        commune,
    )[0]
    part = survey(dsn, commune, tmp_path / "sheet.gpkg", share=0, sheet=sheet, shift=0, uses=False)
    others = "SELECT unit_id, version_id FROM cadastre.parcel WHERE sheet IS DISTINCT FROM %s AND kind = 'parcel'"
    with opened(dsn) as database:
        before, beside = register(dsn), rows(dsn, others, sheet)
        used = rows(
            dsn,
            "SELECT unit_id, use_label, address FROM cadastre.parcel WHERE unit_id = ANY(%s) ORDER BY 1",
            [*part.same],
        )
        report = replace_map(database, commune, part.path, sheet=sheet)
        assert report.record, findings(report)
        told = report.as_json()["resurvey"]
        assert (told["oldUnits"], told["kept"], told["retired"]) == (many, many, 0)
        labels = "SELECT unit_id, use_label, address FROM cadastre.parcel WHERE unit_id = ANY(%s) ORDER BY 1"
        assert rows(dsn, labels, [*part.same]) == used
        assert set(beside) <= set(rows(dsn, "SELECT unit_id, version_id FROM cadastre.parcel"))
        assert check_fabric(database).sound
        undo_record(database, report.record, "Thử")
        assert register(dsn) == before


def test_a_survey_imported_and_undone_twice_comes_in_a_third_time_with_codes_of_its_own(province, second):
    dsn, commune = province
    with opened(dsn) as database:
        before = register(dsn)
        for _ in range(2):
            undo_record(database, replace_map(database, commune, second.path).record, "Thử")
        report = replace_map(database, commune, second.path)
        made = (
            "SELECT count(*), count(DISTINCT c.code) FROM cadastre.parcel_code c JOIN cadastre.parcel_unit u"
            " ON u.id = c.unit_id JOIN cadastre.record r ON r.id = u.record_id WHERE r.code = %s AND c.step > 1"
        )
        ((many, different),) = rows(dsn, made, report.record)
        assert many == different > 0
        undo_record(database, report.record, "Thử")
        assert register(dsn) == before


def test_a_dry_run_tells_all_and_writes_nothing(province, second, tmp_path):
    dsn, commune = province
    with opened(dsn) as database:
        before = register(dsn)
        report = replace_map(database, commune, second.path, dry_run=True)
        assert report.record is None
        told = report.as_json()["resurvey"]
        assert told["areaDifferences"]["count"] > 0
        assert any(line.startswith("links 1-1") for line in report.lines("en"))
        report.write_defects(tmp_path / "defects.gpkg")
        layers = {name for name, _ in pyogrio.list_layers(tmp_path / "defects.gpkg")}
        assert layers == {"defects", "links"}
        kinds = pyogrio.raw.read(tmp_path / "defects.gpkg", layer="links", columns=["kind"])[3][0]
        assert sorted(set(kinds) - {"part"}) == ["1-1", "1-n", "n-1"]
        assert register(dsn) == before


def test_a_survey_that_leaves_half_uncovered_is_refused_with_its_places(province, tmp_path):
    dsn, commune = province
    half = survey(dsn, commune, tmp_path / "half.gpkg", leave_out=0.5)
    with opened(dsn) as database:
        before = register(dsn)
        report = replace_map(database, commune, half.path)
        assert report.found.refused
        assert report.record is None
        uncovered = next(item for item in report.as_json()["findings"] if item["rule"] == "IMP-UNCOVERED")
        assert uncovered["features"][0]["geometry"]["type"] == "Polygon"
        assert report.as_json()["resurvey"]["uncoveredShare"] > 0.3
        assert register(dsn) == before


def test_a_held_parcel_or_one_changed_since_stops_a_new_survey_whatever_is_admitted(province, second):
    dsn, commune = province
    unit = next(iter(second.same))
    with psycopg.connect(dsn) as conn:
        name = laid.one(
            conn,
            "SELECT issuing_code || '-' || sheet || '-' || number FROM cadastre.parcel WHERE unit_id = %s",
            unit,
        )
        (since,) = conn.execute(
            "SELECT max(valid_from) FROM cadastre.parcel WHERE commune_code = %s", (commune,)
        ).fetchone()
        conn.execute(
            "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
            " VALUES ('block', 'parcel', %s, 'Tòa án', '1/QĐ', %s)",
            (unit, laid.record(conn)),
        )
    try:
        with opened(dsn) as database:
            before = register(dsn)
            report = replace_map(
                database, commune, second.path, on_defect="admit", surveyed_on=since - timedelta(days=1)
            )
            assert report.found.refused
            told = findings(report)
            assert told["IMP-HELD"] == [name]
            assert told["IMP-CHANGED-SINCE"]
            assert register(dsn) == before
    finally:
        with psycopg.connect(dsn) as conn:
            conn.execute("UPDATE cadastre.parcel_hold SET held = tstzrange(lower(held), clock_timestamp())")


def test_a_new_survey_must_say_what_it_replaces(province, second):
    dsn, commune = province
    with opened(dsn) as database:
        with pytest.raises(CommuneNotStated):
            replace_map(database, None, second.path)
        with pytest.raises(DayOfSurveyAhead):
            replace_map(database, commune, second.path, surveyed_on=clock.today() + timedelta(days=1))
        with pytest.raises(NothingToReplace):
            replace_map(database, commune, second.path, sheet="no such sheet")

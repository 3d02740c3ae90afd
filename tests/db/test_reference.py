"""Reference data: every unit in its time, what became of it, and the code lists."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from landsvc.cadastre.reference import Loaded, ReferenceDataMissing, load_reference
from landsvc.core.config import REPOSITORY
from tests.conftest import opened

GIS_DATA = REPOSITORY / "gis_data"


@pytest.fixture(scope="module")
def loaded(make_clone):
    """A database with the reference data, loaded twice."""
    with make_clone() as dsn, opened(dsn) as database:
        first = load_reference(database, GIS_DATA, working=9212, variant="B")
        again = load_reference(database, GIS_DATA, working=9212, variant="B")
        yield dsn, first, again


def rows(loaded, sql: str, *params):
    with psycopg.connect(loaded[0]) as conn:
        return conn.execute(sql, params).fetchall()


def test_loading_again_adds_nothing(loaded):
    assert loaded[1] == Loaded(66, 37, 16, 28, 6, 804, 576)
    assert loaded[2] == Loaded()


def test_old_communes_end_and_new_ones_begin_on_the_same_day(loaded):
    found = rows(
        loaded,
        "SELECT count(*) FILTER (WHERE valid @> DATE '2025-06-30'), count(*) FILTER (WHERE valid @> DATE '2025-07-01'),"
        " count(*) FILTER (WHERE upper_inf(valid)) FROM cadastre.admin_unit WHERE level = 'commune'",
    )
    assert found == [(550, 191, 191)]


def test_a_code_is_used_again_for_other_land(loaded):
    found = rows(
        loaded,
        "SELECT name FROM cadastre.admin_unit WHERE code = '25195' AND level = 'commune'"
        " ORDER BY lower(valid) NULLS FIRST",
    )
    assert found == [("Phường Tân Phú",), ("Phường Bình Phước",)]


def test_ten_communes_became_wards_and_dong_nai_a_city(loaded):
    found = rows(
        loaded,
        "SELECT name, lower(valid)::text FROM cadastre.admin_unit WHERE code = '25357'"
        " ORDER BY lower(valid) NULLS FIRST",
    )
    assert found == [
        ("Thị trấn Tân Khai", None),
        ("Xã Tân Khai", "2025-07-01"),
        ("Phường Tân Khai", "2026-04-30"),
    ]
    assert rows(
        loaded, "SELECT count(*) FROM cadastre.admin_unit WHERE lower(valid) = '2026-04-30' AND level = 'commune'"
    ) == [(10,)]
    assert rows(
        loaded,
        "SELECT name FROM cadastre.admin_unit WHERE level = 'province' AND code = '75' AND upper_inf(valid)",
    ) == [("Thành phố Đồng Nai",)]


def test_every_commune_of_today_has_valid_land_and_every_old_one_a_point(loaded):
    assert rows(
        loaded,
        "SELECT count(*) FROM cadastre.admin_unit WHERE level = 'commune' AND upper_inf(valid) AND ST_IsValid(geom)"
        " AND ST_Contains(geom, point)",
    ) == [(191,)]
    assert rows(
        loaded,
        "SELECT count(point) FROM cadastre.admin_unit WHERE level = 'commune' AND upper(valid) = '2025-07-01'",
    ) == [(550,)]


def test_land_lies_where_the_published_area_says(loaded):
    (area,) = rows(
        loaded, "SELECT ST_Area(geom) / 1e6 FROM cadastre.admin_unit WHERE code = '25195' AND upper_inf(valid)"
    )[0]
    assert area == pytest.approx(86.4, rel=0.01)


def test_successions_join_old_to_new(loaded):
    assert rows(
        loaded, "SELECT relation, is_default, count(*) FROM cadastre.admin_succession GROUP BY 1, 2 ORDER BY 1, 2"
    ) == [
        ("part", False, 26),
        ("part", True, 25),
        ("whole", True, 525),
    ]
    assert rows(
        loaded, "SELECT count(DISTINCT old_unit_id), count(DISTINCT new_unit_id) FROM cadastre.admin_succession"
    ) == [(550, 191)]


def test_land_use_types_form_a_tree_with_colours(loaded):
    assert rows(loaded, "SELECT parent_code, name_vi, color FROM cadastre.land_use_type WHERE code = 'LUC'") == [
        ("LUA", "Đất chuyên trồng lúa", "#fffc8c")
    ]
    assert rows(
        loaded, "SELECT maps_to FROM cadastre.land_use_legacy WHERE code IN ('LNK', 'CDG') ORDER BY code"
    ) == [(None,), ("CLN",)]


def test_another_country_gets_the_code_lists_only(database):
    added = load_reference(database, GIS_DATA, working=26986, variant="B")
    assert (added.use_types, added.units) == (66, 0)


def test_missing_files_are_named(database, tmp_path):
    with pytest.raises(ReferenceDataMissing, match="land_use_types"):
        load_reference(database, Path(tmp_path), working=9212, variant="B")

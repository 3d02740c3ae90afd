"""Checking stored data: what was broken behind the triggers' backs is found and named."""

from __future__ import annotations

import json

import psycopg
import pytest
from click.testing import CliRunner
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.commands import check_fabric as command
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from psycopg.conninfo import make_conninfo
from tests.conftest import opened
from tests.factories import cadastre as laid
from tests.factories.parcel_files import X0, Y0, block, write


@pytest.fixture(scope="module")
def filled(cluster, module_db, tmp_path_factory):
    """A database with 36 imported parcels; clone it to break it."""
    with psycopg.connect(module_db) as conn:
        laid.commune(conn)
    path = write(tmp_path_factory.mktemp("check") / "a.gpkg", block(6, 6))
    with opened(module_db) as database:
        import_parcels(database, make_plan(Options(path=path, commune="25195"), working=9212, variant="B"))
    return psycopg.conninfo.conninfo_to_dict(module_db)["dbname"]


@pytest.fixture
def broken(make_clone, filled):
    """Break a copy as the superuser, without triggers and constraints; return what the check finds."""

    def break_and_check(sql: str, *, drop: str = ""):
        with make_clone(filled) as dsn:
            with psycopg.connect(make_conninfo(dsn, user="postgres")) as conn:
                for constraint in filter(None, drop.split()):
                    conn.execute(f"ALTER TABLE cadastre.parcel_version DROP CONSTRAINT {constraint}")
                conn.execute("SET LOCAL session_replication_role = replica")
                conn.execute(sql)
            with opened(dsn) as database:
                found = check_fabric(database)
        return {rule for rule, units in found.broken.items() if units}

    return break_and_check


def moved(shape: str) -> str:
    """SQL that gives parcel 1 another shape, in its version and its projection."""
    geom = f"ST_GeomFromText('{shape}', 9212)"
    return (
        f"UPDATE cadastre.parcel_version SET geom = {geom} WHERE unit_id = 1;"
        f"UPDATE cadastre.parcel SET geom = {geom}, geom4326 = ST_Transform({geom}, 4326),"
        f" geom3857 = ST_Transform({geom}, 3857) WHERE unit_id = 1;"
        f"UPDATE cadastre.parcel_drawn SET geom3857 = ST_Transform({geom}, 3857) WHERE unit_id = 1"
    )


def polygon(*corners: tuple[float, float]) -> str:
    ring = ",".join(f"{round(X0 + x, 4)} {round(Y0 + y, 4)}" for x, y in (*corners, corners[0]))
    return f"POLYGON(({ring}))"


def test_what_was_imported_is_sound(filled, broken):
    assert broken("SELECT 1") == set()


def test_an_overlap_is_found(broken):
    assert "FAB-OVERLAP" in broken(moved(polygon((0, 0), (12, 0), (12, 20), (0, 20))))


def test_an_admitted_overlap_is_none_and_a_larger_one_is(broken):
    def bulge(width: float) -> str:
        return polygon((0, 0), (10, 0), (10, 5), (10 + width, 8), (10, 11), (10, 20), (0, 20))

    known = (
        "; INSERT INTO cadastre.known_overlap (unit_a, unit_b, geom, record_id)"
        f" VALUES (1, 2, ST_GeomFromText('{polygon((10, 5), (12, 8), (10, 11))}', 9212), 1)"
    )
    assert broken(moved(bulge(2)) + known) == set()
    assert broken(moved(bulge(3)) + known) == {"FAB-OVERLAP"}


def test_a_missing_shared_corner_is_found(broken):
    shifted = polygon((0, 0), (10, 0), (10, 10), (10, 20), (0, 20))
    assert broken(moved(shifted)) == {"FAB-NODED"}


def test_coordinates_off_the_grid_are_found(broken):
    off = polygon((0, 0), (9.9996, 0), (9.9996, 20), (0, 20))
    assert "FAB-GRID" in broken(moved(off), drop="ck_parcel_version_geom_on_grid")


def test_an_invalid_polygon_is_found(broken):
    tie = polygon((0, 0), (10, 20), (10, 0), (0, 20))
    assert "FAB-VALID" in broken(moved(tie), drop="ck_parcel_version_geom_sound ck_parcel_version_geom_size")


def test_a_parcel_that_is_too_small_is_found(broken):
    tiny = polygon((0, 0), (0.2, 0), (0.2, 0.2), (0, 0.2))
    assert "FAB-SIZE" in broken(moved(tiny), drop="ck_parcel_version_geom_size")


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        ("UPDATE cadastre.parcel_use SET area_m2 = area_m2 + 1 WHERE version_id = 1", "FAB-USES"),
        (
            "INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id) VALUES (1, 2, 'split', 1);"
            "DELETE FROM cadastre.parcel WHERE unit_id = 1",
            "FAB-PROJECTION FAB-DRAWN",
        ),
        ("UPDATE cadastre.parcel SET legal_area_m2 = 1 WHERE unit_id = 1", "FAB-PROJECTION FAB-DRAWN"),
        ("UPDATE cadastre.parcel SET geom3857 = ST_Translate(geom3857, 1, 0) WHERE unit_id = 1", "FAB-DRAWN"),
        ("DELETE FROM cadastre.parcel_drawn WHERE unit_id = 1", "FAB-DRAWN"),
        ("UPDATE cadastre.parcel_drawn SET area_m2 = area_m2 + 1 WHERE unit_id = 1", "FAB-DRAWN"),
        ("UPDATE cadastre.parcel SET number = '2' WHERE unit_id = 1", "FAB-NUMBER FAB-DRAWN"),
        ("UPDATE cadastre.parcel SET code = 'w3gyppsm1gwh' WHERE unit_id = 1", "FAB-NUMBER FAB-DRAWN"),
        ("DELETE FROM cadastre.fabric_lock WHERE commune_code = '25195'", "FAB-LOCK"),
        (
            "UPDATE cadastre.parcel_version SET recorded = tstzrange(lower(recorded), now()) WHERE unit_id = 1;"
            "DELETE FROM cadastre.parcel WHERE unit_id = 1",
            "FAB-LINEAGE-DOWN FAB-DRAWN",
        ),
        (
            "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', 1);"
            "INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id)"
            " SELECT 1, max(id), 'split', 1 FROM cadastre.parcel_unit",
            "FAB-LINEAGE-UP",
        ),
    ],
)
def test_each_broken_promise_is_named(broken, sql, rules):
    assert broken(sql) == set(rules.split())


def test_the_command_exits_1_and_lists_what_is_broken(make_clone, filled, monkeypatch):
    with make_clone(filled) as dsn:
        monkeypatch.setenv("LANDSVC_DATABASE_URL", dsn)
        assert CliRunner().invoke(command, ["--lang", "en"]).exit_code == 0
        with psycopg.connect(make_conninfo(dsn, user="postgres")) as conn:
            conn.execute("SET LOCAL session_replication_role = replica")
            conn.execute("DELETE FROM cadastre.fabric_lock WHERE commune_code = '25195'")
        result = CliRunner().invoke(command, ["--json"])
        assert result.exit_code == 1
        told = json.loads(result.stdout)
        assert told["sound"] is False
        assert [item["examples"] for item in told["rules"] if item["rule"] == "FAB-LOCK"] == [["25195"]]

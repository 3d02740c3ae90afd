"""An import is undone as one record, and its file can come in again with the numbers it had."""

from __future__ import annotations

import json

import psycopg
import pytest
from click.testing import CliRunner
from landsvc.cadastre import service
from landsvc.cadastre.annulment import undo_record
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.errors import ParcelRetired
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from landsvc.cadastre.rules import parse_ref
from landsvc.cli import cli
from tests.factories import cadastre as laid
from tests.factories.parcel_files import block, box, write

pytestmark = pytest.mark.filterwarnings("ignore:.*geometry_type.*:UserWarning")


@pytest.fixture
def land(fresh_db):
    with psycopg.connect(fresh_db) as conn:
        laid.commune(conn)
    return fresh_db


def run(database, path, **options):
    given = {"commune": "25195", "series_year": 2012} | options
    return import_parcels(database, make_plan(Options(path=path, **given), working=9212, variant="B"))


def rows(dsn, sql, *params):
    with psycopg.connect(dsn) as conn:
        return conn.execute(sql, params).fetchall()


def test_an_import_is_undone_and_its_file_comes_in_again(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", block(40, 20), area=[200.0] * 800)
    first = run(database, path).record
    done = undo_record(database, first, "Sai tệp")
    assert (done.closed, done.reinstated, done.units) == (800, 0, 800)
    for table in ("cadastre.parcel", "cadastre.mapped_extent WHERE upper_inf(recorded)"):
        assert rows(land, f"SELECT count(*) FROM {table}") == [(0,)]
    with pytest.raises(ParcelRetired):
        service.get_parcel(database, parse_ref("25195-1-1"))
    assert check_fabric(database).sound
    again = run(database, path)
    assert again.as_json()["loaded"] == 800
    assert again.as_json()["findings"] == []
    assert json.loads(service.get_parcel(database, parse_ref("25195-1-1")))["ref"] == "25195-1-1"
    assert rows(land, "SELECT count(*), count(DISTINCT code) FROM cadastre.parcel") == [(800, 800)]
    assert check_fabric(database).sound


def test_an_import_that_noded_its_neighbours_gives_them_their_edges_back(land, database, tmp_path):
    run(database, write(tmp_path / "a.gpkg", [box(0, 0, 100, 10)], parcel_no=["1"]))
    before = rows(land, "SELECT unit_id, geom::bytea FROM cadastre.parcel")
    with psycopg.connect(land) as conn:
        assert laid.one(conn, "SELECT ST_NPoints(geom) FROM cadastre.parcel") == 5
    path = write(
        tmp_path / "b.gpkg",
        [box(i, 10 + 2 * j, 1, 2) for j in range(10) for i in range(100)],
        sheet_no=["2"] * 1000,
    )
    code = run(database, path, onto="add").record
    assert rows(land, "SELECT max(ST_NPoints(geom)) FROM cadastre.parcel") == [(104,)]
    undo_record(database, code, "nhầm")
    assert rows(land, "SELECT unit_id, geom::bytea FROM cadastre.parcel") == before
    assert check_fabric(database).sound


def test_records_are_listed_shown_and_undone_by_command(land, database, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", land)
    code = run(database, write(tmp_path / "a.gpkg", block(3, 2))).record

    def ask(*words):
        done = CliRunner().invoke(cli, ["record", *words, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    assert [each["code"] for each in ask("list")["records"]] == [code]
    assert ask("show", code)["new_units"] == 6
    undone = ask("undo", code, "--reason", "Sai tệp")
    assert (undone["undone"], undone["closed"]) == (code, 6)
    assert [each["annulled_by"] for each in ask("list")["records"]] == [None, undone["record"]]

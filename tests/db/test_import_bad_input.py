"""What bad input gets: one clear message with the way out, exit 1, and the database as before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psycopg
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from landsvc.cadastre.commands import export_parcels as export_command
from landsvc.cadastre.commands import import_parcels as command
from landsvc.cadastre.importing.plan import NoReferenceSystem, NoScaleFactor, Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from landsvc.cadastre.importing.whereabouts import OutsideProvince
from landsvc.core.db import DiskFull
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.geo.crs import transform
from landsvc.geo.formats.errors import NoFeatures, NoGeometry, TruncatedSource, UnreadableSource
from tests.factories import cadastre as laid
from tests.factories.parcel_files import X0, Y0, block, box, write

TABLES = "record", "map_series", "survey", "parcel_unit", "parcel_version", "parcel", "quarantine", "commune"


@pytest.fixture
def land(fresh_db):
    with psycopg.connect(fresh_db) as conn:
        laid.commune(conn)
    return fresh_db


def state(dsn: str) -> list:
    with psycopg.connect(dsn) as conn:
        return [
            conn.execute(f"SELECT count(*), sum(hashtext(x::text)) FROM cadastre.{t} x").fetchone()
            for t in TABLES
        ]


def run(database, path: Path, **options):
    given = {"commune": "25195"} | options
    return import_parcels(database, make_plan(Options(path=path, **given), working=9212, variant="B"))


def rules(report) -> dict:
    return {item["rule"]: item["count"] for item in report.as_json()["findings"]}


@pytest.fixture
def refused(land, database):
    """Try an import that must fail with a kind of error, and say that nothing changed."""

    def attempt(path: Path, kind: type[LandsvcError], **options) -> LandsvcError:
        before = state(land)
        with pytest.raises(kind) as caught:
            run(database, path, **options)
        assert state(land) == before
        assert caught.value.way_out()
        return caught.value

    return attempt


def test_a_file_that_is_no_map(refused, tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"nothing of the kind" * 100)
    refused(path, UnreadableSource)


def test_a_truncated_shapefile(refused, tmp_path):
    path = write(tmp_path / "a.shp", block(20, 20), driver="ESRI Shapefile")
    os.truncate(path, path.stat().st_size // 2)
    refused(path, TruncatedSource)


def test_a_table_without_geometry(refused, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("sheet,number\n1,2\n", "utf-8")
    refused(path, NoGeometry)


def test_a_system_nobody_states(refused, tmp_path):
    far = [shapely.box(9e6, 9e6, 9e6 + 10, 9e6 + 10)]
    refused(write(tmp_path / "a.gpkg", far, srid=None), NoReferenceSystem)


def test_an_srid_that_does_not_exist(refused, tmp_path):
    refused(write(tmp_path / "a.gpkg", [box(0, 0)]), InvalidInput, srid=999_999)


def test_coordinates_outside_the_province(refused, tmp_path):
    far = write(tmp_path / "a.gpkg", [box(40_000, 40_000)])
    error = refused(far, OutsideProvince)
    assert "--srid" in error.way_out()


def test_the_wrong_zone_is_named(refused, tmp_path):
    other = [transform(shape, 9212, 9210, "B") for shape in block(3, 1)]
    error = refused(write(tmp_path / "a.gpkg", other, srid=9212), OutsideProvince)
    assert "9210" in error.way_out()


def test_a_scale_factor_needs_a_zone(refused, tmp_path):
    lonlat = [transform(box(0, 0), 9212, 4326, "B")]
    refused(write(tmp_path / "a.gpkg", lonlat, srid=4326), NoScaleFactor, scale_factor=0.9996)


def test_axes_written_the_other_way_are_read_right_and_told(land, database, tmp_path):
    swapped = [shapely.transform(shape, lambda xy: xy[:, ::-1]) for shape in block(3, 1)]
    report = run(database, write(tmp_path / "a.gpkg", swapped, srid=None))
    assert report.as_json()["axisSwapped"] is True
    assert rules(report)["IMP-AXIS"] == 1
    assert report.counts["loaded"] == 3


def narrow(dsn: str) -> None:
    """Make the commune 400 m high, so that 380 m south is outside."""
    with psycopg.connect(dsn) as conn:
        conn.execute(
            "UPDATE cadastre.admin_unit SET geom = ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 9212))",
            (X0 - 500, Y0 - 100, X0 + 500, Y0 + 300),
        )
        conn.execute(
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, geom, folded) VALUES"
            " ('commune', '25198', 'Xã B', 'B', 'xã', '[2025-07-01,)',"
            " ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 9212)), '')",
            (X0 - 5000, Y0 - 5000, X0 + 5000, Y0 - 100),
        )


def test_a_scale_factor_of_09996_is_suspected_and_can_be_stated(land, database, tmp_path):
    narrow(land)
    shapes = block(3, 3)
    drawn = [
        shapely.transform(s, lambda xy: (xy - [500_000, 0]) * (0.9996 / 0.9999) + [500_000, 0]) for s in shapes
    ]
    path = write(tmp_path / "a.gpkg", drawn)
    report = run(database, path)
    assert report.counts["refused"] == 9
    assert rules(report)["IMP-SCALE-FACTOR"] == 1
    good = run(database, path, scale_factor=0.9996)
    assert good.counts["loaded"] == 9
    with psycopg.connect(land) as conn:
        stored = [
            shapely.from_wkb(row[0]) for row in conn.execute("SELECT ST_AsBinary(geom) FROM cadastre.parcel")
        ]
    assert max(min(s.hausdorff_distance(t) for t in shapes) for s in stored) < 0.0015


def test_text_of_another_encoding_is_turned_and_told(land, database, tmp_path):
    text = ["§Êt ë t¹i n«ng th«n, Êp 1, x· T©n Kh¶i", "Êp 2, x· T©n Hßa", "Hå V¨n Huª"]
    report = run(database, write(tmp_path / "a.gpkg", block(3, 1), address=text))
    assert report.as_json()["encoding"] == "TCVN3"
    assert rules(report)["IMP-ENCODING"] == 1
    with psycopg.connect(land) as conn:
        (address,) = conn.execute("SELECT address FROM cadastre.parcel WHERE number = '2'").fetchone()
    assert address == "Ấp 2, xã Tân Hòa"


def test_a_row_that_is_no_area_is_set_aside_as_it_came(land, database, tmp_path):
    line = shapely.LineString([(X0, Y0), (X0 + 5, Y0 + 5)])
    report = run(
        database, write(tmp_path / "a.gpkg", [box(0, 0), line], parcel_no=["1", None]), on_defect="admit"
    )
    assert (report.counts["loaded"], report.counts["quarantined"]) == (1, 1)
    with psycopg.connect(land) as conn:
        kept = conn.execute("SELECT rules, GeometryType(geom) FROM cadastre.quarantine").fetchone()
    assert kept == (["IMP-NOT-SURFACE"], "LINESTRING")


def test_infinite_coordinates_are_no_surface(land, database, tmp_path):
    wild = shapely.Polygon([(X0, Y0), (X0 + 10, Y0), (np.inf, Y0 + 10)])
    report = run(database, write(tmp_path / "a.gpkg", [box(0, 0), wild]), on_defect="admit")
    assert rules(report)["IMP-NOT-SURFACE"] == 1
    assert (report.counts["loaded"], report.counts["admitted"]) == (1, 1)


@pytest.fixture
def small_disk(cluster, land):
    """Let the server's room end in the middle of an import; yield what gives it room again.

    A tiny file system, or a stand-in where mounting is not allowed: for an ordinary user, or in a container.
    """
    admin = psycopg.conninfo.make_conninfo(land, user="postgres")
    place = Path(cluster.data_dir) / "small"
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k,mode=0777", "tmpfs", place]
    with psycopg.connect(admin, autocommit=True) as conn:
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            yield _full_by_trigger(conn)
            return
        try:
            enlarge = _full_by_tablespace(conn, place / "space", cluster.os_user.pw_name)
            yield enlarge
            enlarge()
            conn.execute("DROP TABLESPACE small")
        finally:
            # The server may hold a file of it for a moment longer.
            subprocess.run(["umount", "--lazy", place], check=True)


def _full_by_tablespace(conn: psycopg.Connection, folder: Path, owner: str) -> Callable[[], object]:
    folder.mkdir()
    shutil.chown(folder, owner)
    conn.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
    conn.execute("ALTER TABLE cadastre.survey SET TABLESPACE small")
    return lambda: conn.execute("ALTER TABLE cadastre.survey SET TABLESPACE pg_default")


def _full_by_trigger(conn: psycopg.Connection) -> Callable[[], object]:
    conn.execute(
        "CREATE FUNCTION cadastre.no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id > 5000 THEN"
        " RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER no_room BEFORE INSERT ON cadastre.survey FOR EACH ROW"
        " EXECUTE FUNCTION cadastre.no_room()"
    )
    return lambda: conn.execute("DROP TRIGGER no_room ON cadastre.survey")


def test_a_server_without_room_leaves_the_database_as_it_was(refused, small_disk, land, database, tmp_path):
    error = refused(write(tmp_path / "a.gpkg", block(100, 100)), DiskFull)
    assert "Free space" in error.way_out()
    small_disk()
    assert run(database, write(tmp_path / "b.gpkg", block(3, 1))).counts["loaded"] == 3


def test_the_command_says_all_and_exits_as_it_should(land, monkeypatch, tmp_path):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", land)
    defective = write(tmp_path / "a.gpkg", [*block(3, 1), box(25, 5)])
    report, defects = tmp_path / "r.json", tmp_path / "d.gpkg"
    options = [str(defective), "--commune", "25195", "--report", str(report), "--defects", str(defects)]
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 1
    assert "IMP-OVERLAP" in result.stdout
    assert json.loads(report.read_text("utf-8"))["refused"] == 4
    assert pyogrio.read_info(defects)["features"] == 1
    assert CliRunner().invoke(command, [*options, "--on-defect", "admit", "--json"]).exit_code == 0
    assert CliRunner().invoke(command, [str(defective), "--map", "nonsense"]).exit_code == 2


@pytest.mark.parametrize(
    ("form", "srid", "crs"), [("gpkg", None, 9212), ("gpkg", 5899, 5899), ("geojson", None, 4326)]
)
def test_an_export_carries_all_attributes_and_its_system(land, database, monkeypatch, tmp_path, form, srid, crs):
    run(database, write(tmp_path / "a.gpkg", [*block(3, 1), None]))
    monkeypatch.setenv("LANDSVC_DATABASE_URL", land)
    path = tmp_path / f"out.{form}"
    more = ["--srid", str(srid)] if srid else []
    result = CliRunner().invoke(
        export_command, ["--commune", "25195", "--format", form, "-o", str(path), "--json", *more]
    )
    assert json.loads(result.stdout) == {"path": str(path), "parcels": 4, "unmapped": 1, "srid": crs}
    meta, _, geometry, data = pyogrio.raw.read(path)
    assert meta["crs"] == f"EPSG:{crs}"
    facts = dict(zip(meta["fields"], (column.tolist() for column in data), strict=True))
    assert facts["ref"][:3] == ["25195-1-1", "25195-1-2", "25195-1-3"]
    assert facts["legal_area_m2"][:3] == [200.0, 200.0, 200.0]
    back = transform(shapely.from_wkb(geometry[0]), crs, 9212, "B")
    assert back.hausdorff_distance(block(3, 1)[0]) < 0.001


def test_an_export_of_nothing_leaves_no_file(land, monkeypatch, tmp_path):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", land)
    result = CliRunner().invoke(export_command, ["--commune", "25195", "-o", str(tmp_path / "x.gpkg")])
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_points_are_no_parcels_without_a_map(land, database, tmp_path):
    points = [shapely.Point(X0 + n, Y0) for n in range(3)]
    before = state(land)
    report = run(database, write(tmp_path / "a.gpkg", points))
    assert (report.counts["refused"], rules(report)) == (3, {"IMP-NOT-SURFACE": 3})
    assert state(land) == before


def test_a_polygon_inside_a_collection_is_taken_and_reported(land, database, tmp_path):
    line = shapely.LineString([(X0, Y0), (X0 + 50, Y0 + 50)])
    mixed = shapely.GeometryCollection([line, shapely.MultiPolygon([box(20, 0)])])
    report = run(database, write(tmp_path / "a.gpkg", [box(0, 0), mixed]))
    assert (report.counts["loaded"], report.counts["repaired"]) == (1, 1)
    assert rules(report)["IMP-COLLECTION"] == 1
    with psycopg.connect(land) as conn:
        (area,) = conn.execute("SELECT ST_Area(geom) FROM cadastre.parcel WHERE number = '2'").fetchone()
    assert area == pytest.approx(100)


def test_a_ring_with_a_corner_that_is_no_number_is_no_surface(land, database, tmp_path):
    with np.errstate(invalid="ignore"):
        nowhere = shapely.Polygon([(X0, Y0), (X0 + 10, Y0), (np.nan, np.nan), (X0, Y0)])
    path = write(tmp_path / "a.gpkg", [box(20, 0), nowhere])
    assert rules(run(database, path)).get("IMP-NOT-SURFACE") == 1
    report = run(database, path, on_defect="quarantine")
    assert (report.counts["loaded"], report.counts["quarantined"]) == (1, 1)
    assert "IMP-NO-GEOMETRY" not in rules(report)


def test_a_layer_without_features_is_an_error(refused, tmp_path):
    refused(write(tmp_path / "a.gpkg", []), NoFeatures)


def test_a_system_stated_against_the_file_is_told_and_number_is_a_parcel_number(land, database, tmp_path):
    path = write(tmp_path / "a.gpkg", [box(0, 0)], srid=5899, parcel_no=None, number=["7"])
    report = run(database, path, srid=9212)
    told = report.as_json()
    assert told["sridReason"] == "The file says 5899, but the person who reads it stated 9212."
    assert any("The file says 5899" in line for line in report.found.plan.lines())
    assert told["mapping"]["parcel_no"] == "number"


def test_an_open_ring_is_closed_and_counted_as_a_repair(land, database, tmp_path):
    path = write(tmp_path / "a.geojson", [box(20, 0), box(0, 0)], driver="GeoJSON")
    found = json.loads(path.read_text())
    found["features"][1]["geometry"]["coordinates"][0].pop()
    path.write_text(json.dumps(found))
    report = run(database, path)
    assert (report.counts["loaded"], report.counts["repaired"]) == (1, 1)
    assert rules(report)["IMP-RING-OPEN"] == 1
    with psycopg.connect(land) as conn:
        areas = conn.execute("SELECT ST_Area(geom) FROM cadastre.parcel WHERE number IN ('1', '2')").fetchall()
    assert [area for (area,) in areas] == pytest.approx([100, 100])

"""Python and PostGIS put every reference point in the same place, to the millimetre, in each variant."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from landsvc.core.cluster import Cluster
from landsvc.geo import crs
from psycopg import sql

MILLIMETRE = 0.001
POINTS = Path(__file__).parents[2] / "gis_data/samples/vn2000_reference_points.csv"
ROWS = list(csv.DictReader(POINTS.read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def bare_db(cluster: Cluster) -> Iterator[str]:
    """A database with PostGIS and nothing of ours: variants are registered in transactions and undone."""
    with psycopg.connect(cluster.dsn("postgres", "postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE geo_variants")
        dsn = cluster.dsn("postgres", "geo_variants")
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("CREATE EXTENSION postgis")
        yield dsn
        admin.execute("DROP DATABASE geo_variants WITH (FORCE)")


@pytest.fixture(params=["A", "B", "C"])
def variant_conn(request: pytest.FixtureRequest, bare_db: str) -> Iterator[tuple[str, psycopg.Connection]]:
    """A variant and a connection on which its systems are registered (PostGIS caches them by connection)."""
    with psycopg.connect(bare_db) as conn:
        for row in crs.registrations(request.param, 26986, 2249, 27700, 32648):
            conn.execute(
                "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (srid) DO UPDATE SET auth_name = EXCLUDED.auth_name,"
                " srtext = EXCLUDED.srtext, proj4text = EXCLUDED.proj4text",
                row,
            )
        yield request.param, conn
        conn.rollback()


def in_postgis(conn: psycopg.Connection, x: float, y: float, source: int, target: int) -> tuple[float, float]:
    row = conn.execute(
        "SELECT ST_X(g), ST_Y(g) FROM ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), %s::int), %s::int) AS g",
        (x, y, source, target),
    ).fetchone()
    assert row is not None
    return row


def test_reference_points_agree_with_python_and_postgis(variant_conn: tuple[str, psycopg.Connection]) -> None:
    variant, conn = variant_conn
    rows = [row for row in ROWS if row["variant"] == variant]
    assert len(rows) >= 6
    for row in rows:
        lon, lat, srid = float(row["lon_wgs84"]), float(row["lat_wgs84"]), int(row["epsg"])
        printed = float(row["east_m"]), float(row["north_m"])
        # One row is printed in whole metres by whoever published it.
        tolerance = 0.5 if row["note"].startswith("the only published") else MILLIMETRE
        ours = crs.transform_point(lon, lat, crs.WGS84, srid, variant)
        theirs = in_postgis(conn, lon, lat, crs.WGS84, srid)
        assert ours == pytest.approx(printed, abs=tolerance, rel=0), row["point"]
        assert ours == pytest.approx(theirs, abs=MILLIMETRE / 1000, rel=0), row["point"]
        back = in_postgis(conn, *ours, srid, crs.WGS84)
        assert back == pytest.approx(crs.transform_point(*ours, srid, crs.WGS84, variant), abs=1e-12, rel=0)


@pytest.mark.parametrize("target", [4326, 3857, 5899, 3405, 4756])
def test_a_cloud_of_points_agrees_in_every_system(
    variant_conn: tuple[str, psycopg.Connection], target: int
) -> None:
    variant, conn = variant_conn
    rng = np.random.default_rng(7)
    points = shapely.points(rng.uniform(350_000, 650_000, 2000), rng.uniform(1_100_000, 2_500_000, 2000))
    ours = shapely.get_coordinates(crs.transform(points, 9212, target, variant))
    query = "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(%s, 9212), %s::int))"
    cloud = shapely.multipoints(points)
    found = conn.execute(query, (shapely.to_wkb(cloud), target)).fetchone()
    assert found is not None
    theirs = shapely.get_coordinates(shapely.from_wkb(bytes(found[0])))
    limit = 1e-12 if target in (4326, 4756) else 1e-6
    assert np.abs(ours - theirs).max() < limit


@pytest.mark.parametrize(
    ("srid", "lon", "lat"),
    [(26986, -71.1, 42.38), (2249, -71.1, 42.38), (27700, -1.5, 52.4), (32648, 106.9, 11.5)],
)
def test_foreign_systems_agree_too(
    variant_conn: tuple[str, psycopg.Connection], srid: int, lon: float, lat: float
) -> None:
    variant, conn = variant_conn
    ours = crs.transform_point(lon, lat, crs.WGS84, srid, variant)
    assert ours == pytest.approx(in_postgis(conn, lon, lat, crs.WGS84, srid), abs=1e-6, rel=0)


def test_feet_become_metres_alike(variant_conn: tuple[str, psycopg.Connection]) -> None:
    variant, conn = variant_conn
    ours = crs.transform_point(762_000.0, 2_970_000.0, 2249, 26986, variant)
    assert ours == pytest.approx(in_postgis(conn, 762_000.0, 2_970_000.0, 2249, 26986), abs=1e-6, rel=0)


def test_postgis_does_not_know_our_authority_as_its_own(variant_conn: tuple[str, psycopg.Connection]) -> None:
    _, conn = variant_conn
    query = sql.SQL("SELECT auth_name FROM spatial_ref_sys WHERE srid = ANY(%s)")
    assert {row[0] for row in conn.execute(query, (list(crs.VN2000),))} == {"LANDSVC"}

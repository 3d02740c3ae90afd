"""A database with land in it survives a step back and forward, and PostgreSQL's own dump and restore."""

from __future__ import annotations

import subprocess

import psycopg
import pytest
from landsvc.cadastre.reference import ensure_reference
from landsvc.core import migrate
from landsvc.demo.service import load_demo

from conftest import opened, settings_for

FABRIC = """
SELECT count(*), sum(legal_area_m2), md5(string_agg(md5(ST_AsBinary(geom)), '' ORDER BY unit_id)) FROM cadastre.parcel
"""


@pytest.fixture(scope="module")
def land(make_clone):
    """The address of a database with a small demo province."""
    with make_clone() as dsn:
        with opened(dsn) as database:
            ensure_reference(settings_for(dsn), database)
            load_demo(database, parcels=500, seed=1)
        yield dsn


def fabric(dsn: str) -> tuple:
    with psycopg.connect(dsn) as conn:
        found = conn.execute(FABRIC).fetchone()
    assert found
    assert found[0] >= 500
    return found


def test_parcels_survive_dropping_and_making_the_planning_room(cluster, make_clone, land):
    with make_clone(psycopg.conninfo.conninfo_to_dict(land)["dbname"]) as dsn:
        before = fabric(dsn)
        migrate.migrate(dsn, "0003_guard_cadastre")
        migrate.migrate(dsn)
        assert fabric(dsn) == before


def test_dump_and_restore_give_the_same_land(cluster, make_clone, land, tmp_path):
    file = tmp_path / "land.dump"
    programs = cluster.bin
    admin = psycopg.conninfo.make_conninfo(land, user="postgres")
    subprocess.run([programs / "pg_dump", "-Fc", "-f", file, admin], check=True)
    with make_clone("template1") as copy:
        target = psycopg.conninfo.conninfo_to_dict(copy)["dbname"]
        cluster.provision(target)
        done = subprocess.run(
            [programs / "pg_restore", "--exit-on-error", "-d", cluster.dsn("postgres", target), file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert fabric(copy) == fabric(land)
        assert migrate.current(copy) == migrate.head()

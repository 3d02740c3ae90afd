"""What the commands do with a wrong folder, a database that is not ready, or an option that cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from landsvc.core import migrate
from psycopg.conninfo import conninfo_to_dict

LANDSVC = [sys.executable, "-c", "from landsvc.cli import main; main()"]


def landsvc(*words: str, **environ: str) -> subprocess.CompletedProcess:
    given = {f"LANDSVC_{name}": value for name, value in environ.items()}
    return subprocess.run([*LANDSVC, *words], env=os.environ | given, capture_output=True, text=True)


@pytest.mark.parametrize(
    "words",
    [
        ("export", "parcels", "--commune", "25195", "-o", "x.gpkg"),
        ("check", "fabric"),
        ("map", "planning", "-o", "x.html"),
        ("sql", "explain", "parcel_by_code"),
        ("db", "migrate"),
        ("db", "start"),
        ("db", "backup", "x.gz"),
    ],
)
def test_a_mistyped_data_folder_is_named_and_nothing_is_made_in_it(tmp_path: Path, words):
    folder = tmp_path / "mistyped"
    done = landsvc(*words, "--data", str(folder))
    assert done.returncode == 1
    assert str(folder) in done.stderr
    assert "landsvc db init" in done.stderr
    assert "Traceback" not in done.stderr
    assert not folder.exists()


def test_a_database_that_is_not_at_head_is_told_how_to_get_there(cluster, make_clone):
    with make_clone("template1") as dsn:
        done = landsvc("check", "fabric", DATABASE_URL=dsn)
    assert done.returncode == 1
    assert migrate.head() in done.stderr
    assert "landsvc db migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_commune_nobody_knows_is_not_called_sound(shared_db):
    done = landsvc("check", "fabric", "--commune", "99999", DATABASE_URL=shared_db)
    assert done.returncode == 1
    assert "99999" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "form"), [("x.shp", "gpkg"), ("x.gpkg", "geojson"), ("x", "gpkg")])
def test_an_export_whose_name_says_another_format_is_refused(shared_db, tmp_path: Path, name, form):
    words = ("export", "parcels", "--commune", "25195", "--format", form, "-o", str(tmp_path / name))
    done = landsvc(*words, DATABASE_URL=shared_db)
    assert done.returncode == 1
    assert ".gpkg" in done.stderr
    assert ".geojson" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_parameter_postgres_cannot_read_is_a_usage_error(shared_db):
    done = landsvc("sql", "explain", "map_communes", "--param", "on_date=abc", DATABASE_URL=shared_db)
    assert done.returncode == 2
    assert '"abc"' in done.stderr
    assert "--param" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("srid", ["4326", "3857", "2226"])
def test_a_database_is_not_made_in_degrees_or_feet(cluster, make_clone, srid):
    with make_clone("template1") as dsn:
        cluster.provision(conninfo_to_dict(dsn)["dbname"])
        done = landsvc("db", "migrate", DATABASE_URL=dsn, SRID=srid)
        assert migrate.current(dsn) is None
    assert done.returncode != 0
    assert "LANDSVC_SRID" in done.stderr
    assert "9212" in done.stderr
    assert "Traceback" not in done.stderr

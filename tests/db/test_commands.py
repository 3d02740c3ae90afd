"""What the commands do with a wrong folder, a database that is not ready, or an option that cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from landsvc.core import migrate

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

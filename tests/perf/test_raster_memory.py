"""A raster of several gigabytes is taken in and served in less than 500 MB: each process's peak is measured."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import psycopg
import pytest
from landsvc.geo import crs
from tests.conftest import serving
from tests.factories import rasters
from tests.factories.cadastre import SRID, X0, Y0
from tests.factories.grid import tile_at

LIMIT_MB = 500
LANDSVC = "from landsvc.cli import main; main()"
BETWEEN = (
    "import resource, subprocess, sys\n"
    "subprocess.run(sys.argv[1:], check=True)\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def import_peak_mb(dsn: str, data: Path, path: Path) -> float:
    """Take a raster in by the command, as a child; return its peak in MB.

    A process begins with the peak of the one it was forked from, here of all tests before: a small one stands between.
    """
    command = [sys.executable, "-c", LANDSVC, "import", "raster", str(path), "--name", "huge"]
    told = subprocess.run(
        [sys.executable, "-c", BETWEEN, *command],
        env=os.environ | {"LANDSVC_DATABASE_URL": dsn, "LANDSVC_DATA": str(data)},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    return int(told.split()[-1]) / 1024


def serving_peaks_mb(data: Path) -> list[float]:
    """Return the peaks of the server's processes over this data folder, in MB."""
    peaks = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"LANDSVC_DATA={data}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                facts = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
                peaks.append(int(facts["VmHWM"].split()[0]) / 1024)
        except (OSError, KeyError):  # it ended, or is about to
            continue
    return peaks


@pytest.mark.parametrize(
    "tiles",
    [20, pytest.param(72, marks=pytest.mark.long)],
    ids=["315 MB", "4 GB"],
)
def test_a_huge_raster_is_taken_in_and_served_in_bounded_memory(fresh_db, tmp_path, tiles):
    path = rasters.huge(tmp_path / "huge.tif", tiles)
    wide = tiles * rasters.SIDE
    peak = import_peak_mb(fresh_db, tmp_path, path)
    with psycopg.connect(fresh_db) as conn:
        row = conn.execute("SELECT width, height, bands FROM geo.raster").fetchone()
    assert row == (wide, wide, 3)
    lon, lat = crs.transform_point(X0 + wide / 2, Y0 - wide / 2, SRID, 4326, "B")
    with serving(fresh_db, DATA=str(tmp_path), THREADS="4") as address:
        for z in range(5, 21):
            x, y = tile_at(lon, lat, z)
            for dx, dy in ((0, 0), (1, 0), (0, 1)):
                with urllib.request.urlopen(f"{address}/tiles/raster/huge/{z}/{x + dx}/{y + dy}.png") as answer:
                    picture = rasters.pixels_of(answer.read())
            if z > 12:
                assert picture.any()
        served = max(serving_peaks_mb(tmp_path))
    print(f"{wide} x {wide} x 3 = {wide * wide * 3 / 1e9:.2f} GB: import {peak:.0f} MB, server {served:.0f} MB")
    assert peak < LIMIT_MB
    assert served < LIMIT_MB

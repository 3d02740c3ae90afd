"""A small file of billions of pixels is refused by its header; an import that is stopped leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psycopg
import pytest
import rasterio
from landsvc.geo.raster.errors import TooManyPixels
from landsvc.geo.raster.folder import RasterFolder
from rasterio.transform import Affine
from tests.factories import rasters
from tests.factories.cadastre import SRID, X0, Y0

LANDSVC = [sys.executable, "-c", "from landsvc.cli import main; main()"]
SIDE = 100_000


def bomb(path: Path, **given: object) -> Path:
    """Write a raster of ten billion pixels, none of which is on the disk."""
    facts = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "dtype": "uint8", "sparse_ok": True}
    facts |= {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate"}
    facts |= {"crs": f"EPSG:{SRID}", "transform": Affine(0.1, 0, X0, 0, -0.1, Y0)}
    with rasterio.open(path, "w", **facts | given):
        return path


def environ_for(dsn: str, data: Path, **more: str) -> dict[str, str]:
    return os.environ | {"LANDSVC_DATABASE_URL": dsn, "LANDSVC_DATA": str(data)} | more


def left_in(data: Path) -> list[str]:
    folder = data / "rasters"
    return sorted(each.name for each in folder.iterdir() if each.name != ".lock") if folder.exists() else []


@pytest.mark.parametrize(
    "given", [{"nbits": 1}, {"count": 3}, {"dtype": "float32"}], ids=["1 bit", "RGB", "heights"]
)
def test_a_small_file_of_ten_billion_pixels_is_refused_by_its_header(database, tmp_path, given):
    path = bomb(tmp_path / "bomb.tif", **given)
    assert path.stat().st_size < 2**20
    began = time.monotonic()
    with pytest.raises(TooManyPixels, match="10,000 million") as refused:
        rasters.take(database, tmp_path, path)
    assert time.monotonic() - began < 2
    assert "LANDSVC_RASTER_MEGAPIXELS=10000" in refused.value.way_out()
    assert left_in(tmp_path) == []


def test_the_limit_is_a_setting_of_the_command(module_db, tmp_path):
    path = rasters.write(tmp_path / "photo.tif", rasters.picture(1500, 1500))
    command = [*LANDSVC, "import", "raster", str(path), "--name", "photo", "--outside"]
    environ = environ_for(module_db, tmp_path, LANDSVC_RASTER_MEGAPIXELS="2")
    refused = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "3 million to read, and at most 2 million" in refused.stderr
    assert "LANDSVC_RASTER_MEGAPIXELS=3" in refused.stderr


def test_bands_beyond_four_count_again(database, tmp_path):
    path = rasters.write(tmp_path / "many.tif", np.zeros((9, 1000, 1000), np.uint8))
    with pytest.raises(TooManyPixels, match="3 million"):
        rasters.take(database, tmp_path, path, most_megapixels=2)


def test_a_raster_drawn_anew_to_more_pixels_than_allowed_is_refused(database, tmp_path):
    path = rasters.write(tmp_path / "scan.tif", rasters.picture(1000, 1000), placed=False)
    spread = [(0, 0), (999, 0), (0, 999), (999, 999), (500, 10), (10, 500), (990, 510)]
    # Turned by 45 degrees, north up it needs twice the room.
    points = [f"{p},{n},{Y0 - (p + n) * 0.7},{X0 + (p - n) * 0.7}" for p, n in spread]
    with pytest.raises(TooManyPixels, match="Drawn anew"):
        rasters.take(database, tmp_path, path, gcp=points, method="polynomial", srid=SRID, most_megapixels=1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_import_that_is_stopped_while_gdal_writes_ends_at_once(fresh_db, tmp_path, number):
    """Ctrl-C takes everything away; after kill -9 nothing goes on writing, and the next import takes it away."""
    path = rasters.huge(tmp_path / "huge.tif", 14)
    child = subprocess.Popen(
        [*LANDSVC, "import", "raster", str(path), "--name", "huge", "--outside"],
        env=environ_for(fresh_db, tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # Tests that run in the background ignore Ctrl-C, and what they start would too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not list((tmp_path / "rasters").glob(".importing-*/raster.tif*")):
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(number)
    told = child.communicate(timeout=30)[1]  # the copy itself takes minutes
    if number == signal.SIGINT:
        assert child.returncode == 1
        assert b"Aborted" in told
    else:
        with RasterFolder(tmp_path).working():  # sweeps what nobody holds
            pass
    assert left_in(tmp_path) == []
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT count(*) FROM geo.raster").fetchone() == (0,)

"""Rasters come in whole or not at all; what is wrong with them is said with the way out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psycopg
import pytest
import rasterio
from landsvc.cadastre.importing.raster_place import province_judge
from landsvc.core.config import REPOSITORY
from landsvc.core.db import IMPORT_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.geo import crs
from landsvc.geo.raster import register, source
from landsvc.geo.raster.errors import (
    BadControlPoints,
    NoReference,
    NotARaster,
    OutOfReach,
    RasterDamaged,
    RasterNameTaken,
    RasterNotWritten,
    RasterOutsideProvince,
    UnsuitableBands,
)
from landsvc.geo.raster.folder import RasterFolder
from landsvc.geo.raster.taking import remove
from rasterio.enums import ColorInterp
from tests.conftest import opened
from tests.factories import cadastre as fabric
from tests.factories import rasters
from tests.factories.cadastre import SRID, X0, Y0

LANDSVC = [sys.executable, "-c", "from landsvc.cli import main; main()"]
SAMPLES = REPOSITORY / "gis_data/samples/raster"


@pytest.fixture(scope="module")
def office(make_clone, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A register with one commune of 10 km around the origin of the test land."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            fabric.commune(conn)
        with opened(dsn) as database:
            judge = province_judge(database, SRID, "B", outside=False)
            yield SimpleNamespace(dsn=dsn, database=database, judge=judge, folder=tmp_path_factory)


@pytest.fixture
def data(office, tmp_path) -> Iterator[Path]:
    """A data folder of this test; at the end its rasters are removed."""
    yield tmp_path
    with office.database.read_only(IMPORT_ROLE) as session:
        codes = [each.code for each in register.all_rasters(session)]
    for code in codes:
        remove(office.database, RasterFolder(tmp_path), code)


def files(data: Path) -> list[str]:
    """What lies in the folder of rasters, but for its lock."""
    folder = data / "rasters"
    return sorted(each.name for each in folder.iterdir() if each.name != ".lock") if folder.exists() else []


def known(office) -> list[str]:
    with office.database.read_only(IMPORT_ROLE) as session:
        return [each.code for each in register.all_rasters(session)]


def run(office, data: Path, *words: object, **more) -> subprocess.CompletedProcess:
    environ = os.environ | {"LANDSVC_DATABASE_URL": office.dsn, "LANDSVC_DATA": str(data)}
    return subprocess.run(
        [*LANDSVC, *map(str, words)], env=environ, capture_output=True, text=True, timeout=120, **more
    )


def test_a_picture_becomes_a_cloud_optimised_file_with_its_pixels_unchanged(office, data):
    pixels = rasters.picture(1500, 1100)
    path = rasters.write(data / "photo.tif", pixels, pixel=0.5)
    taken = rasters.take(office.database, data, path, judge=office.judge)
    (name,) = files(data)
    assert name == taken.stored.file
    with rasterio.open(data / "rasters" / name) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.overviews(1) == [2, 4]
        assert file.crs.to_epsg() == SRID
        assert (file.read() == pixels).all()
    told = taken.as_json()
    assert (told["kind"], told["srid"], told["bands"], told["pixelM"]) == ("orthophoto", SRID, 3, 0.5)
    assert told["notes"] == []


def test_heights_keep_their_numbers_and_their_range(office, data):
    heights = rasters.hill()
    heights[:40, :50] = -9999
    path = rasters.write(data / "heights.tif", heights, pixel=5, nodata=-9999)
    told = rasters.take(office.database, data, path).as_json()
    assert told["kind"] == "elevation"
    assert (told["lowestM"], told["highestM"]) == pytest.approx((50.0, 150.0), abs=1)
    with rasterio.open(data / "rasters" / told["file"]) as file:
        assert (file.read(1) == heights).all()
        assert file.nodata == -9999


@pytest.mark.parametrize("name", ["aerial_rgb_cog.tif", "dem_float32.tif"])
def test_real_rasters_of_another_country_come_in(office, data, name):
    told = rasters.take(office.database, data, SAMPLES / name).as_json()
    west, south, east, north = told["bbox"]
    assert 166 < west < east < 179
    assert -48 < south < north < -34
    with rasterio.open(SAMPLES / name) as given, rasterio.open(data / "rasters" / told["file"]) as kept:
        assert (given.read() == kept.read()).all()
        assert given.transform == kept.transform


def palette(path: Path) -> Path:
    pixels = np.zeros((100, 120), np.uint8)
    pixels[20:40] = 1
    rasters.write(path, pixels)
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {0: (255, 255, 255, 255), 1: (200, 30, 20, 255)})
    return path


def sixteen_bits(path: Path) -> Path:
    return rasters.write(path, rasters.picture(120, 100).astype(np.uint16) * 100 + 500)


def near_infrared(path: Path) -> Path:
    pixels = np.concatenate([rasters.picture(120, 100), rasters.picture(120, 100)[:1]])
    rasters.write(path, pixels)
    with rasterio.open(path, "r+") as file:
        file.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.undefined)
    return path


def sixteen_bits_and_alpha(path: Path) -> Path:
    alpha = np.full((1, 100, 120), 65535, np.uint16)
    alpha[:, :50] = 0
    rasters.write(path, np.concatenate([rasters.picture(120, 100).astype(np.uint16) * 100 + 500, alpha]))
    with rasterio.open(path, "r+") as file:
        file.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
    return path


def with_mask(path: Path) -> Path:
    rasters.write(path, rasters.picture(120, 100))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
        mask = np.full((100, 120), 255, np.uint8)
        mask[:50] = 0
        file.write_mask(mask)
    return path


@pytest.mark.parametrize(
    ("make", "bands", "color"),
    [
        (palette, 4, (200, 30, 20)),
        (sixteen_bits, 3, None),
        (near_infrared, 3, None),
        (sixteen_bits_and_alpha, 4, None),
        (with_mask, 3, None),
    ],
)
def test_pictures_of_every_sort_are_written_as_eight_bits(office, data, make, bands, color):
    told = rasters.take(office.database, data, make(data / "given.tif")).as_json()
    assert (told["kind"], told["bands"]) == ("orthophoto", bands)
    with rasterio.open(data / "rasters" / told["file"]) as file:
        assert set(file.dtypes) == {"uint8"}
        pixels = file.read()
        if color:
            assert tuple(pixels[:3, 30, 30]) == color
        if make is sixteen_bits:
            assert (pixels.min(), pixels.max()) == (1, 255)
        if make is sixteen_bits_and_alpha:
            assert (set(pixels[3, :50].ravel()), set(pixels[3, 50:].ravel())) == ({0}, {255})
            assert (pixels[:3].min(), pixels[:3].max()) == (1, 255)
        if make is with_mask:
            assert not file.dataset_mask()[:50].any()
            assert file.dataset_mask()[50:].all()


def test_a_world_file_beside_a_picture_places_it(office, data):
    path = rasters.write(data / "scan.png", rasters.picture(), driver="PNG", placed=False)
    path.with_suffix(".pgw").write_text(f"0.5\n0\n0\n-0.5\n{X0}\n{Y0}\n")
    with pytest.raises(NoReference, match="does not say in which reference system") as told:
        rasters.take(office.database, data, path)
    assert "--srid" in told.value.way_out()
    told = rasters.take(office.database, data, path, srid=SRID).as_json()
    assert (told["srid"], told["pixelM"]) == (SRID, 0.5)


def not_a_raster(data: Path) -> Path:
    path = data / "text.tif"
    path.write_text("no raster")
    return path


def vrt(data: Path) -> Path:
    """A description that names other files: never opened."""
    path = data / "other.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    )
    return path


def cut_off(data: Path) -> Path:
    path = rasters.write(data / "cut.tif", rasters.picture(900, 900), compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    return path


def cut_jpeg(data: Path) -> Path:
    path = rasters.write(data / "cut.jpg", rasters.picture(900, 900), driver="JPEG", placed=False)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    path.with_suffix(".jgw").write_text(f"0.5\n0\n0\n-0.5\n{X0}\n{Y0}\n")
    return path


def damaged_png(data: Path) -> Path:
    """One whose bytes were changed, not cut: libpng reads it in one go without a word."""
    path = rasters.write(data / "bad.png", rasters.picture(200, 150), driver="PNG", placed=False)
    raw = bytearray(path.read_bytes())
    for at in range(len(raw) // 2, len(raw) // 2 + 5):
        raw[at] ^= 0xFF
    path.write_bytes(raw)
    path.with_suffix(".pgw").write_text(f"0.5\n0\n0\n-0.5\n{X0}\n{Y0}\n")
    return path


def unplaced(data: Path) -> Path:
    return rasters.write(data / "scan.tif", rasters.picture(), placed=False)


def far_away(data: Path) -> Path:
    return rasters.write(data / "far.tif", rasters.picture(), west=60_000)


def nowhere(data: Path) -> Path:
    return rasters.write(data / "nowhere.tif", rasters.picture(), west=9e7, north=9e7)


def five_bands(data: Path) -> Path:
    return rasters.write(data / "bands.tif", np.zeros((2, 50, 50), np.uint8))


def floats_in_color(data: Path) -> Path:
    return rasters.write(data / "floats.tif", rasters.picture().astype(np.float32))


def only_empty(data: Path) -> Path:
    return rasters.write(data / "empty.tif", np.full((50, 50), -9999, np.float32), nodata=-9999)


def unsaid_empty(data: Path) -> Path:
    heights = rasters.hill()
    heights[:9] = -3.4e38
    return rasters.write(data / "unsaid.tif", heights)


def complex_numbers(data: Path) -> Path:
    return rasters.write(data / "complex.tif", np.zeros((1, 50, 50), np.complex64))


def naming(path: Path, address: str) -> Path:
    with rasterio.open(path, "r+") as file:
        file.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=address)
    return path


def overviews_elsewhere(data: Path) -> Path:
    return naming(rasters.write(data / "leads.tif", rasters.picture()), "/vsicurl/http://127.0.0.1:9/x.tif")


def overviews_of_another_kind(data: Path) -> Path:
    vrt(data).rename(data / "beside.tif.ovr")
    return rasters.write(data / "beside.tif", rasters.picture())


def mask_that_leads_elsewhere(data: Path) -> Path:
    naming(rasters.write(data / "masked.tif.msk", rasters.picture(), driver="GTiff"), "/etc/passwd")
    return rasters.write(data / "masked.tif", rasters.picture())


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda data: data / "none.tif", NotARaster, "no such file"),
        (overviews_elsewhere, NotARaster, "leads.tif: it names another file or an address"),
        (overviews_of_another_kind, NotARaster, "beside.tif.ovr beside it is no TIFF"),
        (mask_that_leads_elsewhere, NotARaster, "masked.tif.msk: it names another file"),
        (lambda data: data, NotARaster, "no such file"),
        (not_a_raster, NotARaster, "text.tif"),
        (vrt, NotARaster, "other.vrt"),
        (cut_off, RasterDamaged, "cannot be read"),
        (cut_jpeg, RasterDamaged, "cannot be read"),
        (damaged_png, RasterDamaged, "cannot be read"),
        (unplaced, NoReference, "--gcp"),
        (far_away, RasterOutsideProvince, "--srid"),
        (nowhere, OutOfReach, "no place on the map"),
        (five_bands, UnsuitableBands, "one band of grey, or three"),
        (floats_in_color, UnsuitableBands, "8 or 16 bits"),
        (only_empty, UnsuitableBands, "--nodata"),
        (unsaid_empty, UnsuitableBands, "--nodata -3.4e+38"),
        (complex_numbers, UnsuitableBands, "complex"),
    ],
)
def test_a_bad_raster_is_refused_with_the_way_out_and_nothing_changes(office, data, make, error, says):
    path = make(data)
    with pytest.raises(error) as told:
        rasters.take(
            office.database,
            data,
            path,
            judge=office.judge,
            srid=SRID if path.suffix in (".jpg", ".png") else None,
        )
    assert says in f"{told.value.message()} {told.value.way_out()}"
    assert told.value.way_out()
    assert files(data) == []
    assert known(office) == []


def test_a_raster_in_the_wrong_zone_is_told_in_which_it_would_lie(office, data):
    """Drawn in 105°45', said to be in 106°15': 55 km off."""
    x, y = crs.transform_point(X0, Y0, SRID, 9210, "B")
    path = rasters.write(data / "zone.tif", rasters.picture(), west=x - X0, north=y - Y0)
    with pytest.raises(RasterOutsideProvince) as told:
        rasters.take(office.database, data, path, judge=office.judge)
    assert "9210 (VN-2000 / TM-3 105-45)" in told.value.way_out()
    assert rasters.take(office.database, data, path, srid=9210, judge=office.judge).as_json()["notes"] == []


def test_a_raster_with_exchanged_axes_is_told_so(office, data):
    path = rasters.write(data / "axes.tif", rasters.picture(), west=Y0 - X0, north=X0 - Y0)
    with pytest.raises((RasterOutsideProvince, OutOfReach)) as told:
        rasters.take(office.database, data, path, judge=office.judge)
    assert "exchanged" in told.value.way_out()


def test_a_raster_that_reaches_over_the_border_is_taken_with_a_note(office, data):
    path = rasters.write(data / "border.tif", rasters.picture(400, 400), pixel=10, west=4_000)
    (note,) = rasters.take(office.database, data, path, judge=office.judge).notes
    assert "Only" in note
    around = rasters.write(data / "around.tif", rasters.picture(400, 400), pixel=200, west=-40_000, north=40_000)
    assert rasters.take(office.database, data, around, "around", judge=office.judge).notes == []


def test_a_name_is_given_once_and_is_free_again_after_removal(office, data):
    path = rasters.write(data / "one.tif", rasters.picture())
    other = rasters.write(data / "two.tif", 255 - rasters.picture())
    rasters.take(office.database, data, path)
    before = files(data)
    with pytest.raises(RasterNameTaken) as told:
        rasters.take(office.database, data, other)
    assert "landsvc raster remove anh-1" in told.value.way_out()
    assert files(data) == before
    rasters.take(office.database, data, other, replace=True)
    assert len(files(data)) == 1
    assert files(data) != before
    assert remove(office.database, RasterFolder(data), "anh-1")
    assert not remove(office.database, RasterFolder(data), "anh-1")
    assert files(data) == known(office) == []
    with psycopg.connect(office.dsn) as conn:  # that they were there stays known
        rows = conn.execute(
            "SELECT source_file, upper_inf(recorded) FROM geo.raster WHERE code = 'anh-1'"
        ).fetchall()
    assert [row for row in rows if row[0] in ("one.tif", "two.tif")][-2:] == [
        ("one.tif", False),
        ("two.tif", False),
    ]


@pytest.mark.parametrize("code", ["", "Anh", "a/b", "../a", "a.b", "ảnh", "a" * 64, "a b", "a\n"])
def test_a_name_that_could_be_a_path_is_refused(office, data, code):
    path = rasters.write(data / "one.tif", rasters.picture(9, 9))
    with pytest.raises(LandsvcError, match="small letters"):
        rasters.take(office.database, data, path, code)
    with psycopg.connect(office.dsn) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(
            "INSERT INTO geo.raster (code, kind, title, file, sha256, source_file, srid, width, height, bands, pixel_m,"
            " min_zoom, max_zoom, geom3857) VALUES (%s, 'plan', '', 'a.tif', repeat('0', 64), '', 9212, 1, 1, 1, 1, 0,"
            " 0, ST_MakeEnvelope(0, 0, 1, 1, 3857))",
            (code,),
        )


def test_a_dry_run_writes_nothing_and_tells_the_same(office, data):
    path = rasters.write(data / "one.tif", rasters.picture())
    dry = rasters.take(office.database, data, path, dry_run=True).as_json()
    assert files(data) == known(office) == []
    wet = rasters.take(office.database, data, path).as_json()
    differ = {key for key in dry if dry[key] != wet[key]}
    assert differ == {"file", "sha256", "bytes", "dryRun"}


def scan(data: Path) -> tuple[Path, list[tuple[int, int]]]:
    path = rasters.write(data / "scan.jpg", rasters.picture(), driver="JPEG", placed=False)
    return path, [(50, 50), (550, 60), (540, 350), (60, 340), (300, 200)]


@pytest.mark.parametrize("method", ["helmert", "affine"])
@pytest.mark.parametrize("degrees", [False, True])
def test_a_scanned_plan_is_placed_by_its_points(office, data, method, degrees):
    path, spots = scan(data)
    rows = []
    for column, line in spots:
        x, y = X0 + 0.4 * column + 0.1 * line, Y0 + 0.1 * column - 0.4 * line
        given = crs.transform_point(x, y, SRID, 4326, "B") if degrees else (x, y)
        rows.append(f"{column},{line},{given[0]!r},{given[1]!r}")
    header = "pixel,line,lon,lat" if degrees else "pixel,line,east,north"
    (data / "points.csv").write_text("\n".join([header, *rows]))
    taken = rasters.take(
        office.database,
        data,
        path,
        kind="plan",
        gcp=[str(data / "points.csv")],
        method=method,
        judge=office.judge,
    )
    told = taken.as_json()["placed"]
    assert told["method"] == method
    assert told["rmsM"] < 0.002
    assert len(told["points"]) == 5
    with rasterio.open(data / "rasters" / taken.stored.file) as file:
        assert file.transform[:6] == pytest.approx((0.4, 0.1, X0, 0.1, -0.4, Y0), abs=1e-2)
    with psycopg.connect(office.dsn) as conn:
        kept = conn.execute(
            "SELECT placed FROM geo.raster WHERE code = 'anh-1' AND upper_inf(recorded)"
        ).fetchone()
    assert kept == (told,)


def test_a_bent_plan_is_drawn_anew_where_its_points_say(office, data):
    """Black squares stand at known pixels; after the bending they must stand at the places of those pixels."""
    pixels = np.full((3, 900, 1200), 255, np.uint8)
    spots = [(column, line) for column in range(100, 1200, 200) for line in range(100, 900, 200)]
    for column, line in spots:
        pixels[:, line - 3 : line + 4, column - 3 : column + 4] = 0
    path = rasters.write(data / "bent.png", pixels, driver="PNG", placed=False)

    def where(column: float, line: float) -> tuple[float, float]:
        return X0 + 0.5 * column + 2e-5 * line * line, Y0 - 0.5 * line + 3e-5 * (column - 600) ** 2

    gcp = [f"{column + 0.5},{line + 0.5},{y!r},{x!r}" for column, line in spots for x, y in [where(column, line)]]
    taken = rasters.take(
        office.database, data, path, kind="plan", gcp=gcp, method="polynomial", judge=office.judge
    )
    with rasterio.open(data / "rasters" / taken.stored.file) as file:
        dark = (file.read(1) < 128) & (file.read(4) == 255)
        for column, line in spots:
            row, col = file.index(*where(column, line))
            assert dark[row - 1 : row + 2, col - 1 : col + 2].all()
            assert not dark[row - 8 : row + 9, col - 8].any()
        assert file.read(4)[0, 600] == 0  # the upper edge hangs down in its middle


def test_points_in_metres_need_a_plane_system(office, data):
    path, _ = scan(data)
    gcp = ["50,50,1,1", "550,60,2,1", "540,350,3,9"]
    with pytest.raises(BadControlPoints, match="has degrees"):
        rasters.take(office.database, data, path, gcp=gcp, srid=4326)


def test_points_that_disagree_are_shown_and_nothing_is_taken(office, data):
    path, spots = scan(data)
    gcp = [f"{c},{r},{Y0 - 0.5 * r},{X0 + 0.5 * c + (40 if c == 540 else 0)}" for c, r in spots]
    words = [word for each in gcp for word in ("--gcp", each)]
    done = run(
        office,
        data,
        "import",
        "raster",
        path,
        "--name",
        "scan",
        "--kind",
        "plan",
        *words,
        "--report",
        data / "r.json",
    )
    assert done.returncode == 1
    assert "Point 3 lies 40.00 m from where the others place it" in done.stderr
    assert "others say, m" in done.stdout
    report = json.loads((data / "r.json").read_text())
    assert report["placed"]["points"][2]["leftOutM"] == pytest.approx(40, abs=0.01)
    assert files(data) == known(office) == []
    allowed = run(office, data, "import", "raster", path, "--name", "scan", *words, "--max-rms", 30, "--json")
    assert json.loads(allowed.stdout)["placed"]["rmsM"] > 5


def test_the_command_reports_lists_and_removes(office, data):
    path = rasters.write(data / "one.tif", rasters.picture())
    words = ("--title", "Ảnh", "--taken-on", "2024-02-01", "--attribution", "© Sở", "--report", data / "r.json")
    done = run(office, data, "import", "raster", path, "--name", "anh", *words)
    assert done.returncode == 0, done.stderr
    assert "anh (orthophoto): Ảnh" in done.stdout
    assert json.loads((data / "r.json").read_text())["raster"] == "anh"
    (told,) = json.loads(run(office, data, "raster", "list", "--json").stdout)
    assert (told["raster"], told["fileThere"], told["title"]) == ("anh", True, "Ảnh")
    with office.database.read_only(IMPORT_ROLE) as session:
        assert register.all_rasters(session)[0].taken_on == date(2024, 2, 1)
    taken = run(office, data, "import", "raster", path, "--name", "anh")
    assert (taken.returncode, taken.stdout) == (1, "")
    assert len(taken.stderr.strip().splitlines()) == 2
    assert run(office, data, "raster", "remove", "anh").returncode == 0
    gone = run(office, data, "raster", "remove", "anh")
    assert gone.returncode == 1
    assert "no raster anh" in gone.stderr
    assert files(data) == []


def test_a_report_that_cannot_be_written_is_told_in_plain_words(office, data):
    path = rasters.write(data / "one.tif", rasters.picture())
    done = run(
        office, data, "import", "raster", path, "--name", "anh", "--dry-run", "--report", data / "no" / "r.json"
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "Name another file" in done.stderr


def test_a_disk_that_takes_no_more_leaves_nothing_half(office, data):
    """A limit on the size of files stands for a full disk: GDAL's writes fail the same way."""
    rng = np.random.default_rng(7)
    path = rasters.write(data / "noise.tif", rng.integers(0, 255, (3, 700, 700), dtype=np.uint8))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)); "
    main = "from landsvc.cli import main; main()"
    environ = os.environ | {"LANDSVC_DATABASE_URL": office.dsn, "LANDSVC_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "-c", limit + main, "import", "raster", str(path), "--name", "noise"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr
    assert files(data) == known(office) == []


def test_a_folder_that_takes_no_file_is_named(office, data):
    (data / "rasters").write_text("a file stands where the folder should be")
    path = rasters.write(data / "one.tif", rasters.picture())
    with pytest.raises(RasterNotWritten) as told:
        rasters.take(office.database, data, path)
    assert str(data / "rasters") in told.value.message()
    (data / "rasters").unlink()


def test_two_imports_of_one_name_at_once_keep_one(office, data):
    path = rasters.write(data / "one.tif", rasters.picture())

    def quicker(place: object) -> list[str]:
        rasters.take(office.database, data, path)
        return []

    with pytest.raises(RasterNameTaken):
        rasters.take(office.database, data, path, judge=quicker)
    assert known(office) == ["anh-1"]
    assert len(files(data)) == 1


def test_a_file_that_must_be_read_in_one_piece_is_refused(office, data, monkeypatch):
    monkeypatch.setattr(source, "MOST_BLOCK_BYTES", 100_000)
    path = rasters.write(
        data / "strip.tif", rasters.picture(), compress="lzw", blockysize=400, interleave="pixel"
    )
    with pytest.raises(NotARaster, match="TILED=YES"):
        rasters.take(office.database, data, path)


def test_empty_pixels_of_a_palette_are_transparent(office, data):
    taken = rasters.take(office.database, data, palette(data / "given.tif"), nodata=0)
    with rasterio.open(data / "rasters" / taken.stored.file) as file:
        assert not file.read(4)[:20].any()
        assert (file.read(4)[20:40] == 255).all()


def test_a_killed_import_leaves_nothing_that_the_next_does_not_sweep(office, data):
    path = rasters.huge(data / "huge.tif", 10)
    environ = os.environ | {"LANDSVC_DATABASE_URL": office.dsn, "LANDSVC_DATA": str(data)}
    child = subprocess.Popen(
        [*LANDSVC, "import", "raster", str(path), "--name", "huge", "--outside"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not list((data / "rasters").glob(".importing-*/raster.tif*")):
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert known(office) == []
    assert files(data)
    (data / "rasters/stray-0123.tif").write_bytes(b"renamed, and killed before the commit")
    rasters.take(office.database, data, rasters.write(data / "one.tif", rasters.picture()))
    assert len(files(data)) == 1
    assert files(data)[0].startswith("anh-1-")

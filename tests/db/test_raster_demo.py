"""The demo's pictures: small, the same every time, made once, and gone for good when removed."""

from __future__ import annotations

from landsvc.cadastre.reference import ensure_reference
from landsvc.demo import rasters
from landsvc.demo.service import load_demo
from landsvc.geo.raster import register
from landsvc.geo.raster.folder import RasterFolder
from landsvc.geo.raster.taking import remove

from conftest import settings_for

SMALL = 400_000


def test_demo_has_a_picture_and_heights_once_and_for_all(fresh_db, database, tmp_path):
    settings = settings_for(fresh_db, DATA=str(tmp_path))
    assert rasters.lay(database, settings) == []  # no land yet
    ensure_reference(settings, database)
    load_demo(database, parcels=200)
    assert rasters.lay(database, settings) == [rasters.PICTURE, rasters.HEIGHTS]
    found = {each.code: each for each in register.public_rasters(database)}
    assert set(found) == {rasters.PICTURE, rasters.HEIGHTS}
    folder = RasterFolder(tmp_path)
    assert all(folder.file(each.file).stat().st_size < SMALL for each in found.values())
    assert 0 < (found[rasters.HEIGHTS].lowest or 0) < (found[rasters.HEIGHTS].highest or 0) < 500
    assert remove(database, folder, rasters.PICTURE)
    assert rasters.lay(database, settings) == []


def test_the_same_land_gives_the_same_pixels():
    assert (rasters._picture([], 0, 0) == rasters._picture([], 0, 0)).all()
    assert (rasters._heights((0, 0, 9000, 9000)) == rasters._heights((0, 0, 9000, 9000))).all()

"""Which system coordinates are in: what a file declares, where they fall, and which scale they were drawn in."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from landsvc.geo import crs
from landsvc.geo.srid_guess import (
    BINH_PHUOC_AND_NEIGHBOURS,
    Recognised,
    check_scale,
    from_topographic_scale,
    guess_srid,
    recognise,
    sample_points,
)

SILENT = Recognised(None, None, False, "The file does not say.")
COMMUNE = (106.86, 11.51, 106.91, 11.56)
RNG = np.random.default_rng(3)
LONLAT = np.stack([RNG.uniform(106.865, 106.905, 300), RNG.uniform(11.515, 11.555, 300)], axis=1)


def written_in(srid: int, variant: str = "B") -> np.ndarray:
    return np.stack(crs.transformer(4326, srid, variant).transform(*LONLAT.T), axis=1)


def guess(points, declared=SILENT, **options):
    return guess_srid(points, declared, working=9212, variant="B", **({"extent": COMMUNE} | options))


@pytest.mark.parametrize("srid", [9212, 9209, 9210, 5899, 9214, 3405, 4326])
@pytest.mark.parametrize("swapped", [False, True])
def test_zone_and_axis_order_follow_from_a_commune(srid: int, swapped: bool) -> None:
    points = written_in(srid)
    found = guess(points[:, ::-1] if swapped else points)
    assert (found.srid, found.axis_swapped, found.guessed) == (srid, swapped, True)


def test_a_wide_extent_leaves_the_working_system_and_names_the_others() -> None:
    found = guess(written_in(9212), extent=BINH_PHUOC_AND_NEIGHBOURS)
    assert found.srid == 9212
    assert {9209, 5899} & set(found.alternatives)


def test_a_stated_system_wins_over_everything() -> None:
    declared = Recognised(5899, "VN-2000 / TM-3 107-45", False, "The file says so.")
    found = guess(written_in(9212), declared, stated=9209)
    assert (found.srid, found.guessed) == (9209, False)


def test_a_declared_system_is_kept_and_its_axis_order_checked() -> None:
    declared = Recognised(9212, "VN-2000 / TM-3 106-15", False, "The file says so.")
    assert guess(written_in(9212), declared).axis_swapped is False
    found = guess(written_in(9212)[:, ::-1], declared)
    assert (found.srid, found.axis_swapped, found.guessed) == (9212, True, False)


def test_metres_in_a_geojson_that_declares_degrees_are_seen() -> None:
    declared = Recognised(4326, "WGS 84", False, "The file says so.")
    found = guess(written_in(9212), declared)
    assert (found.srid, found.guessed) == (9212, True)


def test_nowhere_is_no_guess() -> None:
    found = guess(np.array([[5.0, 7_000_000.0]] * 10))
    assert found.srid is None
    assert guess(np.empty((0, 2))).srid is None


@pytest.mark.parametrize(
    ("text", "srid", "guessed"),
    [
        ("EPSG:2249", 2249, False),
        ("EPSG:6959", 5899, False),
        (None, None, False),
        ("nonsense", None, False),
        (crs.srtext(9212, "B"), 9212, True),
        (crs.srtext(9212, "C"), 9212, True),
        ("+proj=tmerc +lon_0=107.75 +k=0.9999 +x_0=500000 +ellps=WGS84 +units=m +type=crs", 5899, True),
        (
            'PROJCS["VN_2000_TM_3_105_45",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",'
            'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
            'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],'
            'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.75],PARAMETER["Scale_Factor",0.9999],'
            'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]',
            9210,
            True,
        ),
    ],
)
def test_declared_systems_are_recognised(text: str | None, srid: int | None, guessed: bool) -> None:
    found = recognise(text)
    assert (found.srid, found.guessed) == (srid, guessed)
    assert found.reason


TM = "+proj=tmerc +lon_0={meridian} +k={scale} +x_0=500000 +y_0=0 {datum} +units=m +type=crs"
VN_SHIFT = "+ellps=WGS84 +towgs84=-191.904,-39.303,-111.45,-0.00928836,0.01975479,-0.00427372,0.252906278"


@pytest.mark.parametrize(
    ("meridian", "scale", "datum", "srid", "other_scale"),
    [
        (106.25, 0.9999, "+ellps=WGS84", 9212, None),
        (106.25, 0.9999, VN_SHIFT, 9212, None),
        (106.25, 0.9996, VN_SHIFT, 9212, 0.9996),
        (105.75, 1, "+ellps=GRS80", 9210, 1),
        (105, 0.9996, "+datum=WGS84", 32648, None),
        (105, 0.9996, VN_SHIFT, 3405, None),
    ],
)
def test_a_projection_is_told_by_its_meridian_and_a_foreign_scale_is_said(
    meridian: float, scale: float, datum: str, srid: int, other_scale: float | None
) -> None:
    found = recognise(TM.format(meridian=meridian, scale=scale, datum=datum))
    assert (found.srid, found.scale, found.foreign) == (srid, other_scale, False)


def test_another_ellipsoid_is_never_guessed_to_be_vn2000() -> None:
    declared = recognise(TM.format(meridian=105, scale=1, datum="+ellps=krass"))
    assert declared.foreign
    found = guess(written_in(9212), declared)
    assert found.srid is None
    assert "Krassovsky" in found.reason
    assert guess(written_in(9212), declared, stated=9212).srid == 9212


def test_the_other_scale_is_suspected_and_undone() -> None:
    points = written_in(9212)
    commune = shapely.box(*points.min(axis=0) - 50, *points.max(axis=0) + 50)
    drawn = (points - [500_000, 0]) * (0.9996 / 0.9999) + [500_000, 0]
    assert not check_scale(points, commune).suspected
    assert check_scale(drawn, commune).suspected
    block = shapely.contains_xy(shapely.box(*np.quantile(points, [0.45, 0.55], axis=0).reshape(-1)), *points.T)
    assert check_scale(drawn[block], shapely.multipoints(points[block]).envelope.buffer(5)).suspected
    assert from_topographic_scale(drawn) == pytest.approx(points, abs=1e-6)


def test_sample_points_skip_what_has_no_place() -> None:
    shapes = [None, shapely.Polygon(), shapely.Point(1, 2)]
    assert sample_points(shapes).tolist() == [[1, 2]]
    assert sample_points([None]).shape == (0, 2)

"""Reference systems in Python: pinned texts, known points, clear refusals."""

from __future__ import annotations

import threading
from contextlib import suppress

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from landsvc.geo import crs

# PROJ's own choice takes EPSG 6960 for the first two places and 5194 for the others: the jump we pin away.
KNOWN_POINTS = [
    ("Đồng Xoài", 106.883, 11.535, 9212, "B", 568850.12, 1275706.94),
    ("Tây Ninh", 106.0983, 11.3104, 9209, "B", 565116.19, 1250854.79),
    ("Biên Hòa", 106.842, 10.951, 5899, "A", 400560.81, 1211187.49),
    ("Tân An", 106.4137, 10.5359, 9210, "A", 572443.04, 1165202.95),
]


@pytest.mark.parametrize(("place", "lon", "lat", "srid", "variant", "x", "y"), KNOWN_POINTS)
def test_known_points_fall_where_they_were_computed(
    place: str, lon: float, lat: float, srid: int, variant: str, x: float, y: float
) -> None:
    assert crs.transform_point(lon, lat, crs.WGS84, srid, variant) == pytest.approx((x, y), abs=0.006), place


def test_every_cadastral_zone_has_epsg_name_meridian_and_scale() -> None:
    for srid, system in crs.VN2000.items():
        known = crs.epsg_crs(srid)
        assert known.name.split(" / ")[-1].replace("TM-3 ", "").strip() in system.name
        if system.central_meridian is not None:
            assert known.coordinate_operation is not None
            values = {p.name: p.value for p in known.coordinate_operation.params}
            assert values["Longitude of natural origin"] == pytest.approx(system.central_meridian)
            assert values["Scale factor at natural origin"] == system.scale


@given(
    lon=st.floats(103, 109.4),
    lat=st.floats(8.5, 23.4),
    srid=st.sampled_from(sorted(crs.VN2000)),
    variant=st.sampled_from("ABC"),
)
def test_there_and_back_again_moves_a_point_by_two_millimetres_at_most(
    lon: float, lat: float, srid: int, variant: str
) -> None:
    x, y = crs.transform_point(lon, lat, crs.WGS84, srid, variant)
    back = crs.transform_point(x, y, srid, crs.WGS84, variant)
    # Heights are set to zero on both sides of the shift, which tilts the way back: no corner may take it.
    assert back == pytest.approx((lon, lat), abs=2e-8)


def test_shift_does_not_jump_between_two_places() -> None:
    """PROJ on its own takes one operation at Đồng Xoài and another at Biên Hòa, 0.8 m apart."""
    for lon, lat in [(106.89, 11.535), (106.822, 10.945)]:
        b = crs.transform_point(lon, lat, crs.WGS84, 9212, "B")
        a = crs.transform_point(lon, lat, crs.WGS84, 9212, "A")
        assert 0.7 < np.hypot(b[0] - a[0], b[1] - a[1]) < 0.9


def test_transform_takes_arrays_and_marks_the_srid() -> None:
    points = shapely.points([[106.883, 11.535], [106.89, 11.535]])
    moved = crs.transform(points, crs.WGS84, 9212, "B")
    assert shapely.get_srid(moved).tolist() == [9212, 9212]
    assert shapely.get_x(moved[0]) == pytest.approx(568850.1208, abs=1e-3)


def test_deprecated_codes_mean_their_successors() -> None:
    assert crs.proj4text(6959, "B") == crs.proj4text(5899, "B")
    assert crs.transform_point(107, 11, 4326, 6959, "B") == crs.transform_point(107, 11, 4326, 5899, "B")


@pytest.mark.parametrize("srid", [0, -1, 1, 999_999, 7])
def test_unknown_srid_is_refused_with_the_way_out(srid: int) -> None:
    with pytest.raises(crs.UnknownReferenceSystem) as caught:
        crs.transformer(srid, 9212, "B")
    assert str(srid) in caught.value.message()
    assert "9212" in caught.value.way_out()


@pytest.mark.parametrize("srid", [4979, 5773, 7405])
def test_systems_with_heights_are_refused(srid: int) -> None:
    with pytest.raises(crs.UnknownReferenceSystem):
        crs.transformer(srid, 9212, "B")


@pytest.mark.parametrize("srid", [2334, 22300])
def test_systems_without_a_shift_of_plain_numbers_are_refused(srid: int) -> None:
    with pytest.raises(crs.UnpinnableReferenceSystem):
        crs.transformer(4326, srid, "B")


@given(st.integers(-(2**40), 2**40) | st.integers(1024, 33_000))
def test_no_number_is_worse_than_unknown(srid: int) -> None:
    with suppress(crs.UnknownReferenceSystem, crs.UnpinnableReferenceSystem):
        crs.transformer(4326, srid, "B")


def test_unknown_variant_is_refused() -> None:
    with pytest.raises(crs.UnknownDatumShift):
        crs.proj4text(9212, "D")


@pytest.mark.parametrize("srid", [9212, 5899, 26986, 32648])
def test_projected_metric_systems_can_be_the_working_one(srid: int) -> None:
    crs.check_working_srid(srid)


@pytest.mark.parametrize("srid", [4326, 4756, 2249, 3857])
def test_degrees_feet_and_web_mercator_cannot_be_the_working_one(srid: int) -> None:
    with pytest.raises(crs.UnsuitableWorkingSystem):
        crs.check_working_srid(srid)


def test_registered_texts_carry_the_shift_and_no_authority() -> None:
    rows = crs.registrations("B", 26986, 9212)
    assert len({row.srid for row in rows}) == len(rows) == len(crs.VN2000) + 1
    for row in rows:
        assert row.auth_name == "LANDSVC"
        assert "TOWGS84[" in row.srtext
        assert "+towgs84=" in row.proj4text
        assert "AUTHORITY" not in row.srtext


def test_one_transformer_serves_many_threads() -> None:
    want = crs.transform_point(106.883, 11.535, 4326, 9212, "B")
    got: list[tuple[float, float]] = []

    def work() -> None:
        got.extend(crs.transform_point(106.883, 11.535, 4326, 9212, "B") for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [want] * 1600

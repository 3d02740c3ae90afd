"""GeoHash, poles, parcel codes and plus codes."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from landsvc.core.errors import InvalidInput
from landsvc.geo import crs, geohash, plus_code
from landsvc.geo.parcel_code import NoFreeCode, first_free, parcel_code, parcel_codes
from landsvc.geo.polylabel import poles
from shapely import affinity

degrees = {"lon": st.floats(-180, 180), "lat": st.floats(-90, 90)}
L_SHAPE = shapely.from_wkt("POLYGON ((0 0,20 0,20 10,10 10,10 30,0 30,0 0))")


@pytest.mark.parametrize(
    ("lon", "lat", "code"), [(10.40744, 57.64911, "u4pruydqqvj8"), (106.883, 11.535, "w6h185vu4rv5")]
)
def test_published_geohashes(lon: float, lat: float, code: str) -> None:
    assert geohash.encode(lon, lat) == code


@given(**degrees, length=st.integers(1, 12))
def test_a_cell_holds_its_place_and_its_middle_has_the_same_code(lon: float, lat: float, length: int) -> None:
    code = geohash.encode(lon, lat, length)
    cell = geohash.decode(code)
    assert cell.west <= lon <= cell.east
    assert cell.south <= lat <= cell.north
    assert geohash.encode(*cell.centre, length) == code


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=20))
def test_many_at_once_are_as_one_by_one(places: list[tuple[float, float]]) -> None:
    lon, lat = np.array(places).T
    assert geohash.encode_all(lon, lat).tolist() == [geohash.encode(*place) for place in places]


@pytest.mark.parametrize("text", ["", "w6h185vu4rv55", "w6ha", "ư6h1", "w6 h1"])
def test_what_is_no_geohash_is_refused(text: str) -> None:
    with pytest.raises(geohash.NotAGeohash):
        geohash.decode(text)


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0)])
def test_places_off_the_globe_are_refused(lon: float, lat: float) -> None:
    with pytest.raises(InvalidInput):
        geohash.encode(lon, lat)


def test_spiral_goes_round_its_cell_in_the_stated_order() -> None:
    west, south, east, north = geohash.decode("w6h185vu4rv5")
    offsets = []
    for step, code in islice(geohash.spiral("w6h185vu4rv5"), 25):
        lon, lat = geohash.decode(code).centre
        offsets.append((round((lon - west) / (east - west) - 0.5), round((lat - south) / (north - south) - 0.5)))
        assert step == len(offsets) - 1
    ring = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
    assert offsets[:9] == [(0, 0), *ring]
    assert offsets[9:12] == [(2, 0), (2, 1), (2, 2)]
    assert offsets[24] == (2, -1)
    assert len(set(offsets)) == 25


@pytest.mark.parametrize("angle", range(0, 90, 7))
def test_pole_lies_inside_and_is_nearly_the_farthest_point(angle: int) -> None:
    shape = affinity.translate(affinity.rotate(L_SHAPE, angle), 568_850, 1_275_706)
    found = poles([shape])
    best = shapely.length(shapely.maximum_inscribed_circle(shape, tolerance=0.001))
    assert shapely.contains_xy(shape, found.x, found.y).all()
    assert shapely.distance(shapely.points(found.x, found.y), shape.boundary)[0] == pytest.approx(
        found.radius[0], abs=0.003
    )
    assert best - found.radius[0] <= found.tolerance[0] + 0.003


def test_pole_of_a_ring_of_land_is_on_the_land() -> None:
    ring = shapely.Point(568_850, 1_275_706).buffer(100).difference(shapely.Point(568_850, 1_275_706).buffer(97))
    found = poles([ring])
    assert shapely.contains_xy(ring, found.x, found.y).all()
    assert found.radius[0] > 1


def test_pole_of_several_parts_is_in_the_largest() -> None:
    shape = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(100, 0, 110, 30)])
    assert shapely.contains_xy(shape.geoms[1], *poles([shape]).x, *poles([shape]).y)


def test_noding_a_straight_edge_does_not_move_the_pole() -> None:
    plain = shapely.box(568_850, 1_275_706, 568_860, 1_275_736)
    noded = shapely.segmentize(plain, 3)
    assert poles([plain]).x == pytest.approx(poles([noded]).x, abs=1e-9)
    assert poles([plain]).y == pytest.approx(poles([noded]).y, abs=1e-9)


@pytest.mark.parametrize("wkt", ["POLYGON EMPTY", "POLYGON ((0 0,1 1,2 2,0 0))", "MULTIPOLYGON EMPTY"])
def test_what_has_no_inside_has_no_code(wkt: str) -> None:
    assert parcel_codes([shapely.from_wkt(wkt)], 9212, "B") == [None]
    with pytest.raises(NoFreeCode):
        parcel_code(shapely.from_wkt(wkt), 9212, "B")


def test_parcel_code_states_how_it_was_made() -> None:
    shape = shapely.box(568_850, 1_275_706, 568_860, 1_275_716)
    code = parcel_code(shape, 9212, "B")
    lon, lat = crs.transform_point(568_855, 1_275_711, 9212, 4326, "B")
    assert code.code == geohash.encode(lon, lat)
    assert (code.x, code.y, code.srid, code.variant, code.step) == (568_855, 1_275_711, 9212, "B", 0)
    assert code.algorithm.startswith("polylabel GEOS 3.")
    assert code.tolerance_m == 0.625


def test_shift_changes_the_code() -> None:
    shape = shapely.box(568_850, 1_275_706, 568_860, 1_275_716)
    assert len({parcel_code(shape, 9212, variant).code for variant in "ABC"}) == 3


def test_a_taken_code_gives_way_to_the_next_cell_inside() -> None:
    shape = shapely.box(568_850, 1_275_706, 568_860, 1_275_716)
    code = parcel_code(shape, 9212, "B")
    walk = [text for _, text in islice(geohash.spiral(code.code), 4)]
    other = first_free(code, shape, set(walk[:3]).__contains__)
    assert (other.code, other.step) == (walk[3], 3)
    assert (other.x, other.y) == (code.x, code.y)
    assert first_free(code, shape, lambda _: False) == code


def test_a_spiral_that_leaves_the_parcel_finds_nothing() -> None:
    sliver = shapely.box(568_850, 1_275_706, 568_850.1, 1_275_706.1)
    with pytest.raises(NoFreeCode):
        first_free(parcel_code(sliver, 9212, "B"), sliver, lambda _: True)


def test_plus_codes_are_read_whole_short_and_inside_a_text() -> None:
    assert plus_code.encode(106.883, 11.535) == "7P38GVPM+26"
    whole = plus_code.decode("7p38gvpm+26")
    assert whole is not None
    assert whole.west <= 106.8830001 <= whole.east
    assert plus_code.decode("GVPM+26", reference=(106.9, 11.5)) == whole
    assert plus_code.decode("GVPM+26") is None
    assert plus_code.is_short("GVPM+26")
    assert plus_code.find("Nhà tôi ở 7P38GVPM+26, Đồng Xoài") == "7P38GVPM+26"
    assert plus_code.find("tờ 12 thửa 345") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7P38GVPM 26", "7P38GVPM+26"),
        ("7p38gvpm 26x, Đồng Xoài", "7P38GVPM+26X"),
        ("GVPM 26 Tân Khai", "GVPM+26"),
        ("xã Tân Khai 9VP2 26", "9VP2+26"),
        ("GVPM 26 7P38GVPM+26", "7P38GVPM+26"),  # what is written in full wins
        ("2345 67", None),
        ("23456789 23", None),
        ("tờ 12 thửa 345", None),
        ("1275005 568005", None),
        ("25432-12-345 Tân Khai", None),
        ("VGPM 2026", None),
        ("X7P38GVPM 26", None),
        ("7P38GVPM 26A", None),
        ("FFFFFFFF FF", None),  # beyond the poles
    ],
)
def test_blank_is_a_plus_only_where_it_can_be_nothing_else(text: str, code: str | None) -> None:
    assert plus_code.find(text) == code


@given(**degrees)
def test_every_place_has_a_plus_code_whose_cell_holds_it(lon: float, lat: float) -> None:
    cell = plus_code.decode(plus_code.encode(lon, lat))
    assert cell is not None
    assert cell.south - 1e-9 <= min(lat, 90 - 1 / 8000) <= cell.north + 1e-9

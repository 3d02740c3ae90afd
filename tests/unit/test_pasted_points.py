"""A table of points is understood as people paste it: order, decimals, heads, zones, names."""

from __future__ import annotations

import pytest
from landsvc.cadastre.survey.errors import NoPointsPasted, PlaceNotTold
from landsvc.cadastre.survey.pasted import read_pasted
from landsvc.geo.crs import transform_point
from landsvc.geo.srid_guess import BINH_PHUOC_AND_NEIGHBOURS

CORNERS = ((568850.12, 1275706.94), (568871.0, 1275700.0), (568860.25, 1275690.5))


def read(text: str, stated: int | None = None):
    return read_pasted(text, stated=stated, working=9212, variant="B", extent=BINH_PHUOC_AND_NEIGHBOURS)


@pytest.mark.parametrize(
    "text",
    [
        "Số hiệu điểm\tX (m)\tY (m)\tCạnh (m)\n1\t1275706,940\t568850,120\t20,1\n"
        "2\t1275700,000\t568871,000\t12\n3\t1275690,5\t568860,25\t",
        "1 1275706.940 568850.120\n2 1275700.000 568871.000\n3 1275690.5 568860.25",
        "568850.120, 1275706.940\n568871.000, 1275700.000\n568860.25, 1275690.5",
        "1;1.275.706,940;568.850,120\n2;1.275.700,000;568.871,000\n3;1.275.690,500;568.860,250",
        "1,568850.12,1275706.94\n2,568871,1275700\n3,568860.25,1275690.5",
        "\n  1275706,940   568850,120\r\n\r\n1275700,000   568871,000\r\n1275690,5   568860,25\n",
        "1 | 568850,12 | 1275706,94\n2 | 568871 | 1275700\n3 | 568860,25 | 1275690,5",
    ],
)
def test_the_same_corners_are_read_however_they_are_written(text):
    found = read(text)
    assert tuple(point.at for point in found.points) == CORNERS
    assert [point.name for point in found.points] == ["1", "2", "3"]
    assert found.place.srid == 9212
    assert not found.skipped
    assert not found.swapped


def test_the_order_of_north_and_east_is_told():
    assert read("1275706.94 568850.12\n1275700 568871\n1275690.5 568860.25").north_first
    assert not read("568850.12 1275706.94\n568871 1275700\n568860.25 1275690.5").north_first


def test_a_line_with_its_two_numbers_exchanged_is_put_right_and_named():
    rows = [f"{y} {x}" for x, y in (*CORNERS, (568855.0, 1275698.0))]
    rows[2] = " ".join(reversed(rows[2].split()))
    found = read("\n".join(rows))
    assert found.swapped == (3,)
    assert tuple(point.at for point in found.points)[:3] == CORNERS


def test_another_zone_is_found_by_where_the_points_fall_or_stated():
    away = [transform_point(*corner, 9212, 9210, "B") for corner in CORNERS]
    text = "\n".join(f"{y:.3f}\t{x:.3f}" for x, y in away)
    stated = read(text, stated=9210)
    assert stated.place.srid == 9210
    assert not stated.place.guessed
    guessed = read(text)
    assert guessed.place.guessed
    assert 9210 in (guessed.place.srid, *guessed.place.alternatives)


def test_degrees_are_read_latitude_first_as_phones_write_them():
    found = read("11.538312, 106.901234\n11.538412, 106.901634\n11.539012, 106.901334")
    assert found.place.srid == 4326
    assert found.north_first
    assert found.points[0].at == (106.901234, 11.538312)


def test_lines_that_are_no_points_are_named():
    found = read("BẢNG KÊ\n1275706,940 568850,120\nxx\n1275700,000 568871,000\n1275690,5 568860,25")
    assert found.skipped == (3,)
    assert [point.line for point in found.points] == [2, 4, 5]


@pytest.mark.parametrize("text", ["", "hello\nworld", "1 2\n3 4", "12,5\n13,5"])
def test_a_text_without_points_is_refused(text):
    with pytest.raises(NoPointsPasted):
        read(text)


def test_points_that_fall_nowhere_here_are_refused():
    with pytest.raises(PlaceNotTold):
        read("5000000 5000000\n5000010 5000000\n5000000 5000010")

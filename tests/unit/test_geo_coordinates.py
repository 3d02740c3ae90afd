"""Places as people type and paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.geo import crs
from landsvc.geo.coordinates import Place, parse

DONG_XOAI = (106.883, 11.535)
METRES = (568850.12, 1275706.94)


def read(text: str, **options) -> list[Place]:
    return parse(text, srid=9212, variant="B", **options)


@pytest.mark.parametrize(
    "text",
    [
        "11.535, 106.883",
        "106.883 11.535",
        "(11.535, 106.883)",
        "11,535; 106,883",
        "11,535, 106,883",
        "11.535\u2009106.883",
        "11.535°, 106.883°",
        "lat 11.535 lon 106.883",
        "kinh độ: 106.883, vĩ độ: 11.535",
        "11°32'06\"N 106°52'58.8\"E",
        "N 11°32'06\" E 106°52'58.8\"",
        "11º32′06″B 106º52′58,8″Đ",
        "106°52'58,8\"Đ 11°32'06\"B",
        "11° 32' 6\" Bắc, 106° 52' 58.8\" Đông",
        "vĩ độ Bắc 11°32'06\", kinh độ Đông 106°52'58.8\"",
    ],
)
def test_degrees_are_understood_in_either_order(text: str) -> None:
    found = read(text)
    assert len(found) == 1
    assert found[0].srid == 4326
    assert (found[0].x, found[0].y) == pytest.approx(DONG_XOAI, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "X=1275706.94 Y=568850.12",
        "X (Bắc): 1 275 706,94; Y (Đông): 568 850,12",
        "568850.12 1275706.94",
        "1275706,94 568850,12",
        "1.275.706,94 568.850,12",
        "1,275,706.94, 568,850.12",
        "X=568850.12, Y=1275706.94",
        "1275706.94m 568850.12m",
    ],
)
def test_metres_are_understood_in_either_order(text: str) -> None:
    assert [(p.srid, p.x, p.y) for p in read(text)] == [(9212, *METRES)]


@pytest.mark.parametrize(
    "text",
    [
        "1275706.94 568850.12 EPSG:5899",
        "X=1275706.94 Y=568850.12 (KTT 107°45')",
        "TM-3 107-45 1275706.94 568850.12",
    ],
)
def test_a_named_zone_wins(text: str) -> None:
    assert [p.srid for p in read(text)] == [5899]


def test_further_zones_are_offered_after_the_working_one() -> None:
    assert [p.srid for p in read("1275706.94 568850.12", zones=(5899, 9212))] == [9212, 5899]


def test_plus_codes_are_places() -> None:
    whole = read("7P38GVPM+26")[0]
    assert (whole.x, whole.y) == pytest.approx(DONG_XOAI, abs=1e-4)
    assert read("GVPM+26 Đồng Xoài", reference=(106.9, 11.5)) == [whole]
    assert read("GVPM+26") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "345/12 Tân Khai",
        "tờ 12 thửa 345",
        "12 106",
        "25195-12-345",
        "w6h185vu4rv5",
        "Nguyễn Huệ 12.5",
        "48.85, 2.35",
        "1275706 568850 EPSG:99999",
        "91.5 106.5",
        "9" * 400,
        "1e400 1e400",
    ],
)
def test_what_is_no_place_here_gives_nothing(text: str) -> None:
    assert read(text) == []


def test_another_extent_reads_another_country() -> None:
    found = parse("42.38, -71.1", srid=26986, variant="B", extent=(-73.6, 41.2, -69.8, 42.9))
    assert [(p.srid, p.x, p.y) for p in found] == [(4326, -71.1, 42.38)]
    x, y = crs.transform_point(-71.1, 42.38, 4326, 26986, "B")
    found = parse(f"{x:.2f} {y:.2f}", srid=26986, variant="B", extent=(-73.6, 41.2, -69.8, 42.9))
    assert [(p.srid, p.x, p.y) for p in found] == [(26986, round(x, 2), round(y, 2))]


@given(lon=st.floats(102.2, 109.4), lat=st.floats(8.5, 23.3), point=st.sampled_from(".,"), flip=st.booleans())
def test_printed_degrees_read_back(lon: float, lat: float, point: str, flip: bool) -> None:
    texts = [f"{lat:.6f}".replace(".", point), f"{lon:.6f}".replace(".", point)]
    found = read("; ".join(reversed(texts) if flip else texts))
    assert [(p.x, p.y) for p in found] == [(round(lon, 6), round(lat, 6))]


@given(
    lon=st.floats(104.8, 107.7),
    lat=st.floats(8.6, 23.3),
    style=st.sampled_from(["{n:.2f} {e:.2f}", "{e:.3f}, {n:.3f}", "X={n:.2f}; Y={e:.2f}", "E {e:.2f} N {n:.2f}"]),
)
def test_printed_metres_read_back(lon: float, lat: float, style: str) -> None:
    x, y = crs.transform_point(lon, lat, 4326, 9212, "B")
    found = read(style.format(e=x, n=y))
    assert len(found) == 1
    assert (found[0].x, found[0].y) == pytest.approx((x, y), abs=0.006)


@given(
    degrees=st.tuples(st.integers(8, 23), st.integers(102, 109)),
    minutes=st.tuples(st.integers(0, 59), st.integers(0, 59)),
    seconds=st.tuples(st.integers(0, 599), st.integers(0, 599)),
)
def test_degrees_minutes_seconds_read_back(degrees, minutes, seconds) -> None:
    lat, lon = (d + m / 60 + s / 36000 for d, m, s in zip(degrees, minutes, seconds, strict=True))
    written = [
        f"{d}°{m:02}'{s / 10:04.1f}\"{letter}"
        for d, m, s, letter in zip(degrees, minutes, seconds, "BĐ", strict=True)
    ]
    text = " ".join(written)
    found = read(text)
    assert [(p.x, p.y) for p in found] == [pytest.approx((lon, lat), abs=1e-9)]


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert isinstance(read(text, reference=DONG_XOAI), list)


@given(st.text(alphabet="0123456789.,;- °'\"NEBĐXYxy=:()+", max_size=40))
def test_no_heap_of_signs_breaks_the_reader(text: str) -> None:
    assert isinstance(read(text, reference=DONG_XOAI), list)

"""Tables of boundary points: found below their titles, read in the habit they are written in, gathered into rings."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.importing.decimals import habit_of
from landsvc.cadastre.importing.plan import AxisOrderInDoubt, Options, make_plan
from landsvc.cadastre.importing.point_columns import PointColumnsMissing, find_head
from landsvc.cadastre.importing.point_table import open_points
from landsvc.core.errors import LandsvcError
from landsvc.geo.formats import errors
from landsvc.geo.formats.tables import read_cells
from tests.factories import point_files as points
from tests.factories.office_files import sheet
from tests.factories.old_text import ENCODINGS, UTF8

LOTS = sheet()


def opened(path: Path, **mapping: str):
    return open_points(path, layer=None, encoding=None, sheet_no=None, mapping=mapping)


def shapes(made) -> list:
    return list(made.source.rings.shapes(np.arange(len(made.source))))


def csv(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# ---- numbers ----


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1.275.020,125", "568.123,4"], [1_275_020.125, 568_123.4]),
        (["1,275,020.12", "568123.4"], [1_275_020.12, 568_123.4]),
        (["1 275 020,12", "568\u00a0123,40"], [1_275_020.12, 568_123.4]),
        (["1275020,12", "568123.4 m"], [1_275_020.12, 568_123.4]),
        (["275.020", "568.123"], [275_020, 568_123]),
        (["1275020", "568000"], [1_275_020, 568_000]),
        (["106.865123", "11.5"], [106.865123, 11.5]),
        (["abc", "", "12-5"], [None, None, None]),
    ],
)
def test_numbers_are_read_in_the_habit_of_their_table(texts: list[str], values: list[float | None]) -> None:
    habit = habit_of(texts)
    assert [habit.read(text) for text in texts] == values


@given(
    st.lists(st.floats(400_000, 1_400_000), min_size=1, max_size=6),
    st.sampled_from([(".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", " ")]),
    st.integers(0, 4),
)
def test_coordinates_in_metres_come_back_whatever_the_habit(
    values: list[float], signs: tuple[str, str], places: int
) -> None:
    habit = points.Habit(decimal=signs[0], thousands=signs[1])
    texts = [points.number(value, habit, places) for value in values]
    assert [habit_of(texts).read(text) for text in texts] == [round(value, places) for value in values]


# ---- the head ----


@pytest.mark.parametrize(
    ("head", "north", "east", "by_letter"),
    [
        (["Số hiệu điểm", "X (m)", "Y (m)", "Cạnh (m)"], 1, 2, True),
        (["STT", "Tờ", "Thửa", "Toạ độ Y", "Toạ độ X (m)"], 4, 3, True),
        (["diem", "Bắc (m)", "Đông (m)"], 1, 2, False),
        (["id", "easting", "northing"], 2, 1, False),
        (["sothua", "lon", "lat"], 2, 1, False),
    ],
)
def test_columns_of_coordinates_are_found(head: list[str], north: int, east: int, by_letter: bool) -> None:
    found = find_head([["BẢNG KÊ TOẠ ĐỘ"], head], {})
    assert found is not None
    assert (found.roles["north"], found.roles["east"], found.by_letter) == (north, east, by_letter)


def test_a_head_of_two_rows_is_joined() -> None:
    rows = [["Thửa đất", "Số hiệu điểm", "Toạ độ", "", "Chiều dài (m)"], ["", "", "X (m)", "Y (m)", ""]]
    found = find_head(rows, {})
    assert found is not None
    assert (found.row, found.roles) == (1, {"point": 1, "north": 2, "east": 3, "edge": 4})
    assert found.others == {"Thửa đất": 0}


def test_a_layer_with_shapes_is_no_table_of_points() -> None:
    assert find_head([["WKT", "x", "y"]], {}) is None
    assert find_head([["code", "name"]], {}) is None


def test_a_csv_of_shapes_is_left_to_others_however_long_a_shape_is(tmp_path: Path) -> None:
    long = "POLYGON((" + ",".join(f"{568_000 + at} 1275000" for at in range(20_000)) + "))"
    assert opened(csv(tmp_path, "WKT;X;Y;thua", f'"{long}";1;2;7')) is None


def test_a_quotation_mark_that_never_closes_is_said(tmp_path: Path) -> None:
    with pytest.raises(errors.UnreadableSource, match="quotation mark"):
        opened(csv(tmp_path, "to;thua;x;y", '1;7;"1275000;568000', *["1;7;1275000;568000"] * 9000))


def test_columns_with_other_names_can_be_stated(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "thua;B1;B2",
        *(f"7;{n};{e}" for n, e in ((1275000, 568000), (1275000, 568010), (1275010, 568010))),
    )
    assert opened(path) is None
    made = opened(path, north="B1", east="B2")
    assert shapes(made)[0].bounds == (568_000, 1_275_000, 568_010, 1_275_010)
    with pytest.raises(PointColumnsMissing):
        opened(path, north="B7", east="B2")


# ---- rings ----


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", points.HABITS)
def test_a_table_gives_the_parcels_it_was_written_from(tmp_path: Path, name: str, encoding: str) -> None:
    habit = points.HABITS[name]
    made = opened(points.text_table(tmp_path / "a.csv", points.rows(LOTS, habit), habit, encoding))
    assert made.info.encoding == encoding
    assert made.source.drawn == ()
    assert [shapely.normalize(shape) for shape in shapes(made)] == [shapely.normalize(lot.shape) for lot in LOTS]
    facts = list(made.source.table.to_pydict().values())
    assert (facts[0], facts[4]) == ([lot.sheet for lot in LOTS], [lot.address for lot in LOTS])


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8 + b"", codecs.BOM_UTF16_LE])
def test_marks_of_unicode_are_understood(tmp_path: Path, mark: bytes) -> None:
    codec = "utf-8" if mark == codecs.BOM_UTF8 else "utf-16-le"
    path = points.text_table(tmp_path / "a.txt", points.rows(LOTS))
    path.write_bytes(mark + path.read_bytes().decode().encode(codec))
    made = opened(path)
    assert (len(made.source), made.info.encoding, made.info.encoding_guessed) == (40, UTF8, False)


def test_titles_between_the_points_name_the_parcels_and_order_is_sorted(tmp_path: Path) -> None:
    made = opened(
        csv(
            tmp_path,
            "TT;X;Y",
            "Thửa đất số: 12, tờ bản đồ số: 5;;",
            *("2;1275000;568010", "1;1275000;568000", "4;1275010;568000", "3;1275010;568010"),
            "Thửa đất số: 13a, tờ bản đồ số: 5;;",
            *("1;1275000;568010", "2;1275000;568020", "3;1275010;568020", "1;1275000;568010"),
            "Tổng cộng: 2 thửa;;",
        )
    )
    assert [shape.area for shape in shapes(made)] == [100, 50]
    assert made.source.table.to_pydict() == {"sheet_no": ["5", "5"], "parcel_no": ["12", "13a"]}


def test_a_ring_inside_the_one_before_is_a_hole_and_beside_it_a_parcel(tmp_path: Path) -> None:
    def ring(x: int, y: int, size: int) -> list[str]:
        corners = ((0, 0), (0, size), (size, size), (size, 0), (0, 0))
        return [f"1;7;{1_275_000 + y + b};{568_000 + x + a}" for a, b in corners]

    made = opened(csv(tmp_path, "to;thua;x;y", *ring(0, 0, 30), *ring(10, 10, 5), *ring(40, 0, 10)))
    assert [shape.area for shape in shapes(made)] == [875, 100]


def test_rows_that_are_not_sorted_by_parcel_are_gathered(tmp_path: Path) -> None:
    corners = ((0, 0), (0, 10), (10, 10), (10, 0))
    rows = [f"1;{n};{1_275_000 + b};{568_000 + n * 20 + a}" for a, b in corners for n in (1, 2, 3)]
    made = opened(csv(tmp_path, "to;thua;x;y", *rows))
    assert [shape.area for shape in shapes(made)] == [100, 100, 100]


def test_several_sheets_with_points_must_be_chosen(tmp_path: Path) -> None:
    path = points.workbook(tmp_path / "a.xlsx", points.rows(LOTS[:2]))
    assert opened(path).info.layer == "Tọa độ"
    with pytest.raises(errors.UnknownLayer, match="Ghi chú, Tọa độ"):
        read_cells(path, layer="Sheet9")


def test_an_order_that_fits_both_ways_is_asked_for(tmp_path: Path) -> None:
    """Metres near the false origin of a system used around it: X and Y can be either."""
    rows = ["1;7;500000;500010", "1;7;500000;500020", "1;7;500010;500020"]
    path = csv(tmp_path, "to;thua;x;y", *rows)
    with pytest.raises(AxisOrderInDoubt) as caught:
        make_plan(Options(path=path, srid=27700), working=27700, variant="B")
    assert "--swap-axes" in caught.value.way_out()
    assert (
        make_plan(Options(path=path, srid=27700, swap_axes=False), working=27700, variant="B").axis_swapped
        is False
    )


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"to;thua;x;y\n" + raw)
    try:
        made = opened(path)
    except LandsvcError:
        return
    assert made is None or made.info.count == len(made.source)

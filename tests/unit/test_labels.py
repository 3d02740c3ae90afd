"""The label of a parcel is read in the ways offices write it, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.importing.labels import Label, gather, read_label
from landsvc.cadastre.importing.sheet_no import sheet_in_frame, sheet_in_name
from landsvc.geo.formats.drawing import Text


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ODT / 345 / 152.4", Label("345", "152.4", "ODT")),
        ("345/152,4", Label("345", "152,4", None)),
        ("345\n152.4", Label("345", "152.4", None)),
        ("ODT\n345\n152", Label("345", "152", "ODT")),
        ("345/ODT/152.4", Label("345", "152.4", "ODT")),
        ("345 152.4 ODT", Label("345", "152.4", "ODT")),
        ("152.4 / 345", Label("345", "152.4", None)),
        ("LUC 12 1.203,5", Label("12", "1.203,5", "LUC")),
        ("ODT+CLN / 7 / 300.0", Label("7", "300.0", "ODT+CLN")),
        ("ODT:120+CLN:180.5/7/300.5", Label("7", "300.5", "ODT:120+CLN:180.5")),
        ("ODT(120 m2) + CLN(180)/7/300", Label("7", "300", "ODT(120)+CLN(180)")),
        ("7 (300 m²) ONT", Label("7", "300", "ONT")),
        ("Thửa số 7 - S=300 - ONT", Label("7", "300", "ONT")),
        ("Thửa đất số: 7, DT: 300,5 m2", Label("7", "300,5", None)),
        ("345a/152.4", Label("345a", "152.4", None)),
        ("345-1 / 152.4", Label("345-1", "152.4", None)),
        ("0 / 152.4 / DGT", Label(None, "152.4", "DGT")),
        ("DGT", Label(None, None, "DGT")),
        ("DTL 1520.3", Label(None, "1520.3", "DTL")),
        ("345", Label("345", None, None)),
        ("152.4", Label(None, "152.4", None)),
        ("TĐ12", None),
        ("345/152.4/160.1", None),
        ("345 / 346 / 152", None),
        ("ODT 345 CLN 152.4", None),
        ("Nguyễn Văn A", None),
        ("Đường số 5", None),
        ("1275 000", Label("1275", "000", None)),
        ("???", None),
        ("", None),
    ],
)
def test_a_label_is_read_as_offices_write_it(text: str, label: Label | None) -> None:
    assert read_label(text) == label


@given(
    number=st.integers(1, 9999),
    area=st.decimals("0.1", "99999.9", places=1),
    use=st.sampled_from(["ODT", "ONT", "LUC", "CLN+NTS"]),
    order=st.permutations(range(3)),
    between=st.sampled_from([" / ", "\n", " ", "|", " - "]),
)
def test_order_and_separator_do_not_matter(number, area, use, order, between) -> None:
    parts = [str(number), str(area), use]
    assert read_label(between.join(parts[at] for at in order)) == Label(str(number), str(area), use)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    read_label(text)


def texts(*given: tuple[str, float, float]) -> list[Text]:
    """Texts with letters 1 m high."""
    return [Text("13", text, x, y, 1.0, len(text) * 0.4, 0.5) for text, x, y in given]


def told(labels) -> list:
    return [(placed.label, placed.face) for placed in labels.placed]


def test_texts_that_stand_together_are_one_label() -> None:
    fraction = texts(("345", 0, 1), ("152", 0, -1), ("ODT", -3, 0))
    assert told(gather(fraction, [0, 0, 0])) == [(Label("345", "152", "ODT"), 0)]


def test_a_code_apart_in_the_same_parcel_still_belongs_to_the_label() -> None:
    assert told(gather(texts(("345/152.4", 0, 0), ("ODT", 0, 40)), [0, 0])) == [(Label("345", "152.4", "ODT"), 0)]


def test_a_part_that_fell_into_the_neighbour_is_given_back() -> None:
    both = texts(("1/80.0", 0, 0), ("ODT", 4, 0), ("CLN/2/90.0", 20, 0))
    assert told(gather(both, [0, 1, 1])) == [(Label("1", "80.0", "ODT"), 0), (Label("2", "90.0", "CLN"), 1)]


def test_two_labels_in_one_polygon_stay_two() -> None:
    far = told(gather(texts(("1/80.0", 0, 0), ("2/90.0", 30, 0)), [0, 0]))
    near = told(gather(texts(("1/80.0", 0, 0), ("2/90.0", 0, 1.5)), [0, 0]))
    assert [label.number for label, _ in far] == ["1", "2"]
    assert sorted(label.number for label, _ in near) == ["1", "2"]


def test_a_name_beside_a_label_is_not_read() -> None:
    labels = gather(texts(("1/80.0", 0, 0), ("Nguyễn Văn A", 0, 2)), [4, 4])
    assert told(labels) == [(Label("1", "80.0", None), 4)]
    assert labels.unread == {1: 4}


@pytest.mark.parametrize(
    ("stem", "sheet"),
    [
        ("DC12", "12"),
        ("dc012", "12"),
        ("to_12", "12"),
        ("Tờ 12", "12"),
        ("25195-to12", "12"),
        ("TBD 7", "7"),
        ("12", "12"),
        ("TĐ12-2024", "TĐ12-2024"),
        ("TanPhu_TD5_2024", "TĐ5-2024"),
        ("ban do dia chinh", None),
        ("tanphu2012", None),
        ("dc0", None),
    ],
)
def test_a_file_name_tells_the_sheet(stem: str, sheet: str | None) -> None:
    assert sheet_in_name(stem) == sheet


@pytest.mark.parametrize(
    ("said", "sheet"),
    [
        (["Tờ bản đồ số: 12"], "12"),
        (["TỜ BẢN ĐỒ ĐỊA CHÍNH SỐ 12"], "12"),
        (["Mảnh bản đồ địa chính số 012"], "12"),
        (["Mảnh trích đo địa chính số TĐ12-2024"], "TĐ12-2024"),
        (["Tờ số 12", "Tờ bản đồ số 12"], "12"),
        (["Tờ số 12", "Tờ bản đồ số 13"], None),
        (["TỶ LỆ 1:500", "1275 000", "Xã Tân Phú"], None),
        (["Bản đồ địa chính", "Tờ số 3/2012"], None),
        ([], None),
    ],
)
def test_the_frame_tells_the_sheet_when_it_speaks_with_one_voice(said: list[str], sheet: str | None) -> None:
    assert sheet_in_frame(said) == sheet

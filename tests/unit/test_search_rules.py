"""What the search box makes of a text, before it asks the register."""

from __future__ import annotations

import pytest
from landsvc.cadastre.rules import CodeRef, NumberRef
from landsvc.cadastre.search_rules import places, read_wish


@pytest.mark.parametrize(
    ("text", "pairs", "place"),
    [
        ("345/12 Tân Khai", [("12", "345"), ("345", "12")], "tan khai"),
        ("345 / 12, xã Tân Khai", [("12", "345"), ("345", "12")], "xa tan khai"),
        ("tờ 12 thửa 345", [("12", "345")], ""),
        ("Thửa đất số 345, tờ bản đồ số 12", [("12", "345")], ""),
        ("thửa 345 tờ 12 xã Đồng Tiến", [("12", "345")], "xa dong tien"),
        ("TO 12 THUA 345 o tan khai", [("12", "345")], "tan khai"),
        ("thửa: 7a, tờ: TĐ12-2024", [("td12-2024", "7a")], ""),
        ("Tân Khai 7/7", [("7", "7")], "tan khai"),
        ("phường Bình Phước", [], "phuong binh phuoc"),
        ("tổ dân phố 12", [], "to dan pho 12"),
        ("a/b", [], "a/b"),
        ("1234/QĐ-UBND", [], "1234/qd-ubnd"),
    ],
)
def test_numbers_and_place_are_told_apart(text, pairs, place):
    wish = read_wish(text)
    assert [(each.sheet, each.number) for each in wish.numbers] == pairs
    assert wish.place == place


def test_decomposed_letters_read_the_same():
    assert read_wish("tờ 12 thửa 345 Đồng Tiến").place == "dong tien"


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("25195-12-345", NumberRef("25195", "12", "345")),
        (" 25195@2020-TĐ12-2024-7 ", NumberRef("25195", "TĐ12-2024", "7", 2020)),
        ("W6H185VU4RV5", CodeRef("w6h185vu4rv5")),
    ],
)
def test_reference_is_read_as_one(text, ref):
    assert read_wish(text).ref == ref


def test_first_part_of_a_place_is_tried_first():
    assert list(places("tan khai, binh phuoc")) == ["tan khai", "tan khai, binh phuoc"]
    assert list(places("x")) == []

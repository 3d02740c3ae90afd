"""Numbers, addresses and names planted in a text are pointed at, however they are written."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from landsvc.registry.feedback.finding import personal_in

SEPARATORS = st.sampled_from(["", " ", ".", "-", " . ", "/", ",", "–", "\u2011", "\u200b", "_", " · "])
AROUND = st.text(alphabet="abc đất thửa xây ,;", max_size=30)


@given(AROUND, AROUND, st.integers(10**8, 10**9 - 1), st.lists(SEPARATORS, min_size=9, max_size=9))
@example("", "", 912345678, [" "] * 9)
def test_a_planted_telephone_number_is_found_with_any_separators(before, after, number, separators):
    digits = f"0{number}"
    written = "".join(digit + sign for digit, sign in zip(digits, [*separators, ""], strict=True)).strip()
    found = personal_in(f"{before} {written} {after}")
    assert any("".join(filter(str.isdigit, each)) == digits for each in found), found


@given(AROUND, st.integers(0, 10**12 - 1))
def test_a_planted_identity_number_is_found(around, number):
    assert f"{number:012}" in personal_in(f"{around} {number:012}, {around}")


def test_names_and_addresses_are_pointed_at_and_plain_words_are_not():
    text = "Ông Nguyễn Văn An (an.nguyen+1@thu.example.vn) và bà Điểu Thị Mơ lấn ranh; gọi Trần Thị Bưởi."
    found = personal_in(text)
    assert {"Ông Nguyễn Văn An", "an.nguyen+1@thu.example.vn", "bà Điểu Thị Mơ", "Trần Thị Bưởi"} <= set(found)
    for planted in (
        *("đt0912345678", "an.nguyen(AT)thu.vn", "an @ gmail . com", "NGUYỄN VĂN AN", "ong Nguyen Van An"),
        *("bà nguyễn thị lan", "Trương Văn Hùng", "Lâm Văn Tư", "nguyen van an"),
    ):
        assert personal_in(f"hôm qua {planted} đến đây"), planted
    assert personal_in("Thửa 345, tờ 12: mốc bị xê dịch 2,5 m từ ngày 01/02/2026.") == []
    assert personal_in("anh đi qua con đường nhỏ") == []


def test_what_stands_in_two_texts_is_not_taken_together():
    assert personal_in("gọi ông Nguyễn Văn An", "Ông Trần Văn Bưởi đo") == [
        "ông Nguyễn Văn An",
        "Nguyễn Văn An",
        "Ông Trần Văn Bưởi",
        "Trần Văn Bưởi",
    ]

"""Amounts in words: cases as they are written by hand, and a reader that turns words into numbers again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.finance.amount_words import dong_en, dong_vi

CASES = [
    (0, "Không đồng", "Zero dong"),
    (1, "Một đồng", "One dong"),
    (4, "Bốn đồng", "Four dong"),
    (5, "Năm đồng", "Five dong"),
    (10, "Mười đồng", "Ten dong"),
    (11, "Mười một đồng", "Eleven dong"),
    (14, "Mười bốn đồng", "Fourteen dong"),
    (15, "Mười lăm đồng", "Fifteen dong"),
    (20, "Hai mươi đồng", "Twenty dong"),
    (21, "Hai mươi mốt đồng", "Twenty-one dong"),
    (24, "Hai mươi tư đồng", "Twenty-four dong"),
    (55, "Năm mươi lăm đồng", "Fifty-five dong"),
    (100, "Một trăm đồng", "One hundred dong"),
    (101, "Một trăm lẻ một đồng", "One hundred one dong"),
    (104, "Một trăm lẻ bốn đồng", "One hundred four dong"),
    (105, "Một trăm lẻ năm đồng", "One hundred five dong"),
    (110, "Một trăm mười đồng", "One hundred ten dong"),
    (121, "Một trăm hai mươi mốt đồng", "One hundred twenty-one dong"),
    (1_000, "Một nghìn đồng", "One thousand dong"),
    (1_005, "Một nghìn không trăm lẻ năm đồng", "One thousand five dong"),
    (28_000, "Hai mươi tám nghìn đồng", "Twenty-eight thousand dong"),
    (100_000, "Một trăm nghìn đồng", "One hundred thousand dong"),
    (1_005_000, "Một triệu không trăm lẻ năm nghìn đồng", "One million five thousand dong"),
    (1_000_015, "Một triệu không trăm mười lăm đồng", "One million fifteen dong"),
    (1_000_000_000, "Một tỷ đồng", "One billion dong"),
    (1_000_000_001, "Một tỷ không trăm lẻ một đồng", "One billion one dong"),
    (24_500_000_000, "Hai mươi tư tỷ năm trăm triệu đồng", "Twenty-four billion five hundred million dong"),
    (1_000_000_000_000, "Một nghìn tỷ đồng", "One trillion dong"),
    (1_005_000_000_000, "Một nghìn không trăm lẻ năm tỷ đồng", "One trillion five billion dong"),
    (10**18, "Một tỷ tỷ đồng", "One quintillion dong"),
]
ONES = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
TEENS = [
    "mười",
    "mười một",
    "mười hai",
    "mười ba",
    "mười bốn",
    "mười lăm",
    "mười sáu",
    "mười bảy",
    "mười tám",
    "mười chín",
]
AFTER_TWENTY = ["-", "mốt", "hai", "ba", "tư", "lăm", "sáu", "bảy", "tám", "chín"]
MOST = 2**63 - 1


def table() -> tuple[dict[str, int], dict[str, int]]:
    """Return how 1 to 999 read at the front of a number, and behind other groups: written out, number by number."""
    tens = {10 + at: word for at, word in enumerate(TEENS)}
    for ten in range(2, 10):
        tens[ten * 10] = f"{ONES[ten]} mươi"
        tens |= {ten * 10 + unit: f"{ONES[ten]} mươi {AFTER_TWENTY[unit]}" for unit in range(1, 10)}
    inside = {f"{ONES[hundred]} trăm": hundred * 100 for hundred in range(1, 10)}
    for hundred in range(10):
        inside |= {f"{ONES[hundred]} trăm {word}": hundred * 100 + ten for ten, word in tens.items()}
        inside |= {f"{ONES[hundred]} trăm lẻ {ONES[unit]}": hundred * 100 + unit for unit in range(1, 10)}
    front = {word: number for word, number in inside.items() if number >= 100}
    front |= {word: ten for ten, word in tens.items()} | {ONES[unit]: unit for unit in range(1, 10)}
    return front, inside


FRONT, INSIDE = table()


def read_vi(words: str) -> int:
    """Read a number of Vietnamese words; a `KeyError` for words nobody would write."""
    if words == "không":
        return 0
    above, has_billions, rest = words.rpartition("tỷ")
    total = read_vi(above.strip()) * 10**9 if has_billions else 0
    groups, rest = FRONT if not has_billions else INSIDE, rest.strip()
    for scale, value in (("triệu", 10**6), ("nghìn", 1000)):
        said, found, behind = rest.partition(scale)
        if found:
            total += groups[said.strip()] * value
            groups, rest = INSIDE, behind.strip()
    return total + (groups[rest] if rest else 0)


@pytest.mark.parametrize(("amount", "vietnamese", "english"), CASES, ids=str)
def test_an_amount_reads_as_one_would_write_it(amount, vietnamese, english):
    assert (dong_vi(amount), dong_en(amount)) == (vietnamese, english)


def test_every_group_reads_as_the_table_says():
    assert sorted(FRONT.values()) == sorted(INSIDE.values()) == list(range(1, 1000))
    for number in range(1, 1000):
        assert FRONT[dong_vi(number).removesuffix(" đồng").lower()] == number
        assert INSIDE[dong_vi(10**6 + number).removesuffix(" đồng").removeprefix("Một triệu ")] == number


@given(st.one_of(st.integers(0, MOST), st.integers(0, 10**7), st.builds(pow, st.just(10), st.integers(0, 18))))
def test_words_say_the_amount_and_no_other(amount):
    said = dong_vi(amount)
    assert said.endswith(" đồng")
    assert "  " not in said
    assert read_vi(said.removesuffix(" đồng").lower()) == amount


@given(st.integers(0, 999), st.integers(1, 6), st.integers(0, 999))
def test_english_groups_stand_one_after_the_other(high, scale, low):
    amount = high * 1000**scale + low
    parts = [dong_en(each).removesuffix(" dong").lower() for each in (high * 1000**scale, low) if each]
    assert dong_en(amount).removesuffix(" dong").lower() == (" ".join(parts) or "zero")


@pytest.mark.parametrize("amount", [-1, True, 1.0, "1"])
def test_what_is_no_amount_is_not_written(amount):
    with pytest.raises(ValueError, match="no amount"):
        dong_vi(amount)

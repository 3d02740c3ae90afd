"""Write whole đồng in words, as receipts say them: pure functions, no database.

Source: Vietnamese as receipts and invoices are filled in (số tiền viết bằng chữ): `lẻ` before a unit without tens,
`mốt`, `tư` and `lăm` after `mươi`, `không trăm` inside a number.
"""

from __future__ import annotations

from collections.abc import Iterator

DIGITS_VI = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
AFTER_TENS_VI = {1: "mốt", 4: "tư", 5: "lăm"}
SCALES_VI = ("", " nghìn", " triệu")
SMALL_EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS_EN = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SCALES_EN = ("", " thousand", " million", " billion", " trillion", " quadrillion", " quintillion")
BILLION = 10**9


def dong_vi(amount_vnd: int) -> str:
    """Return an amount in Vietnamese words, as `Hai mươi tám nghìn đồng`; raise `ValueError` below zero."""
    return _sentence(_number_vi(_whole(amount_vnd)), "đồng")


def dong_en(amount_vnd: int) -> str:
    """Return an amount in English words, as `Twenty-eight thousand dong`; raise `ValueError` below zero."""
    return _sentence(_number_en(_whole(amount_vnd)), "dong")


def _sentence(words: str, unit: str) -> str:
    return f"{words[0].upper()}{words[1:]} {unit}"


def _whole(amount_vnd: int) -> int:
    if type(amount_vnd) is not int or amount_vnd < 0:
        message = f"no amount of money to write in words: {amount_vnd!r}"
        raise ValueError(message)
    return amount_vnd


def _number_vi(number: int) -> str:
    """Count in thousand millions (tỷ): beyond, they are counted in turn, as `một nghìn tỷ`."""
    above, rest = divmod(number, BILLION)
    said = [f"{_number_vi(above)} tỷ"] if above else []
    for scale, group in _groups(rest, len(SCALES_VI)):
        if group:
            said.append(f"{_group_vi(group, is_first=not said)}{SCALES_VI[scale]}")
    return " ".join(said) or DIGITS_VI[0]


def _group_vi(group: int, *, is_first: bool) -> str:
    """Read 1 to 999; what stands behind another group says its hundreds even where there are none."""
    hundreds, rest = divmod(group, 100)
    if not hundreds and is_first:
        return _below_hundred_vi(rest)
    said = f"{DIGITS_VI[hundreds]} trăm"
    if not rest:
        return said
    return f"{said} lẻ {DIGITS_VI[rest]}" if rest < 10 else f"{said} {_below_hundred_vi(rest)}"


def _below_hundred_vi(number: int) -> str:
    tens, unit = divmod(number, 10)
    if not tens:
        return DIGITS_VI[unit]
    said = "mười" if tens == 1 else f"{DIGITS_VI[tens]} mươi"
    if not unit:
        return said
    irregular = AFTER_TENS_VI if tens > 1 else {5: "lăm"}
    return f"{said} {irregular.get(unit, DIGITS_VI[unit])}"


def _number_en(number: int) -> str:
    groups = _groups(number, len(SCALES_EN))
    return " ".join(f"{_group_en(group)}{SCALES_EN[scale]}" for scale, group in groups if group) or SMALL_EN[0]


def _group_en(group: int) -> str:
    hundreds, rest = divmod(group, 100)
    said = [f"{SMALL_EN[hundreds]} hundred"] if hundreds else []
    if rest:
        tens, unit = divmod(rest, 10)
        small = f"{TENS_EN[tens]}-{SMALL_EN[unit]}" if unit else TENS_EN[tens]
        said.append(SMALL_EN[rest] if rest < len(SMALL_EN) else small)
    return " ".join(said)


def _groups(number: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield groups of three digits with their scale, the greatest first."""
    for scale in reversed(range(most)):
        yield scale, number // 1000**scale % 1000

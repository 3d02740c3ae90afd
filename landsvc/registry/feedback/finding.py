"""Point at what may be personal in a text before everybody reads it: numbers, addresses, names after a form of address.

It is a help for the officer who releases a text, not a proof: it would rather point at too much. Pure.
"""

from __future__ import annotations

import re
import unicodedata

MARKS = r"[\s.\-/()]*"
FEWEST_DIGITS = 8
"""A telephone number without its first zero has nine; identity numbers have nine or twelve."""
DIGITS = re.compile(rf"(?<!\w)\+?\d(?:{MARKS}\d){{{FEWEST_DIGITS - 1},}}")
DAY = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}-\d{2}-\d{2}")
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+\s*(?:@|\(at\)|\[at\])\s*[\w-]+(?:\.[\w-]+)+")
TITLES = "ông|bà|anh|chị|em|cô|chú|bác|cụ|thầy|mr|mrs|ms|miss"
UPPER = "A-Z" + "".join(filter(str.isupper, map(chr, range(0xC0, 0x1EFA))))
CAPITAL = rf"[{UPPER}][^\W\d_]*"
NAMED = re.compile(rf"(?<!\w)(?i:{TITLES})\.?\s+(?:(?i:{TITLES})\.?\s+)?{CAPITAL}(?:\s+{CAPITAL}){{0,4}}")
WHOLE_NAME = re.compile(
    rf"(?<!\w)(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Điểu|Thị)(?:\s+{CAPITAL}){{1,4}}"
)


def personal_in(text: str) -> list[str]:
    """Return what in a text may tell who somebody is, in the order it stands there, each once."""
    whole = unicodedata.normalize("NFC", text)
    found = [match for pattern in (DIGITS, MAIL, NAMED, WHOLE_NAME) for match in pattern.finditer(whole)]
    found = [match for match in found if not DAY.fullmatch(match.group().strip())]
    found.sort(key=lambda match: match.start())
    return list(dict.fromkeys(match.group().strip() for match in found))

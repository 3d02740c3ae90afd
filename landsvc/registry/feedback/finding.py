"""Point at what may be personal in a text before everybody reads it: numbers, addresses, names.

It is a help for the officer who releases a text, not a proof: it would rather point at too much. Pure.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

BETWEEN = r"[^0-9A-Za-zÀ-ỹ]{0,3}"
"""What people put between the digits of a number: blanks, points, dashes of all kinds, signs nobody sees."""
CARD_DIGITS = (9, 12)
"""An old identity card has nine digits, a citizen card twelve."""
FEWEST_DIGITS = 8
"""A telephone number without its first zero has nine; identity numbers have nine or twelve."""
DIGITS = re.compile(rf"(?<!\d)\+?\d(?:{BETWEEN}\d){{{FEWEST_DIGITS - 1},}}")
DAY = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}-\d{2}-\d{2}")
MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]+\s{0,3}(?:@|[(\[]\s?at\s?[)\]])\s{0,3}[\w-]+(?:\s{0,3}\.\s{0,3}[\w-]+)+", re.IGNORECASE
)
TITLES = "ông|bà|anh|chị|em|cô|chú|bác|cụ|thầy|ong|ba|chi|co|chu|bac|cu|thay|mr|mrs|ms|miss"
FAMILIES = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Điểu|Thị|Trương|Lâm|Đinh|Mai|Tô|Hà|Cao|Đoàn"
    "|Tạ|Châu|Thạch|Sơn|Kim|Danh|Lưu|Lương|Phùng|Trịnh|Đào|Vương|Quách|La|Nông|Vi|Triệu|Chu|Thái|Tăng|Từ|Văn|Khương|Doãn"
)
UPPER = "A-Z" + "".join(filter(str.isupper, map(chr, range(0xC0, 0x1EFA))))
CAPITAL = rf"[{UPPER}][^\W\d_]*"
NAMED = re.compile(rf"(?<!\w)(?i:{TITLES})\.?\s+(?:(?i:{TITLES})\.?\s+)?{CAPITAL}(?:\s+{CAPITAL}){{0,4}}")
WHOLE_NAME = re.compile(rf"(?<!\w)(?i:{FAMILIES})(?:\s+{CAPITAL}){{1,4}}")
MIDDLE = re.compile(r"(?<!\w)[^\W\d_]+\s+(?:văn|van|thị|thi)\s+[^\W\d_]+(?!\w)", re.IGNORECASE)
"""However small or bare it is written: nguyen van an, BÀ NGUYỄN THỊ LAN."""


def personal_in(*texts: str) -> list[str]:
    """Return what in texts may tell who somebody is, in the order it stands there, each once."""
    return list(dict.fromkeys(found for text in texts for found in _found(text)))


def _found(text: str) -> list[str]:
    whole = unicodedata.normalize("NFC", text)
    patterns = (DIGITS, MAIL, NAMED, WHOLE_NAME, MIDDLE)
    found = [match for pattern in patterns for match in pattern.finditer(whole)]
    found = [match for match in found if not DAY.fullmatch(match.group().strip())]
    found.sort(key=lambda match: match.start())
    return [match.group().strip() for match in found]


def without_numbers(text: str) -> str:
    """Return a text in which of what may be identity numbers, of nine or twelve digits, the last four are left."""

    def masked(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match.group())
        return f"…{digits[-4:]}" if len(digits) in CARD_DIGITS else match.group()

    return DIGITS.sub(masked, unicodedata.normalize("NFC", text))


def digest_of(*texts: str) -> str:
    """Return a short name for what somebody looked at; blanks and line ends make no difference."""
    whole = "\x00".join(" ".join(unicodedata.normalize("NFC", text).split()) for text in texts)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]

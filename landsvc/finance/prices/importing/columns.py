"""Say which columns each sheet has, what they are called in files, and how a cell is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

GROUPED = re.compile(r"\d{1,3}([., ]\d{3})+")
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y")
FIRST_YEAR, LAST_YEAR = 1990, 2199
Read = Callable[[str], Any]


def text(most: int = 200) -> Read:
    """Return a reader of plain texts of at most so many characters."""

    def read(cell: str) -> str:
        if len(cell) > most or not cell.isprintable():
            raise ValueError(cell)
        return cell

    return read


def choice(*words: str) -> Read:
    """Return a reader of one of some words."""

    def read(cell: str) -> str:
        if cell.lower() not in words:
            raise ValueError(cell)
        return cell.lower()

    return read


def number(least: float, most: float) -> Read:
    """Return a reader of numbers in a range; a comma may stand for the point."""

    def read(cell: str) -> str:
        try:
            value = Decimal(cell.replace(",", "."))
        except InvalidOperation:
            raise ValueError(cell) from None
        if not value.is_finite() or not Decimal(str(least)) <= value <= Decimal(str(most)):
            raise ValueError(cell)
        return f"{value:f}"

    return read


def whole(least: int, most: int) -> Read:
    """Return a reader of whole numbers in a range; 1.500.000 and 1,500,000 are one and a half million."""

    def read(cell: str) -> int:
        plain = re.sub(r"[., ]", "", cell) if GROUPED.fullmatch(cell) else cell
        try:
            value = Decimal(plain)
        except InvalidOperation:
            raise ValueError(cell) from None
        if not value.is_finite() or value != int(value) or not least <= value <= most:
            raise ValueError(cell)
        return int(value)

    return read


def day(cell: str) -> str:
    """Read a date; return it as ISO 8601 has it."""
    for form in DATES:
        try:
            found = datetime.strptime(cell.split(" ")[0], form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found.isoformat()
    raise ValueError(cell)


def codes(cell: str) -> list[str]:
    """Read codes parted by commas, semicolons or spaces."""
    return [code for code in re.split(r"[,; ]+", cell) if code]


@dataclass(frozen=True)
class Column:
    """A column: our name, other names met in files (folded), how a cell is read, and what an empty one means."""

    name: str
    also: Sequence[str]
    read: Read
    required: bool = True
    default: Any = None


def _column(name: str, also: str, read: Read, *, default: Any = None, optional: bool = False) -> Column:
    return Column(name, also.split(), read, default is None and not optional, default)


CODE = text(40)
GROUP = choice("farm", "other")
METRES = number(0, 100_000)
PCT = number(0.001, 1000)
POSITION = whole(1, 20)
PRICE = whole(1, 10**12)
SHEETS: dict[str, Sequence[Column]] = {
    "decision": (
        _column("code", "ma mabanggia", CODE),
        _column("title_vi", "ten title tenbanggia", text()),
        _column("title_en", "tentienganh", text(), default=""),
        _column("decision_no", "soquyetdinh decision soqd", text(100)),
        _column("decided_on", "ngayquyetdinh ngayqd", day),
        _column("authority", "coquan coquanbanhanh", text()),
        _column("valid_from", "tungay hieuluctu ngayhieuluc", day),
        _column("valid_to", "denngay hieulucden", day, optional=True),
        _column("certainty", "dotincay", choice("s", "k", "?"), default="?"),
        _column("tolerance_m", "saiso", number(0, 20), default="1"),
        _column("min_frontage_m", "mattientoithieu", number(0.1, 100), default="1"),
        _column("clear_frontage_m", "mattienro", number(0.1, 200), default="3"),
        _column("reach_m", "tamxa", number(1, 5000), default="500"),
        _column("unpriced", "khongtinhgia", codes, default=["DGT", "DTL", "SON", "MNC", "TVC"]),
    ),
    "rules": (
        _column("land_group", "nhomdat nhom", GROUP),
        _column("position", "vitri", POSITION),
        _column("found_by", "xacdinhtheo", choice("frontage", "alley", "distance", "rest")),
        _column("min_width_m", "rongtu", METRES, default="0"),
        _column("max_width_m", "rongden", METRES, optional=True),
        _column("min_distance_m", "cachtu", METRES, default="0"),
        _column("max_distance_m", "cachden", METRES, optional=True),
        _column("pct", "tyle phantram", PCT),
    ),
    "bands": (
        _column("land_group", "nhomdat nhom", GROUP),
        _column("position", "vitri", POSITION),
        _column("band", "dai", whole(1, 20)),
        _column("from_m", "tu", METRES),
        _column("to_m", "den", METRES, optional=True),
        _column("pct", "tyle phantram", PCT),
    ),
    "zones": (
        _column("code", "ma makhuvuc", CODE),
        _column("title", "ten tenkhuvuc", text()),
        _column("communes", "xa maxa cacxa", codes),
    ),
    "segments": (
        _column("code", "ma madoan madoanduong", CODE),
        _column("kind", "loai", choice("street", "alley"), default="street"),
        _column("street", "tenduong duong", text()),
        _column("begins", "tudiem diemdau", text(), optional=True),
        _column("ends", "dendiem diemcuoi", text(), optional=True),
        _column("width_m", "rong berong", number(0, 300)),
        _column("leads_to", "thuocduong nhapvao", CODE, optional=True),
    ),
    "prices": (
        _column("segment", "doanduong madoan", CODE, optional=True),
        _column("zone", "khuvuc makhuvuc", CODE, optional=True),
        _column("land_code", "loaidat maloaidat", text(10)),
        _column("position", "vitri", POSITION, default=1),
        _column("band", "dai", whole(1, 20), default=1),
        _column("unit_price_vnd", "dongia gia giadat", PRICE),
    ),
    "coefficients": (
        _column("kind", "loai", choice("market", "planning", "other", "corner")),
        _column("segment", "doanduong madoan", CODE, optional=True),
        _column("zone", "khuvuc makhuvuc", CODE, optional=True),
        _column("land_code", "loaidat maloaidat", text(10), optional=True),
        _column("factor", "heso", number(0.0001, 9999)),
        _column("valid_from", "tungay hieuluctu", day),
        _column("valid_to", "denngay hieulucden", day, optional=True),
        _column("legal_basis", "cancu cancuphaply", text()),
    ),
}
NEEDED = ("decision", "rules", "prices")
ALSO = {
    "decision": "quyetdinh",
    "rules": "vitri",
    "bands": "chieusau",
    "zones": "khuvuc",
    "segments": "doanduong",
    "prices": "gia",
    "coefficients": "heso",
}
"""What sheets and files are called otherwise, folded."""

"""Read and write plus codes (Open Location Code), full and shortened with a place of reference."""

from __future__ import annotations

import re

from openlocationcode import openlocationcode

from landsvc.geo.geohash import Cell

PATTERN = re.compile(r"(?<![0-9A-Z])([23456789CFGHJMPQRVWX]{2,8}0{0,6}\+[23456789CFGHJMPQRVWX]{0,7})(?![0-9A-Z])")
PLUS_AT = 8
"""Signs before the plus of a full code."""


def encode(lon: float, lat: float, length: int = 10) -> str:
    """Return the plus code of a place; 10 digits name a cell of about 14 m, 11 of about 3 m."""
    # Rounded to a tenth of a millimetre: a last bit below 180 degrees makes the library write a false code.
    return str(openlocationcode.encode(round(lat, 9), round(lon, 9), length))


def decode(text: str, reference: tuple[float, float] | None = None) -> Cell | None:
    """Return the cell of a plus code, or None if it is none; a short one needs `reference` (lon, lat).

    A blank where a full code has its plus is read as one: an address turns an unescaped plus into a blank.
    """
    code = text.strip().upper()
    if code[PLUS_AT : PLUS_AT + 1] in ("", " ") and "+" not in code and len(code) >= PLUS_AT:
        code = f"{code[:PLUS_AT]}+{code[PLUS_AT + 1 :]}"
    if openlocationcode.isShort(code) and reference is not None:
        code = openlocationcode.recoverNearest(code, reference[1], reference[0])
    if not openlocationcode.isFull(code):
        return None
    area = openlocationcode.decode(code)
    return Cell(area.longitudeLo, area.latitudeLo, area.longitudeHi, area.latitudeHi)


def is_short(text: str) -> bool:
    """Tell whether a plus code lacks its first digits and needs a place of reference."""
    return bool(openlocationcode.isShort(text.strip().upper()))


def find(text: str) -> str | None:
    """Return the first plus code inside a longer text, or None."""
    match = PATTERN.search(text.upper())
    return match.group(1) if match and openlocationcode.isValid(match.group(1)) else None

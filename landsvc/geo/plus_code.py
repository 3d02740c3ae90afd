"""Read and write plus codes (Open Location Code), full and shortened with a place of reference."""

from __future__ import annotations

import re

from openlocationcode import openlocationcode

from landsvc.geo.geohash import Cell

SIGN = "[23456789CFGHJMPQRVWX]"
PATTERN = re.compile(rf"(?<![0-9A-Z]){SIGN}{{2,8}}0{{0,6}}\+{SIGN}{{0,7}}(?![0-9A-Z])", re.I)
# The signs hold no vowel, so eight or four of them with a letter among them are no word, and are no number either.
BLANK = re.compile(rf"(?<![0-9A-Z+])(?=[2-9]*[A-Z])({SIGN}{{8}}|{SIGN}{{4}}) ({SIGN}{{2,3}})(?![0-9A-Z+])", re.I)
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
    """Return the first plus code inside a longer text, or None; see `locate`."""
    found = locate(text)
    return found[0] if found else None


def locate(text: str) -> tuple[str, int, int] | None:
    """Return the first plus code inside a longer text with where it begins and ends, or None.

    Where none is written in full, a blank that can only have been a plus is read as one: an address turns an
    unescaped plus into a blank.
    """
    if match := PATTERN.search(text):
        code = match.group().upper()
    elif match := BLANK.search(text):
        code = f"{match.group(1)}+{match.group(2)}".upper()
    else:
        return None
    whole = openlocationcode.isShort(code) or openlocationcode.isFull(code)
    return (code, *match.span()) if whole else None

"""Read what somebody typed into the search box: pure functions, no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from landsvc.cadastre.errors import MalformedReference
from landsvc.cadastre.rules import ParcelRef, parse_ref

MAX_PLACE = 60
"""Characters of a place name that are compared; the longest official name has 33."""

_MARK = r"([0-9a-zđ][0-9a-zđ.\-]{0,19})"
_SHEET = re.compile(rf"\b(?:to|tbd|sheet)(?:\s+ban\s+do)?(?:\s+so)?\s*[:.]?\s*{_MARK}(?![\w-])")
_NUMBER = re.compile(rf"\b(?:thua|parcel|lot)(?:\s+dat)?(?:\s+so)?\s*[:.]?\s*{_MARK}(?![\w-])")
_SLASH = re.compile(rf"(?<![\w/.,-]){_MARK}\s*/\s*{_MARK}(?![\w/-])")
_FILLER = re.compile(r"^[\s,;:.\-]*(?:(?:o|tai|in|at)\s+)?[\s,;:.\-]*|[\s,;:.\-]+$")


@dataclass(frozen=True)
class NumberWish:
    """A sheet and a number somebody asks for; `likely` is 1 as written, less for the other reading of `a/b`."""

    sheet: str
    number: str
    likely: float = 1.0


@dataclass(frozen=True)
class Wish:
    """What a text may mean."""

    ref: ParcelRef | None
    numbers: tuple[NumberWish, ...]
    place: str
    """What is left for a name of a place, folded; may be empty."""
    half: bool = False
    """Whether only one of sheet and number was given: that names no parcel."""


def read_wish(text: str) -> Wish:
    """Return what a text may mean as a parcel or a place."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    folded = fold(plain)
    if (ref := _reference(plain)) is not None:
        return Wish(ref, (), _place(folded))
    sheet, number = _SHEET.search(folded), _NUMBER.search(folded)
    if sheet is not None and number is not None:
        rest = _without(folded, sheet, number)
        return Wish(None, (NumberWish(_tidy(sheet[1]), _tidy(number[1])),), _place(rest))
    half = sheet or number
    if half is not None and _has_digit(half[1]):
        return Wish(None, (), _place(_without(folded, half)), half=True)
    pair = _SLASH.search(folded)
    if pair is not None and all(map(_has_digit, pair.groups())):
        first, second = _tidy(pair[1]), _tidy(pair[2])
        # People write parcel/sheet; some papers print sheet/parcel.
        wishes = (NumberWish(second, first), NumberWish(first, second, 0.8))
        return Wish(None, wishes[:1] if first == second else wishes, _place(_without(folded, pair)))
    return Wish(None, (), _place(folded))


def fold(text: str) -> str:
    """Return a text without tone marks, đ as d, in lower case; close to `geo.vn_fold`, which decides."""
    bare = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).lower()


def places(place: str) -> Iterator[str]:
    """Yield what to look for as a place: the first part of `tan khai, binh phuoc`, then the whole."""
    first = place.split(",")[0].strip()
    yield from dict.fromkeys(part for part in (first, place) if len(part) > 1)


def _reference(text: str) -> ParcelRef | None:
    try:
        return parse_ref(text)
    except MalformedReference:
        return None


def _without(text: str, *found: re.Match[str]) -> str:
    for match in sorted(found, key=lambda match: -match.start()):
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return text


def _has_digit(token: str) -> bool:
    return any(letter.isdigit() for letter in token)


def _tidy(token: str) -> str:
    return token.rstrip(".-")


def _place(text: str) -> str:
    return _FILLER.sub("", " ".join(text.split()))[:MAX_PLACE].strip()

"""Understand a place that somebody typed or pasted: degrees, VN-2000 metres, or a plus code.

Vietnamese papers write X for north and Y for east, maps on phones write latitude first, and both use a decimal
comma as often as a point. So the order is decided by where the place would fall, never by the letters alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from landsvc.geo import plus_code
from landsvc.geo.crs import VN2000, WGS84, UnknownReferenceSystem, Variant, transform_point

Box = tuple[float, float, float, float]
Form = Literal["degrees", "metres", "plusCode"]
VIETNAM_AND_WATERS: Box = (102.0, 7.0, 118.0, 24.0)

_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "º": "°", "˚": "°", "′": "'", "’": "'", "‘": "'", "″": '"', "”": '"', "“": '"'}
)
_NORTH = "lat|latitude|vĩ độ|vi do|northing|north|bắc|bac|n|b"
_EAST = "lon|lng|long|longitude|kinh độ|kinh do|easting|east|đông|dong|e|đ"
_LABEL = re.compile(rf"(?<!\w)(?:(?P<north>{_NORTH})|(?P<east>{_EAST})|x|y|vn-?2000)(?!\w)[\s:=()]*", re.I)
_EPSG = re.compile(r"epsg\s*:?\s*(\d{4,6})", re.I)
_MERIDIAN = re.compile(
    r"(?:ktt|kinh tuyến(?: trục)?|kinh tuyen(?: truc)?|tm-?3)\D{0,3}(1\d\d)\s*[°\-\s]\s*(\d{1,2})?\s*'?", re.I
)
# Two numbers and what may stand between them, for each way of writing a number.
_POINT = r"-?\d+(?:\.\d+)?"
_COMMA = r"-?\d+(?:,\d+)?"
_PAIRS = [
    (re.compile(rf"[\s,;|]*({_POINT})[\s,;|]+({_POINT})[\s,;|]*"), ("", ".")),
    (re.compile(rf"[\s;|]*({_COMMA})(?:\s*[;|]\s*|,?\s+)({_COMMA})[\s,;|]*"), ("", ",")),
    (
        re.compile(
            r"[\s;|]*(\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?:[\s;|]+|,\s+)(\d{1,3}(?:,\d{3})+(?:\.\d+)?)[\s,;|]*"
        ),
        (",", "."),
    ),
    (
        re.compile(
            r"[\s;|]*(\d{1,3}(?:\.\d{3})+(?:,\d+)?)(?:[\s;|]+|,\s+)(\d{1,3}(?:\.\d{3})+(?:,\d+)?)[\s,;|]*"
        ),
        (".", ","),
    ),
    (
        re.compile(
            r"[\s;|]*(\d{1,3}(?: \d{3})+(?:[.,]\d+)?)(?:\s*[;|]\s*|,\s*)(\d{1,3}(?: \d{3})+(?:[.,]\d+)?)[\s,;|]*"
        ),
        (" ", ","),
    ),
]
_ANGLE = (
    r"(-?\d{1,3}(?:[.,]\d+)?)\s*°\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*'\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|'')\s*)?"
)
_HEMISPHERE = {"N": 1, "B": 1, "S": -1, "E": 1, "Đ": 1, "D": 1, "W": -1, "T": -1}
_LATITUDES = "NBS"
_HEMISPHERE_FIRST = re.compile(rf"([NBSEĐDWT])\s*{_ANGLE}", re.I)
_HEMISPHERE_LAST = re.compile(rf"{_ANGLE}([NBSEĐDWT](?!\w))?", re.I)
_WORDS = [(re.compile(r"(?:vĩ độ\s*)?bắc", re.I), "B"), (re.compile(r"(?:kinh độ\s*)?đông", re.I), "Đ")]


@dataclass(frozen=True)
class Place:
    """One reading of a text: x east and y north (or longitude and latitude) in `srid`."""

    srid: int
    x: float
    y: float
    form: Form
    swapped: bool = False
    """Whether north (or latitude) was written first."""


def parse(
    text: str,
    *,
    srid: int,
    variant: Variant,
    zones: Sequence[int] = (),
    extent: Box = VIETNAM_AND_WATERS,
    reference: tuple[float, float] | None = None,
) -> list[Place]:
    """Return the readings of a text that fall into `extent` (degrees WGS 84), likeliest first, or none.

    Metres are read in `srid` and in the further `zones`, unless the text names a zone or a meridian; plus
    codes without their first digits are completed near `reference` (lon, lat).
    """
    plain = _plain(text)
    if len(plain) > 200:
        return []
    code = plus_code.find(plain)
    if code is not None:
        return list(_within(_from_plus_code(code, reference), extent, variant))
    named, rest = _named_zone(plain)
    readings = [*_from_angles(rest), *_from_numbers(rest, [named] if named else [srid, *zones])]
    try:
        return list(dict.fromkeys(_within(readings, extent, variant)))
    except UnknownReferenceSystem:
        return []  # the text names a system nobody knows: then it is not a place either


def _plain(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip().translate(_SIGNS)


def _from_plus_code(code: str, reference: tuple[float, float] | None) -> list[Place]:
    cell = plus_code.decode(code, reference)
    return [] if cell is None else [Place(WGS84, *cell.centre, form="plusCode")]


def _named_zone(text: str) -> tuple[int | None, str]:
    """Return the zone a text names by EPSG code or central meridian, and the text without it."""
    if match := _EPSG.search(text):
        return int(match[1]), _EPSG.sub(" ", text)
    match = _MERIDIAN.search(text)
    if match is None:
        return None, text
    meridian = int(match[1]) + int(match[2] or 0) / 60
    for system in VN2000.values():
        if system.cadastral and abs((system.central_meridian or 0.0) - meridian) < 1e-6:
            return system.srid, text[: match.start()] + " " + text[match.end() :]
    return None, text


def _from_angles(text: str) -> Iterator[Place]:
    """Read two angles with degree signs; letters for the hemisphere stand before or after both."""
    for word, letter in _WORDS:
        text = word.sub(letter, text)
    first = _HEMISPHERE_FIRST.findall(text)
    if len(first) == 2 and text[:1].upper() in _HEMISPHERE:
        angles = [(_angle(*found[1:4]), found[0].upper()) for found in first]
    else:
        angles = [(_angle(*found[0:3]), found[3].upper()) for found in _HEMISPHERE_LAST.findall(text)]
    if len(angles) != 2:
        return
    (one, side_one), (two, side_two) = angles
    signed = [one * _HEMISPHERE.get(side_one, 1), two * _HEMISPHERE.get(side_two, 1)]
    north_first = None
    if side_one or side_two:
        north_first = side_one in _LATITUDES if side_one else side_two not in _LATITUDES
    yield from _degrees(signed[0], signed[1], north_first)


def _angle(degrees: str, minutes: str, seconds: str) -> float:
    parts = [float(part.replace(",", ".") or 0) if part else 0.0 for part in (degrees, minutes, seconds)]
    size = abs(parts[0]) + parts[1] / 60 + parts[2] / 3600
    return -size if degrees.startswith("-") else size


def _degrees(first: float, second: float, north_first: bool | None) -> Iterator[Place]:
    """Yield the reading the letters ask for, or both with latitude first, as phones write it."""
    if north_first is not False and abs(first) <= 90 and abs(second) <= 180:
        yield Place(WGS84, second, first, "degrees", swapped=True)
    if north_first is not True and abs(second) <= 90 and abs(first) <= 180:
        yield Place(WGS84, first, second, "degrees")


def _from_numbers(text: str, srids: Sequence[int]) -> Iterator[Place]:
    labels = [match for match in _LABEL.finditer(text) if match["north"] or match["east"]]
    north_first = bool(labels[0]["north"]) if len(labels) == 2 else None
    bare = _LABEL.sub(";", text)
    bare = re.sub(r"\s*(?:;\s*)+", ";", re.sub(r"[()]|(?<=\d) ?m(?!\w)", "", bare)).strip(" ,;|")
    for pattern, (group, point) in _PAIRS:
        if match := pattern.fullmatch(bare):
            pair = [_number(part, group, point) for part in match.groups()]
            if all("." in part or "," in part for part in match.groups()) or labels:
                yield from _degrees(pair[0], pair[1], north_first)
            yield from _metres(pair[0], pair[1], srids)


def _number(text: str, group: str, point: str) -> float:
    whole = text.replace(group, "") if group else text
    return float(whole.replace(point, ".").replace(",", "."))


def _metres(first: float, second: float, srids: Sequence[int]) -> Iterator[Place]:
    """Yield both orders in each system; VN-2000 papers write north first."""
    if min(abs(first), abs(second)) < 1000:
        return
    for srid in dict.fromkeys(srids):
        if srid in VN2000 and not 200_000 <= min(first, second) <= 800_000:
            continue
        yield Place(srid, second, first, "metres", swapped=True)
        yield Place(srid, first, second, "metres")


def _within(places: Sequence[Place] | Iterator[Place], extent: Box, variant: Variant) -> Iterator[Place]:
    west, south, east, north = extent
    for place in places:
        lon, lat = transform_point(place.x, place.y, place.srid, WGS84, variant)
        if np.isfinite(lon) and west <= lon <= east and south <= lat <= north:
            yield place

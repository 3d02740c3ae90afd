"""Read and write what every list takes: an opaque cursor, a box in degrees."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from landsvc.core.errors import InvalidInput

_CURSOR = re.compile(r"z([0-9a-f]{1,15})")


class BadCursor(InvalidInput):
    """The text is no cursor we gave. 400."""

    slug = "bad-cursor"
    title = "This is not a cursor of this list"
    detail = "{cursor!r} cannot be read."
    remedy = "Follow the `next` link of the page before, or start without a cursor."


class BadBox(InvalidInput):
    """The box is not four numbers in order. 400."""

    slug = "bad-bbox"
    title = "This is not a box"
    detail = "{text!r} is not west,south,east,north in degrees."
    remedy = "Give four numbers, such as bbox=106.8,11.4,106.9,11.5; west before east, south before north."


class Box(NamedTuple):
    """A box in degrees WGS 84."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Page:
    """One page of a list as JSON text between commas; `last` is the row it ends at, `more` whether others follow."""

    body: bytes
    returned: int
    last: int
    more: bool


def write_cursor(last: int) -> str:
    """Return the opaque text that names where a page ended."""
    return f"z{last:x}"


def read_cursor(cursor: str | None, field: str = "cursor") -> int:
    """Return where a page begins (0 for the first); raise `BadCursor`."""
    if cursor is None:
        return 0
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadCursor(field=field, cursor=cursor[:40])
    return int(found[1], 16)


def parse_box(text: str, field: str = "bbox") -> Box:
    """Read `west,south,east,north` in degrees; raise `BadBox`."""
    try:
        box = Box(*map(float, text.split(",")))
    except (ValueError, TypeError):
        raise BadBox(field=field, text=text[:80]) from None
    ordered = -180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90
    if not ordered or not all(map(math.isfinite, box)):
        raise BadBox(field=field, text=text[:80])
    return box


def next_link(path: str, given: dict[str, str], last: int) -> str:
    """Return the address of the page after `last`: the same question with another cursor."""
    return f"{path}?{urlencode({**given, 'cursor': write_cursor(last)})}"

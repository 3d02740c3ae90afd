"""Hold the pure rules of planning: times one may ask for, how sharp a drawn line is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from landsvc.planning.errors import BadBox, BadCursor, KnownAtInFuture, TimeOutOfRange

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
DRAWN_LINE_M = 0.0003
"""Metres on paper: a line is drawn and read to about 0.3 mm."""
END_OF_TIME = "infinity"
_CURSOR = re.compile(r"z[0-9a-f]{1,15}")


@dataclass(frozen=True)
class Times:
    """The two times of a question: on which day it holds, as known at which instant."""

    valid_at: date
    known_at: datetime
    """Shown to the reader."""
    past: bool
    """Whether the projection of today does not answer it."""

    @property
    def knowledge(self) -> datetime | str:
        """Return what rows are compared with: what is believed now has no end, whatever clocks say."""
        return self.known_at if self.past else END_OF_TIME


def times_of(valid_at: date | None, known_at: datetime | None, *, now: datetime, today: date) -> Times:
    """Return the times a question is about; raise `TimeOutOfRange` or `KnownAtInFuture`.

    Without `known_at` the present knowledge answers; without `valid_at` today's day does.
    """
    day = today if valid_at is None else valid_at
    _check_range("validAt", day)
    if known_at is not None:
        _check_range("knownAt", known_at.astimezone(UTC).date() if 1 < known_at.year < 9999 else date.min)
        if known_at > now:
            raise KnownAtInFuture(field="knownAt", known_at=known_at.isoformat())
    return Times(day, known_at or now, past=known_at is not None or day != today)


def _check_range(field: str, day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise TimeOutOfRange(field=field, name=field, value=str(day), first=str(FIRST_DAY), last=str(LAST_DAY))


def accuracy_of_scale(scale: int | None) -> float | None:
    """Return how far a line of a source may be off, in metres: 0.3 mm on paper at its scale."""
    return None if scale is None else round(scale * DRAWN_LINE_M, 3)


def write_cursor(last: int) -> str:
    """Return the opaque text that names where a page ended."""
    return f"z{last:x}"


def read_cursor(cursor: str | None) -> int:
    """Return where a page begins (0 for the first); raise `BadCursor`."""
    if cursor is None:
        return 0
    if not _CURSOR.fullmatch(cursor):
        raise BadCursor(field="cursor", cursor=cursor)
    return int(cursor[1:], 16)


def parse_box(text: str) -> tuple[float, float, float, float]:
    """Read `west,south,east,north` in degrees; raise `BadBox`."""
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise BadBox(field="bbox", text=text) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadBox(field="bbox", text=text)
    return west, south, east, north

"""Read the two times of a question: on which day it holds (`validAt`), as known at which instant (`knownAt`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from landsvc.core.errors import InvalidInput

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
END_OF_TIME = "infinity"


class KnownAtInFuture(InvalidInput):
    """Nobody knows yet what will be known. 400."""

    slug = "known-at-in-future"
    title = "The instant of knowledge lies in the future"
    detail = "knownAt {known_at} is later than now."
    remedy = "Leave knownAt out to ask what is known now."


class TimeOutOfRange(InvalidInput):
    """A date is outside what the register can answer. 400."""

    slug = "time-out-of-range"
    title = "The date is outside what the register answers"
    detail = "{name} {value} is not between {first} and {last}."
    remedy = "Give a date from {first} to {last}."


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
    check_day("validAt", day)
    if known_at is not None:
        check_day("knownAt", known_at.astimezone(UTC).date() if 1 < known_at.year < 9999 else date.min)
        if known_at > now:
            raise KnownAtInFuture(field="knownAt", known_at=known_at.isoformat())
    return Times(day, known_at or now, past=known_at is not None or day != today)


def check_day(field: str, day: date) -> None:
    """Raise `TimeOutOfRange` naming `field` for a day the register cannot answer."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise TimeOutOfRange(field=field, name=field, value=str(day), first=str(FIRST_DAY), last=str(LAST_DAY))

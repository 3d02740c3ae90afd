"""Count working days: office hours, holidays, the hour of the day's cut-off, and pauses. Pure; the clock of dossiers.

The rules, in the order they apply:

* What comes in on a working day up to the cut-off hour came in on that day, otherwise on the next working day.
  That goes for the start of the clock and for the end of each pause.
* The day it starts on is not counted.
* A working day is spent when the clock runs at the moment the office closes.
* It is due when the office closes on the day by which the days are spent; for none, on the day it starts on.

Source: Civil Code 91/2015/QH13, articles 147 and 148 (the first day is not counted, a last day off moves on);
cut-off hours are those of the office and the procedure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from landsvc.core.clock import OFFICE_ZONE

ONE_DAY = timedelta(days=1)
LONGEST_WAIT = 370
"""Days looked ahead for the next working day: longer than any closure."""
GREEN, AMBER, RED, STOPPED, ENDED = "green", "amber", "red", "stopped", "ended"


class NoWorkingDay(ValueError):
    """The calendar has no working day near the one asked for: its office hours end before."""


@dataclass(frozen=True)
class Hours:
    """Office hours from a day to another, both in it; weekdays from 1 (Monday) to 7."""

    first: date
    last: date | None
    weekdays: frozenset[int]
    opens: time
    closes: time
    cutoff: time


@dataclass(frozen=True)
class Calendar:
    """When an office works: its hours in time, days off, and days worked in their stead."""

    hours: tuple[Hours, ...]
    holidays: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def hours_on(self, day: date) -> Hours | None:
        """Return the hours of a working day, None when the office is closed."""
        found = next(
            (each for each in self.hours if each.first <= day and (each.last is None or day <= each.last)), None
        )
        if found is None or day in self.holidays:
            return None
        return found if day in self.working or day.isoweekday() in found.weekdays else None

    def days_from(self, day: date) -> Iterator[tuple[date, Hours]]:
        """Yield the working days from a day on, each with its hours; raise `NoWorkingDay` where there are no more."""
        waited = 0
        while waited < LONGEST_WAIT:
            hours = self.hours_on(day)
            if hours is not None:
                waited = 0
                yield day, hours
            waited += 1
            day += ONE_DAY
        raise NoWorkingDay(f"no working day in the year before {day}")

    def came_in(self, moment: datetime, cutoff: time | None = None) -> date:
        """Return the day something counts as having come in on; `cutoff` in place of the office's own."""
        local = moment.astimezone(OFFICE_ZONE)
        hours = self.hours_on(local.date())
        if hours is not None and local.time() <= (cutoff or hours.cutoff):
            return local.date()
        return next(self.days_from(local.date() + ONE_DAY))[0]

    def closes_at(self, day: date) -> datetime:
        """Return the moment the office closes on a working day."""
        hours = self.hours_on(day)
        if hours is None:
            raise NoWorkingDay(str(day))
        return at_time(day, hours.closes)

    def working_days(self, after: date, until: date) -> int:
        """Return how many working days lie after one day, up to and with another."""
        days = (after + timedelta(days=ahead) for ahead in range(1, (until - after).days + 1))
        return sum(1 for day in days if self.hours_on(day) is not None)


@dataclass(frozen=True)
class Pause:
    """A time in which others work; without an end it lasts still."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Clock:
    """How a clock stands: when it is due (None while it is stopped), and how many whole days were spent till then."""

    started_on: date
    due_at: datetime | None
    spent: int


def at_time(day: date, when: time) -> datetime:
    """Return a moment of the office's day."""
    return datetime.combine(day, when, OFFICE_ZONE)


def run(
    calendar: Calendar, start: datetime, days: int, pauses: Sequence[Pause] = (), cutoff: time | None = None
) -> Clock:
    """Run a clock of so many working days from `start`; pauses may overlap, touch, and come in any order."""
    first = calendar.came_in(start, cutoff)
    stopped = [(each.start, _resumed(calendar, each, cutoff)) for each in pauses]
    spent = 0
    for day, hours in calendar.days_from(first):
        close = at_time(day, hours.closes)
        if any(begin <= close and end is None for begin, end in stopped):
            return Clock(first, None, spent)
        runs = not any(begin <= close < end for begin, end in stopped if end is not None)
        spent += runs and day > first
        # What comes in after the office closed and before its cut-off is never due before it came.
        if runs and spent >= days and close >= start:
            return Clock(first, close, spent)
    raise AssertionError("days_from ends by raising")


def _resumed(calendar: Calendar, pause: Pause, cutoff: time | None) -> datetime | None:
    """Return from when the clock runs again: the very moment, or the opening of the day it counts as."""
    if pause.end is None:
        return None
    day = calendar.came_in(pause.end, cutoff)
    if day == pause.end.astimezone(OFFICE_ZONE).date():
        return pause.end
    hours = calendar.hours_on(day)
    return at_time(day, hours.opens if hours else time.min)


def light(calendar: Calendar, due_at: datetime | None, now: datetime, days: int) -> str:
    """Return the colour of a running clock: amber from the last fifth of its days (one at least), red when it is over.

    A clock that stands has no colour of its own.
    """
    if due_at is None:
        return STOPPED
    if now > due_at:
        return RED
    left = calendar.working_days(now.astimezone(OFFICE_ZONE).date(), due_at.astimezone(OFFICE_ZONE).date())
    return AMBER if left < max(1, -(-days // 5)) else GREEN

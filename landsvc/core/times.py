"""Read the two times of a question: on which day it holds (`validAt`), as known at which instant (`knownAt`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import QueryModel
from landsvc.core.errors import InvalidInput

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)


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


def _not_a_number(value: Any) -> Any:
    """Refuse what pydantic would read as seconds since 1970."""
    if isinstance(value, str) and "-" not in value:
        raise ValueError("no date")
    return value


Day = Annotated[date, BeforeValidator(_not_a_number)]
Instant = Annotated[AwareDatetime, BeforeValidator(_not_a_number)]


class TimesQuery(QueryModel):
    """The two times every answer of the register takes."""

    valid_at: Day | SkipJsonSchema[None] = Field(None, description="The day it shall hold; today without it.")
    known_at: Instant | SkipJsonSchema[None] = Field(
        None, description="What was known at this instant (with zone, not in the future); now without it."
    )

    @property
    def asked(self) -> bool:
        """Whether either time is given."""
        return self.valid_at is not None or self.known_at is not None


@dataclass(frozen=True)
class Times:
    """The two times of a question."""

    valid_at: date
    known_at: datetime


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
    return Times(day, known_at or now)


def check_day(field: str, day: date) -> None:
    """Raise `TimeOutOfRange` naming `field` for a day the register cannot answer."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise TimeOutOfRange(field=field, name=field, value=str(day), first=str(FIRST_DAY), last=str(LAST_DAY))

"""Run a dossier's clock over its pauses: when it is due, when its step is, what its light shows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from landsvc.registry.dossiers.model import Dossier, PauseLine, State
from landsvc.registry.dossiers.working_time import AMBER, ENDED, RED, STOPPED, Calendar, Pause, light, run

BEFORE = "before"


@dataclass(frozen=True)
class Standing:
    """How the clock of a dossier stands after an event."""

    due_at: datetime | None
    spent_days: int
    step_due_at: datetime | None
    appointment_at: datetime | None


def stand(
    dossier: Dossier,
    pauses: Sequence[PauseLine],
    *,
    calendar: Calendar,
    state: State,
    step_days: int | None,
    now: datetime,
    registered_at: datetime | None,
) -> Standing:
    """Return how the clock stands in a state entered now, with the pauses as they are then.

    A result that is ready keeps the moment it was due. The appointment moves on with the due moment when others
    kept the dossier, and never back.
    """
    if registered_at is None or state.clock == BEFORE:
        return Standing(None, 0, None, None)
    if state.clock == "ended":
        return Standing(dossier.due_at, dossier.spent_days, None, dossier.appointment_at)
    stops = [Pause(each.start, each.end) for each in pauses]
    clock = run(calendar, registered_at, dossier.limit_days, stops)
    step = run(calendar, now, step_days).due_at if step_days is not None and clock.due_at else None
    moments = [each for each in (dossier.appointment_at, clock.due_at) if each]
    return Standing(clock.due_at, spent(calendar, clock.started_on, stops, now), step, max(moments, default=None))


def spent(calendar: Calendar, started_on: date, pauses: Sequence[Pause], now: datetime) -> int:
    """Return how many working days were spent by a moment."""
    count = 0
    for day, _ in calendar.days_from(started_on):
        close = calendar.closes_at(day)
        if close > now:
            return count
        held = any(each.start <= close and (each.end is None or close < each.end) for each in pauses)
        count += day > started_on and not held
    return count


def colour(dossier: Dossier, state: State, calendar: Calendar, now: datetime) -> str:
    """Return the colour of a dossier's clock: green, amber, red, or that it stands, or has ended."""
    if state.clock == "ended":
        late = dossier.due_at and dossier.ended_at and dossier.ended_at > dossier.due_at
        return RED if late else ENDED
    if state.clock in {BEFORE, "stopped"}:
        return STOPPED
    return light(calendar, dossier.due_at, now, dossier.limit_days)


def wants_apology(dossier: Dossier, shown: str, *, now: datetime) -> bool:
    """Tell whether a new appointment should be proposed: the clock is amber or red, and none later was given."""
    given = dossier.appointment_at and dossier.due_at and dossier.appointment_at > max(dossier.due_at, now)
    return shown in {AMBER, RED} and not given

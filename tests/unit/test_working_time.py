"""The due moment equals what an independent slow clock finds, for any start, days, pauses and holidays."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.core.clock import OFFICE_ZONE
from landsvc.registry.dossiers.working_time import (
    AMBER,
    GREEN,
    RED,
    STOPPED,
    Calendar,
    Hours,
    NoWorkingDay,
    Pause,
    light,
    run,
)

ORIGIN = datetime(2026, 4, 20, tzinfo=OFFICE_ZONE)
HALF_HOUR = timedelta(minutes=30)
WEEK = Hours(date(2000, 1, 1), None, frozenset({1, 2, 3, 4, 5}), time(7, 30), time(17), time(16, 30))
OFFICE = Calendar(
    (WEEK,), frozenset({date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1)}), frozenset({date(2026, 5, 9)})
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=OFFICE_ZONE)


def test_the_day_it_comes_in_is_not_counted_and_days_off_are_skipped():
    # Friday 24 April + 3: Monday 27 is off, so 28, 29, and past 30 and 1 May and a week-end Monday 4 May.
    assert run(OFFICE, at("04-24T09:00"), 3).due_at == at("05-04T17:00")


@pytest.mark.parametrize(
    ("start", "cutoff", "due"),
    [
        ("05-05T15:00", time(15), "05-05T17:00"),
        ("05-05T15:01", time(15), "05-06T17:00"),
        ("05-08T16:31", None, "05-09T17:00"),  # Saturday 9 May is worked
        ("05-02T10:00", None, "05-04T17:00"),
    ],
)
def test_what_comes_after_the_cut_off_came_on_the_next_working_day(start, cutoff, due):
    assert run(OFFICE, at(start), 0, cutoff=cutoff).due_at == at(due)


def test_a_pause_over_three_closings_costs_three_days():
    paused = [Pause(at("05-05T10:00"), at("05-08T10:00"))]
    assert run(OFFICE, at("05-04T09:00"), 5, paused).due_at == at("05-13T17:00")  # Saturday 9 May is worked
    within_a_day = [Pause(at("05-05T09:00"), at("05-05T15:00"))]
    assert run(OFFICE, at("05-04T09:00"), 2, within_a_day).due_at == at("05-06T17:00")


def test_a_clock_that_stands_has_no_due_moment_and_keeps_what_was_spent():
    clock = run(OFFICE, at("05-04T09:00"), 5, [Pause(at("05-07T09:00"), None)])
    assert (clock.due_at, clock.spent) == (None, 2)
    assert light(OFFICE, None, at("05-08T09:00"), 5) == STOPPED


def test_the_light_turns_amber_in_the_last_fifth_and_red_when_it_is_over():
    due = run(OFFICE, at("05-04T09:00"), 5).due_at
    lights = [
        light(OFFICE, due, at(now), 5) for now in ("05-04T09:00", "05-08T09:00", "05-09T09:00", "05-09T17:01")
    ]
    assert lights == [GREEN, GREEN, AMBER, RED]


def test_a_calendar_that_ends_says_so():
    ended = Calendar((Hours(date(2026, 1, 1), date(2026, 4, 24), *list(vars(WEEK).values())[2:]),))
    with pytest.raises(NoWorkingDay):
        run(ended, at("04-24T09:00"), 3)


DAYS = st.integers(0, 60).map(lambda ahead: ORIGIN.date() + timedelta(days=ahead))
MOMENTS = st.integers(0, 48 * 45).map(lambda ticks: ORIGIN + ticks * HALF_HOUR)
PAUSES = st.lists(
    st.tuples(MOMENTS, st.integers(0, 48 * 12)).map(
        lambda found: Pause(found[0], found[0] + found[1] * HALF_HOUR)
    ),
    max_size=5,
)
CALENDARS = st.builds(
    lambda weekdays, opens, length, cut, holidays, working: Calendar(
        (
            Hours(
                date(2000, 1, 1),
                None,
                frozenset(weekdays),
                time(opens),
                time(opens + length),
                time(opens + length - cut),
            ),
        ),
        frozenset(holidays),
        frozenset(working),
    ),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(6, 9),
    st.integers(4, 9),
    st.integers(0, 3),
    st.sets(DAYS, max_size=12),
    st.sets(DAYS, max_size=4),
)


DATA = Path(__file__).parents[2] / "gis_data" / "procedures"


def limits() -> list[tuple[str, int, time | None]]:
    """Every time limit the data have, with and without the days of difficult communes: procedure, days, cut-off."""
    with (DATA / "procedures.csv").open(encoding="utf-8") as file:
        cutoffs = {row["code"]: row["cutoff"] for row in csv.DictReader(file)}
    with (DATA / "deadlines.csv").open(encoding="utf-8") as file:
        found = {
            (row["procedure"], int(row["days"]) + extra, cutoffs[row["procedure"]])
            for row in csv.DictReader(file)
            for extra in (0, int(row["extra_days"]))
        }
    return [(code, days, time.fromisoformat(cut) if cut else None) for code, days, cut in sorted(found)]


def slow(calendar: Calendar, start: datetime, days: int, pauses: list[Pause], cutoff: time | None) -> datetime:
    """Walk half hour by half hour with a list of who holds the clock; nothing of the module is asked."""
    hours = calendar.hours[0]

    def works(day: date) -> bool:
        if day in calendar.holidays:
            return False
        return day in calendar.working or day.isoweekday() in hours.weekdays

    last_hour = cutoff or hours.cutoff
    moment, begun_on, holding, late = min([start, *(each.start for each in pauses)]), None, set(), set()
    spent = 0
    waiting = False
    while True:
        local = moment.astimezone(OFFICE_ZONE)
        open_now = works(local.date()) and local.time() == hours.opens
        in_time = works(local.date()) and local.time() <= last_hour
        if waiting and open_now and local.date() > start.date():
            begun_on, waiting = local.date(), False
        if moment == start:
            begun_on, waiting = (local.date(), False) if in_time else (None, True)
        if open_now:
            holding -= {each for each, since in late if since < local.date()}
            late = {(each, since) for each, since in late if since >= local.date()}
        for number, each in enumerate(pauses):
            if each.start == moment:
                holding.add(number)
            if each.end == moment:
                if in_time:
                    holding.discard(number)
                else:
                    late.add((number, local.date()))
        if begun_on and works(local.date()) and local.time() == hours.closes and not holding:
            spent += local.date() > begun_on
            if spent >= days:
                return moment
        moment += HALF_HOUR


def test_what_comes_in_after_closing_is_not_due_before_it_came():
    hours = Hours(date(2000, 1, 1), None, frozenset({1, 2, 3, 5}), time(6), time(10), time(10))
    calendar = Calendar((hours,), frozenset(), frozenset())
    start = datetime(2026, 5, 1, 10, 30, tzinfo=OFFICE_ZONE)
    assert run(calendar, start, 0, [], time(15)).due_at == datetime(2026, 5, 4, 10, tzinfo=OFFICE_ZONE)


@settings(max_examples=100)
@given(CALENDARS, MOMENTS, st.sampled_from(limits()), PAUSES)
def test_the_due_moment_of_any_procedure_is_that_of_a_slow_clock(calendar, start, limit, pauses):
    _, days, cutoff = limit
    assert run(calendar, start, days, pauses, cutoff).due_at == slow(calendar, start, days, pauses, cutoff)

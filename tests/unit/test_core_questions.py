"""Times, cursors and boxes: what may be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from landsvc.core.paging import BadBox, BadCursor, parse_box, read_cursor, write_cursor
from landsvc.core.times import KnownAtInFuture, TimeOutOfRange, times_of

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def test_present_is_asked_without_times():
    times = times_of(None, None, now=NOW, today=TODAY)
    assert (times.valid_at, times.known_at, times.past, times.knowledge) == (TODAY, NOW, False, "infinity")


def test_today_said_outright_is_the_present():
    assert not times_of(TODAY, None, now=NOW, today=TODAY).past


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
def test_another_day_is_not_answered_by_the_projection(day):
    assert times_of(day, None, now=NOW, today=TODAY).past


def test_known_at_the_present_instant_is_allowed():
    assert times_of(None, NOW, now=NOW, today=TODAY).knowledge == NOW


def test_future_knowledge_is_refused():
    with pytest.raises(KnownAtInFuture):
        times_of(None, NOW + timedelta(seconds=1), now=NOW, today=TODAY)


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2200, 1, 1), date.min, date.max])
def test_days_out_of_range_are_refused(day):
    with pytest.raises(TimeOutOfRange):
        times_of(day, None, now=NOW, today=TODAY)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T00:00:00Z"]
)
def test_instants_out_of_range_are_refused(text):
    with pytest.raises(TimeOutOfRange):
        times_of(None, datetime.fromisoformat(text), now=NOW, today=TODAY)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "5,1,4,2", "1,nan,2,3", "-181,0,0,0"])
def test_bad_boxes_are_refused(text):
    with pytest.raises(BadBox):
        parse_box(text)


def test_cursor_comes_back_as_it_went():
    assert read_cursor(write_cursor(123_456)) == 123_456
    assert read_cursor(None) == 0


@pytest.mark.parametrize("text", ["", "12", "zz", "z" + "f" * 16])
def test_foreign_cursors_are_refused(text):
    with pytest.raises(BadCursor):
        read_cursor(text)

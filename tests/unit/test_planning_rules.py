"""Times, cursors, boxes, accuracy: what may be asked, and how sharp a drawn line is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from landsvc.planning import rules
from landsvc.planning.errors import BadBox, BadCursor, KnownAtInFuture, TimeOutOfRange
from landsvc.planning.importing.options import choose, read_day

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def test_present_is_asked_without_times():
    times = rules.times_of(None, None, now=NOW, today=TODAY)
    assert (times.valid_at, times.known_at, times.past, times.knowledge) == (TODAY, NOW, False, "infinity")


def test_today_said_outright_is_the_present():
    assert not rules.times_of(TODAY, None, now=NOW, today=TODAY).past


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
def test_another_day_is_not_answered_by_the_projection(day):
    assert rules.times_of(day, None, now=NOW, today=TODAY).past


def test_known_at_the_present_instant_is_allowed():
    assert rules.times_of(None, NOW, now=NOW, today=TODAY).knowledge == NOW


def test_future_knowledge_is_refused():
    with pytest.raises(KnownAtInFuture):
        rules.times_of(None, NOW + timedelta(seconds=1), now=NOW, today=TODAY)


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2200, 1, 1), date.min, date.max])
def test_days_out_of_range_are_refused(day):
    with pytest.raises(TimeOutOfRange):
        rules.times_of(day, None, now=NOW, today=TODAY)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T00:00:00Z"]
)
def test_instants_out_of_range_are_refused(text):
    with pytest.raises(TimeOutOfRange):
        rules.times_of(None, datetime.fromisoformat(text), now=NOW, today=TODAY)


@pytest.mark.parametrize(("scale", "metres"), [(5000, 1.5), (25_000, 7.5), (500, 0.15), (None, None)])
def test_drawn_line_is_as_sharp_as_its_scale(scale, metres):
    assert rules.accuracy_of_scale(scale) == metres


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "5,1,4,2", "1,nan,2,3", "-181,0,0,0"])
def test_bad_boxes_are_refused(text):
    with pytest.raises(BadBox):
        rules.parse_box(text)


def test_cursor_comes_back_as_it_went():
    assert rules.read_cursor(rules.write_cursor(123_456)) == 123_456
    assert rules.read_cursor(None) == 0


@pytest.mark.parametrize("text", ["", "12", "zz", "z" + "f" * 16])
def test_foreign_cursors_are_refused(text):
    with pytest.raises(BadCursor):
        rules.read_cursor(text)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-22", TODAY),
        ("22/11/2026", TODAY),
        (datetime(2026, 11, 22, 5, tzinfo=UTC), TODAY),
        (TODAY, TODAY),
        ("", None),
        (None, None),
        ("NaT", None),
    ],
)
def test_dates_of_files_are_read(value, day):
    assert read_day(value) == day


def test_fields_are_guessed_by_their_vietnamese_names():
    fields, guessed = choose(["Mã khu vực", "Tên", "Ngày hiệu lực"], {}, ("zone_code", "name", "valid_from"))
    assert fields == {"zone_code": "Mã khu vực", "name": "Tên", "valid_from": "Ngày hiệu lực"}
    assert guessed == set(fields)

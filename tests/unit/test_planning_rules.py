"""Dates and field names of files, and how sharp a drawn line is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from landsvc.cadastre.importing.days import read_day
from landsvc.planning import rules
from landsvc.planning.importing.options import choose

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(("scale", "metres"), [(5000, 1.5), (25_000, 7.5), (500, 0.15), (None, None)])
def test_drawn_line_is_as_sharp_as_its_scale(scale, metres):
    assert rules.accuracy_of_scale(scale) == metres


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
    found = choose(["Mã khu vực", "Tên", "Ngày hiệu lực"], {}, ("zone_code", "name", "valid_from"))
    fields, guessed = found.fields, found.guessed
    assert fields == {"zone_code": "Mã khu vực", "name": "Tên", "valid_from": "Ngày hiệu lực"}
    assert guessed == set(fields)

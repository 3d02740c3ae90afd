"""What plans state of projects and building is read as plans write it, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.planning.importing.stated import LIMITS, read_building, read_project


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ({}, None),
        ({"density_pct": "60"}, {"densityPct": 60}),
        ({"density_pct": "≤ 60,5 %"}, {"densityPct": 60.5}),
        ({"density_pct": "tối đa 40-60%", "floors": "3–5 tầng"}, {"densityPct": 60, "floors": 5}),
        ({"floor_ratio": "2,4 lần", "height_m": "16 m"}, {"floorRatio": 2.4, "heightM": 16}),
        ({"setback_m": "3-5m"}, {"setbackM": 3}),
        ({"setback_m": "0"}, {"setbackM": 0}),
    ],
)
def test_limits_are_read_as_plans_write_them(given_, read):
    assert read_building(given_.get) == read


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("density_pct", "0.6"),
        ("density_pct", "101"),
        ("floors", "2,5"),
        ("floors", "theo quy chuẩn"),
        ("height_m", "-3"),
        ("floor_ratio", "1e3"),
        ("setback_m", "NaN"),
    ],
)
def test_what_cannot_be_meant_is_refused(target, text):
    with pytest.raises(ValueError, match=r"."):
        read_building({target: text}.get)


@given(st.sampled_from(sorted(LIMITS)), st.integers(1, 90), st.integers(0, 9))
def test_comma_and_point_are_the_same_number(target, whole, tenth):
    if target == "floors":
        tenth = 0
    whole = whole % 40 + 1
    assert read_building({target: f"{whole},{tenth}"}.get) == read_building({target: f"{whole}.{tenth}"}.get)


def test_a_project_says_whether_it_recovers_land():
    told = {"project": "Mở rộng đường ĐT 741", "project_year": "2026.0", "recovery": "Không"}
    assert read_project(told.get) == {"name": "Mở rộng đường ĐT 741", "year": 2026, "recovery": False}
    assert read_project({"recovery": "x"}.get) == {"recovery": True}
    assert read_project({}.get) is None
    for wrong in ({"recovery": "có lẽ"}, {"project_year": "26"}, {"project_year": "năm nay"}):
        with pytest.raises(ValueError, match=r"."):
            read_project(wrong.get)

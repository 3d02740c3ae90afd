"""What surveyors measure gives back the points it was measured from: constructions, stations, traverses."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from landsvc.cadastre.survey import cogo, steps
from landsvc.cadastre.survey.errors import (
    BaseTooShort,
    DistancesTooShort,
    DistanceTooLong,
    DoesNotClose,
    PointGivenTwice,
    PointUnknown,
)
from landsvc.cadastre.survey.traverse import run_traverse
from landsvc.core.errors import LandsvcError

X, Y = 568_000.0, 1_275_000.0
MM = 0.001
near = st.floats(-200, 200).map(lambda value: round(value, 3))
place = st.tuples(near, near).map(lambda at: (X + at[0], Y + at[1]))


def given_at(**points: tuple[float, float]) -> list[steps.Step]:
    return [steps.Given(name, (X + x, Y + y)) for name, (x, y) in points.items()]


def rounded(at: tuple[float, float]) -> tuple[float, float]:
    return round(at[0] - X, 3), round(at[1] - Y, 3)


@given(place, place, place)
def test_two_distances_find_the_point_they_were_measured_from(a, b, p):
    assume(math.dist(a, b) > 1)
    across = ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])) / math.dist(a, b)
    assume(abs(across) > 0.5)
    met = cogo.intersect([a, b], [math.dist(a, p), math.dist(b, p)], left=across > 0)
    assert math.dist(met.place, p) < MM / 10
    assert max(map(abs, met.residuals_m)) < MM / 10


@given(place, place, place, place, st.lists(st.floats(-0.01, 0.01), min_size=3, max_size=3))
def test_a_third_distance_shares_what_is_wrong_and_shows_it(a, b, c, p, wrong):
    corners = [a, b, c]
    assume(len({a, b, c, p}) == 4)
    assume(min(math.dist(u, v) for u in [*corners, p] for v in corners if u != v) > 20)
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    met_right = cogo.intersect(corners, [math.dist(k, p) for k in corners], left=turn > 0, slack_m=0.02)
    assume(met_right.angle_deg > 30 and abs(turn) / math.dist(a, b) > 10)
    said = [math.dist(k, p) + e for k, e in zip(corners, wrong, strict=True)]
    met = cogo.intersect(corners, said, left=turn > 0, slack_m=0.02)
    best = sum(r**2 for r in met.residuals_m)
    for dx, dy in ((MM, 0), (-MM, 0), (0, MM), (0, -MM)):
        beside = (met.place[0] + dx, met.place[1] + dy)
        other = [s - math.dist(k, beside) for s, k in zip(said, corners, strict=True)]
        assert best <= sum(r**2 for r in other) + 1e-9


@given(place, place, near, near)
def test_an_offset_is_measured_back_along_and_square_to_its_base(a, b, along_m, offset_m):
    assume(math.dist(a, b) > 0.1)
    p = cogo.along(a, b, along_m, offset_m)
    east, north = (b[0] - a[0]) / math.dist(a, b), (b[1] - a[1]) / math.dist(a, b)
    assert (p[0] - a[0]) * east + (p[1] - a[1]) * north == pytest.approx(along_m, abs=1e-6)
    assert (p[0] - a[0]) * north - (p[1] - a[1]) * east == pytest.approx(offset_m, abs=1e-6)


@given(st.lists(place, min_size=3, max_size=8, unique=True))
def test_a_traverse_without_error_closes_and_one_with_error_is_spread_over_its_sides(corners):
    ring = [*corners, corners[0]]
    sides = [(cogo.bearing(u, v), math.dist(u, v)) for u, v in pairwise(ring)]
    assume(min(length for _, length in sides) > 1)
    exact = run_traverse(corners[0], sides, corners[0])
    assert exact.gap_m < 1e-6
    assert exact.precision is None
    off = [(sides[0][0], sides[0][1] + 0.05), *sides[1:]]
    assume(sum(length for _, length in off) > 10)
    found = run_traverse(corners[0], off, corners[0])
    assert found.gap_m == pytest.approx(0.05, abs=1e-6)
    assert found.places[-1] == corners[0]
    for got, real in zip(found.places, ring[1:], strict=True):
        assert math.dist(got, real) <= 0.05 + 1e-6


def test_points_are_named_kept_on_the_grid_and_used_by_later_steps():
    worked = steps.work_out(
        [
            *given_at(A=(0, 0), B=(30, 0)),
            steps.Offset("P", "A", "B", 10, -5),
            steps.Distances("Q", ("A", "B"), (25.0, 25.0), left=False),
            steps.Station("A", "B", 90.0, (steps.Shot("R", 0.0, 12.0004), steps.Shot("S", 90, 10, 30))),
            steps.Legs(
                "A", "A", (steps.Leg("T", 0, 10), steps.Leg("U", 90, 10.02), steps.Leg("A2", 225, 14.142))
            ),
        ]
    )
    assert {name: rounded(at) for name, at in worked.points.items()} == {
        "A": (0, 0),
        "B": (30, 0),
        "P": (10, 5),
        "Q": (15, -20),
        "R": (0, 12),  # the circle reads 90 towards B, so 0 is north
        "S": (5, 0),
        "T": (-0.006, 10),
        "U": (10.008, 10.0),
    }
    assert worked.found[3] == {"step": 4, "angleDeg": 73.74, "weak": False, "residualsM": [0.0, 0.0]}
    assert worked.found[5]["miscloseM"] == pytest.approx(0.02, abs=1e-3)
    assert worked.found[5]["precision"] == pytest.approx(34.162 / 0.02, rel=0.05)


def test_distances_that_cross_flatly_are_marked_weak():
    flat = [*given_at(A=(0, 0), B=(30, 0)), steps.Distances("P", ("A", "B"), (15.01, 15.01), left=True)]
    assert steps.work_out(flat).found[-1]["weak"]


def test_two_tapes_that_miss_by_a_centimetre_meet_on_the_line_between():
    short = [*given_at(A=(0, 0), B=(30, 0)), steps.Distances("P", ("A", "B"), (14.99, 15.0), left=True)]
    worked = steps.work_out(short)
    assert rounded(worked.points["P"])[1] == 0
    assert sum(worked.found[-1]["residualsM"]) == pytest.approx(-0.01, abs=1e-4)


@pytest.mark.parametrize(
    ("step", "error", "told"),
    [
        (steps.Offset("P", "A", "Z", 1), PointUnknown, {"step": 3, "point": "Z"}),
        (steps.Offset("B", "A", "B", 1), PointGivenTwice, {"step": 3, "point": "B"}),
        (steps.Offset("P", "A", "A", 1), BaseTooShort, {"step": 3}),
        (steps.Distances("P", ("A", "B"), (10, 10), left=True), DistancesTooShort, {"gap_m": 10.0}),
        (steps.Distances("P", ("A", "B"), (50, 10), left=True), DistanceTooLong, {"gap_m": 10.0}),
        (steps.Legs("A", "B", (steps.Leg("P", 0, 30),)), DoesNotClose, {"length_m": 30}),
        (steps.Station("A", "A", 0, (steps.Shot("P", 0, 1),)), BaseTooShort, {"step": 3}),
    ],
)
def test_what_cannot_be_is_refused_naming_the_step(step, error, told):
    with pytest.raises(error) as refused:
        steps.work_out([*given_at(A=(0, 0), B=(30, 0)), step])
    facts = refused.value.facts
    close = {key: pytest.approx(value) if isinstance(value, float) else value for key, value in told.items()}
    assert {key: facts[key] for key in told} == close
    assert isinstance(refused.value, LandsvcError)
    assert str(refused.value)

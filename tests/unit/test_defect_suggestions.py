"""What is suggested mends the shape it is about, on the grid, and takes land from nobody else."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from landsvc.cadastre.defects.shapes import Figures, Land, find_spikes, sharp_tips
from landsvc.cadastre.defects.suggesting import Neighbour, advice, suggestions
from landsvc.geo.grid import on_grid, round_ordinates
from shapely.geometry import Point, Polygon, box

X, Y = 568_000.0, 1_275_000.0
ROUNDING_M = 0.00072


def neighbour(unit: int, shape: Polygon, legal: float | None = None, *, parcel: bool = True) -> Neighbour:
    moved = shapely.transform(shape, lambda places: round_ordinates(places + np.array([X, Y])))
    return Neighbour(f"P{unit}", unit, parcel, moved, legal)


def drawn(body: dict) -> Polygon:
    return Polygon(body["points"], body.get("holes", []))


@hypothesis_settings(max_examples=60)
@given(
    st.floats(5, 19.9),
    st.floats(-8, 8),
    st.floats(-0.3, 0.3),
    st.sampled_from([None, 400.0, 380.0]),
    st.sampled_from([None, 600.0, 590.0]),
)
def test_who_gives_way_keeps_all_but_the_overlap(x, y, lean, first, second):
    one = neighbour(1, box(0, 0, 20, 20), first)
    other = neighbour(
        2, Polygon([(x, y), (x + 30, y + lean), (x + 30 + lean, y + 20), (x + lean, y + 20)]), second
    )
    common = shapely.intersection(one.shape, other.shape)
    for body in suggestions("overlap", common, [one, other], [1, 2]):
        loser, winner = (one, other) if body["parcels"] == ["P1"] else (other, one)
        shape = drawn(body)
        room = ROUNDING_M * shape.length
        assert shape.is_valid
        assert on_grid(np.array([shape], dtype=object)).all()
        assert shapely.intersection(shape, winner.shape).area <= room
        assert shapely.symmetric_difference(shape, shapely.difference(loser.shape, winner.shape)).area <= room


def test_the_parcel_whose_registered_area_then_fits_gives_way_first():
    one, other = neighbour(1, box(0, 0, 20, 30), 600), neighbour(2, box(19, 0, 40, 30), 600)
    common = shapely.intersection(one.shape, other.shape)
    assert suggestions("overlap", common, [one, other], [1, 2])[0]["parcels"] == ["P2"]


def test_a_parcel_inside_another_becomes_a_hole_of_it():
    one, other = neighbour(1, box(0, 0, 20, 20), 400), neighbour(2, box(5, 5, 10, 10), 25)
    (body,) = suggestions("overlap", other.shape, [one, other], [1, 2])
    assert (body["parcels"], len(body["holes"])) == (["P1"], 1)


def test_a_narrow_gap_goes_to_a_parcel_before_a_road_and_a_wide_one_to_nobody():
    road, parcel = neighbour(1, box(0, 0, 20, 8), parcel=False), neighbour(2, box(0, 8.4, 20, 30))
    gap = shapely.difference(neighbour(0, box(0, 8, 20, 9)).shape, parcel.shape)
    bodies = suggestions("gap", gap, [road, parcel], [1, 2])
    assert [body["parcels"] for body in bodies] == [["P2"], ["P1"]]
    assert abs(drawn(bodies[0]).area - parcel.shape.area - gap.area) < 0.001
    wide = neighbour(0, box(0, 30, 20, 40)).shape
    assert suggestions("gap", wide, [road, parcel], [1, 2]) == []
    assert (advice("gap", wide, None), advice("gap", gap, None)) == ("resurvey", "decide")


def test_a_strip_is_merged_along_its_longest_edge():
    strip, road = neighbour(1, box(0, 0, 0.2, 30)), neighbour(3, box(-5, 0, 0, 30), parcel=False)
    short, long = neighbour(2, box(0, 30, 20, 40)), neighbour(4, box(0.2, 0, 20, 30))
    bodies = suggestions("sliver", strip.shape, [strip, road, short, long], [1])
    assert bodies == [{"op": "merge", "parcels": ["P4", "P1"]}, {"op": "merge", "parcels": ["P2", "P1"]}]


def test_drift_has_no_operation_but_a_survey():
    one = neighbour(1, box(0, 0, 20, 20), 500)
    assert suggestions("drift", one.shape, [one], [1]) == []
    assert advice("drift", one.shape, None) == "resurvey"


def test_a_spike_is_found_in_every_ring_and_taken_out_by_its_reach():
    hole = [(5, 5), (5, 10), (9.9, 7.6), (10, 7.5), (9.9, 7.4)]
    spiked = neighbour(1, Polygon([(0, 0), (20, 0), (20, 9.9), (35, 10), (20, 10.1), (20, 20), (0, 20)], [hole]))
    others = np.array([neighbour(2, box(0, 0, 1, 1)).shape, spiked.shape, box(0, 0, 1, 1)], dtype=object)
    found = list(sharp_tips(others, 3.0))
    assert [(row, tip) for row, tip, _ in found] == [(1, (X + 35, Y + 10))]
    (body,) = suggestions("spike", Point(found[0][1]), [spiked], [1])
    assert (body["op"], body["point"], body["toleranceM"]) == ("remove_point", [X + 35, Y + 10], 15.001)


def test_no_land_has_no_spikes():
    nothing = np.empty(0)
    empty: np.ndarray = np.empty(0, dtype=object)
    land = Land(nothing.astype(int), nothing.astype(int), nothing.astype(bool), empty, nothing, nothing, nothing)
    assert list(find_spikes(land, Figures())) == []

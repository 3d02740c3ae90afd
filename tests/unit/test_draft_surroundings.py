"""A large unit looked at around a change only gives what the whole of it gives."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.cadastre.drafts import surroundings
from landsvc.cadastre.drafts.noding import node_geometry
from landsvc.cadastre.drafts.ops.corners import with_corners
from landsvc.cadastre.drafts.surroundings import changed_parts, corners_near, fresh_edges
from landsvc.cadastre.drafts.uniting import edges_of
from landsvc.geo.grid import round_ordinates

COLUMNS, ROWS, STEP = 16, 12, 30.0


def streets() -> shapely.Polygon:
    """Return streets around blocks whose rings have four to nine corners: over a thousand in all."""
    rng = np.random.default_rng(5)
    holes = []
    for column in range(COLUMNS):
        for row in range(ROWS):
            angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 10)))
            middle = np.array([column, row]) * STEP + STEP / 2
            ring = middle + np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(8, 12)
            holes.append(round_ordinates(ring))
    return shapely.Polygon(shapely.box(0, 0, COLUMNS * STEP, ROWS * STEP).exterior, holes)


STREETS = streets()
CORNERS = sorted(set(map(tuple, shapely.get_coordinates(STREETS).tolist())))
places = st.sampled_from(CORNERS)
ways = st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000))


def changed(moves) -> shapely.Polygon:
    """Return the streets with corners moved by millimetres, or taken out."""
    goals = {
        corner: None if way is None else tuple(round_ordinates(np.array(corner) + np.array(way) / 1000).tolist())
        for corner, way in moves.items()
    }
    return with_corners(STREETS, goals)


drawn = st.dictionaries(places, st.none() | ways, min_size=1, max_size=3)


def test_the_streets_are_large_and_sound():
    assert shapely.get_num_coordinates(STREETS) > surroundings.LARGE
    assert STREETS.is_valid


@given(drawn)
@settings(max_examples=60)
def test_fresh_edges_are_those_that_only_one_has(moves):
    after = changed(moves)
    if after.is_empty or not after.is_valid:
        return
    assert fresh_edges(after, STREETS) == edges_of(after) - edges_of(STREETS)
    assert fresh_edges(STREETS, after) == edges_of(STREETS) - edges_of(after)


@given(drawn)
@settings(max_examples=60)
def test_what_is_gained_and_lost_lies_in_the_parts(moves):
    after = changed(moves)
    if after.is_empty or not after.is_valid:
        return
    ((was, now),) = changed_parts([(STREETS, after)])
    for part, part_of_other, whole, other in ((was, now, STREETS, after), (now, was, after, STREETS)):
        told, all_of_it = shapely.difference(part, part_of_other), shapely.difference(whole, other)
        assert shapely.symmetric_difference(told, all_of_it).area <= 1e-9


def test_nothing_changed_leaves_nothing_to_look_at():
    twin = shapely.from_wkb(shapely.to_wkb(STREETS))
    ((was, now),) = changed_parts([(STREETS, twin)])
    assert was.equals(now)
    assert fresh_edges(twin, STREETS) == set()


@given(places, st.floats(0, 40))
def test_corners_near_a_place_are_all_in_its_box(place, within_m):
    x, y = place
    found = corners_near([STREETS], shapely.Point(place), within_m)
    wanted = [corner for corner in CORNERS if max(abs(corner[0] - x), abs(corner[1] - y)) <= within_m]
    assert list(map(tuple, found.tolist())) == wanted


@given(st.lists(st.tuples(st.integers(0, len(CORNERS) - 1), st.floats(0.1, 0.9)), min_size=1, max_size=4))
@settings(max_examples=60)
def test_points_go_into_the_edges_of_streets_as_into_those_of_the_ring_alone(wanted):
    rings = shapely.get_rings(STREETS)
    nodes = []
    for number, share in wanted:
        ring = rings[number % len(rings)]
        nodes.append(
            tuple(round_ordinates(np.array(ring.interpolate(share, normalized=True).coords[0])).tolist())
        )
    noded = node_geometry(STREETS, nodes)
    alone = [node_geometry(shapely.Polygon(ring), nodes) for ring in rings]
    for ring, each in zip(shapely.get_rings(noded.geometry), alone, strict=True):
        assert shapely.get_coordinates(ring).tolist() == shapely.get_coordinates(each.geometry).tolist()
    assert sorted(noded.bends) == sorted(bend for each in alone for bend in each.bends)

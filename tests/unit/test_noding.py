"""Noding: after it, parcels that shared a boundary share every corner of it, and nothing else has moved."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.cadastre.importing.noding import node
from landsvc.cadastre.importing.quality import extent_of, find_overlaps, loose_corners, slivers
from landsvc.cadastre.importing.rings import Rings
from landsvc.cadastre.importing.settle import settle
from landsvc.geo.grid import on_grid
from shapely import affinity
from shapely.ops import split

HALF_DIAGONAL_MM = math.sqrt(0.5)
X0, Y0 = 568_000.123, 1_275_000.456


def cut(seed: int, pieces: int, size: float) -> list[shapely.Polygon]:
    """Cut a rectangle by random lines, piece by piece: T-junctions everywhere, a valid coverage."""
    rng = np.random.default_rng(seed)
    parts = [shapely.box(0, 0, size, size * 0.7)]
    for _ in range(pieces):
        number = int(rng.integers(len(parts)))
        middle = np.array(parts[number].centroid.coords[0]) + rng.normal(0, size / 200, 2)
        angle = rng.uniform(0, np.pi)
        way = np.array([np.cos(angle), np.sin(angle)]) * size * 3
        halves = list(split(parts[number], shapely.LineString([middle - way, middle + way])).geoms)
        if min(half.area for half in halves) > 0.5:
            parts[number : number + 1] = halves
    return parts


def placed(parts: list[shapely.Polygon], degrees: float) -> np.ndarray:
    return np.array([affinity.translate(affinity.rotate(p, degrees, origin=(0, 0)), X0, Y0) for p in parts])


def overlapping(shapes: np.ndarray) -> int:
    a, b = shapely.STRtree(shapes).query(shapes)
    return int(shapely.relate_pattern(shapes[a[a < b]], shapes[b[a < b]], "2********").sum())


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    pieces=st.integers(1, 40),
    size=st.sampled_from([12.0, 60.0, 200.0, 3000.0]),
    degrees=st.floats(0, 360),
)
def test_noding_leaves_no_overlap_and_no_loose_corner(seed, pieces, size, degrees):
    shapes = placed(cut(seed, pieces, size), degrees)
    result = node(Rings.of(shapes))
    noded = result.rings.shapes()
    assert shapely.is_valid(noded).all()
    assert overlapping(noded) == 0
    assert shapely.is_empty(shapely.coverage_invalid_edges(noded)).all()
    assert on_grid(noded).all()
    assert result.moved_mm.max() <= 2 * HALF_DIAGONAL_MM


def test_a_ring_that_is_led_out_and_back_along_one_edge_loses_that_spur():
    # Both edges at a corner pass through the square of another corner 1 mm away.
    shapes = placed(cut(6372933, 23, 60.0), 263.4221784878553)
    noded = node(Rings.of(shapes)).rings.shapes()
    assert shapely.is_valid(noded).all()
    assert shapely.is_empty(shapely.coverage_invalid_edges(noded)).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 6), rows=st.integers(1, 6), degrees=st.floats(0, 90)
)
def test_a_rotated_grid_keeps_its_shared_corners(seed, columns, rows, degrees):
    rng = np.random.default_rng(seed)
    x = np.concatenate([[0], np.cumsum(rng.uniform(4, 30, columns))])
    y = np.concatenate([[0], np.cumsum(rng.uniform(4, 30, rows))])
    cells = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(columns) for j in range(rows)]
    noded = node(Rings.of(placed(cells, degrees))).rings.shapes()
    assert overlapping(noded) == 0
    corners = {tuple(c) for c in shapely.get_coordinates(noded).tolist()}
    assert len(corners) == (columns + 1) * (rows + 1)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), pieces=st.integers(1, 25), degrees=st.floats(0, 360))
def test_noding_what_is_noded_changes_nothing(seed, pieces, degrees):
    once = node(Rings.of(placed(cut(seed, pieces, 80.0), degrees))).rings
    twice = node(once)
    assert np.array_equal(once.xy, twice.rings.xy)
    assert twice.added.sum() == 0
    assert twice.moved_mm.max() < 1e-6


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    pieces=st.integers(1, 40),
    size=st.sampled_from([3.0, 12.0, 60.0, 3000.0]),
    degrees=st.one_of(st.just(0.0), st.floats(0, 360)),
    noise=st.sampled_from([0.0, 1e-6, 4e-4, 2e-3]),
    strip=st.sampled_from([1, 7, 40]),
)
def test_where_the_land_is_cut_into_strips_changes_nothing(seed, pieces, size, degrees, noise, strip):
    # With noise, several lines are recorded between the same two ends, and parcels overlap.
    rng = np.random.default_rng(seed)
    shapes = shapely.get_exterior_ring(placed(cut(seed, pieces, size), degrees))
    rings = Rings.of(shapely.polygons(shapes))
    rings.xy[rings.starts()] += rng.normal(0, 1, (len(rings.starts()), 2)) * noise
    rings.xy[rings.ring[1:] - 1] = rings.xy[rings.ring[:-1]]
    whole, cut_up = node(rings, strip=10**9), node(rings, strip=strip)
    assert cut_up.rings.xy.tobytes() == whole.rings.xy.tobytes()
    assert np.array_equal(cut_up.rings.ring, whole.rings.ring)
    assert np.array_equal(cut_up.added, whole.added)
    assert cut_up.moved_mm.tobytes() == whole.moved_mm.tobytes()


def test_an_edge_across_many_strips_finds_the_corners_in_all_of_them():
    long = shapely.Polygon([(X0, Y0), (X0 + 300, Y0 + 99.9), (X0 + 300, Y0 + 120), (X0, Y0 + 120)])
    line = shapely.LineString([(X0, Y0), (X0 + 300, Y0 + 99.9)])
    at = shapely.get_coordinates(shapely.line_interpolate_point(line, np.arange(5.0, 300.0, 5.0)))
    below = [shapely.Polygon([a, (b[0], b[1] - 3), b]) for a, b in pairwise(at)]
    result = node(Rings.of([long, *below]), strip=4)
    assert result.added.tolist() == [len(at), *[0] * len(below)]


def test_empty_polygons_are_noded_to_empty_ones():
    for shapes in ([], [shapely.Polygon()], [shapely.Polygon(), shapely.box(X0, Y0, X0 + 5, Y0 + 5), None]):
        result = node(Rings.of(shapes))
        assert len(result.rings) == len(result.added) == len(result.moved_mm) == len(shapes)
        assert result.added.sum() == 0


def test_a_corner_on_a_neighbours_edge_becomes_its_corner():
    long = shapely.Polygon([(X0, Y0), (X0 + 100, Y0 + 33.3), (X0 + 100, Y0 + 60), (X0, Y0 + 60)])
    at = shapely.line_interpolate_point(shapely.LineString([(X0, Y0), (X0 + 100, Y0 + 33.3)]), 37.77)
    below = shapely.Polygon([(X0, Y0), (at.x, at.y), (X0 + 40, Y0 - 20)])
    result = node(Rings.of([long, below]))
    corner = tuple(np.round(np.array([at.x, at.y]) * 1000) / 1000)
    assert corner in list(result.rings.shapes()[0].exterior.coords)
    assert result.added.tolist() == [1, 0]


def test_noding_does_not_hide_a_real_overlap():
    a = shapely.box(X0, Y0, X0 + 10, Y0 + 10)
    b = shapely.box(X0 + 9.995, Y0, X0 + 20, Y0 + 10)
    result = node(Rings.of([a, b]))
    found = find_overlaps(result.rings, np.arange(2))
    assert (found.a.tolist(), found.b.tolist()) == ([0], [1])
    assert found.area_m2[0] == pytest.approx(0.05, abs=0.02)


def test_equal_parcels_are_told_from_overlapping_ones():
    shape = shapely.box(X0, Y0, X0 + 10, Y0 + 10)
    other = shapely.box(X0 + 5, Y0 + 2, X0 + 20, Y0 + 8)
    result = node(Rings.of([shape, shape, other]))
    found = find_overlaps(result.rings, np.arange(3))
    assert [*zip(found.a.tolist(), found.b.tolist(), found.equal.tolist(), strict=True)] == [
        (0, 1, True),
        (0, 2, False),
        (1, 2, False),
    ]


def test_overlaps_are_found_across_neighbourhoods(monkeypatch):
    monkeypatch.setattr("landsvc.cadastre.importing.quality.GROUP", 7)
    cells = [shapely.box(x * 10, y * 10, x * 10 + 10, y * 10 + 10) for x in range(12) for y in range(12)]
    cells.append(shapely.box(55, 55, 75, 75))
    found = find_overlaps(Rings.of(placed(cells, 0)), np.arange(len(cells)))
    assert len(found.a) == 9


def test_a_network_of_streets_is_tried_apart():
    waves = [(X0 + k * 0.5, Y0 + 20 + math.sin(k)) for k in range(1200)]
    street = shapely.Polygon([*waves, (X0 + 600, Y0), (X0, Y0)])
    over = shapely.box(X0 + 100, Y0 + 10, X0 + 120, Y0 + 40)
    beside = shapely.box(X0 + 200, Y0 - 10, X0 + 220, Y0)
    result = node(Rings.of([street, over, beside]))
    found = find_overlaps(result.rings, np.arange(3))
    assert [*zip(found.a.tolist(), found.b.tolist(), strict=True)] == [(0, 1)]
    assert loose_corners(result.rings.shapes()[[0, 2]]).tolist() == []
    assert loose_corners(np.array([street, beside])).tolist() == [0]


def test_settling_mends_a_bow_tie_and_reports_it():
    tie = shapely.Polygon([(X0, Y0), (X0 + 10, Y0 + 10), (X0 + 10, Y0), (X0, Y0 + 10)])
    good = shapely.box(X0 + 20, Y0, X0 + 30, Y0 + 10)
    result = settle(Rings.of([tie, good]))
    assert result.repaired.tolist() == [True, False]
    assert shapely.is_valid(result.rings.shapes()).all()
    assert result.rings.shapes()[0].area == pytest.approx(50, abs=0.1)


def test_settling_empties_what_collapses():
    thread = shapely.Polygon([(X0, Y0), (X0 + 10, Y0), (X0 + 10, Y0 + 0.0003)])
    result = settle(Rings.of([thread]))
    assert result.repaired.tolist() == [True]
    assert result.rings.shapes()[0].is_empty


def test_slivers_are_narrow_or_tiny():
    shapes = np.array(
        [shapely.box(0, 0, 20, 0.05), shapely.box(0, 0, 0.3, 0.3), shapely.box(0, 0, 5, 5), shapely.Polygon()]
    )
    assert slivers(shapes).tolist() == [True, True, False, True]


def test_small_holes_are_gaps_and_large_ones_are_not_mapped():
    frame = shapely.box(0, 0, 200, 100)
    gap, lake = shapely.box(10, 10, 20, 20), shapely.box(50, 10, 150, 60)
    extent = extent_of(np.array([frame - gap - lake]), np.array([False]))
    assert [hole.area for hole in extent.gaps] == [100]
    assert extent.area.area == 200 * 100 - 100 * 50

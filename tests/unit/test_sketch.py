"""Corners are numbered clockwise from the north-west, edges measured, scales chosen: against shapely."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.drawings import sketch
from shapely.geometry import LinearRing, MultiPolygon, Point, Polygon

X0, Y0 = 568_000.0, 1_275_000.0


@st.composite
def parcels(draw) -> Polygon:
    """A star-shaped polygon on the millimetre grid: any order of corners, any start."""
    count = draw(st.integers(3, 14))
    turns = sorted(draw(st.lists(st.floats(0, 1), min_size=count, max_size=count, unique=True)))
    reach = draw(st.lists(st.floats(4, 90), min_size=count, max_size=count))
    points = [
        (
            round(X0 + r * math.cos(2 * math.pi * t), 3),
            round(Y0 + r * math.sin(2 * math.pi * t), 3),
        )
        for t, r in zip(turns, reach, strict=True)
    ]
    points = [point for at, point in enumerate(points) if point != points[at - 1]]
    start = draw(st.integers(0, count - 1)) % max(len(points), 1)  # all corners may be one
    points = points[start:] + points[:start]
    if draw(st.booleans()):
        points.reverse()
    shape = Polygon(points) if len(points) > 2 else Polygon()
    if len(points) < 3 or not shape.is_valid or shape.area < 1:
        return Polygon([(X0, Y0), (X0 + 10, Y0), (X0 + 10, Y0 + 5), (X0, Y0 + 5)])
    return shape


@given(parcels())
def test_corners_run_clockwise_from_the_north_west_and_lose_nothing(shape):
    (ring,) = sketch.numbered(shape)
    points = [(corner.x, corner.y) for corner in ring.corners]
    assert [corner.number for corner in ring.corners] == list(range(1, len(points) + 1))
    assert not LinearRing(points).is_ccw
    assert len(set(points)) == len(points)
    assert set(points) == set(shape.exterior.coords)
    assert Polygon(points).equals(shape)
    corner = Point(shape.bounds[0], shape.bounds[3])
    assert corner.distance(Point(points[0])) <= min(corner.distance(Point(p)) for p in points) + 1e-6


@given(parcels())
def test_edges_close_the_ring_and_measure_as_shapely_does(shape):
    (ring,) = sketch.numbered(shape)
    assert sum(edge.length_m for edge in ring.edges) == pytest.approx(shape.length, abs=1e-6)
    assert [edge.start.number for edge in ring.edges] == list(range(1, len(ring.corners) + 1))
    assert ring.edges[-1].end == ring.corners[0]
    for edge in ring.edges:
        assert edge.length_m == pytest.approx(
            Point(edge.start.x, edge.start.y).distance(Point(edge.end.x, edge.end.y)), abs=1e-9
        )


@given(parcels(), st.integers(0, 20), st.booleans())
def test_numbering_does_not_depend_on_how_the_ring_is_stored(shape, shift, turned):
    points = list(shape.exterior.coords[:-1])
    shift %= len(points)
    points = points[shift:] + points[:shift]
    if turned:
        points.reverse()
    assert sketch.numbered(Polygon(points)) == sketch.numbered(shape)


def test_a_point_that_stands_twice_is_one_corner():
    square = [(X0, Y0), (X0, Y0), (X0 + 9, Y0), (X0 + 9, Y0 + 9), (X0, Y0 + 9), (X0, Y0)]
    (ring,) = sketch.numbered(Polygon(square))
    assert [(corner.x - X0, corner.y - Y0) for corner in ring.corners] == [(0, 9), (9, 9), (9, 0), (0, 0)]


@given(parcels())
def test_a_drawing_fits_its_frame_at_a_usual_scale(shape):
    paper = sketch.lay_out(shape, width_mm=170, height_mm=110, margin_mm=16)
    assert paper.scale in sketch.SCALES
    for x, y in shape.exterior.coords:
        at_x, at_y = paper.mm(x, y)
        assert 15.999 <= at_x <= 154.001
        assert 15.999 <= at_y <= 94.001
    finer = [scale for scale in sketch.SCALES if scale < paper.scale]
    west, south, east, north = shape.bounds
    for scale in finer[-1:]:
        assert (east - west) * 1000 / scale > 138 or (north - south) * 1000 / scale > 78


def test_a_point_stored_twice_is_one_corner():
    (ring,) = sketch.numbered(Polygon([(0, 10), (20, 10), (20, 10), (20, 0), (0, 0), (0, 10)]))
    assert [(c.x, c.y) for c in ring.corners] == [(0, 10), (20, 10), (20, 0), (0, 0)]


def test_a_rectangle_begins_at_its_north_west_corner():
    (ring,) = sketch.numbered(Polygon([(0, 0), (20, 0), (20, 10), (0, 10)]))
    assert [(c.x, c.y) for c in ring.corners] == [(0, 10), (20, 10), (20, 0), (0, 0)]
    assert [edge.length_m for edge in ring.edges] == [20, 10, 20, 10]


def test_holes_follow_their_outline_and_parts_come_from_the_north_west():
    yard = Polygon([(0, 0), (20, 0), (20, 20), (0, 20)], [[(5, 5), (5, 8), (8, 8), (8, 5)]])
    far = Polygon([(100, 0), (110, 0), (110, 10), (100, 10)])
    rings = sketch.numbered(MultiPolygon([far, yard]))
    assert [(ring.hole, ring.corners[0].number, len(ring.corners)) for ring in rings] == [
        (False, 1, 4),
        (True, 5, 4),
        (False, 9, 4),
    ]
    assert (rings[1].corners[0].x, rings[1].corners[0].y) == (5, 8)
    assert all(not LinearRing([(c.x, c.y) for c in ring.corners]).is_ccw for ring in rings)


@pytest.mark.parametrize(("needed", "scale"), [(0.1, 200), (200, 200), (201, 500), (9999, 10000), (10001, 25000)])
def test_the_largest_usual_scale_that_fits_is_taken(needed, scale):
    assert sketch.scale_for(needed) == scale


@pytest.mark.parametrize(("scale", "metres"), [(200, 5), (500, 20), (1000, 20), (2000, 50), (10000, 200)])
def test_the_scale_bar_has_a_round_length(scale, metres):
    assert sketch.bar_m(scale) == metres


def test_the_application_does_not_load_the_printer_before_something_is_printed():
    """WeasyPrint costs 35 MB in each server process."""
    asked = "import landsvc.app, sys; sys.exit('weasyprint' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True)

"""Cutting polygons on the grid: cases of what a line may do, and properties over random polygons."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.cadastre.drafts import noding
from landsvc.cadastre.drafts.cut import cut_polygon
from landsvc.cadastre.drafts.errors import CutTooFine, LineCrossesItself, LineDoesNotCut
from landsvc.cadastre.drafts.names import draft_code
from landsvc.cadastre.drafts.noding import NODE_M, Bend, Outline, node_geometry, nodes_of
from landsvc.geo.grid import is_on_grid, to_grid
from shapely.geometry import LineString, MultiPolygon, Polygon, box

X, Y = 568_000.0, 1_275_000.0
SQUARE = box(X, Y, X + 20, Y + 30)
RING = Polygon(SQUARE.exterior, [box(X + 8, Y + 10, X + 12, Y + 20).exterior.coords])
COMB = Polygon(
    [
        (X, Y),
        (X + 20, Y),
        (X + 20, Y + 30),
        (X + 15, Y + 30),
        (X + 15, Y + 5),
        (X + 5, Y + 5),
        (X + 5, Y + 30),
        (X, Y + 30),
    ]
)


def line(*points: tuple[float, float]) -> LineString:
    return LineString([(X + x, Y + y) for x, y in points])


def assert_exact(polygon: Polygon, cut) -> None:
    """The pieces are sound, on the grid, cover the noded polygon exactly, and do not overlap."""
    assert all(piece.is_valid and is_on_grid(piece) for piece in cut.pieces)
    assert abs(sum(piece.area for piece in cut.pieces) - cut.noded.area) <= 1e-6
    assert shapely.symmetric_difference(shapely.union_all(cut.pieces), cut.noded).area <= 1e-9
    for at, piece in enumerate(cut.pieces):
        assert not any(piece.relate_pattern(other, "2********") for other in cut.pieces[:at])
    again = node_geometry(polygon, cut.nodes)
    assert shapely.equals(again.geometry, cut.noded)
    assert cut.moved_m <= NODE_M
    assert abs(cut.noded.area - polygon.area) <= 0.00071 / 2 * cut.edges_m + 1e-9


@pytest.mark.parametrize(
    ("polygon", "path", "areas"),
    [
        (SQUARE, [(8, -3), (8, 33)], [240, 360]),
        (SQUARE, [(8, 0), (8, 30)], [240, 360]),  # from edge to edge
        (SQUARE, [(0, 0), (20, 30)], [300, 300]),  # through corners
        (SQUARE, [(0.0012, -0.001), (20, 30.0015)], [300, 300]),  # past corners by a grid step
        (SQUARE, [(-3, 12), (9, 12), (9, -3)], [108, 492]),  # bent
        (SQUARE, [(0, -2), (0, 12), (20, 12)], [240, 360]),  # first along an edge
        (SQUARE, [(5, 33), (5, 10), (15, 10), (15, 33)], [400, 200]),  # in and out by one edge
        (SQUARE, [(5, 5), (15, 5), (15, 25), (5, 25), (5, 5)], [400, 200]),  # closed, inside
        (RING, [(10, -3), (10, 33)], [280, 280]),  # through the hole
        (RING, [(8, -3), (8, 33)], [240, 320]),  # along a side of the hole
        (COMB, [(-3, 20), (23, 20)], [50, 50, 250]),  # off both teeth
        (COMB, [(-3, 5), (23, 5)], [125, 125, 100]),  # along the inner edge
    ],
)
def test_a_line_cuts(polygon, path, areas):
    cut = cut_polygon(polygon, line(*path))
    assert sorted(round(piece.area, 1) for piece in cut.pieces) == sorted(areas)
    assert_exact(polygon, cut)


@pytest.mark.parametrize(
    ("polygon", "path"),
    [
        (SQUARE, [(25, 0), (25, 30)]),  # beside
        (SQUARE, [(0, -3), (0, 33)]),  # along an edge
        (SQUARE, [(0.0004, 0), (0, 30)]),  # along an edge, off the grid of it
        (SQUARE, [(-5, 5), (5, -5)]),  # through a corner from outside
        (RING, [(-3, 15), (10, 15)]),  # into the hole
        (COMB, [(-3, 30), (23, 30)]),  # along the tips of the teeth
        (SQUARE, [(0, 0), (0, 0.002)]),  # nothing but a corner
    ],
)
def test_a_line_that_divides_nothing_is_refused(polygon, path):
    with pytest.raises(LineDoesNotCut) as refused:
        cut_polygon(polygon, to_grid(line(*path)), "25195-12-345")
    assert "25195-12-345" in refused.value.message()
    assert refused.value.geometry is not None


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ([(8, -3), (8, 28.8)], "1.2 m"),
        ([(8, 10), (8, 33)], "8.0 m"),
        ([(8, -3), (8, 29.98)], "0.020 m"),
        ([(-3, 10), (23, 10), (23, 20), (10, 20)], "10.0 m"),  # cuts once, then ends inside
    ],
)
def test_a_line_that_ends_inside_says_how_far(path, told):
    with pytest.raises(LineDoesNotCut, match=told):
        cut_polygon(SQUARE, line(*path), "x")


def test_a_corner_that_is_said_twice_is_one_corner():
    twice = Polygon([*SQUARE.exterior.coords[:3], *SQUARE.exterior.coords[2:]])
    assert len(cut_polygon(twice, line((8, -3), (8, 33))).pieces) == 2


def test_a_line_that_crosses_itself_is_refused():
    with pytest.raises(LineCrossesItself):
        cut_polygon(SQUARE, line((-3, 5), (23, 5), (23, 10), (5, 10), (5, -3)), "x")


def test_a_cut_end_lies_on_the_grid_and_bends_the_edge_by_less_than_a_millimetre():
    slanted = Polygon([(X, Y), (X + 17.003, Y + 3.001), (X + 20, Y + 30), (X, Y + 30)])
    cut = cut_polygon(slanted, line((7.7777, -5), (8.1234, 40)))
    assert 0 < cut.moved_m <= NODE_M
    assert_exact(slanted, cut)


def test_a_point_is_put_into_every_part_and_ring_it_lies_on():
    hole = box(X + 8, Y + 10, X + 12, Y + 20)
    both = MultiPolygon([RING, hole])
    noded = node_geometry(both, [(X + 8, Y + 15.5), (X + 8, Y + 10)])
    assert noded.points == ((X + 8, Y + 15.5),)
    assert shapely.get_num_coordinates(noded.geometry) == shapely.get_num_coordinates(both) + 2


def test_points_on_one_edge_are_put_in_one_after_the_other():
    slanted = Polygon([(X, Y), (X + 1000, Y + 1.001), (X, Y + 50)])
    first = (X + 500.0, Y + 0.5)
    second = (X + 250.0, Y + 0.25)
    noded = node_geometry(slanted, [first, second])
    assert noded.points == (first, second)
    assert list(noded.geometry.exterior.coords)[1:3] == [second, first]


def test_a_bend_goes_into_its_own_edge_though_another_is_nearer():
    sliver = Polygon([(X, Y), (X + 20, Y + 0.004), (X, Y + 0.004)])
    lower = Bend((X, Y), (X + 14, Y + 0.003), (X + 20, Y + 0.004))
    noded = node_geometry(sliver, [lower, Bend((X, Y), (X + 3, Y + 0.001), (X + 21, Y + 0.004))])
    assert noded.bends == (lower,)
    assert list(noded.geometry.exterior.coords)[1] == lower.place


def test_an_edge_that_runs_along_the_one_that_is_cut_is_bent_only_where_nobody_has_that_very_edge():
    bend = Bend((X, Y), (X + 5.5, Y + 0.006), (X + 10, Y + 0.01))
    longer = Polygon([(X, Y), (X + 20, Y + 0.02), (X, Y + 9)])
    aside = Polygon([(X, Y), (X + 20, Y + 0.0219), (X, Y + 9)])
    assert [node.place for node in nodes_of(Outline(longer), bend, known=False)] == [bend.place]
    assert nodes_of(Outline(longer), bend, known=True) == []
    assert nodes_of(Outline(aside), bend, known=False) == []


def test_a_cut_end_that_does_not_fit_goes_to_the_next_grid_point_and_none_is_refused():
    slanted = Polygon([(X, Y), (X + 17.003, Y + 3.001), (X + 20, Y + 30), (X, Y + 30)])
    across = line((7.7, -5), (8.1, 40))
    plain = cut_polygon(slanted, across)
    taken = plain.nodes[0].place
    moved = cut_polygon(slanted, across, misfit=lambda nodes: taken if taken in places(nodes) else None)
    assert taken not in places(moved.nodes)
    assert 0.0005 < math.dist(moved.nodes[0].place, taken) < 0.004
    assert_exact(slanted, moved)
    with pytest.raises(CutTooFine) as refused:
        cut_polygon(slanted, across, "25195-12-345", misfit=lambda nodes: nodes[0].place)
    assert refused.value.geometry is not None


def places(nodes) -> set:
    return {node.place for node in nodes}


def test_names_of_drafts_sort_by_time_and_differ():
    names = [draft_code() for _ in range(200)]
    assert len(set(names)) == 200
    assert all(len(name) == 28 and name.startswith("d-0") for name in names)


coordinate = st.floats(-40, 40, allow_nan=False).map(lambda value: round(value, 3))
point = st.tuples(coordinate, coordinate)


@st.composite
def polygons(draw) -> Polygon:
    """A star-shaped polygon around the origin of the test land, sometimes with a hole."""
    radii = draw(st.lists(st.floats(2, 30, allow_nan=False), min_size=3, max_size=14))
    turn = 2 * math.pi / len(radii)
    shell = [(X + r * math.cos(at * turn), Y + r * math.sin(at * turn)) for at, r in enumerate(radii)]
    made = to_grid(Polygon(shell))
    if draw(st.booleans()) and made.is_valid and made.contains(box(X - 0.5, Y - 0.5, X + 0.5, Y + 0.7)):
        made = Polygon(made.exterior, [box(X - 0.5, Y - 0.5, X + 0.5, Y + 0.7).exterior.coords])
    return made


@settings(max_examples=300)
@given(
    polygon=polygons(),
    path=st.lists(point, min_size=2, max_size=4),
    by_corner=st.booleans(),
    at=st.integers(0, 13),
)
def test_what_is_cut_is_exact_and_everything_else_is_refused_by_name(polygon, path, by_corner, at):
    if not polygon.is_valid or polygon.area < 1:
        return
    if by_corner:
        corners = list(polygon.exterior.coords)
        path = [(x - X, y - Y) for x, y in (corners[at % len(corners)],)] + path[1:]
    cutting = to_grid(line(*path))
    if cutting.is_empty:
        return
    try:
        cut = cut_polygon(polygon, cutting, "x")
    except (LineDoesNotCut, LineCrossesItself, CutTooFine):
        return
    assert len(cut.pieces) > 1
    assert_exact(polygon, cut)


def test_of_many_rings_only_those_beside_a_place_are_asked_and_the_answer_is_the_same(monkeypatch):
    holes = [shapely.box(x, y, x + 3, y + 3.007).exterior for x in range(2, 40, 4) for y in range(2, 40, 4)]
    blocks = shapely.Polygon(shapely.box(0, 0, 44, 44).exterior, holes)
    nodes = [(x + 1.5, float(y)) for x in range(2, 40, 4) for y in range(2, 40, 8)]
    nodes += [(x + 3.0, y + 1.003) for x in range(2, 40, 8) for y in range(2, 40, 4)]
    nodes += [noding.Bend((2.0, 2.0), (2.5, 2.0), (3.5, 2.0)), (44.0, 7.0)]
    some = noding.node_geometry(blocks, nodes)
    monkeypatch.setattr(noding, "FEW_RINGS", len(holes) + 1)
    assert some == noding.node_geometry(blocks, nodes)
    assert len(some.bends) > 90

"""Cutting by area: cases a surveyor knows, and properties over random concave polygons with holes."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.cadastre.drafts.area_cut import TOLERANCE_M2, AreaCut, cut_by_area
from landsvc.cadastre.drafts.area_errors import AreaNotReached, PieceNotOne, PieceTooThin
from landsvc.cadastre.drafts.errors import CutTooFine
from landsvc.cadastre.drafts.grid_ends import REACH_M
from landsvc.cadastre.drafts.noding import NODE_M, node_geometry
from landsvc.cadastre.drafts.sweep import Heading, Sweep
from landsvc.geo.grid import is_on_grid, to_grid
from shapely.affinity import affine_transform, rotate
from shapely.geometry import Polygon, box

X, Y = 568_000.0, 1_275_000.0
SQUARE = box(X, Y, X + 20, Y + 30)
RING = Polygon(SQUARE.exterior, [box(X + 8, Y + 10, X + 12, Y + 20).exterior.coords])
CORNERS = [(0, 0), (20, 0), (20, 30), (15, 30), (15, 5), (5, 5), (5, 30), (0, 30)]
COMB = Polygon([(X + x, Y + y) for x, y in CORNERS])
FIELD = to_grid(Polygon([(X, Y), (X + 40.3, Y + 1.7), (X + 43, Y + 61), (X + 20, Y + 35), (X + 2, Y + 59)]))


def assert_exact(polygon: Polygon, targets: list[float], cut: AreaCut) -> None:
    """Each piece has its area to 0.01 m², and all together are the noded polygon, on the grid, without overlap."""
    shapes = [piece.shape for piece in cut.pieces]
    assert len(shapes) == len(targets)
    assert all(shape.is_valid and is_on_grid(shape) for shape in shapes)
    assert shapely.equals(node_geometry(polygon, cut.nodes).geometry, cut.noded)
    assert abs(sum(shape.area for shape in shapes) - cut.noded.area) <= 1e-6
    assert shapely.symmetric_difference(shapely.union_all(shapes), cut.noded).area <= 1e-9
    for at, shape in enumerate(shapes):
        assert not any(shape.relate_pattern(other, "2********") for other in shapes[:at])
    for piece, target in list(zip(cut.pieces, targets, strict=True))[:-1]:
        assert piece.target_m2 == target
        assert abs(piece.shape.area - target) <= TOLERANCE_M2
    rest = cut.noded.area - sum(targets[:-1])
    assert abs(cut.pieces[-1].shape.area - rest) <= TOLERANCE_M2
    for line in cut.lines:
        assert line.off_m <= REACH_M + 1e-9


@pytest.mark.parametrize(
    ("polygon", "targets", "bearing", "side"),
    [
        (SQUARE, [100, 200, 300], 0, "left"),
        (SQUARE, [100.1, 33.3, 466.6], 90, "right"),
        (RING, [100, 200, 260], 90, "left"),
        (RING, [280, 280], 0, "right"),  # through the hole
        (RING, [230, 330], 33, "left"),
        (COMB, [50, 300], 0, "left"),  # through one tooth
        (COMB, [125, 100, 125], 0, "left"),  # along the sides of the gap
        (FIELD, [300.0, 512.3, 100, FIELD.area - 912.3], 12.5, "left"),
    ],
)
def test_pieces_have_the_areas_asked_for_in_order_from_the_side_asked_for(polygon, targets, bearing, side):
    cut = cut_by_area(polygon, targets, Heading(bearing, side))
    assert_exact(polygon, targets, cut)
    onward = Heading(bearing, side).onward
    places = [piece.shape.centroid.x * onward[0] + piece.shape.centroid.y * onward[1] for piece in cut.pieces]
    assert places == sorted(places)


def test_bearings_count_clockwise_from_north_and_the_first_piece_lies_at_their_left():
    west = cut_by_area(SQUARE, [100, 500], Heading(0)).pieces[0].shape
    north = cut_by_area(SQUARE, [100, 500], Heading(90)).pieces[0].shape
    assert west.bounds[0] == X
    assert west.bounds[2] < X + 4
    assert north.bounds[3] == Y + 30
    assert north.bounds[1] > Y + 24


def test_a_piece_in_several_parts_is_refused_and_shown():
    with pytest.raises(PieceNotOne, match="piece 1 of parcel 25195-12-345") as refused:
        cut_by_area(COMB, [50, 300], Heading(90), ref="25195-12-345")
    assert refused.value.geometry["type"] == "MultiPolygon"
    assert "side" in refused.value.way_out()


def test_the_other_side_is_tried_where_none_was_asked_for():
    flipped = rotate(COMB, 180, origin="center")
    with pytest.raises(PieceNotOne):
        cut_by_area(flipped, [60, 290], Heading(90, "right"))
    cut = cut_by_area(flipped, [60, 290], Heading(90, "right"), either_side=True)
    assert cut.heading.side == "left"
    assert_exact(flipped, [60, 290], cut)


def test_a_sliver_is_refused():
    with pytest.raises(PieceTooThin):
        cut_by_area(SQUARE, [0.6, 599.4], Heading(0))
    with pytest.raises(PieceTooThin):
        cut_by_area(SQUARE, [599.95, 0.05], Heading(0))


def test_an_area_that_the_grid_cannot_give_names_the_nearest_it_can():
    wide = box(X, Y, X + 100, Y + 100)
    with pytest.raises(AreaNotReached) as refused:
        cut_by_area(wide, [1000.025, 8999.975], Heading(0), ref="x")
    assert refused.value.members["nearestM2"] in {1000.0, 1000.05}
    assert refused.value.geometry["type"] == "LineString"


def test_areas_of_a_zone_with_another_scale_are_met_there():
    def measure(piece: Polygon) -> float:
        return float(piece.area) * (1.0005 + (piece.centroid.x - X) * 1e-6)

    whole = measure(FIELD)
    targets = [500.0, whole / 3, whole - 500 - whole / 3]
    cut = cut_by_area(FIELD, targets, Heading(5), measure=measure)
    assert all(abs(piece.deviation_m2) <= TOLERANCE_M2 for piece in cut.pieces)
    assert measure(cut.pieces[0].shape) == pytest.approx(500, abs=TOLERANCE_M2)


def test_ends_keep_inside_where_others_are_known_to_overlap():
    overlap = FIELD.boundary.buffer(0.5)
    cut = cut_by_area(FIELD, [400, FIELD.area - 400], Heading(80, "right"), overlap=overlap)
    assert_exact(FIELD, [400, FIELD.area - 400], cut)
    assert cut.noded.difference(FIELD).area <= 1e-9


@st.composite
def polygons(draw) -> Polygon:
    """A concave polygon around the origin of the test land, with up to two holes, a shed or a field."""
    size = draw(st.floats(2, 120))
    shares = draw(st.lists(st.floats(0.25, 1), min_size=5, max_size=16))
    turn = 2 * math.pi / len(shares)
    shell = [
        (X + size * r * math.cos(at * turn), Y + size * r * math.sin(at * turn)) for at, r in enumerate(shares)
    ]
    made = to_grid(Polygon(shell))
    for x, y in draw(st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)), max_size=2)):
        hole = to_grid(rotate(box(-0.05, -0.07, 0.04, 0.06), draw(st.floats(0, 90))))
        hole = to_grid(affine_transform(hole, [size, 0, 0, size, X + size * x, Y + size * y]))
        cut = made.difference(hole)
        if isinstance(cut, Polygon) and made.contains_properly(hole):
            made = Polygon(made.exterior, [*made.interiors, hole.exterior])
    return made


@settings(max_examples=150, deadline=None)
@given(
    polygon=polygons(),
    weights=st.lists(st.floats(0.05, 1), min_size=2, max_size=6),
    bearing=st.floats(0, 360),
    either=st.booleans(),
)
def test_random_pieces_are_exact_and_everything_else_is_refused_by_name(polygon, weights, bearing, either):
    if not polygon.is_valid or polygon.area < 1:
        return
    targets = [polygon.area * weight / sum(weights) for weight in weights]
    try:
        cut = cut_by_area(polygon, targets, Heading(bearing), either_side=either)
    except (PieceNotOne, PieceTooThin, AreaNotReached, CutTooFine):
        return
    assert_exact(polygon, targets, cut)
    for line in cut.lines:
        assert abs(math.radians(line.turned_deg)) * line.line.length <= 2 * REACH_M + NODE_M


@settings(max_examples=100, deadline=None)
@given(polygon=polygons(), bearing=st.floats(0, 360), share=st.floats(0.01, 0.99))
def test_the_area_before_a_line_is_what_clipping_gives(polygon, bearing, share):
    if not polygon.is_valid or polygon.is_empty:
        return
    sweep = Sweep.of(polygon, Heading(bearing))
    height = sweep.height_of_area(polygon.area * share)
    assert sweep.area(height) == pytest.approx(polygon.area * share, abs=1e-6)
    far = 500.0
    ends = ((-far, height), (far, height), (far, -far), (-far, -far))
    corners = [sweep.along * x + sweep.onward * y for x, y in ends]
    before = Polygon([corner + sweep.origin for corner in corners])
    assert polygon.intersection(before).area == pytest.approx(polygon.area * share, abs=1e-5)

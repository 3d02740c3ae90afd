"""Drawn limits of uses go along when their parcel is cut: what lies in a piece is the piece's, exactly."""

from __future__ import annotations

import random
from decimal import Decimal

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.cadastre.drafts.cut import cut_polygon
from landsvc.cadastre.drafts.errors import CutTooFine, LineCrossesItself, LineDoesNotCut
from landsvc.cadastre.drafts.limits import LEAST_M2, Carried, LimitsLost, carried, follows
from landsvc.cadastre.drafts.noding import NODE_M, node_geometry
from landsvc.cadastre.drafts.use_areas import share_by_land
from landsvc.cadastre.rules import share_area
from landsvc.geo.grid import is_on_grid, to_grid
from shapely.geometry import LineString, Polygon, box

X, Y = 568_000.0, 1_275_000.0
PARCEL = node_geometry(box(X, Y, X + 20, Y + 30), [(X, Y + 10), (X + 20, Y + 10)]).geometry
HOUSE, GARDEN = box(X, Y, X + 20, Y + 10), box(X, Y + 10, X + 20, Y + 30)


def line(*points: tuple[float, float]) -> LineString:
    return to_grid(LineString([(X + x, Y + y) for x, y in points]))


def assert_tiled(carry: Carried, pieces: tuple[Polygon, ...]) -> None:
    """Parts cover their piece without overlap, share its corners, and moved nothing beyond the grid."""
    for before, shape, parts, areas in zip(pieces, carry.shapes, carry.parts, carry.areas, strict=True):
        drawn = [part for part in parts if part is not None]
        assert sum(areas) == pytest.approx(shape.area, abs=1e-6)
        assert all(part.is_valid and is_on_grid(part) and shapely.covers(shape, part) for part in drawn)
        assert not any(a.relate_pattern(b, "2********") for at, a in enumerate(drawn) for b in drawn[:at])
        assert not drawn or sum(part.area for part in drawn) == pytest.approx(shape.area, abs=1e-6)
        assert shapely.symmetric_difference(before, shape).area <= NODE_M * before.length
        assert all(area == 0 or area >= LEAST_M2 for area in areas)
        corners = {place for each in (shape, *drawn) for place in map(tuple, shapely.get_coordinates(each))}
        for each in drawn:
            own = {tuple(place) for place in shapely.get_coordinates(each)}
            edge = each.boundary
            assert not [place for place in corners - own if edge.dwithin(shapely.Point(place), NODE_M / 4)]


def test_a_cut_across_a_limit_gives_each_piece_its_part_of_both_uses():
    cut = cut_polygon(PARCEL, line((7.3, -1), (9.1, 31)))
    carry = carried(cut.pieces, [HOUSE, GARDEN])
    assert_tiled(carry, cut.pieces)
    assert all(part is not None for parts in carry.parts for part in parts)
    meeting = set(shapely.get_coordinates(carry.shapes[0])[:, 1].tolist()) & {Y + 10}
    assert meeting  # where the cut crosses the limit, both have a corner


def test_a_cut_along_the_limit_leaves_one_use_without_a_limit_on_each_side():
    cut = cut_polygon(PARCEL, line((-1, 10), (21, 10)))
    carry = carried(cut.pieces, [HOUSE, GARDEN])
    assert carry.parts == ((None, None), (None, None))
    assert [[round(area, 3) for area in areas] for areas in carry.areas] == [[0, 400], [200, 0]]


def test_less_of_a_use_than_can_be_registered_goes_to_the_use_beside_it():
    cut = cut_polygon(PARCEL, line((-1, 10.003), (21, 10.003)))
    carry = carried(cut.pieces, [HOUSE, GARDEN])
    assert carry.parts == ((None, None), (None, None))


def test_a_limit_that_ends_beside_a_corner_of_its_parcel_is_lost():
    bare = box(X, Y, X + 20, Y + 30)
    with pytest.raises(LimitsLost):
        carried(cut_polygon(bare, line((7.3, -1), (9.1, 31))).pieces, [HOUSE, GARDEN])


def test_land_of_no_use_stays_so():
    cut = cut_polygon(PARCEL, line((7, -1), (9, 31)))
    carry = carried(cut.pieces, [HOUSE, None])
    for shape, parts, areas in zip(carry.shapes, carry.parts, carry.areas, strict=True):
        assert parts[0] is not None
        assert parts[1] is None
        assert areas[0] == pytest.approx(shape.intersection(HOUSE).area, abs=0.05)


def voronoi_land(dice: random.Random) -> Polygon:
    rng = np.random.default_rng(dice.randrange(2**32))
    points = shapely.MultiPoint(rng.uniform(0, 60, (dice.randint(6, 14), 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box(0, 0, 60, 60)))
    cell = shapely.intersection(cells[dice.randrange(len(cells))], box(0, 0, 60, 60))
    return to_grid(shapely.transform(cell, lambda xy: xy + np.array([X, Y])))


def across(dice: random.Random, land: Polygon) -> LineString:
    """Return a line through a parcel, sometimes bent, sometimes along an edge or through a corner."""
    west, south, east, north = land.bounds
    corners = shapely.get_coordinates(land)
    middle = land.representative_point()
    start = (west - 2, dice.uniform(south, north)) if dice.random() < 0.7 else tuple(corners[0])
    end = (2 * middle.x - start[0] + (east - west), 2 * middle.y - start[1])
    bend = [(middle.x + dice.uniform(-2, 2), middle.y + dice.uniform(-2, 2))] if dice.random() < 0.4 else []
    return to_grid(LineString([start, *bend, end]))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_random_limits_follow_random_cuts(seed):
    dice = random.Random(seed)
    land = voronoi_land(dice)
    if not isinstance(land, Polygon) or not land.is_valid or land.area < 30:
        return
    try:
        limits = cut_polygon(land, across(dice, land))
        turned = shapely.affinity.rotate(across(dice, land), dice.uniform(20, 160), land.centroid)
        cut = cut_polygon(limits.noded, to_grid(shapely.affinity.scale(turned, 3, 3)))
    except (LineDoesNotCut, LineCrossesItself, CutTooFine):
        return
    if any(piece.area < LEAST_M2 for piece in (*cut.pieces, *limits.pieces)):
        return  # no parcel, and no use
    try:
        carry = carried(cut.pieces, limits.pieces)
    except LimitsLost as lost:
        pytest.fail(f"lost at {lost.place.wkt}")
    assert_tiled(carry, cut.pieces)
    for at, use in enumerate(limits.pieces):
        kept = sum(areas[at] for areas in carry.areas)
        assert kept == pytest.approx(use.area, abs=LEAST_M2 * len(cut.pieces) + NODE_M * use.length)
    uses = share_area(Decimal("900.0"), [use.area for use in limits.pieces])
    pieces = share_area(Decimal("900.0"), [shape.area for shape in carry.shapes])
    shares = share_by_land(uses, pieces, carry.areas)
    if shares is not None:
        assert [sum(row) for row in shares] == pieces
        assert [sum(column) for column in zip(*shares, strict=True)] == uses
        assert all(
            (share > 0) == (area > 0)
            for row, areas in zip(shares, carry.areas, strict=True)
            for share, area in zip(row, areas, strict=True)
        )


def test_shares_follow_the_land_and_both_sums_are_exact():
    shares = share_by_land(
        [Decimal(200), Decimal(400)], [Decimal("301.3"), Decimal("298.7")], [[110, 190], [90, 210]]
    )
    assert shares is not None
    assert [sum(row) for row in shares] == [Decimal("301.3"), Decimal("298.7")]
    assert [sum(column) for column in zip(*shares, strict=True)] == [200, 400]
    assert float(shares[0][0]) == pytest.approx(110.4, abs=1)


def test_a_use_has_nothing_where_it_measures_nothing():
    shares = share_by_land([Decimal(100), Decimal(500)], [Decimal(90), Decimal(510)], [[88, 0], [12, 500]])
    assert shares == [[90, 0], [10, 500]]


def test_registered_areas_that_do_not_fit_the_land_are_not_bent():
    assert share_by_land([Decimal(100), Decimal(500)], [Decimal(110), Decimal(490)], [[88, 0], [12, 500]]) is None


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_shares_are_found_whenever_there_are_some(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    cells = st.integers(0, 30).map(lambda n: max(0, n - 10))
    table = np.array([[data.draw(cells) for _ in range(columns)] for _ in range(rows)])
    if not table.any(axis=1).all() or not table.any(axis=0).all():
        return
    noise = np.array([[data.draw(st.floats(0.2, 5)) for _ in range(columns)] for _ in range(rows)])
    tenth = Decimal("0.1")
    uses = [int(n) * tenth for n in table.sum(axis=0)]
    pieces = [int(n) * tenth for n in table.sum(axis=1)]
    shares = share_by_land(uses, pieces, (table * noise).tolist())
    assert shares is not None
    assert [sum(row) for row in shares] == pieces
    assert [sum(column) for column in zip(*shares, strict=True)] == uses


def test_uses_follow_corners_that_move_with_the_parcel_or_are_refused():
    moved = Polygon([(X, Y), (X + 20, Y), (X + 20, Y + 10), (X + 21, Y + 30), (X, Y + 30), (X, Y + 10)])
    garden = Polygon([(X, Y + 10), (X + 20, Y + 10), (X + 21, Y + 30), (X, Y + 30)])
    assert follows(moved, [HOUSE, garden]) is not None
    assert follows(PARCEL, [HOUSE, garden]) is None

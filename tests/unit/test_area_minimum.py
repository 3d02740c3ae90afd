"""The cut that leaves every piece the least area and frontage, or the constraint that binds."""

from __future__ import annotations

from decimal import Decimal

import pytest
import shapely
from landsvc.cadastre.drafts.area_cut import cut_by_area
from landsvc.cadastre.drafts.area_errors import MinimumBinds
from landsvc.cadastre.drafts.area_minimum import Least, cut_to_minimum, front_of, headings_to_try, least_areas
from landsvc.cadastre.drafts.sweep import Heading
from shapely.affinity import rotate
from shapely.geometry import LineString, Polygon, box

X, Y = 568_000.0, 1_275_000.0
PLOT = box(X, Y, X + 20, Y + 30)
SOUTH = LineString([(X, Y), (X + 20, Y)])
NOWHERE = LineString()


def find(polygon, headings, count, least, roads):
    def cut(heading, areas):
        targets = [float(area) for area in areas]
        return cut_by_area(polygon, [*targets, polygon.area - sum(targets)], heading)

    return cut_to_minimum(polygon, headings, count, least, polygon.area, roads, cut, ref="x")


def test_area_binds_where_the_road_is_long():
    found, division = find(PLOT, [Heading(0)], 3, Least(Decimal("150.0"), 4.0), SOUTH)
    assert division.areas_m2 == (Decimal("150.0"), Decimal("150.0"))
    assert division.binds == ("area", "area")
    assert [round(piece.shape.area, 1) for piece in found.pieces] == [150.0, 150.0, 300.0]


def test_frontage_binds_where_the_parcel_is_deep():
    found, division = find(PLOT, [Heading(0)], 3, Least(Decimal("60.0"), 5.0), SOUTH)
    assert division.binds == ("frontage", "frontage")
    assert all(front_of(piece.shape, SOUTH) >= 5 for piece in found.pieces)
    assert found.pieces[0].shape.area < 152


@pytest.mark.parametrize(
    ("heading", "count", "least", "binds", "said"),
    [
        (Heading(0), 3, Least(Decimal("250.0"), 4.0), "area", "100.0 m² is left for piece 3"),
        (Heading(0), 4, Least(Decimal("60.0"), 6.0), "frontage", "2.0 m is left for piece 4"),
        (Heading(90), 2, Least(Decimal("60.0"), 4.0), "frontage", "0.0 m is left for piece 2"),
    ],
)
def test_what_binds_is_said_with_what_is_left(heading, count, least, binds, said):
    with pytest.raises(MinimumBinds) as refused:
        least_areas(PLOT, heading, count, least, PLOT.area, SOUTH, ref="x")
    assert refused.value.members["binds"] == binds
    assert said in refused.value.message()


def test_without_a_stated_frontage_only_the_area_counts():
    found, division = find(PLOT, [Heading(90)], 2, Least(Decimal("60.0"), None), NOWHERE)
    assert division.areas_m2 == (Decimal("60.0"),)
    assert len(found.pieces) == 2


def test_the_minimum_is_compared_with_the_registered_area():
    division = least_areas(PLOT, Heading(0), 2, Least(Decimal("60.0"), None), PLOT.area * 1.1, NOWHERE)
    assert division.areas_m2 == (Decimal("60.0"),)
    with pytest.raises(MinimumBinds):
        least_areas(PLOT, Heading(0), 2, Least(Decimal("310.0"), None), PLOT.area, NOWHERE)
    found = least_areas(PLOT, Heading(0), 2, Least(Decimal("310.0"), None), 650.0, NOWHERE)
    assert found.areas_m2 == (Decimal("310.0"),)


def test_a_direction_is_found_that_lets_every_piece_reach_the_road():
    turned = rotate(PLOT, 27, origin=(X, Y))
    plot = Polygon(shapely.get_coordinates(turned).round(3))
    road = LineString(list(plot.exterior.coords)[3:5])  # the southern edge, however the ring begins
    for at in range(4):
        edge = LineString(list(plot.exterior.coords)[at : at + 2])
        if abs(edge.length - 20) < 0.01:
            road = edge
            break
    found, _ = find(plot, headings_to_try(plot, road), 3, Least(Decimal("60.0"), 5.0), road)
    assert all(front_of(piece.shape, road) >= 5 for piece in found.pieces)

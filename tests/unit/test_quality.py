"""Edges that match nothing are told from those the check of coverages names by mistake."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from landsvc.cadastre.importing.quality import lacking_corners
from shapely.geometry import box

# A hole of the second touches its outline where the first has a corner: found by random operations.
TOUCHED = (
    "POLYGON ((20.152 55.199, 20.184 55.723, 16.633 54.933, 20.152 55.199))",
    "POLYGON ((-2 41.599, 15.211 33.611, 31.189 55.602, 20.152 55.199, 16.633 54.933, -2 41.599),"
    " (20.152 55.199, 21.6 54.187, 20.765 54.558, 20.297 55.048, 20.152 55.199))",
)
BESIDE = box(10, 2, 20, 8)
WITH_CORNERS = shapely.from_wkt("POLYGON ((0 0, 10 0, 10 2, 10 8, 10 10, 0 10, 0 0))")


@pytest.mark.parametrize(
    ("shapes", "lacking"),
    [
        (shapely.from_wkt(TOUCHED), []),
        ([box(0, 0, 10, 10), BESIDE], [0, 1]),
        ([WITH_CORNERS, BESIDE], []),
        ([box(0, 0, 10, 10), box(30, 0, 40, 10)], []),
    ],
    ids=["a hole that touches its outline", "corners on an edge", "corners on both sides", "apart"],
)
def test_a_polygon_lacks_a_corner_only_where_one_lies_on_an_edge_without(shapes, lacking):
    land = np.array(shapes)
    assert lacking_corners(land, np.arange(2)).tolist() == lacking


def test_the_check_of_coverages_names_a_sound_edge():
    assert not shapely.is_empty(shapely.coverage_invalid_edges(shapely.from_wkt(TOUCHED))).all()

"""Land inside the mapped extent that nothing covers is found, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.gaps import uncovered

EXTENT = [shapely.box(0, 0, 40, 20)]
TILES = [shapely.box(x, y, x + 10, y + 10) for x in range(0, 40, 10) for y in range(0, 20, 10)]


def array(shapes: list) -> np.ndarray:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def gaps(land: list, extent: list = EXTENT) -> list:
    return uncovered(array(extent), array(land))


@given(st.sets(st.integers(0, len(TILES) - 1)))
def test_what_is_taken_away_is_the_gap(missing: set[int]):
    found = gaps([tile for n, tile in enumerate(TILES) if n not in missing])
    wanted = shapely.union_all([TILES[n] for n in missing])
    assert shapely.union_all(found).equals(wanted)
    assert [gap.area for gap in found] == sorted((gap.area for gap in found), reverse=True)


def test_land_without_extent_has_no_gaps():
    assert gaps(TILES[:2], extent=[]) == []
    assert gaps([*TILES, shapely.box(90, 90, 99, 99)]) == []


def test_overlapping_land_covers_all_the_same():
    (gap,) = gaps([*TILES[1:], shapely.box(5, 0, 15, 10)])
    assert gap.equals(shapely.box(0, 0, 5, 10))


def test_crack_is_found_and_dust_is_not():
    crack = [*TILES[:-1], shapely.box(30, 10.002, 40, 20)]
    assert [round(gap.area, 3) for gap in gaps(crack)] == [0.02]
    dust = [*TILES[:-1], shapely.box(30, 10.0005, 40, 20)]
    assert gaps(dust) == []


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_or_one_parcel_on_the_extent(count: int):
    found = gaps(TILES[:count])
    assert sum(gap.area for gap in found) == 800 - 100 * count

"""How land closes that was drawn anew together."""

from __future__ import annotations

import pytest
import shapely
from landsvc.cadastre.drafts.closing import Family, closure_of
from landsvc.cadastre.drafts.model import Unit

SIDE = shapely.box(0, 0, 10, 10)
NEXT = shapely.box(8, 0, 20, 10)
"""Two old parcels that overlap by 20 m²."""


def unit(unit_id: int, shape: shapely.Polygon) -> Unit:
    return Unit(
        unit_id, unit_id, "parcel", None, None, "25195", None, None, None, None, None, None, None, None, None, None,
        shape, (), (unit_id,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "parted", "residual"),
    [
        (SIDE, shapely.box(9, 0, 20, 10), 10, 0),
        (SIDE, shapely.box(10, 0, 20, 10), 20, 0),
        (SIDE, shapely.box(12, 0, 20, 10), 20, 0),
        (SIDE, NEXT, 0, 0),
        (SIDE, shapely.box(7, 0, 20, 10), 0, 10),
    ],
)
def test_an_old_overlap_that_shrinks_closes_and_one_that_grows_does_not(first, second, parted, residual):
    family = Family((unit(1, SIDE), unit(2, NEXT)), (unit(1, first), unit(2, second)))
    closure = closure_of(family, {}, {1, 2})
    assert closure.parted_m2 == pytest.approx(parted)
    assert closure.residual_m2 == pytest.approx(residual)

"""What every piece shall measure and be registered with, and what becomes of the difference."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.drafts.area_errors import (
    AreaNotInTenths,
    AreasDiffer,
    AreasDivideNothing,
    AreasExceedParcel,
    LastPieceTakesTooMuch,
    NoRegisteredArea,
)
from landsvc.cadastre.drafts.area_targets import plan_areas


def d(*areas: str) -> list[Decimal]:
    return [Decimal(area) for area in areas]


@pytest.mark.parametrize(
    ("asked", "basis", "difference", "legal", "measured", "targets", "registered"),
    [
        (["100.0", "52.4"], "registered", "proportional", "152.4", 152.4, [100.0, 52.4], ["100.0", "52.4"]),
        (["100.0"], "registered", "proportional", "150.0", 300.0, [200.0, 100.0], ["100.0", "50.0"]),
        (["100.0"], "registered", "last", "150.0", 151.5, [100.0, 51.5], ["100.0", "50.0"]),
        (["100.0"], "measured", "proportional", "150.0", 151.5, [100.0, 51.5], None),
        (["100.04"], "measured", "last", "150.0", 151.5, [100.04, 51.46], ["100.0", "50.0"]),
        (
            ["100", "51.48"],
            "measured",
            "proportional",
            "150.0",
            151.5,
            [100.0, 51.5],
            None,
        ),  # a grain is the last's
        (["100"], "measured", "proportional", None, 151.5, [100.0, 51.5], None),
    ],
)
def test_targets_follow_basis_and_difference(asked, basis, difference, legal, measured, targets, registered):
    legal_m2 = None if legal is None else Decimal(legal)
    found = plan_areas(d(*asked), basis, difference, legal_m2=legal_m2, measured_m2=measured)
    assert found.measured_m2 == pytest.approx(targets)
    assert found.legal_m2 == (None if registered is None else tuple(d(*registered)))


@pytest.mark.parametrize(
    ("asked", "basis", "difference", "legal", "measured", "refusal", "said"),
    [
        (["100.0", "60.0"], "registered", "proportional", "152.4", 152.4, AreasExceedParcel, "7.6"),
        (["160"], "measured", "proportional", "152.4", 152.372, AreasExceedParcel, "7.628"),
        (["152.4"], "registered", "proportional", "152.4", 152.4, AreasDivideNothing, "152.4"),
        (["152.4"], "measured", "proportional", "152.4", 152.372, AreasDivideNothing, "152.372"),
        (["100.05"], "registered", "proportional", "152.4", 152.4, AreaNotInTenths, "100.05"),
        (["100.0"], "registered", "proportional", None, 152.4, NoRegisteredArea, "measured"),
        (["100.0"], "registered", "refuse", "152.4", 151.0, AreasDiffer, "1.4"),
        (["152.0"], "registered", "last", "152.4", 152.0, LastPieceTakesTooMuch, "0.0"),
        (["150.0"], "measured", "last", "150.0", 152.0, LastPieceTakesTooMuch, "0.0"),
    ],
)
def test_what_cannot_be_is_refused_with_the_numbers(asked, basis, difference, legal, measured, refusal, said):
    legal_m2 = None if legal is None else Decimal(legal)
    with pytest.raises(refusal) as refused:
        plan_areas(d(*asked), basis, difference, legal_m2=legal_m2, measured_m2=measured, ref="25195-12-345")
    assert said in refused.value.message() + refused.value.way_out()


@given(
    tenths=st.lists(st.integers(1, 100_000), min_size=2, max_size=12),
    drift=st.floats(0.9, 1.1),
    difference=st.sampled_from(["proportional", "last"]),
    with_rest=st.booleans(),
)
def test_registered_areas_sum_exactly_and_measured_ones_to_what_there_is(tenths, drift, difference, with_rest):
    legal = [Decimal(each) / 10 for each in tenths]
    whole, measured = sum(legal, Decimal(0)), float(sum(tenths)) / 10 * drift
    asked = legal[:-1] if with_rest else legal
    try:
        found = plan_areas(asked, "registered", difference, legal_m2=whole, measured_m2=measured)
    except LastPieceTakesTooMuch:
        assert difference == "last"
        return
    assert found.legal_m2 == tuple(legal)
    assert sum(found.legal_m2) == whole
    assert sum(found.measured_m2) == pytest.approx(measured)
    assert found.rest == with_rest

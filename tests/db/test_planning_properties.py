"""Whatever parcels and zones lie over each other: no theme exceeds its parcel, sums are exact, and what is
called certain is certain."""

from __future__ import annotations

import json
from itertools import pairwise
from math import cos, radians, sin

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from landsvc.core.sql import statements
from shapely.geometry import Polygon
from tests.factories import cadastre as land
from tests.factories import planning as plans
from tests.factories.cadastre import X0, Y0

ANSWER = statements("planning")["answer"].text
ROUNDING_M2 = 0.1
metres = st.integers(-30_000, 60_000).map(lambda mm: mm / 1000)


@st.composite
def stars(draw: st.DrawFn, size: float = 25.0) -> Polygon:
    """A polygon around a middle, never crossing itself, on the grid."""
    x, y = draw(metres), draw(metres)
    count = draw(st.integers(3, 9))
    radii = draw(st.lists(st.floats(2.0, size), min_size=count, max_size=count))
    angles = [360 / count * index for index in range(count)]
    ring = [
        (round(X0 + x + r * cos(radians(a)), 3), round(Y0 + y + r * sin(radians(a)), 3))
        for r, a in zip(radii, angles, strict=True)
    ]
    return Polygon(ring)


@pytest.fixture(scope="module")
def ground(module_db: str):
    """A database with a commune, themes and a plan; each example lays its land and takes it away."""
    with psycopg.connect(module_db) as conn:
        land.commune(conn)
        plans.themes(conn)
        plan = plans.plan(conn)
        conn.commit()
        yield conn, plan


def ask(conn: psycopg.Connection, unit: int) -> dict:
    today = conn.execute("SELECT cadastre.today()").fetchone()[0]
    given = {"unit_id": unit, "x": None, "y": None, "valid_at": today, "known_at": "infinity", "past": False}
    tree = json.loads(conn.execute(ANSWER, given).fetchone()[0])
    return next(row for row in tree["themes"] if row["code"] == "land_use_plan")


def lay(
    ground, parcel: Polygon, zones: list[Polygon], accuracy: float, factor: float
) -> tuple[dict, dict, float]:
    """Return the answer computed on the spot, the kept one, and the registered area."""
    conn, plan = ground
    legal = max(0.1, round(parcel.area * factor, 1))
    try:
        unit = land.parcel(conn, shapely.to_wkt(parcel, rounding_precision=3), area=legal)
        for index, zone in enumerate(zones):
            plans.zone(
                conn, plan, shapely.to_wkt(zone, rounding_precision=3), code=f"Z{index}", accuracy=accuracy
            )
        live = ask(conn, unit)
        plans.refresh(conn, unit)
        return live, ask(conn, unit), legal
    finally:
        conn.rollback()


ROUNDS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@ROUNDS
@given(
    parcel=stars(),
    zones=st.lists(stars(), min_size=1, max_size=5),
    accuracy=st.sampled_from([0.5, 2.0, 8.0]),
    factor=st.sampled_from([1.0, 0.93, 1.2]),
)
def test_theme_is_the_union_and_never_more_than_the_parcel(ground, parcel, zones, accuracy, factor):
    live, kept, legal = lay(ground, parcel, zones, accuracy, factor)
    assert live == kept
    true = shapely.union_all(zones).intersection(parcel).area / parcel.area * legal
    if live["state"] != "affected":
        assert true < ROUNDING_M2
        return
    assert live["areaM2"] == pytest.approx(true, abs=0.051)
    assert live["areaM2"] <= legal
    assert live["sharePct"] <= 100.0


@ROUNDS
@given(parcel=stars(), zone=stars(), accuracy=st.sampled_from([0.5, 2.0, 8.0]))
def test_what_is_certain_stays_when_the_edge_moves_by_its_accuracy(ground, parcel, zone, accuracy):
    live, _, legal = lay(ground, parcel, [zone], accuracy, 1.0)
    if live["state"] != "affected":
        return
    (found,) = live["zones"]
    core = zone.buffer(-accuracy, quad_segs=32).intersection(parcel).area / parcel.area * legal
    assert found["certainM2"] <= found["areaM2"]
    assert found["certainM2"] == pytest.approx(core, abs=0.051 + 0.01 * core)
    assert round(found["certainM2"] + found["uncertainM2"], 1) == found["areaM2"]


@ROUNDS
@given(
    parcel=stars(),
    cuts=st.lists(st.integers(-30_000, 60_000), min_size=1, max_size=6, unique=True),
    factor=st.sampled_from([1.0, 0.97, 1.31]),
)
def test_zones_that_tile_the_land_add_up_exactly(ground, parcel, cuts, factor):
    edges = [X0 - 100, *(X0 + cut / 1000 for cut in sorted(cuts)), X0 + 150]
    tiles = [shapely.box(a, Y0 - 100, b, Y0 + 150) for a, b in pairwise(edges)]
    live, kept, legal = lay(ground, parcel, tiles, 1.0, factor)
    assert live == kept
    assert live["areaM2"] == legal
    assert round(sum(zone["areaM2"] for zone in live["zones"]), 1) == legal

"""Every figure of an extract is what shapely finds on the same land: zones over each other, corridors, lines, marks."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from random import Random

import psycopg
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from tests.conftest import application, settings_for
from tests.factories import cadastre as land
from tests.factories import planning as plans
from tests.factories.cadastre import X0, Y0

CELL_M = 25.0
ROUNDED = 0.051
SUMMED = 0.11
"""Areas of zones are cut from running totals, so that they add up: one may be a tenth more or less."""
CURVES = 0.01
"""Share by which the certain part may differ: both draw arcs as chords, but not the same ones."""
LEAST_M2 = 0.05


@dataclass(frozen=True)
class Zone:
    theme: str
    code: str
    drawn: BaseGeometry
    corridor_m: float | None
    accuracy_m: float | None
    pending: bool

    @property
    def shape(self) -> BaseGeometry:
        return self.drawn if self.corridor_m is None else self.drawn.buffer(self.corridor_m, quad_segs=16)


@dataclass(frozen=True)
class Parcel:
    number: str
    shape: Polygon
    legal_m2: float

    @property
    def factor(self) -> float:
        return self.legal_m2 / self.shape.area


@dataclass(frozen=True)
class World:
    parcels: list[Parcel]
    zones: list[Zone]
    covered: BaseGeometry


def grid(shape: BaseGeometry) -> BaseGeometry:
    """The same on the millimetre grid of the register."""
    return shapely.transform(shape, lambda xy: xy.round(3))


def make_parcels(dice: Random, side: int) -> list[Parcel]:
    """Cells of a crooked grid: neighbours share their corners, none lies over another."""
    corner = {
        (i, j): (X0 + i * CELL_M + dice.uniform(-8, 8), Y0 + j * CELL_M + dice.uniform(-8, 8))
        for i in range(side + 1)
        for j in range(side + 1)
    }
    found = []
    for i in range(side):
        for j in range(side):
            ring = [corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]]
            shape = grid(Polygon(ring))
            found.append(Parcel(str(1000 + len(found)), shape, round(shape.area * dice.uniform(0.9, 1.2), 1)))
    return found


def star(dice: Random, extent: float, size: float) -> Polygon:
    """A polygon around a middle that never crosses itself, at times with a hole."""
    x, y, corners = X0 + dice.uniform(0, extent), Y0 + dice.uniform(0, extent), dice.randint(3, 11)
    radii = [dice.uniform(size / 4, size) for _ in range(corners)]
    around = [(r * cos(2 * pi * at / corners), r * sin(2 * pi * at / corners)) for at, r in enumerate(radii)]
    outer = Polygon([(x + dx, y + dy) for dx, dy in around])
    hole = Polygon([(x + dx / 5, y + dy / 5) for dx, dy in around])
    return grid(outer.difference(hole) if dice.random() < 0.3 and corners > 4 else outer)


def walk(dice: Random, extent: float) -> LineString:
    points = [(X0 + dice.uniform(0, extent), Y0 + dice.uniform(0, extent)) for _ in range(dice.randint(2, 5))]
    return grid(LineString(points))


def make_world(seed: int, side: int) -> World:
    dice, extent = Random(seed), side * CELL_M
    zones = []
    for theme, count in (
        *(("land_use_plan", side * 5), ("heritage", side), ("power_corridor", side)),
        *(("road_line", side), ("survey_mark", side * 4)),
    ):
        for at in range(count):
            drawn: BaseGeometry
            if theme == "survey_mark":
                drawn = grid(Point(X0 + dice.uniform(0, extent), Y0 + dice.uniform(0, extent)))
            elif theme in {"road_line", "power_corridor"}:
                drawn = walk(dice, extent)
            else:
                drawn = star(dice, extent, dice.choice([10.0, 30.0, 60.0]))
            corridor = dice.choice([3.0, 7.5]) if theme == "power_corridor" else None
            # Where a corridor is as wide as its accuracy, what is left at its bends depends on how arcs are drawn.
            accuracy = dice.choice([0.5, 2.0, None] if corridor else [0.5, 2.0, 5.0, None])
            zones.append(Zone(theme, f"{theme[:2]}{at}", drawn, corridor, accuracy, dice.random() < 0.2))
    return World(make_parcels(dice, side), zones, grid(star(dice, extent / 2, extent).buffer(0)))


def lay(conn: psycopg.Connection, world: World) -> None:
    extent = 40 * CELL_M
    here = land.commune(conn, geom=land.box(-500, -500, extent + 1000, extent + 1000))
    series, why = land.series(conn, here), land.record(conn)
    for each in world.parcels:
        shape = shapely.to_wkt(each.shape, rounding_precision=3)
        land.parcel(conn, shape, number=each.number, series_id=series, why=why, area=each.legal_m2)
    plans.themes(conn)
    plan = plans.plan(conn, scale=None, accuracy=None)
    plans.coverage(conn, plan, shapely.to_wkt(world.covered, rounding_precision=3), theme="heritage")
    for zone in world.zones:
        plans.zone(
            conn,
            plan,
            shapely.to_wkt(zone.drawn, rounding_precision=3),
            theme=zone.theme,
            code=zone.code,
            use_code=None,
            accuracy=zone.accuracy_m,
            valid="[2090-01-01,)" if zone.pending else "[2022-03-01,)",
            corridor_m=zone.corridor_m,
        )
    plans.refresh(conn)
    conn.commit()


@pytest.fixture(scope="module")
def told(module_db: str, pytestconfig: pytest.Config):
    seed = int(pytestconfig.getoption("--hypothesis-seed") or 1)
    world = make_world(seed, 32 if pytestconfig.getoption("--long") else 8)
    with psycopg.connect(module_db) as conn:
        lay(conn, world)
    with application(settings_for(module_db)) as app:
        client = app.test_client()
        yield world, {each.number: themes_of(client, each) for each in world.parcels}


def themes_of(client, parcel: Parcel) -> dict[str, dict]:
    answer = client.get(f"/api/v1/parcels/25195-12-{parcel.number}/planning")
    assert answer.status_code == 200, answer.json
    assert answer.json["parcel"]["legalAreaM2"] == parcel.legal_m2
    return {theme["code"]: theme for theme in answer.json["themes"]}


def each_zone(told, *themes: str):
    """Yield parcel, zone and what the extract says of the zone there (None: nothing)."""
    world, trees = told
    for parcel in world.parcels:
        for zone in world.zones:
            if zone.theme in themes:
                rows = trees[parcel.number][zone.theme].get("zones", [])
                yield parcel, zone, next((row for row in rows if row["code"] == zone.code), None)


def test_area_of_each_zone_is_its_share_of_the_registered_area(told):
    seen = 0
    for parcel, zone, row in each_zone(told, "land_use_plan", "heritage", "power_corridor"):
        true = zone.shape.intersection(parcel.shape).area * parcel.factor
        if row is None:
            assert true < LEAST_M2, (parcel, zone)
            continue
        seen += 1
        assert row["areaM2"] == pytest.approx(true, abs=SUMMED), (parcel, zone)
        assert row["sharePct"] == pytest.approx(100 * true / parcel.legal_m2, abs=SUMMED)
        assert row["status"] == ("pending" if zone.pending else "inForce")
    assert seen > 50


def test_certain_share_lies_further_inside_than_the_accuracy(told):
    seen = 0
    for parcel, zone, row in each_zone(told, "land_use_plan", "heritage", "power_corridor"):
        if row is None:
            continue
        if zone.accuracy_m is None:
            assert (row["certainM2"], row["uncertainM2"]) == (None, None)
            continue
        near = zone.shape.boundary.buffer(zone.accuracy_m, quad_segs=32)
        core = zone.shape.difference(near).intersection(parcel.shape).area * parcel.factor
        assert row["certainM2"] == pytest.approx(core, abs=SUMMED + CURVES * core), (parcel, zone)
        assert round(row["certainM2"] + row["uncertainM2"], 1) == row["areaM2"]
        seen += 0 < core < row["areaM2"]
    assert seen > 20


@pytest.mark.parametrize("theme", ["land_use_plan", "heritage", "power_corridor"])
def test_theme_is_the_union_of_its_zones_in_force(told, theme):
    world, trees = told
    over = 0
    for parcel in world.parcels:
        mine = [z.shape for z in world.zones if z.theme == theme and not z.pending]
        cut = [each.intersection(parcel.shape) for each in mine]
        union = shapely.union_all(cut).area * parcel.factor
        area = trees[parcel.number][theme].get("areaM2") or 0.0
        assert area == pytest.approx(union, abs=ROUNDED), parcel
        assert area <= parcel.legal_m2
        over += sum(each.area for each in cut) * parcel.factor > union + 1
    assert over or theme != "land_use_plan"


def test_lines_are_measured_and_marks_counted(told):
    lines = marks = 0
    for parcel, zone, row in each_zone(told, "road_line"):
        true = zone.drawn.intersection(parcel.shape).length
        assert (row["lengthM"] if row else 0.0) == pytest.approx(true, abs=ROUNDED), (parcel, zone)
        lines += row is not None
    for parcel, zone, row in each_zone(told, "survey_mark"):
        assert (row["count"] if row else 0) == int(zone.drawn.within(parcel.shape)), (parcel, zone)
        marks += row is not None
    assert lines > 10
    assert marks > 5


def test_nothing_there_is_not_affected_where_the_plan_speaks_and_without_data_elsewhere(told):
    world, trees = told
    states = set()
    for parcel in world.parcels:
        theme = trees[parcel.number]["heritage"]
        share = 100 * world.covered.intersection(parcel.shape).area / parcel.shape.area
        states.add(theme["state"])
        assert theme["coveredPct"] == pytest.approx(share, abs=0.11), parcel
        if theme["state"] == "notAffected":
            assert share > 99.9
        if theme["state"] == "withoutData":
            assert share < 100
    assert states == {"affected", "notAffected", "withoutData"}

"""Corners that cuts make near thin parcels: they go into the edge that was cut, in memory and in the database alike."""

from __future__ import annotations

import math
from collections.abc import Iterator

import psycopg
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from landsvc.cadastre.drafts.checks import CHECKS
from landsvc.cadastre.drafts.errors import CutTooFine
from landsvc.cadastre.drafts.noding import Bend, node_geometry
from landsvc.geo.grid import round_ordinates, to_grid
from shapely.geometry import MultiLineString, MultiPoint, MultiPolygon, Polygon, shape
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, polygon
from tests.factories.drafts import Office, assert_sound, line, rules, split

X, Y = 568_000.0, 1_275_000.0
FABRIC_ONLY = {code: CHECKS[code] for code in ("FAB-OVERLAP", "FAB-AREA")}
# A sliver lies between two parcels; its tip has two edges within 0.72 mm of one grid point.
CUT = polygon((14.654, 1.092), (-7.284, 27.501), (-11.024, 26.569), (7.143, 8.544))
SLIVER = polygon((14.654, 1.092), (7.143, 8.544), (13.143, 2.548), (23.545, -7.848))
THIRD = polygon((1.979, -13.023), (13.143, 2.548), (7.143, 8.544), (-11.024, 26.569), (-24.161, 13.554))
LINE = ((-20.439, 29.07), (16.846, 27.948), (7.205, 8.483), (-0.377, 19.186))
# A cut of SLANTED at 11.6 m ends 0.48 mm above the upper edge or 0.52 mm below it: TIP stands 0.05 mm above.
SLANTED = ((0, 0), (0, -10), (18.5, -10), (19.5, -10), (21, -10), (21, 0.010))
ROUND_TIP = ((0, 0), (21, 0.010), (21, 5), (2.5, 5), (2, 0.001), (1.5, 5), (0, 5))
TIP = ((2, 0.001), (2.5, 5), (1.5, 5))
NOTCH = (19, 0.009)
ACROSS = ((11.6, -12), (11.6, 3))


@pytest.fixture
def office(fresh_db: str) -> Iterator[Office]:
    with opened(fresh_db) as database:
        yield Office(database)


def lay(office: Office, **shapes: str) -> None:
    """Lay parcels by number."""
    with psycopg.connect(office.database.dsn) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        for number, shape in shapes.items():
            make.parcel(conn, shape, number=number[1:], series_id=sheet)


def noded(done: dict) -> set[str]:
    return {each["ref"] for each in done["noded"]}


def test_a_point_goes_into_the_edge_that_was_cut_and_not_into_that_of_a_third_parcel(office):
    lay(office, n1=CUT, n2=SLIVER, n3=THIRD)
    draft = office.draft(split("25195-12-1", *LINE))
    assert noded(office.commit(draft.code, checks=FABRIC_ONLY)) == {"25195-12-2"}
    assert_sound(office)


def test_an_edge_that_would_be_bent_over_a_tip_is_bent_the_other_way(office):
    lay(office, n1=polygon(*SLANTED), n2=polygon(*ROUND_TIP), n3=polygon(*TIP))
    draft = office.draft(split("25195-12-1", *ACROSS))
    done = office.commit(draft.code, checks=FABRIC_ONLY)
    assert noded(done) == {"25195-12-2"}
    top = {y for each in done["after"] for x, y in shapely.get_coordinates(shape(each["geometry"])) if y > Y - 1}
    assert round(Y + 0.005, 3) in top
    assert_sound(office)


def test_a_cut_that_fits_no_grid_point_is_refused_when_it_is_added(office):
    notched = (*SLANTED[:3], NOTCH, *SLANTED[3:])
    lay(office, n1=polygon(*notched), n2=polygon(*ROUND_TIP), n3=polygon(*TIP))
    draft = office.draft()
    with pytest.raises(CutTooFine) as refused:
        office.add(draft.code, split("25195-12-1", *ACROSS))
    assert shape(refused.value.geometry).distance(shapely.Point(X + 11.6, Y + 0.005)) < 0.005
    assert "25195-12-1" in refused.value.message()
    assert not office.get(draft.code).steps


STRIP = {"op": "split_corridor", "parcels": ["25195-12-1"], "line": line(*ACROSS), "widthM": 2, "side": "right"}


def test_a_corridor_bends_no_edge_over_a_tip_either(office):
    lay(office, n1=polygon(*SLANTED), n2=polygon(*ROUND_TIP), n3=polygon(*TIP))
    draft = office.draft(STRIP | {"crs": f"EPSG:{SRID}"})
    done = office.commit(draft.code, checks=FABRIC_ONLY)
    assert len(done["after"]) == 3
    assert noded(done) == {"25195-12-2"}
    assert_sound(office)


def test_a_corridor_that_fits_no_grid_point_is_refused_when_it_is_added(office):
    notched = (*SLANTED[:3], NOTCH, *SLANTED[3:])
    lay(office, n1=polygon(*notched), n2=polygon(*ROUND_TIP), n3=polygon(*TIP))
    draft = office.draft()
    with pytest.raises(CutTooFine) as refused:
        office.add(draft.code, STRIP | {"crs": f"EPSG:{SRID}"})
    assert shape(refused.value.geometry).distance(shapely.Point(X + 11.6, Y + 0.005)) < 0.005
    assert "25195-12-1" in refused.value.message()
    assert not office.get(draft.code).steps


# The twins ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def conn(make_clone) -> Iterator[psycopg.Connection]:
    with make_clone() as dsn, psycopg.connect(dsn) as conn:
        yield conn


@st.composite
def land(draw) -> Polygon | MultiPolygon:
    """One or two star-shaped polygons on the grid, thin ones among them, sometimes with a hole."""
    made = []
    for part in range(draw(st.integers(1, 2))):
        radii = draw(st.lists(st.floats(0.002, 9), min_size=3, max_size=8))
        turns = [at * 2 * math.pi / len(radii) for at in range(len(radii))]
        shell = [
            (X + 50 * part + r * math.cos(t), Y + r * math.sin(t)) for r, t in zip(radii, turns, strict=True)
        ]
        hole = shapely.box(X + 50 * part - 0.5, Y - 0.5, X + 50 * part + 0.5, Y + 0.7).exterior.coords
        made.append(to_grid(Polygon(shell, [hole] if draw(st.booleans()) else [])))
    parts = [part for part in made if not part.is_empty]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


@settings(max_examples=150, deadline=None)
@given(given_land=land(), dice=st.randoms(use_true_random=False), many=st.integers(1, 6))
def test_the_database_bends_the_edges_that_memory_bends(conn, given_land, dice, many):
    if given_land.is_empty:
        return
    now, nodes = given_land, []
    for _ in range(many):
        corners = shapely.get_coordinates(now)
        at, share = dice.randrange(len(corners) - 1), dice.random()
        start, end = corners[at], corners[at + 1]
        place = round_ordinates(start + share * (end - start) + dice.choice([0, 0, 0.001]))
        nodes.append(Bend(*(tuple(map(float, each)) for each in (start, place, end))))
        now = node_geometry(now, nodes[-1:]).geometry
    for kind, given_nodes in ((MultiLineString, nodes), (MultiPoint, [node.place for node in nodes])):
        sql = "SELECT ST_AsBinary(cadastre.node_geometry(ST_GeomFromWKB(%s, %s), ST_GeomFromWKB(%s, %s)))"
        params = (given_land.wkb, SRID, kind(given_nodes).wkb, SRID)
        made = shapely.from_wkb(bytes(conn.execute(sql, params).fetchone()[0]))
        assert made.wkt == node_geometry(given_land, given_nodes).geometry.wkt

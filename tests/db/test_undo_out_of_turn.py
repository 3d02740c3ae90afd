"""Undone in whatever order, everything gives back the start; until then corners stay as long as there is a reason."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import psycopg
import pytest
from landsvc.cadastre import annulment
from landsvc.cadastre.checking import check_fabric
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import polygon
from tests.factories.drafts import Office, insert, rules, set_uses, slanted, split

WEST, EAST, SOUTH = "25195-12-1", "25195-12-2", "25195-12-3"
FABRIC = (
    "SELECT unit_id, number, ST_AsEWKB(geom), legal_area_m2, uses, numbers FROM cadastre.parcel ORDER BY unit_id"
)


@pytest.fixture
def office(make_clone) -> Iterator[Office]:
    """Three parcels whose common edges run beside the grid."""
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            slanted(conn)
        yield Office(database)


def fabric(office: Office) -> list[Any]:
    with psycopg.connect(office.database.dsn) as conn:
        return conn.execute(FABRIC).fetchall()


def corners(office: Office, ref: str) -> set[tuple[float, float]]:
    sql = (
        "SELECT ST_X(d.geom) - %s, ST_Y(d.geom) - %s FROM cadastre.parcel p, ST_DumpPoints(p.geom) d"
        " WHERE p.number = %s"
    )
    with psycopg.connect(office.database.dsn) as conn:
        found = conn.execute(sql, (make.X0, make.Y0, ref.split("-")[2])).fetchall()
    return {(round(x, 3), round(y, 3)) for x, y in found}


def done(office: Office, *bodies: dict[str, Any]) -> str:
    draft = office.draft()
    for body in bodies:
        office.add(draft.code, body)
    return str(office.commit(draft.code, checks={})["record"])


def undo(office: Office, record: str) -> None:
    annulment.undo_record(office.database, record, "nhầm")
    found = check_fabric(office.database)
    assert found.sound, found.broken


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_undone_in_any_order_everything_gives_back_the_start(office, order):
    before = fabric(office)
    records = [
        done(office, split(EAST, (25, 11.3), (65, 12.1))),  # a corner in the western edge
        done(office, split(SOUTH, (11.7, 5), (12.9, -35))),  # another one, in its southern edge
        done(office, split(WEST, (-5, 31.4), (35, 32.3))),  # takes both over; a third one for the east
    ]
    for at in order:
        undo(office, records[at])
    assert fabric(office) == before


def test_a_corner_goes_with_the_record_that_put_it_there_though_its_parcel_got_others(office):
    start, before = fabric(office), corners(office, WEST)
    cut = done(office, split(EAST, (25, 11.3), (65, 12.1)))
    assert len(corners(office, WEST)) == len(before) + 1
    point = done(office, insert(WEST, (0, 20)))
    undo(office, cut)
    assert corners(office, WEST) == before | {(0.0, 20.0)}
    undo(office, point)
    assert fabric(office) == start


def test_a_corner_stays_on_both_sides_while_a_record_stands_that_says_it(office):
    start, before = fabric(office), corners(office, WEST)
    cut = done(office, split(EAST, (25, 11.3), (65, 12.1)))
    (made,) = corners(office, WEST) - before
    area = float(next(row for row in start if row[1] == "1")[3])
    uses = done(office, set_uses(WEST, ("ODT", 500.0), ("CLN", round(area - 500, 1))))
    undo(office, cut)
    assert made in corners(office, WEST)
    assert made in corners(office, EAST)
    undo(office, uses)
    assert fabric(office) == start


def test_a_corner_stays_while_the_record_stands_that_put_it_there(office):
    """It was put into a piece that is no more; the parcel that comes back takes it over."""
    start, before = fabric(office), corners(office, EAST)
    cut = done(office, split(EAST, (25, 11.3), (65, 12.1)))
    point = done(office, insert(WEST, (30.01, 24)))
    undo(office, cut)
    (made,) = corners(office, EAST) - before
    assert made in corners(office, WEST)
    undo(office, point)
    assert fabric(office) == start


def test_what_comes_back_takes_no_corner_from_the_far_side_of_a_sliver(make_clone):
    """A strip of a millimetre lies between two parcels; a cut in one must not reach the other."""
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn))
            for number, land in enumerate(
                (
                    polygon((-60, 0), (-0.001, 0), (-0.001, 400), (-60, 400)),
                    polygon((0, 0), (60, 0), (60, 400), (0, 400)),
                    polygon((-0.001, 0), (0, 0), (0, 400), (-0.001, 400)),
                ),
                1,
            ):
                make.parcel(conn, land, number=str(number), series_id=sheet)
            rules(conn)
        office = Office(database)
        before = corners(office, EAST)
        first = done(office, split(EAST, (-5, 100), (65, 100)))
        done(office, split(WEST, (-65, 200), (5, 200)))
        assert (-0.001, 200.0) in corners(office, SOUTH)
        undo(office, first)
        assert corners(office, EAST) == before


def test_land_that_comes_back_finds_its_corners_in_the_edges_of_others_again(office):
    """Its neighbour lost a corner while it was gone, and gets it back with it."""
    start, before = fabric(office), corners(office, EAST)
    cut = done(office, split(WEST, (-5, 31.4), (35, 32.3)))
    (made,) = corners(office, EAST) - before
    uses = done(office, set_uses(EAST, ("ODT", 500.0), ("CLN", round(float(start[1][3]) - 500, 1))))
    gone = done(office, {"op": "retire", "parcels": [EAST], "reason": "erosion"})
    undo(office, cut)
    assert made not in corners(office, WEST)
    undo(office, gone)
    assert made in corners(office, WEST)
    undo(office, uses)
    assert fabric(office) == start


def test_an_edge_takes_no_corner_of_a_neighbour_that_stood_beside_it_all_the_time(make_clone):
    """A sliver that nobody has lies between two parcels; what comes back beside both has no part in it."""
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn))
            for number, land in enumerate(
                (
                    polygon((0, 0), (30, 0), (29.999, 20), (30, 40), (0, 40)),
                    polygon((30, 0), (60, 0), (60, 40), (30, 40)),
                    polygon((0, 0), (0, -30), (60, -30), (60, 0), (30, 0)),
                ),
                1,
            ):
                make.parcel(conn, land, number=str(number), series_id=sheet)
            rules(conn)
        office = Office(database)
        start, before = fabric(office), corners(office, EAST)
        south, east, west = (
            done(office, set_uses(ref, ("ODT", 500.0), ("CLN", round(float(start[at][3]) - 500, 1))))
            for ref, at in ((SOUTH, 2), (EAST, 1), (WEST, 0))
        )
        undo(office, south)
        assert corners(office, EAST) == before
        undo(office, east)
        undo(office, west)
        assert fabric(office) == start

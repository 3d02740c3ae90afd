"""What long random sequences of operations turned up, each in few lines."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from landsvc.cadastre.checking import check_fabric
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import polygon
from tests.factories.drafts import Office, insert, move, remove, rules, slanted, split

WEST, EAST = "25195-12-1", "25195-12-2"


@pytest.fixture
def office(make_clone) -> Iterator[Office]:
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            slanted(conn)
        yield Office(database)


def test_a_corner_that_one_draft_puts_in_and_takes_out_again_is_in_nobodys_edge(office):
    """It was left out of one side only: a gap of less than a millimetre."""
    office.commit(office.draft(move(((0, 40), (0, 41)))).code, checks={})
    draft = office.draft(insert(WEST, (30.005, 12)))
    assert len(office.preview(draft.code)["noded"]) == 2
    office.add(draft.code, remove((30.005, 12)))
    office.add(draft.code, split(EAST, (45, 50), (45.3, -5)))
    done = office.commit(draft.code, checks={})
    assert {each["ref"] for each in done["noded"]} == {"25195-12-3"}
    found = check_fabric(office.database)
    assert found.sound, found.broken
    with psycopg.connect(office.database.dsn) as conn:
        parcels = "SELECT ST_NPoints(geom) FROM cadastre.parcel WHERE number = '1'"
        assert conn.execute(parcels).fetchall() == [(5,)]


def test_a_point_put_into_an_edge_near_its_end_stays_out_of_the_edge_beyond(make_clone):
    """Three millimetres from the tip of a thin parcel both its edges are within reach: the other one is not meant."""
    tip, up, right, down = (38.408, 62.158), (39.474, 62.274), (41.013, 62.081), (39.48, 62.078)
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn))
            for number, land in enumerate(
                (
                    polygon((37.623, 62.072), tip, up, (40.933, 62.432), (40.933, 70), (37.623, 70)),
                    polygon(tip, right, up),
                    polygon(tip, down, (39.48, 60), (41.013, 60), right),
                ),
                1,
            ):
                make.parcel(conn, land, number=str(number), series_id=sheet)
            rules(conn)
        office = Office(database)
        done = office.commit(office.draft(insert("25195-12-3", (38.4111, 62.1579))).code, checks={})
        assert {each["ref"] for each in done["noded"]} == {EAST, "25195-12-3"}
        found = check_fabric(database)
        assert found.sound, found.broken

"""What long random sequences of operations turned up, each in few lines."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from landsvc.cadastre.checking import check_fabric
from tests.conftest import opened
from tests.factories.drafts import Office, insert, move, remove, slanted, split

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

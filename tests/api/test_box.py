"""A box lists the parcels whose land meets it, not those whose own box alone does."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from landsvc.geo import crs
from tests.factories import cadastre as land


def corner_box(x: float, y: float, width: float, height: float) -> str:
    """Return a box given in metres from the origin as degrees."""
    west, south = crs.transform_point(land.X0 + x, land.Y0 + y, land.SRID, crs.WGS84, "B")
    east, north = crs.transform_point(land.X0 + x + width, land.Y0 + y + height, land.SRID, crs.WGS84, "B")
    return f"{west},{south},{east},{north}"


@pytest.fixture
def refs(fresh_db: str, client: Any):
    """Ask a box for its parcels, on land with an L of 40 m and a square in its bay."""
    with psycopg.connect(fresh_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        bend = land.polygon((0, 0), (40, 0), (40, 10), (10, 10), (10, 40), (0, 40))
        land.parcel(conn, bend, number="1", series_id=sheet)
        land.parcel(conn, land.box(30, 30, 10, 10), number="2", series_id=sheet)

    def ask(bbox: str) -> list[str]:
        answer = client.get("/api/v1/parcels", query_string={"bbox": bbox})
        assert answer.status_code == 200
        return [feature["properties"]["number"] for feature in answer.json["features"]]

    return ask


def test_box_in_a_bay_does_not_list_the_parcel_around_it(refs):
    assert refs(corner_box(15, 15, 10, 10)) == []
    assert refs(corner_box(25, 25, 10, 10)) == ["2"]
    assert refs(corner_box(2, 2, 1, 1)) == ["1"]
    assert refs(corner_box(-5, -5, 60, 60)) == ["1", "2"]


def test_wide_box_tests_the_land_too(refs):
    west, south = map(float, corner_box(15, 15, 1, 1).split(",")[:2])
    assert refs(f"{west},{south},{west + 0.3},{south + 0.3}") == ["2"]

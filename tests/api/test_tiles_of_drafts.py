"""After a commit only the tiles it touched are made anew: what it cut and noded, not the commune around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories import town
from tests.factories.drafts import rules, split
from tests.factories.grid import tile_at

Z = 18
"""Tiles of some 150 m: the land below lies on several."""
FAR_M = 1_000


@pytest.fixture
def land(fresh_db: str) -> str:
    """Two parcels side by side, and a third in the same commune a kilometre away."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, make.box(0, 0, 20, 30), number="1", series_id=sheet)
        make.parcel(conn, make.box(20, 0, 20, 30), number="2", series_id=sheet)
        make.parcel(conn, make.box(FAR_M, 0, 20, 30), number="3", series_id=sheet)
        conn.execute("TRUNCATE geo.tile_touch")
    return fresh_db


@pytest.fixture
def client(land: str) -> Iterator[Any]:
    with application(settings_for(land)) as app:
        yield app.test_client()


def rows(dsn: str, sql: str, *params: Any) -> list[Any]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(sql, params).fetchall()


def commit(client: Any, *, preview_only: bool = False) -> None:
    """Split the first parcel along its length: its edge with the second stays as it is."""
    sign_client_in(client, "processor")
    code = client.post("/api/v1/drafts", json={}).json["draft"]
    cut = split("25195-12-1", (10, -2), (10, 32))
    assert client.post(f"/api/v1/drafts/{code}/operations", json=cut).status_code == 201
    assert client.get(f"/api/v1/drafts/{code}/preview").status_code == 200
    if not preview_only:
        done = client.post(f"/api/v1/drafts/{code}/commit", json={"reason": "Test"})
        assert done.status_code == 200, done.json


def test_a_commit_touches_the_land_it_changed_and_nothing_else(client, land):
    changed = rows(land, "SELECT ST_AsText(ST_Envelope(geom3857)) FROM cadastre.parcel WHERE number = '1'")[0][0]
    commit(client)
    covers, within = rows(
        land,
        "SELECT ST_Covers(ST_Union(t.area), c.area), ST_CoveredBy(ST_Union(t.area), ST_Expand(c.area, 0.01))"
        " FROM geo.tile_touch t, (SELECT ST_GeomFromText(%s, 3857) AS area) c"
        " WHERE t.layer = 'parcels' GROUP BY c.area",
        changed,
    )[0]
    assert covers
    assert within


def test_only_tiles_of_the_land_that_changed_are_made_anew(client, land):
    near, far = (tile_at(*town.lonlat(x, 15), Z) for x in (10, FAR_M + 10))
    kept = {}
    for x, y in (near, far):
        kept[x, y] = client.get(f"/tiles/parcels/{Z}/{x}/{y}.mvt")
        assert kept[x, y].status_code == 200
    commit(client, preview_only=True)
    fresh = "SELECT x, y FROM geo.tile WHERE geo.is_fresh_tile(layer, z, x, y, made_in) AND z = %s ORDER BY x"
    assert set(rows(land, fresh, Z)) == {near, far}
    commit(client)
    assert rows(land, fresh, Z) == [far]
    again = {each: client.get(f"/tiles/parcels/{Z}/{each[0]}/{each[1]}.mvt") for each in (near, far)}
    assert again[far].headers["ETag"] == kept[far].headers["ETag"]
    assert again[near].headers["ETag"] != kept[near].headers["ETag"]

"""What is asked in two ways is answered alike: kept or computed overlays, pages of a box, fresh tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from landsvc.core import clock
from landsvc.core.db import Database
from landsvc.core.paging import Box
from landsvc.core.sql import statements
from landsvc.demo.service import load_demo
from tests.conftest import opened

PLANNING, CADASTRE, GEO = statements("planning"), statements("cadastre"), statements("geo")
NOWHERE: dict[str, Any] = {"unit_id": None, "x": None, "y": None}


@pytest.fixture(scope="module")
def demo(
    make_clone: Callable[..., AbstractContextManager[str]],
) -> Iterator[tuple[Database, psycopg.Connection[Any]]]:
    """A demo in which the kept overlay of every eleventh parcel has ended or is of another version."""
    with make_clone() as dsn, opened(dsn) as database:
        load_demo(database, parcels=600, seed=5)
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute(
                "UPDATE planning.parcel_zoned SET holds = daterange(lower(holds) - 9, lower(holds) - 1)"
                " WHERE unit_id % 11 = 0"
            )
            conn.execute("UPDATE planning.parcel_zoned SET version_id = version_id - 1 WHERE unit_id % 11 = 1")
            yield database, conn


def kept(database: Database, **place: Any) -> bytes | None:
    row = database.read_one(PLANNING["answer_kept"], NOWHERE | {"code": None, "valid_at": clock.today()} | place)
    return row and bytes(row[0])


def computed(database: Database, **place: Any) -> bytes | None:
    times = {"valid_at": clock.today(), "known_at": "infinity", "past": False}
    row = database.read_one(PLANNING["answer"], NOWHERE | times | place)
    return row and bytes(row[0])


def holds(conn: psycopg.Connection[Any]) -> set[int]:
    """Return the parcels whose kept overlay is that of their version today."""
    rows = conn.execute(
        "SELECT p.unit_id FROM cadastre.parcel p JOIN planning.parcel_zoned z USING (unit_id, version_id)"
        " WHERE z.holds @> cadastre.today()"
    )
    return {row[0] for row in rows}


def test_a_kept_answer_is_the_computed_one_for_every_unit_and_code(demo) -> None:
    database, conn = demo
    held = holds(conn)
    units = conn.execute("SELECT unit_id, code, kind, geom IS NULL FROM cadastre.parcel").fetchall()
    assert len({kind for _, _, kind, _ in units}) > 1
    assert any(unmapped for *_, unmapped in units)
    for unit, code, _, _ in units:
        expected = computed(database, unit_id=unit) if unit in held else None
        assert kept(database, unit_id=unit) == expected
        if code is not None:
            assert kept(database, code=code) == expected
    assert 0 < len(held) < len(units)


def test_a_kept_answer_is_the_computed_one_inside_and_on_shared_corners(demo) -> None:
    database, conn = demo
    held = holds(conn)
    points = conn.execute(
        "SELECT ST_X(g), ST_Y(g) FROM (SELECT ST_PointOnSurface(geom) AS g FROM cadastre.parcel WHERE geom IS NOT NULL"
        " UNION ALL SELECT ST_StartPoint(ST_ExteriorRing(geom)) FROM cadastre.parcel WHERE geom IS NOT NULL"
        " UNION ALL SELECT ST_SetSRID(ST_MakePoint(0, 0), geo.srid())) x"
    ).fetchall()
    found = 0
    for x, y in points:
        unit = conn.execute(
            "SELECT min(unit_id) FROM cadastre.parcel WHERE kind = 'parcel'"
            " AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(%s, %s), geo.srid()))",
            (x, y),
        ).fetchone()[0]
        answer = computed(database, x=x, y=y)
        assert answer == (computed(database, unit_id=unit) if unit is not None else None)
        assert kept(database, x=x, y=y) == (answer if unit in held else None)
        found += unit in held
    assert found > 100


def test_codes_that_are_retired_or_unknown_have_no_kept_answer(demo) -> None:
    database, conn = demo
    retired = conn.execute(
        "SELECT k.code FROM cadastre.parcel_code k LEFT JOIN cadastre.parcel p ON p.unit_id = k.unit_id"
        " WHERE p.unit_id IS NULL"
    ).fetchall()
    assert retired
    assert [kept(database, code=code) for (code,) in [*retired, ("w00000000000",)]] == [None] * (len(retired) + 1)


@pytest.fixture(scope="module")
def extent(demo) -> Box:
    row = demo[1].execute(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) "
        " FROM (SELECT ST_Extent(geom4326) e FROM cadastre.parcel) x"
    )
    return Box(*row.fetchone())


share = st.floats(0, 1)


@pytest.mark.parametrize("name", ["parcels_in_box", "parcels_in_wide_box"])
def test_a_box_without_width_or_height_lists_what_the_line_crosses(demo, extent, name: str) -> None:
    database, conn = demo
    points = conn.execute(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom4326) AS p FROM cadastre.parcel"
        " WHERE kind = 'parcel' AND geom IS NOT NULL AND unit_id % 60 = 0) x"
    ).fetchall()
    for x, y in points:
        lines = [(x, extent.south, x, extent.north), (extent.west, y, extent.east, y), (x, y, x, y)]
        for box in (Box(*line)._asdict() for line in lines):
            crossed = conn.execute(
                "SELECT count(*) FROM cadastre.parcel_feature WHERE ST_Distance(geom4326,"
                " ST_SetSRID(ST_MakeLine(ST_MakePoint(%(west)s, %(south)s),"
                " ST_MakePoint(%(east)s, %(north)s)), 4326)) = 0",
                box,
            ).fetchone()
            assert database.read_one(CADASTRE[name], box | {"after": 0, "page": 1000})[:1] == crossed
    assert points


@settings(max_examples=30)
@example(0.3, 0.0, 0.3, 1.0, 7, False)
@given(share, share, share, share, st.integers(5, 40), st.booleans())
def test_pages_of_a_box_hold_each_parcel_once_in_order(demo, extent, a, b, c, d, page, wide) -> None:
    database, conn = demo
    (left, right), (low, high) = sorted((a, c)), sorted((b, d))
    width, height = extent.east - extent.west, extent.north - extent.south
    box = Box(
        extent.west + left * width,
        extent.south + low * height,
        extent.west + right * width,
        extent.south + high * height,
    )._asdict()
    expected = conn.execute(
        "SELECT unit_id, feature FROM cadastre.parcel_feature WHERE ST_Intersects(geom4326, ST_Envelope("
        "ST_SetSRID(ST_MakeLine(ST_MakePoint(%(west)s, %(south)s), ST_MakePoint(%(east)s, %(north)s)), 4326)))"
        " ORDER BY unit_id",
        box,
    ).fetchall()
    after, bodies, more = 0, [], True
    while more:
        name = "parcels_in_wide_box" if wide else "parcels_in_box"
        count, last, body = database.read_one(CADASTRE[name], box | {"after": after, "page": page})
        more = count > page
        size = min(count, page)
        part = expected[len(bodies) : len(bodies) + size]
        assert (body.decode() if body else "") == ",".join(feature for _, feature in part)
        assert last == (part[-1][0] if part else None)
        bodies += part
        after = last or after
    assert bodies == expected


def test_a_kept_tile_is_served_exactly_while_the_database_calls_it_fresh(demo) -> None:
    """Snapshots before, at and after touches in and beside a tile, and numbers from another cluster."""
    database, conn = demo
    conn.execute("TRUNCATE geo.tile, geo.tile_touch")
    now = int(conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()[0])
    numbers = (3, now - 60, now - 40, now - 20, now, now + 10**8)
    snapshots = [f"{low}:{high}:" for low in numbers for high in numbers if low <= high]
    snapshots += [f"{now - 40}:{now}:{now - 40}", f"{now - 60}:{now - 20}:{now - 30}"]
    for column, snapshot in enumerate(snapshots):
        for row in range(3):
            conn.execute(
                "INSERT INTO geo.tile (layer, z, x, y, made_in, etag, body)"
                " VALUES ('parcels', 12, %s, %s, %s, %s, %s)",
                (column, row, snapshot, f'"{column}-{row}"', b"x"),
            )
        for row, touched in ((0, now - 30), (1, now - 40)):
            conn.execute(
                "INSERT INTO geo.tile_touch (layer, area, xact)"
                " VALUES ('parcels', ST_TileEnvelope(12, %s, %s), %s::text::xid8)",
                (column * 4, row, str(touched)),
            )
    seen = set()
    for horizon in (None, now - 50, now - 20):
        conn.execute("DELETE FROM geo.tile_horizon")
        if horizon is not None:
            conn.execute("INSERT INTO geo.tile_horizon (xact) VALUES (%s::text::xid8)", (str(horizon),))
        rows = conn.execute(
            "SELECT x, y, geo.is_fresh_tile(layer, z, x, y, made_in) FROM geo.tile ORDER BY 1, 2"
        ).fetchall()
        for x, y, fresh in rows:
            asked = {"layer": "parcels", "z": 12, "x": x, "y": y, "known_etag": None}
            assert (database.read_one(GEO["tile_cached"], asked) is not None) == fresh
            seen.add((horizon is None, fresh))
    assert len(seen) == 4

"""Reads of the past find their land through indexes, however many versions there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.reference import ensure_reference
from landsvc.core.commands import named_statements
from landsvc.demo.service import load_demo
from tests.conftest import opened, settings_for

DAY = "2024-06-01"
STATEMENTS = named_statements()


@pytest.fixture(scope="module")
def loaded(module_db: str) -> str:
    with opened(module_db) as database:
        ensure_reference(settings_for(module_db), database)
        load_demo(database, parcels=2000, seed=1)
    return module_db


@pytest.fixture
def conn(loaded: str) -> Iterator[psycopg.Connection[Any]]:
    """A session as the pool of the public reads sets it."""
    with psycopg.connect(loaded) as conn:
        conn.execute("SET plan_cache_mode = force_generic_plan")
        yield conn
        conn.rollback()


@pytest.fixture
def place(conn) -> dict[str, Any]:
    row = conn.execute(
        "SELECT p.unit_id, ST_X(g), ST_Y(g) FROM (SELECT unit_id, ST_PointOnSurface(geom) AS g FROM cadastre.parcel"
        " WHERE kind = 'parcel' AND geom IS NOT NULL ORDER BY unit_id OFFSET 900 LIMIT 1) p"
    ).fetchone()
    return dict(zip(("unit_id", "x", "y"), row, strict=True))


def scans(conn) -> dict[str, int]:
    """Count the sequential scans of this transaction over the tables that grow with the land."""
    rows = conn.execute(
        "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE schemaname = 'cadastre'"
        " AND relname IN ('parcel', 'parcel_version', 'parcel_number', 'parcel_use')"
    ).fetchall()
    return dict(rows)


@pytest.mark.parametrize("by", ["point", "unit"])
@pytest.mark.parametrize("known", ["infinity", "now"])
def test_past_answer_scans_no_table_of_land(conn, place, by, known):
    before = scans(conn)
    given = {"unit_id": None} if by == "point" else {"x": None, "y": None}
    row = conn.execute(
        STATEMENTS["planning.answer"].text,
        place | given | {"valid_at": DAY, "known_at": known, "past": True},
        prepare=True,
    ).fetchone()
    assert row is not None
    assert scans(conn) == before


def test_past_parcels_near_a_point_scan_no_table_of_land(conn, place):
    before = scans(conn)
    given = {"x": place["x"], "y": place["y"], "radius_m": 20, "valid_at": DAY, "known_at": "infinity"}
    body, nearest = conn.execute(STATEMENTS["cadastre.parcels_near_then"].text, given, prepare=True).fetchone()
    assert b'"distanceM" : 0.0' in bytes(body)
    assert nearest == place["unit_id"]
    assert scans(conn) == before


def test_parcel_of_the_past_scans_no_table_of_land(conn, place):
    before = scans(conn)
    for name, given in (
        ("parcel_then", {"valid_at": DAY, "known_at": "infinity", "srid": 4326, "digits": 7}),
        ("span_of_unit", {"known_at": "infinity"}),
    ):
        given |= {"unit_id": place["unit_id"]}
        assert conn.execute(STATEMENTS[f"cadastre.{name}"].text, given, prepare=True).fetchone() is not None
    assert scans(conn) == before

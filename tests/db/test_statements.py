"""Every named statement can be prepared, and its plan uses the indexes its header promises."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.cadastre.reference import ensure_reference
from landsvc.core.commands import named_statements
from landsvc.core.plans import general_plan, indexes_used
from landsvc.core.sql import parse
from landsvc.demo.service import load_demo

from conftest import opened, settings_for

STATEMENTS = named_statements()
ENOUGH_ROWS = 500


@pytest.fixture(scope="module")
def conn(module_db):
    """A connection to a database with enough land that the planner must choose."""
    settings = settings_for(module_db)
    with opened(module_db) as database:
        ensure_reference(settings, database)
        load_demo(database, parcels=2000, seed=1)
    with psycopg.connect(module_db) as conn:
        yield conn


def promised(conn, name: str) -> set[str]:
    """The indexes promised on tables large enough for the planner to care; each must exist."""
    rows = dict(
        conn.execute(
            "SELECT i.relname, t.reltuples FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid"
            " JOIN pg_class t ON t.oid = x.indrelid WHERE i.relname = ANY(%s)",
            [list(STATEMENTS[name].index)],
        ).fetchall()
    )
    assert set(rows) == set(STATEMENTS[name].index)
    return {index for index, count in rows.items() if count >= ENOUGH_ROWS}


@pytest.mark.parametrize("name", sorted(name for name, each in STATEMENTS.items() if each.has_plan))
def test_statement_uses_the_indexes_it_promises(conn, name):
    try:
        assert promised(conn, name) <= indexes_used(conn, STATEMENTS[name])
    finally:
        conn.rollback()


def test_general_plan_is_not_empty_for_want_of_values(conn):
    statement = parse("room", "one\n-- params: n\nSELECT relname FROM pg_class WHERE oid = CAST(:n AS oid)")
    try:
        assert "pg_class_oid_index" in "\n".join(general_plan(conn, statement))
    finally:
        conn.rollback()


def test_places_are_numbered_as_declared():
    statement = parse("room", "two\n-- params: b, a\nSELECT :a, :b, 5 % 2, :a")
    assert statement.numbered == "SELECT $2, $1, 5 % 2, $2"

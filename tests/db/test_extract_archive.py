"""The archive of extracts keeps itself: who may write it, what it takes, and that a migration goes back and forth."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.core import migrate
from tests.conftest import as_role
from tests.factories import cadastre as land
from tests.factories import planning as plans

BEFORE = "0115_number_refunds"
ADD = (
    "INSERT INTO planning.issued_extract (id, unit_id, content, tree, valid_at, known_at, about, asked, issued_at)"
    " VALUES (%(id)s, %(unit)s, sha256(%(tree)s), %(tree)s, '2026-01-01', now(), %(about)s, %(asked)s, now())"
)
GOOD = {"id": "QH-20260101-0123456789ab", "tree": b"{}", "about": "today", "asked": None}


def lay(conn: psycopg.Connection) -> int:
    land.commune(conn)
    return land.parcel(conn, land.box(0, 0, 20, 10))


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "QH-1"},
        {"id": "QH-20260101-0123456789AB"},
        {"about": "tomorrow"},
        {"about": "interval"},
        {"asked": "[2025-01-01,2026-01-01)"},
        {"about": "interval", "asked": "empty"},
    ],
)
def test_archive_takes_nothing_malformed(db_conn, bad):
    unit = lay(db_conn)
    with pytest.raises(psycopg.errors.CheckViolation):
        db_conn.execute(ADD, GOOD | {"unit": unit} | bad)


def test_same_content_is_kept_once(db_conn):
    given = GOOD | {"unit": lay(db_conn)}
    db_conn.execute(ADD, given)
    with pytest.raises(psycopg.errors.UniqueViolation):
        db_conn.execute(ADD, given | {"id": "QH-20260101-0123456789ac"})


@pytest.mark.parametrize(
    "link", ["ftp://example.org/a", "javascript:alert(1)", "https://a b", "https://<b>", "https://" + "a" * 500]
)
def test_link_of_a_plan_is_an_address_of_the_web(db_conn, link):
    with pytest.raises(psycopg.errors.CheckViolation, match="ck_plan_version_link"):
        plans.plan(db_conn, link=link)


def test_public_reads_the_archive_and_writes_nothing(fresh_db):
    with psycopg.connect(fresh_db) as conn:
        unit = lay(conn)
        conn.commit()
    with psycopg.connect(as_role(fresh_db, "landsvc_public"), autocommit=True) as conn:
        assert conn.execute("SELECT count(*) FROM planning.issued_extract").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(ADD, GOOD | {"unit": unit})


def test_migration_goes_back_and_forth_over_plans_and_extracts(fresh_db):
    link = "https://example.org/1234"
    with psycopg.connect(fresh_db) as conn:
        given = GOOD | {"unit": lay(conn)}
        plans.plan(conn)
        plans.plan(conn, "QH-LINK", link=link)
        conn.execute(ADD, given)
        told = conn.execute("SELECT facts::json ->> 'link' FROM planning.plan_version ORDER BY id").fetchall()
        assert told == [(None,), (link,)]
        conn.commit()
    migrate.migrate(fresh_db, BEFORE)
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT count(*) FROM planning.plan_version").fetchone() == (2,)
        assert conn.execute("SELECT to_regclass('planning.issued_extract')").fetchone() == (None,)
    migrate.migrate(fresh_db)
    with psycopg.connect(fresh_db) as conn:
        conn.execute(ADD, given)
        plans.plan(conn, "QH-NEW")
        assert conn.execute("SELECT count(*) FROM planning.plan_version").fetchone() == (3,)

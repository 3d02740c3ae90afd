"""A unit of work takes on a role with its limits, and translates what the database refuses."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from landsvc.core.db import (
    EDITOR_ROLE,
    IMPORT_ROLE,
    PUBLIC_ROLE,
    Database,
    RefusedByRegister,
    asked,
    driver_connection,
    rows_of,
)
from landsvc.core.errors import Unavailable
from landsvc.core.sql import room_statements
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError


@pytest.mark.parametrize(("role", "limit"), [(PUBLIC_ROLE, "10s"), (EDITOR_ROLE, "1min"), (IMPORT_ROLE, "0")])
def test_a_unit_of_work_runs_as_its_role_within_its_limit(database: Database, role: str, limit: str) -> None:
    with database.unit_of_work(role) as session:
        assert session.scalar(text("SELECT current_user")) == role
        assert session.scalar(text("SHOW statement_timeout")) == limit


def test_a_read_only_unit_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read_only(EDITOR_ROLE) as session:
        session.execute(text("INSERT INTO cadastre.record (kind, title, reason) VALUES ('x', 'x', 'x')"))


def test_what_is_prepared_outlives_a_transaction_that_is_dropped(module_db: str) -> None:
    database = Database(module_db, module_db, size=1)
    database.open()
    try:
        with database.rehearsal(EDITOR_ROLE) as session:
            driver_connection(session).execute("SELECT 1 AS kept", prepare=True)
        with database.unit_of_work(EDITOR_ROLE) as session:
            kept = session.scalar(
                text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%AS kept'")
            )
    finally:
        database.close()
    assert kept == 1


def test_what_is_prepared_outlives_a_savepoint_that_is_rolled_back(database: Database) -> None:
    today = room_statements("cadastre")["today"]
    with database.unit_of_work(EDITOR_ROLE) as session:
        before = asked(session, today)
        driver = driver_connection(session)
        for _ in range(2):
            driver.execute("SELECT 1", prepare=True)
            driver.execute("SAVEPOINT half")
            driver.execute("ROLLBACK TO SAVEPOINT half")
            assert driver.execute("SELECT 1", prepare=True).fetchall() == [(1,)]
            assert asked(session, today) == before


def test_a_statement_that_a_pooler_forgot_is_prepared_anew(module_db: str) -> None:
    today = room_statements("cadastre")["today"]
    database = Database(module_db, module_db, size=1)
    database.open()
    try:
        with database.unit_of_work(EDITOR_ROLE) as session:
            before = asked(session, today)
            driver_connection(session).execute("DEALLOCATE ALL")
        with pytest.raises(psycopg.Error), database.unit_of_work(EDITOR_ROLE) as session:
            asked(session, today)
        with database.unit_of_work(EDITOR_ROLE) as session:
            assert asked(session, today) == before == rows_of(session, today)
    finally:
        database.close()


@pytest.mark.parametrize("door", ["unit_of_work", "read_only"])
def test_a_database_that_is_down_is_said_to_be_unavailable(tmp_path, door: str) -> None:
    down = f"host={tmp_path} dbname=landsvc"
    database = Database(down, down, wait_seconds=0.2)
    database.open()
    try:
        with pytest.raises(Unavailable), getattr(database, door)(EDITOR_ROLE):
            pass
    finally:
        database.close()


def test_a_request_that_waits_for_the_database_goes_on_as_soon_as_it_is_back(tmp_path, module_db: str) -> None:
    there = Path(conninfo_to_dict(module_db)["host"], ".s.PGSQL.5432")
    away = make_conninfo(module_db, host=str(tmp_path))
    database = Database(away, away)
    database.open()

    def ask() -> float:
        with database.read_only(EDITOR_ROLE):
            return time.monotonic()

    try:
        with ThreadPoolExecutor(1) as pool:
            answered = pool.submit(ask)
            # Long enough for a pause that doubles with each failure to reach seconds.
            time.sleep(3.2)
            (tmp_path / there.name).symlink_to(there)
            back = time.monotonic()
            assert answered.result(20) - back < 2
    finally:
        database.close()


def test_connections_that_break_in_use_are_replaced(module_db: str) -> None:
    database = Database(module_db, module_db, size=1, wait_seconds=5)
    database.open()
    admin = psycopg.connect(make_conninfo(module_db, user="postgres"), autocommit=True)
    try:
        for _ in range(3):
            with pytest.raises(Unavailable), database.unit_of_work(EDITOR_ROLE) as session:
                pid = session.scalar(text("SELECT pg_backend_pid()"))
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
                session.execute(text("SELECT 1"))
        with database.read_only(EDITOR_ROLE) as session:
            assert session.scalar(text("SELECT 1")) == 1
    finally:
        admin.close()
        database.close()


def test_a_refusal_of_the_register_becomes_a_domain_error_naming_its_rule(database: Database) -> None:
    with pytest.raises(RefusedByRegister) as caught, database.unit_of_work(EDITOR_ROLE) as session:
        session.execute(
            text("SELECT cadastre.refuse('fab-overlap', 'Current parcels would overlap', '{\"unit\": 7}')")
        )
    assert caught.value.members == {"rule": "fab-overlap", "inputs": {"unit": 7}}
    assert "overlap" in caught.value.message()

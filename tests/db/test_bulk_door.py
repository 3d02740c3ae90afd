"""The door of bulk imports: what is announced is what is written, and locks are taken in one order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from landsvc.core import migrate
from psycopg.conninfo import make_conninfo
from tests.factories import cadastre as make
from tests.factories.cadastre import box, one

Conn = psycopg.Connection[Any]


@pytest.fixture
def land(fresh_db: str) -> str:
    with psycopg.connect(fresh_db) as conn:
        make.commune(conn)
    return fresh_db


@contextmanager
def importer(dsn: str) -> Iterator[Conn]:
    with psycopg.connect(make_conninfo(dsn, user="landsvc_import")) as conn:
        yield conn
        conn.rollback()


@contextmanager
def refused(conn: Conn, rule: str) -> Iterator[None]:
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        yield
        conn.commit()
    assert caught.value.diag.constraint_name == rule


def records(conn: Conn) -> tuple[int, int]:
    """Make two records and announce the first; the locks are held."""
    announced, other = (make.record(conn, kind="import", reason=reason) for reason in ("announced", "other"))
    conn.execute("INSERT INTO cadastre.bulk_load (record_id) VALUES (%s)", (announced,))
    make.lock(conn, None, "25195", "*")
    return announced, other


def unit(conn: Conn, why: int) -> int:
    sql = "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s) RETURNING id"
    return int(one(conn, sql, why))


def test_a_bulk_import_writes_no_version_under_another_record(land: str) -> None:
    with importer(land) as conn:
        _, other = records(conn)
        with refused(conn, "bulk-other-record"):
            make.version(conn, unit(conn, other), other, box(0, 0, 10, 10))


def test_one_row_under_another_record_among_many_is_refused(land: str) -> None:
    with importer(land) as conn:
        announced, other = records(conn)
        rows = [(unit(conn, why), why, box(20 * n, 0, 10, 10)) for n, why in enumerate((announced, other))]
        with (
            refused(conn, "bulk-other-record"),
            conn.cursor() as cursor,
            cursor.copy(
                "COPY cadastre.parcel_version (unit_id, record_id, geom, valid, commune_code) FROM STDIN"
            ) as copy,
        ):
            for number, why, geom in rows:
                copy.write_row((number, why, f"SRID={make.SRID};{geom}", "[2020-01-01,)", "25195"))


def test_a_bulk_import_makes_nothing_current_but_what_its_version_says(land: str) -> None:
    with importer(land) as conn:
        announced, _ = records(conn)
        number = unit(conn, announced)
        version = make.version(conn, number, announced, box(0, 0, 10, 10))
        with refused(conn, "bulk-other-record"):
            conn.execute(
                "INSERT INTO cadastre.parcel (unit_id, version_id, kind, commune_code, valid_from, version_no, geom)"
                " VALUES (%s, %s, 'parcel', '25195', '2020-01-01', 1, ST_GeomFromText(%s, %s))",
                (number, version, box(0, 0, 11, 10), make.SRID),
            )


def test_a_bulk_import_admits_no_overlap_under_another_record(land: str) -> None:
    with importer(land) as conn:
        announced, other = records(conn)
        units = [unit(conn, announced), unit(conn, announced)]
        with refused(conn, "bulk-other-record"):
            conn.execute(
                "INSERT INTO cadastre.known_overlap (unit_a, unit_b, geom, record_id)"
                " VALUES (%s, %s, ST_GeomFromText(%s, %s), %s)",
                (*units, box(0, 0, 1, 1), make.SRID, other),
            )


def test_a_bulk_import_is_announced_for_its_own_transaction_only(land: str) -> None:
    with importer(land) as conn:
        why = make.record(conn, kind="import", reason="announced")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(
                "INSERT INTO cadastre.bulk_load (xact, record_id) VALUES ('999999', %s)",
                (why,),
            )


def test_who_finds_one_more_neighbour_while_waiting_waits_in_order(land: str) -> None:
    """A neighbour of a commune with a lower code comes while we wait; its key is wanted by somebody who wants ours."""
    place = box(0, 0, 10, 10)
    with psycopg.connect(land) as conn:
        make.commune(conn, "25000", geom=box(20_000, 0, 10, 10))

    def take(where: str | None, *communes: str) -> set[str]:
        with psycopg.connect(make_conninfo(land, user="landsvc_editor")) as conn:
            sql = "SELECT cadastre.lock_fabric(ST_GeomFromText(%s, %s), %s)"
            return set(one(conn, sql, where, make.SRID, list(communes)))

    with ThreadPoolExecutor(2) as pool, psycopg.connect(land) as first, psycopg.connect(land) as watch:
        make.lock(first, place, "25000", "25195")
        make.parcel(first, box(10, 0, 10, 10), commune_code="25000")
        waiting = [pool.submit(take, place), pool.submit(take, None, "25000", "25195")]
        sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while one(watch, sql) < 2:
            watch.rollback()
            time.sleep(0.02)
        first.commit()
        assert [future.result(timeout=60) for future in waiting] == [{"25000", "25195"}] * 2


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("parcel_unit", "kind", "'parcel'"),
        ("survey", "srid, method", "9212, 'import'"),
        ("parcel_version", "unit_id, valid, commune_code", "%(unit)s, '[2020-01-01,)', '25195'"),
        ("parcel_number", "unit_id, series_id, sheet, number", "%(unit)s, %(series)s, '1', '1'"),
    ],
)
def test_nothing_stands_under_a_record_that_is_not_there(
    land: str, table: str, columns: str, values: str
) -> None:
    with psycopg.connect(land) as conn:
        commune = one(conn, "SELECT id FROM cadastre.admin_unit")
        given = {"unit": unit(conn, make.record(conn)), "series": make.series(conn, commune)}
        make.lock(conn, None, "25195", "*")
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
            conn.execute(f"INSERT INTO cadastre.{table} (record_id, {columns}) VALUES (-1, {values})", given)
        assert (caught.value.diag.table_name, caught.value.diag.constraint_name) == (
            table,
            f"{table}_record_id_fkey",
        )


def test_the_checks_of_records_go_back_to_foreign_keys_with_data(land: str) -> None:
    with psycopg.connect(land) as conn:
        make.parcel(conn, box(0, 0, 10, 10))
    migrate.migrate(land, "0008_index_parcel_tiles")
    with psycopg.connect(land) as conn, pytest.raises(psycopg.errors.ForeignKeyViolation):
        unit(conn, -1)
    migrate.migrate(land)
    with psycopg.connect(land) as conn:
        assert one(conn, "SELECT count(*) FROM cadastre.parcel") == 1

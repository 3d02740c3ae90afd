"""Undoing a record gives back the register as it was, in both times; what came later is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.annulment import (
    AnnulmentStays,
    ReasonMissing,
    RecordAnnulled,
    RecordHeld,
    RecordNotFound,
    RecordSuperseded,
    annul_record,
    undo_record,
)
from landsvc.cadastre.checking import check_fabric
from landsvc.core.db import EDITOR_ROLE, IMPORT_ROLE, Database
from landsvc.identity.actors import OPERATOR
from psycopg.conninfo import make_conninfo
from tests.factories import cadastre as make
from tests.factories.cadastre import box, one, polygon

Conn = psycopg.Connection[Any]
BELIEVED = (
    "SELECT v.unit_id, v.valid, v.commune_code, v.geom::bytea, v.legal_area_m2, v.computed_area_m2, v.address,"
    " (SELECT array_agg((u.use_code, u.area_m2)::text ORDER BY u.seq) FROM cadastre.parcel_use u"
    "   WHERE u.version_id = v.id) FROM cadastre.parcel_version v WHERE v.recorded @> %s::timestamptz ORDER BY 1, 2"
)
CURRENT = (
    "SELECT unit_id, code, commune_code, series_id, sheet, number, use_label, legal_area_m2, valid_from, uses,"
    " numbers, geom::bytea, geom3857::bytea FROM cadastre.parcel ORDER BY 1"
)
STANDING = (
    "SELECT 'lineage', parent_id::text, child_id::text FROM cadastre.lineage WHERE upper_inf(recorded)"
    " UNION ALL SELECT 'end', unit_id::text, reason FROM cadastre.unit_end WHERE upper_inf(recorded)"
    " UNION ALL SELECT 'overlap', unit_a || ' ' || unit_b, ST_AsText(ST_Normalize(geom)) FROM cadastre.known_overlap"
    "   WHERE upper_inf(recorded)"
    " UNION ALL SELECT 'extent', commune_code, ST_AsText(geom) FROM cadastre.mapped_extent WHERE upper_inf(recorded)"
    " UNION ALL SELECT 'number', unit_id || ' ' || sheet || '/' || number, used::text || on_map || as_printed"
    "   FROM cadastre.parcel_number WHERE annulled_record_id IS NULL ORDER BY 1, 2, 3"
)


@pytest.fixture
def land(fresh_db: str) -> str:
    with psycopg.connect(fresh_db) as conn:
        make.series(conn, make.commune(conn))
    return fresh_db


@contextmanager
def officer(dsn: str, role: str = "landsvc_editor") -> Iterator[Conn]:
    with psycopg.connect(make_conninfo(dsn, user=role, options="-c landsvc.acting=operator")) as conn:
        yield conn


def register(dsn: str, known_at: object = "now") -> list[Any]:
    """All that is believed, and all that is shown."""
    with psycopg.connect(dsn) as conn:
        if known_at == "now":
            known_at = one(conn, "SELECT clock_timestamp()")
            shown = [conn.execute(sql).fetchall() for sql in (CURRENT, STANDING)]
            return [conn.execute(BELIEVED, (known_at,)).fetchall(), *shown]
        return [conn.execute(BELIEVED, (known_at,)).fetchall()]


def instant(dsn: str) -> object:
    with psycopg.connect(dsn) as conn:
        return one(conn, "SELECT clock_timestamp()")


def code_of(conn: Conn, record: int) -> str:
    return str(one(conn, "SELECT code FROM cadastre.record WHERE id = %s", record))


def numbered(conn: Conn, geom: str, number: str) -> int:
    return make.parcel(conn, geom, number=number, series_id=one(conn, "SELECT min(id) FROM cadastre.map_series"))


def split_in_two(conn: Conn, parent: int, pieces: list[str], day: str = "2026-01-01") -> tuple[str, list[int]]:
    """Split a parcel by one record that also ends its number and gives the children theirs."""
    why = make.record(conn, kind="split")
    children = make.split(conn, parent, pieces, valid_from=day, why=why)
    conn.execute(
        "UPDATE cadastre.parcel_number SET used = daterange(lower(used), %s), changed_record_id = %s"
        " WHERE unit_id = %s",
        (day, why, parent),
    )
    for child in children:
        conn.execute(
            "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, used, record_id)"
            " SELECT %s, min(id), '12', %s, '[2026-01-01,)', %s FROM cadastre.map_series",
            (child, f"c{child}", why),
        )
    return code_of(conn, why), children


@pytest.mark.parametrize("role", [EDITOR_ROLE, IMPORT_ROLE])
def test_a_split_is_undone_and_its_neighbour_gets_its_edge_back(land: str, database: Database, role: str) -> None:
    """The cut meets the shared edge beside the grid, so the neighbour was noded."""
    with officer(land) as conn:
        left = numbered(conn, polygon((0, 0), (10, 0), (10.007, 10), (0, 10)), "1")
        right = numbered(conn, polygon((10, 0), (20, 0), (20, 10), (10.007, 10)), "2")
    before, then = register(land), instant(land)
    with officer(land) as conn:
        make.lock(conn, box(0, 0, 20, 10))
        why = make.record(conn, kind="split")
        sql = "SELECT cadastre.node_neighbour(%s, ST_GeomFromText('MULTIPOINT((568010.004 1275005))', 9212), %s)"
        conn.execute(sql, (left, why))
        make.split(
            conn,
            right,
            [
                polygon((10, 0), (20, 0), (20, 5), (10.004, 5)),
                polygon((10.004, 5), (20, 5), (20, 10), (10.007, 10)),
            ],
            why=why,
        )
        conn.execute(
            "UPDATE cadastre.parcel_number SET used = daterange(lower(used), '2026-01-01') WHERE unit_id = %s",
            (right,),
        )
        code = code_of(conn, why)
    split, between = register(land), instant(land)
    with database.unit_of_work(role, OPERATOR) as session:
        done = annul_record(session, code, "Vẽ nhầm đường tách")
    assert (done.undone, done.closed, done.reinstated, done.unnoded, done.units) == (code, 4, 1, 1, 2)
    assert register(land) == before
    assert register(land, then) == before[:1]
    assert register(land, between) == split[:1]
    assert check_fabric(database).sound


def test_the_past_still_shows_the_numbers_of_an_undone_split(land: str, database: Database) -> None:
    with officer(land) as conn:
        parent = numbered(conn, box(0, 0, 10, 10), "1")
    before = instant(land)
    with officer(land) as conn:
        code, children = split_in_two(conn, parent, [box(0, 0, 5, 10), box(5, 0, 5, 10)])
    between = instant(land)
    undo_record(database, code, "nhầm")

    def named(unit: int, known_at: object) -> list[str]:
        sql = "SELECT number FROM cadastre.numbers_at(%s, '2026-02-01', %s)"
        with psycopg.connect(land) as conn:
            return [row[0] for row in conn.execute(sql, (unit, known_at)).fetchall()]

    assert [named(parent, at) for at in (before, between, instant(land))] == [["1"], [], ["1"]]
    child = children[0]
    assert [named(child, at) for at in (before, between, instant(land))] == [[], [f"c{child}"], []]


def test_what_a_later_record_changed_is_named_and_undone_first(land: str, database: Database) -> None:
    with officer(land) as conn:
        parent = numbered(conn, box(0, 0, 10, 10), "1")
    before = register(land)
    with officer(land) as conn:
        first, children = split_in_two(conn, parent, [box(0, 0, 5, 10), box(5, 0, 5, 10)])
    middle = register(land)
    with officer(land) as conn:
        second, _ = split_in_two(conn, children[1], [box(5, 0, 2, 10), box(7, 0, 3, 10)], "2026-03-01")
    with pytest.raises(RecordSuperseded) as caught:
        undo_record(database, first, "nhầm")
    assert second in caught.value.message()
    assert f"12-c{children[1]}" in caught.value.message()
    assert second in caught.value.way_out()
    undo_record(database, second, "nhầm")
    assert register(land) == middle
    undo_record(database, first, "nhầm")
    assert register(land) == before


def test_a_neighbours_later_change_does_not_stand_in_the_way(land: str, database: Database) -> None:
    """Both sides of an edge are split where the cuts meet; the first split is undone, the second stays."""
    with officer(land) as conn:
        left = numbered(conn, polygon((0, 0), (10, 0), (10.007, 10), (0, 10)), "1")
        right = numbered(conn, polygon((10, 0), (20, 0), (20, 10), (10.007, 10)), "2")
    with officer(land) as conn:
        make.lock(conn, box(0, 0, 20, 10))
        why = make.record(conn, kind="split")
        sql = "SELECT cadastre.node_neighbour(%s, ST_GeomFromText('MULTIPOINT((568010.004 1275005))', 9212), %s)"
        conn.execute(sql, (left, why))
        south = polygon((10, 0), (20, 0), (20, 5), (10.004, 5))
        make.split(conn, right, [south, polygon((10.004, 5), (20, 5), (20, 10), (10.007, 10))], why=why)
        code = code_of(conn, why)
    with officer(land) as conn:
        south = polygon((0, 0), (10, 0), (10.004, 5), (0, 5))
        make.split(conn, left, [south, polygon((0, 5), (10.004, 5), (10.007, 10), (0, 10))])
    undo_record(database, code, "nhầm")
    with psycopg.connect(land) as conn:
        corners = one(conn, "SELECT ST_NPoints(geom) FROM cadastre.parcel WHERE unit_id = %s", right)
        assert one(conn, "SELECT count(*) FROM cadastre.parcel") == 3
    assert corners == 6, "the corner of the cut that stays is taken over"
    assert check_fabric(database).sound


def test_a_retirement_is_undone(land: str, database: Database) -> None:
    with officer(land) as conn:
        unit = numbered(conn, box(0, 0, 10, 10), "1")
    before = register(land)
    with officer(land) as conn:
        make.lock(conn, None)
        why = make.record(conn)
        make.close(conn, unit, why)
        conn.execute(
            "INSERT INTO cadastre.unit_end (unit_id, reason, record_id) VALUES (%s, 'stateRecovery', %s)",
            (unit, why),
        )
        code = code_of(conn, why)
    undo_record(database, code, "nhầm")
    assert register(land) == before


def test_land_taken_since_is_not_laid_over(land: str, database: Database) -> None:
    with officer(land) as conn:
        unit = numbered(conn, box(0, 0, 10, 10), "1")
    with officer(land) as conn:
        make.lock(conn, None)
        why = make.record(conn)
        make.close(conn, unit, why)
        conn.execute(
            "INSERT INTO cadastre.unit_end (unit_id, reason, record_id) VALUES (%s, 'stateRecovery', %s)",
            (unit, why),
        )
        code = code_of(conn, why)
    with officer(land) as conn:
        numbered(conn, box(5, 0, 10, 10), "2")
    before = register(land)
    with pytest.raises(Exception, match="overlap"):
        undo_record(database, code, "nhầm")
    assert register(land) == before


def test_a_unit_of_an_annulled_record_needs_no_successor_but_its_parent_does(
    land: str, database: Database
) -> None:
    with officer(land) as conn:
        parent = numbered(conn, box(0, 0, 10, 10), "1")
    with officer(land) as conn:
        code, _ = split_in_two(conn, parent, [box(0, 0, 5, 10), box(5, 0, 5, 10)])
    undo_record(database, code, "nhầm")
    with officer(land) as conn:
        make.lock(conn, None)
        make.close(conn, parent, make.record(conn))
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            conn.commit()
        assert caught.value.diag.constraint_name == "retired-without-successor"
        conn.rollback()


def test_a_held_parcel_keeps_its_record(land: str, database: Database) -> None:
    with officer(land) as conn:
        parent = numbered(conn, box(0, 0, 10, 10), "1")
    with officer(land) as conn:
        code, children = split_in_two(conn, parent, [box(0, 0, 5, 10), box(5, 0, 5, 10)])
        conn.execute(
            "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
            " VALUES ('block', 'parcel', %s, 'Tòa án', '1/QĐ', %s)",
            (children[0], make.record(conn)),
        )
    with pytest.raises(RecordHeld, match="Tòa án"):
        undo_record(database, code, "nhầm")


def test_a_record_is_undone_once_and_an_annulment_never(land: str, database: Database) -> None:
    with officer(land) as conn:
        why = make.record(conn)
        make.parcel(conn, box(0, 0, 10, 10), why=why)
        code = code_of(conn, why)
    with pytest.raises(ReasonMissing):
        undo_record(database, code, "  ")
    with pytest.raises(RecordNotFound):
        undo_record(database, "REC-0", "nhầm")
    done = undo_record(database, code, "nhầm")
    with pytest.raises(RecordAnnulled, match=done.record):
        undo_record(database, code, "nhầm")
    with pytest.raises(AnnulmentStays):
        undo_record(database, done.record, "nhầm")


def test_an_admitted_overlap_comes_back_with_its_parcel(land: str, database: Database) -> None:
    from test_fabric import bulk

    with officer(land, "landsvc_import") as conn:
        a, _ = bulk(conn, [box(0, 0, 12, 10), box(10, 0, 10, 10)], admit=True)
    before = register(land)
    with officer(land) as conn:
        make.lock(conn, box(0, 0, 12, 10))
        why = make.record(conn)
        make.close(conn, a, why)
        make.version(conn, a, why, box(0, 0, 11, 10))
        code = code_of(conn, why)
    undo_record(database, code, "nhầm")
    assert register(land) == before


def test_officers_cannot_say_again_what_was_said(land: str) -> None:
    with officer(land) as conn:
        make.parcel(conn, box(0, 0, 10, 10))
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            conn.execute(
                "INSERT INTO cadastre.parcel_version (unit_id, record_id, valid, commune_code, repeats_id)"
                " SELECT unit_id, record_id, '[2010-01-01,2011-01-01)', commune_code, id FROM cadastre.parcel_version"
            )
        assert caught.value.diag.constraint_name == "repeated-version"

"""Try to break the fabric through SQL: geometry, overlap, numbers, lineage, records, two times (I1 to I5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.factories import cadastre as make
from tests.factories.cadastre import box, one, polygon

Conn = psycopg.Connection[Any]


@pytest.fixture
def land(fresh_db: str) -> str:
    """A database with one commune and one map series, committed."""
    with psycopg.connect(fresh_db) as conn:
        make.series(conn, make.commune(conn))
    return fresh_db


@contextmanager
def officer(dsn: str, role: str = "landsvc_editor") -> Iterator[Conn]:
    with psycopg.connect(make_conninfo(dsn, user=role, options="-c landsvc.acting=operator")) as conn:
        yield conn


@pytest.fixture
def editor(land: str) -> Iterator[Conn]:
    with officer(land) as conn:
        yield conn
        conn.rollback()


@contextmanager
def refused(conn: Conn, constraint: str) -> Iterator[None]:
    """The block, or the commit after it, must be refused by that constraint."""
    with pytest.raises(psycopg.errors.IntegrityError) as caught:
        yield
        conn.commit()
    assert caught.value.diag.constraint_name == constraint
    conn.rollback()


# I1 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geom", "constraint"),
    [
        (polygon((0, 0), (10, 10), (10, 0), (0, 20)), "ck_parcel_version_geom_sound"),
        ("POLYGON((568000.0004 1275000,568010 1275000,568010 1275010,568000.0004 1275000))", "on_grid"),
        ("POLYGON Z ((568000 1275000 1,568010 1275000 1,568010 1275010 1,568000 1275000 1))", "geom_kind"),
        ("LINESTRING(568000 1275000,568010 1275000)", "geom_kind"),
        (box(0, 0, 0.3, 0.3), "ck_parcel_version_geom_size"),
    ],
)
def test_unsound_geometry_is_refused(editor: Conn, geom: str, constraint: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        make.parcel(editor, geom, area=100)
    assert constraint in (caught.value.diag.constraint_name or "") or "dimension" in str(caught.value)


def test_geometry_of_another_system_is_refused(editor: Conn) -> None:
    unit = make.parcel(editor, box(0, 0, 10, 10))
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        editor.execute(
            "INSERT INTO cadastre.parcel_version (unit_id, record_id, valid, commune_code, geom)"
            " SELECT %s, 1, '[2020-01-01,)', '25195', ST_GeomFromText('POLYGON((0 0,9 0,9 9,0 0))', 3857)",
            (unit,),
        )


# I2 ------------------------------------------------------------------------------------------------


def test_parcels_may_touch(editor: Conn) -> None:
    make.parcel(editor, box(0, 0, 10, 10))
    make.parcel(editor, box(10, 0, 10, 10))
    editor.commit()
    assert one(editor, "SELECT count(*) FROM cadastre.parcel") == 2


@pytest.mark.parametrize("kind", ["parcel", "object"])
def test_overlap_is_refused_at_commit(editor: Conn, kind: str) -> None:
    make.parcel(editor, box(0, 0, 10, 10))
    editor.commit()
    with refused(editor, "fab-overlap"):
        make.parcel(editor, box(9.999, 0, 10, 10), kind=kind)


def test_overlap_inside_one_transaction_is_refused(editor: Conn) -> None:
    with refused(editor, "fab-overlap"):
        make.parcel(editor, box(0, 0, 10, 10))
        make.parcel(editor, box(5, 5, 10, 10))


def test_preview_sees_the_refusal_without_committing(editor: Conn) -> None:
    make.parcel(editor, box(0, 0, 10, 10))
    make.parcel(editor, box(5, 5, 10, 10))
    with pytest.raises(psycopg.errors.CheckViolation):
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_write_without_its_locks_is_refused(editor: Conn) -> None:
    why = make.record(editor)
    unit = one(
        editor, "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s) RETURNING id", why
    )
    with refused(editor, "fabric-not-locked"):
        make.version(editor, unit, why, box(0, 0, 10, 10))


def test_lock_of_another_commune_does_not_do(editor: Conn) -> None:
    why = make.record(editor)
    unit = one(
        editor, "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s) RETURNING id", why
    )
    make.lock(editor, None, "99999")
    with refused(editor, "fabric-not-locked"):
        make.version(editor, unit, why, box(0, 0, 10, 10))


def test_an_old_snapshot_may_not_write(land: str) -> None:
    with officer(land) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with refused(conn, "fabric-isolation"):
            make.parcel(conn, box(0, 0, 10, 10))


def test_the_lock_table_cannot_be_forged(editor: Conn) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        editor.execute("UPDATE cadastre.fabric_lock SET xact = pg_current_xact_id()")


def test_the_projection_cannot_be_written(editor: Conn) -> None:
    make.parcel(editor, box(0, 0, 10, 10))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        editor.execute("DELETE FROM cadastre.parcel")


def test_an_admitted_overlap_only_shrinks(land: str, editor: Conn) -> None:
    a, b = admitted_pair(land)
    same = box(0, 0, 12, 10)
    with refused(editor, "fab-overlap"):  # it may not grow
        resurvey(editor, a, box(0, 0, 12.5, 10))
    resurvey(editor, a, box(0, 0, 11, 10))
    editor.commit()
    assert one(editor, "SELECT ST_Area(geom) FROM cadastre.known_overlap WHERE upper_inf(recorded)") == 10
    with refused(editor, "fab-overlap"):  # what was given up does not come back
        resurvey(editor, a, same)
    resurvey(editor, b, box(11, 0, 10, 10))
    editor.commit()
    assert one(editor, "SELECT count(*) FROM cadastre.known_overlap WHERE upper_inf(recorded)") == 0


def test_an_overlap_given_up_meanwhile_does_not_come_back(land: str, editor: Conn) -> None:
    a, _ = admitted_pair(land)
    editor.execute("SELECT 1")  # this transaction is older than the change below
    with officer(land) as other:
        resurvey(other, a, box(0, 0, 11, 10))
    with refused(editor, "fab-overlap"):
        resurvey(editor, a, box(0, 0, 12, 10))


def test_children_inherit_the_overlap_they_cover(land: str, editor: Conn) -> None:
    a, b = admitted_pair(land)
    left, right = make.split(editor, a, [box(0, 0, 5, 10), box(5, 0, 7, 10)])
    editor.commit()
    pairs = editor.execute(
        "SELECT unit_a, unit_b FROM cadastre.known_overlap WHERE upper_inf(recorded)"
    ).fetchall()
    assert pairs == [(min(b, right), max(b, right))]
    assert left not in pairs[0]


def resurvey(conn: Conn, unit: int, geom: str) -> None:
    make.lock(conn, geom)
    why = make.record(conn)
    make.close(conn, unit, why)
    make.version(conn, unit, why, geom)


def admitted_pair(dsn: str) -> tuple[int, int]:
    """Two parcels overlapping by 2 x 10 m, admitted by a bulk import."""
    with officer(dsn, "landsvc_import") as conn:
        a, b = bulk(conn, [box(0, 0, 12, 10), box(10, 0, 10, 10)], admit=True)
    return a, b


# Two writers at once -------------------------------------------------------------------------------


def test_two_officers_cannot_lay_the_same_land_in_two_communes(land: str) -> None:
    with psycopg.connect(land) as owner:
        make.commune(owner, "25210", name="Phường Đồng Xoài", geom=box(5000, -5000, 10_000, 10_000))
    border = box(4995, 0, 10, 10)
    with officer(land) as first, officer(land) as second:
        make.parcel(first, border, commune_code="25195")
        second.execute("SET lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            make.parcel(second, border, commune_code="25210")
        second.rollback()
        first.commit()
        with refused(second, "fab-overlap"):
            make.parcel(second, border, commune_code="25210")


def test_places_far_apart_do_not_lock_what_lies_between(land: str, editor: Conn) -> None:
    with psycopg.connect(land) as owner:
        make.commune(owner, "25210", name="Phường Đồng Xoài", geom=box(5000, -5000, 10_000, 10_000))
        make.commune(owner, "25217", name="Phường Phước Long", geom=box(15_000, -5000, 10_000, 10_000))
    keys = one(
        editor,
        "SELECT cadastre.lock_fabric(ST_Collect(ST_GeomFromText(%s, 9212), ST_GeomFromText(%s, 9212)))",
        box(0, 0, 10, 10),
        box(16_000, 0, 10, 10),
    )
    assert sorted(keys) == ["25195", "25217"]


def test_locks_asked_in_opposite_order_do_not_deadlock(land: str, in_thread: Callable[..., Any]) -> None:
    with psycopg.connect(land) as owner:
        make.commune(owner, "25210", name="Phường Đồng Xoài", geom=box(5000, -5000, 10_000, 10_000))

    def edit(order: tuple[str, str], at: float) -> None:
        for i in range(15):
            with officer(land) as conn:
                make.lock(conn, None, *order)
                make.parcel(conn, box(at, 20.0 * i, 10, 10), commune_code=order[0])

    waits = [in_thread(edit, ("25195", "25210"), 0.0), in_thread(edit, ("25210", "25195"), 6000.0)]
    for wait in waits:
        wait()
    with psycopg.connect(land) as conn:
        assert one(conn, "SELECT count(*) FROM cadastre.parcel") == 30


def test_the_second_of_two_overlapping_writers_is_refused(land: str, in_thread: Callable[..., Any]) -> None:
    outcomes: list[str] = []

    def lay(geom: str) -> None:
        with officer(land) as conn:
            try:
                make.parcel(conn, geom)
                conn.commit()
                outcomes.append("kept")
            except psycopg.errors.CheckViolation as error:
                outcomes.append(error.diag.constraint_name or "")

    for wait in [in_thread(lay, box(0, 0, 10, 10)), in_thread(lay, box(5, 0, 10, 10))]:
        wait()
    assert sorted(outcomes) == ["fab-overlap", "kept"]


@pytest.fixture
def in_thread() -> Iterator[Callable[..., Callable[[], None]]]:
    """Run a function in a thread; the returned call waits for it and raises what it raised."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:

        def start(job: Callable[..., None], *args: Any) -> Callable[[], None]:
            future = pool.submit(job, *args)
            return lambda: future.result(timeout=60)

        yield start


# Bulk ----------------------------------------------------------------------------------------------


def bulk(conn: Conn, pieces: list[str], *, admit: bool = False, announce: bool = True) -> list[int]:
    why = make.record(conn, kind="import", doc_no=None, reason="test import")
    if announce:
        conn.execute("INSERT INTO cadastre.bulk_load (record_id) VALUES (%s)", (why,))
    make.lock(conn, None, "25195", "*")
    units = []
    for piece in pieces:
        unit = one(
            conn, "INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', %s) RETURNING id", why
        )
        make.version(conn, unit, why, piece)
        units.append(unit)
    conn.execute("SELECT cadastre.project_record(%s)", (why,))
    if admit:
        conn.execute(
            "INSERT INTO cadastre.known_overlap (unit_a, unit_b, geom, record_id)"
            " SELECT unit_a, unit_b, geom, %s FROM cadastre.bulk_overlaps(%s)",
            (why, why),
        )
    return units


def test_bulk_import_is_proved_when_it_commits(land: str) -> None:
    with officer(land, "landsvc_import") as conn:
        bulk(conn, [box(0, 0, 10, 10), box(10, 0, 10, 10)])
        conn.commit()
        with refused(conn, "fab-overlap"):
            bulk(conn, [box(20, 0, 10, 10), box(29, 0, 10, 10)])
        with refused(conn, "fab-overlap"):
            bulk(conn, [box(5, 5, 10, 10)])
        assert one(conn, "SELECT count(*) FROM cadastre.parcel") == 2


def test_bulk_import_must_be_announced(land: str) -> None:
    with officer(land, "landsvc_import") as conn, refused(conn, "bulk-unannounced"):
        bulk(conn, [box(0, 0, 10, 10)], announce=False)


def test_officers_cannot_use_the_bulk_door(editor: Conn) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        editor.execute("INSERT INTO cadastre.bulk_load (record_id) VALUES (1)")


# I3 ------------------------------------------------------------------------------------------------


def series_id(conn: Conn) -> int:
    return int(one(conn, "SELECT id FROM cadastre.map_series"))


def test_a_number_is_never_used_twice_even_after_its_parcel_is_gone(editor: Conn) -> None:
    first = make.parcel(editor, box(0, 0, 10, 10), number="345", series_id=series_id(editor))
    editor.commit()
    retire(editor, first)
    editor.commit()
    with refused(editor, "uq_parcel_number_series_id_sheet_number"):
        make.parcel(editor, box(0, 0, 10, 10), number="345", series_id=series_id(editor))


def test_a_code_is_never_used_twice(editor: Conn) -> None:
    make.parcel(editor, box(0, 0, 10, 10), code="w6h185vu4rv5")
    editor.commit()
    with refused(editor, "pk_parcel_code"):
        make.parcel(editor, box(20, 0, 10, 10), code="w6h185vu4rv5")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM cadastre.parcel_number",
        "UPDATE cadastre.parcel_number SET number = '2'",
        "DELETE FROM cadastre.parcel_code",
        "UPDATE cadastre.parcel_code SET code = 'w6h185vu4rvh'",
        "DELETE FROM cadastre.parcel_version",
        "UPDATE cadastre.parcel_version SET address = 'x', closed_record_id = 1",
        "DELETE FROM cadastre.parcel_use",
        "UPDATE cadastre.parcel_use SET area_m2 = 1",
        "DELETE FROM cadastre.parcel_unit",
        "DELETE FROM cadastre.record",
        "UPDATE cadastre.record SET title = 'x'",
        "TRUNCATE cadastre.parcel_version CASCADE",
        "TRUNCATE cadastre.lineage",
    ],
)
def test_what_was_written_stays_written_even_for_the_owner(land: str, statement: str) -> None:
    with psycopg.connect(land) as owner:
        make.parcel(owner, box(0, 0, 10, 10), number="1", series_id=series_id(owner), code="w6h185vu4rv5")
        owner.commit()
        with pytest.raises(psycopg.errors.IntegrityError):
            owner.execute(statement)


# I4 ------------------------------------------------------------------------------------------------


def retire(conn: Conn, unit: int, *, reason: str | None = "stateRecovery") -> None:
    make.lock(conn, None)
    why = make.record(conn)
    make.close(conn, unit, why)
    if reason:
        conn.execute(
            "INSERT INTO cadastre.unit_end (unit_id, reason, record_id) VALUES (%s, %s, %s)", (unit, reason, why)
        )


def test_a_parcel_does_not_vanish(editor: Conn) -> None:
    unit = make.parcel(editor, box(0, 0, 10, 10))
    editor.commit()
    with refused(editor, "retired-without-successor"):
        retire(editor, unit, reason=None)
    retire(editor, unit)
    editor.commit()


def test_children_cover_exactly_their_parent(editor: Conn) -> None:
    parent = make.parcel(editor, box(0, 0, 10, 10))
    editor.commit()
    with refused(editor, "area-balance"):
        make.split(editor, parent, [box(0, 0, 5, 10), box(5, 0, 4.9, 10)])
    children = make.split(editor, parent, [box(0, 0, 5, 10), box(5, 0, 5, 10)])
    editor.commit()
    rows = editor.execute("SELECT unit_id FROM cadastre.parcel ORDER BY 1").fetchall()
    assert [row[0] for row in rows] == children


LONG = [(75.804, -0.818), (72.227, 9.508), (68.145, 20.098), (8.055, 29.045), (5.075, 13.161)]


def two_cuts(off_m: float) -> list[str]:
    """Return the pieces of the long parcel cut twice across, an end of the second moved off its place by `off_m`."""
    first, second = [(61.124, 2.084), (37.752, 24.624)], [(30.245, 8.187 + off_m), (8.724, 28.946)]
    return [
        polygon(LONG[2], first[1], first[0], LONG[0], LONG[1]),
        polygon(second[1], second[0], *first),
        polygon(second[1], LONG[3], LONG[4], second[0]),
    ]


def test_two_cuts_may_end_on_one_edge_however_their_corners_are_rounded(editor: Conn) -> None:
    """Two corners in one edge cut off more than one triangle; a corner beside its edge stays refused."""
    parent = make.parcel(editor, polygon(*LONG))
    editor.commit()
    for off_m in (0.002, -0.003):
        with refused(editor, "area-balance"):
            make.split(editor, parent, two_cuts(off_m))
    make.split(editor, parent, two_cuts(0))
    editor.commit()


def test_lineage_cannot_run_in_a_circle(editor: Conn) -> None:
    parent = make.parcel(editor, box(0, 0, 10, 10))
    editor.commit()
    children = make.split(editor, parent, [box(0, 0, 5, 10), box(5, 0, 5, 10)])
    editor.commit()
    with refused(editor, "ck_lineage_acyclic"):
        editor.execute(
            "INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id) VALUES (%s, %s, 'adjustment', 1)",
            (children[0], parent),
        )


# I5 and facts --------------------------------------------------------------------------------------


def test_a_change_needs_a_document_or_a_reason(editor: Conn) -> None:
    with refused(editor, "ck_record_grounded"):
        make.record(editor, doc_no=None)


def test_a_version_names_its_record(editor: Conn) -> None:
    make.lock(editor, None)
    with pytest.raises(psycopg.errors.NotNullViolation):
        editor.execute("INSERT INTO cadastre.parcel_unit (kind) VALUES ('parcel')")


def test_uses_sum_to_the_registered_area(editor: Conn) -> None:
    make.parcel(editor, box(0, 0, 10, 10), uses={"ODT": 60.0, "CLN": 40.0})
    editor.commit()
    with refused(editor, "uses-sum"):
        make.parcel(editor, box(20, 0, 10, 10), uses={"ODT": 60.0, "CLN": 39.9}, area=100.0)


def test_a_held_parcel_does_not_change(editor: Conn) -> None:
    unit = make.parcel(editor, box(0, 0, 10, 10))
    editor.execute(
        "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
        " VALUES ('block', 'parcel', %s, 'Tòa án', '1/QĐ', %s)",
        (unit, make.record(editor)),
    )
    editor.commit()
    with refused(editor, "parcel-held"):
        retire(editor, unit)
    with refused(editor, "parcel-held"):
        resurvey(editor, unit, box(0, 0, 9, 10))
    editor.execute("UPDATE cadastre.parcel_hold SET held = tstzrange(lower(held), clock_timestamp())")
    editor.commit()
    retire(editor, unit)
    editor.commit()


def test_a_hold_and_a_change_never_pass_each_other(land: str, editor: Conn) -> None:
    unit = make.parcel(editor, box(0, 0, 10, 10))
    editor.commit()
    with officer(land) as court:
        court.execute(
            "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
            " VALUES ('block', 'parcel', %s, 'Tòa án', '1/QĐ', %s)",
            (unit, make.record(court)),
        )
        editor.execute("SET lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            retire(editor, unit)
            editor.commit()
        editor.rollback()
        court.commit()
    with refused(editor, "parcel-held"):
        retire(editor, unit)


def test_holds_and_surveys_are_hidden_from_the_public_role(land: str) -> None:
    with officer(land, "landsvc_public") as public:
        for table in ("parcel_hold", "survey", "quarantine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                public.execute(f"SELECT * FROM cadastre.{table}")
            public.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            public.execute("SELECT reason FROM cadastre.record")


# Noding --------------------------------------------------------------------------------------------


def test_noding_moves_a_neighbour_by_less_than_the_grid_and_nothing_else(editor: Conn) -> None:
    left = make.parcel(editor, polygon((0, 0), (10, 0), (10.007, 10), (0, 10)), uses={"ODT": 60, "CLN": 40})
    right = make.parcel(editor, polygon((10, 0), (20, 0), (20, 10), (10.007, 10)))
    editor.execute(
        "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
        " VALUES ('block', 'parcel', %s, 'Tòa án', '1/QĐ', %s)",
        (left, make.record(editor)),
    )
    editor.commit()
    # The cut at y = 5 meets the shared edge at x = 10.0035, which is not on the grid: 10.004 it is.
    make.lock(editor, box(0, 0, 20, 10))
    why = make.record(editor)
    moved = one(
        editor,
        "SELECT cadastre.node_neighbour(%s, ST_GeomFromText('MULTIPOINT((568010.004 1275005))', 9212), %s)",
        left,
        why,
    )
    make.split(
        editor,
        right,
        [
            polygon((10, 0), (20, 0), (20, 5), (10.004, 5)),
            polygon((10.004, 5), (20, 5), (20, 10), (10.007, 10)),
        ],
        why=why,
    )
    editor.commit()
    assert abs(moved) <= 0.00071 / 2 * 10.1
    before, after = editor.execute(
        "SELECT technical, legal_area_m2, ST_NPoints(geom), valid FROM cadastre.parcel_version"
        " WHERE unit_id = %s ORDER BY id",
        (left,),
    ).fetchall()
    assert (before[0], after[0]) == (False, True)
    assert (before[1], before[3]) == (after[1], after[3])
    assert after[2] == before[2] + 1
    assert one(editor, "SELECT use_label FROM cadastre.parcel WHERE unit_id = %s", left) == "ODT+CLN"


def test_only_noding_writes_technical_versions(editor: Conn) -> None:
    unit = make.parcel(editor, box(0, 0, 10, 10))
    with refused(editor, "technical-version"):
        editor.execute(
            "INSERT INTO cadastre.parcel_version (unit_id, record_id, valid, commune_code, technical)"
            " VALUES (%s, 1, '[2020-01-01,)', '25195', true)",
            (unit,),
        )


# Two times -----------------------------------------------------------------------------------------


def test_a_split_recorded_late_answers_in_both_times(editor: Conn) -> None:
    """Registered on day 3, valid from day 1 (design.md section 4)."""
    parent = make.parcel(editor, box(0, 0, 10, 10), valid="[2019-05-01,)")
    editor.commit()
    known_before = one(editor, "SELECT clock_timestamp()")
    children = make.split(editor, parent, [box(0, 0, 5, 10), box(5, 0, 5, 10)], valid_from="2026-01-01")
    editor.commit()
    known_after = one(editor, "SELECT clock_timestamp()")

    def units(valid_at: date, known_at: Any) -> list[int]:
        rows = editor.execute("SELECT unit_id FROM cadastre.parcels_at(%s, %s) ORDER BY 1", (valid_at, known_at))
        return [row[0] for row in rows]

    day_0, day_2 = date(2025, 12, 31), date(2026, 1, 2)
    assert units(day_2, known_before) == [parent]
    assert units(day_2, known_after) == children
    assert units(day_0, known_before) == [parent]
    assert units(day_0, known_after) == [parent]


def test_recorded_time_cannot_be_chosen(editor: Conn) -> None:
    make.lock(editor, box(0, 0, 10, 10))
    editor.execute("SELECT set_config('landsvc.recorded_at', pg_current_xact_id() || '|2020-01-01', true)")
    with refused(editor, "recorded-time"):
        make.parcel(editor, box(0, 0, 10, 10))


def test_two_beliefs_about_one_day_are_refused(editor: Conn) -> None:
    unit = make.parcel(editor, box(0, 0, 10, 10), valid="[2019-05-01,)")
    with pytest.raises(psycopg.errors.ExclusionViolation):
        make.version(editor, unit, make.record(editor), box(0, 0, 10, 10), valid="[2020-05-01,)")


def test_a_change_valid_tomorrow_waits(editor: Conn) -> None:
    with refused(editor, "ck_parcel_version_not_future"):
        make.parcel(editor, box(0, 0, 10, 10), valid="[2100-01-01,)")

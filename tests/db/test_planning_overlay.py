"""The kept overlay equals the one computed on the spot, whoever computes it, and is never served when stale."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta

import psycopg
import pytest
from landsvc.core import outbox
from landsvc.core.sql import statements
from landsvc.planning.jobs import zoning
from tests.conftest import as_role
from tests.factories import cadastre as land
from tests.factories import planning as plans
from tests.factories.cadastre import one

ANSWER_KEPT, ANSWER = (statements("planning")[name].text for name in ("answer_kept", "answer"))
KEPT = (
    "SELECT jsonb_agg(to_jsonb(z) ORDER BY unit_id, zone_id) FROM planning.parcel_zone z",
    "SELECT jsonb_agg(to_jsonb(z) ORDER BY unit_id) FROM planning.parcel_zoned z",
)


def ask(conn: psycopg.Connection, unit: int, *, valid_at: str | date | None = None, known_at: str = "infinity"):
    """Return the tree of a unit, now or in the past."""
    today = one(conn, "SELECT cadastre.today()")
    given = {"unit_id": unit, "x": None, "y": None, "valid_at": valid_at or today}
    past = valid_at is not None or known_at != "infinity"
    row = None if past else conn.execute(ANSWER_KEPT, given | {"code": None}).fetchone()
    row = row or conn.execute(ANSWER, given | {"known_at": known_at, "past": past}).fetchone()
    return None if row is None else json.loads(row[0])


def theme(tree: dict, code: str = "land_use_plan") -> dict:
    return next(row for row in tree["themes"] if row["code"] == code)


@pytest.fixture
def plan(db_conn: psycopg.Connection) -> int:
    land.commune(db_conn)
    plans.themes(db_conn)
    return plans.plan(db_conn)


def test_overlapping_zones_are_joined_before_they_are_measured(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    plans.zone(db_conn, plan, land.box(0, 0, 15, 10), code="A")
    plans.zone(db_conn, plan, land.box(5, 0, 15, 10), code="B")
    found = theme(ask(db_conn, unit))
    assert [zone["areaM2"] for zone in found["zones"]] == [150.0, 150.0]
    assert (found["areaM2"], found["sharePct"]) == (200.0, 100.0)


def test_pending_zone_is_told_and_not_counted(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    later = plans.plan(db_conn, "QH-NEXT", status="consultation")
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10), code="A")
    plans.zone(db_conn, later, land.box(0, 0, 20, 10), code="B")
    plans.zone(db_conn, plan, land.box(0, 0, 10, 10), code="C", valid="[2199-01-01,)")
    found = theme(ask(db_conn, unit))
    assert [(zone["code"], zone["status"], zone["areaM2"]) for zone in found["zones"]] == [
        ("A", "inForce", 50.0),
        ("B", "pending", 200.0),
        ("C", "pending", 100.0),
    ]
    assert found["areaM2"] == 50.0


def test_only_pending_zones_take_nothing(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    plans.zone(db_conn, plans.plan(db_conn, "P2", status="draft"), land.box(0, 0, 5, 10))
    found = theme(ask(db_conn, unit))
    assert (found["state"], found["areaM2"], found["zones"][0]["status"]) == ("affected", 0.0, "pending")


def test_cancelled_and_ended_plans_say_nothing(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    plans.zone(db_conn, plans.plan(db_conn, "P2", status="cancelled"), land.box(0, 0, 5, 10))
    plans.zone(db_conn, plans.plan(db_conn, "P3", valid="[2010-01-01,2020-01-01)"), land.box(0, 0, 5, 10))
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10), valid="[2010-01-01,2020-01-01)")
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10), status="cancelled")
    assert theme(ask(db_conn, unit))["state"] == "withoutData"


def test_parcel_partly_covered_is_without_data_and_says_how_far(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    plans.coverage(db_conn, plan, land.box(0, 0, 5, 10))
    assert theme(ask(db_conn, unit)) | {"name": ""} == {
        "code": "land_use_plan",
        "name": "",
        "nameEn": "Land-use plan",
        "coveredPct": 25.0,
        "state": "withoutData",
    }


def test_touching_zone_does_not_affect(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    plans.coverage(db_conn, plan, land.box(-50, -50, 200, 200))
    plans.zone(db_conn, plan, land.box(20, 0, 20, 10))
    assert theme(ask(db_conn, unit))["state"] == "notAffected"


def test_unknown_accuracy_makes_nothing_certain(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10), accuracy=None)
    zone = theme(ask(db_conn, unit))["zones"][0]
    assert (zone["certainM2"], zone["uncertainM2"], zone["areaM2"]) == (None, None, 50.0)


def test_corridor_takes_its_width_on_each_side(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    line = f"LINESTRING({land.X0 - 50} {land.Y0},{land.X0 + 50} {land.Y0})"
    plans.zone(db_conn, plan, line, theme="power_corridor", corridor_m=3, accuracy=0)
    zone = theme(ask(db_conn, unit), "power_corridor")["zones"][0]
    assert (zone["areaM2"], zone["certainM2"], zone["uncertainM2"]) == (60.0, 60.0, 0.0)


def test_share_is_of_the_registered_area(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10), area=250.0)
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10))
    zone = theme(ask(db_conn, unit))["zones"][0]
    assert (zone["areaM2"], zone["sharePct"]) == (62.5, 25.0)


def test_unmapped_parcel_is_without_data(db_conn, plan):
    unit = land.parcel(db_conn, None, area=100.0)
    plans.coverage(db_conn, plan, land.box(-50, -50, 200, 200))
    tree = ask(db_conn, unit)
    assert tree["parcel"]["geometry"] is None
    assert {row["state"] for row in tree["themes"]} == {"withoutData"}


def test_tiles_learn_where_a_zone_begins_and_ends(fresh_db):
    touched = "SELECT layer FROM geo.tile_touch WHERE layer IN ('zones', 'restrictions') ORDER BY id"
    with psycopg.connect(fresh_db) as conn:
        land.land_use_types(conn)
        plan = plans.plan(conn)
        zone = plans.zone(conn, plan, land.box(0, 0, 5, 10))
        plans.zone(conn, plan, land.box(0, 0, 5, 10), theme="heritage")
        conn.commit()
        plans.end_zone(conn, zone)
        assert conn.execute(touched).fetchall() == [("zones",), ("restrictions",), ("zones",)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE planning.zone SET code = 'X'",
        "DELETE FROM planning.zone",
        "UPDATE planning.plan_version SET status = 'cancelled'",
        "DELETE FROM planning.plan_coverage",
        "TRUNCATE planning.zone CASCADE",
    ],
)
def test_what_was_believed_is_never_changed(db_conn, plan, statement):
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10))
    plans.coverage(db_conn, plan, land.box(0, 0, 5, 10))
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        db_conn.execute(statement)
    assert refused.value.diag.constraint_name == "append-only"
    db_conn.rollback()


def test_public_role_reads_and_writes_nothing(fresh_db):
    with psycopg.connect(as_role(fresh_db, "landsvc_public"), autocommit=True) as conn:
        conn.execute("SELECT FROM planning.zone, planning.parcel_zone, planning.plan_version")
        for statement in ("DELETE FROM planning.parcel_zone", "SELECT planning.refresh_parcels('{}')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


def town(conn: psycopg.Connection, plan: int, side: int = 12) -> list[int]:
    """Lay a block of parcels, and zones that cut, cover, overlap and touch them."""
    units = [land.parcel(conn, land.box(20 * i, 20 * j, 20, 20)) for i in range(side) for j in range(side)]
    for k in range(5):
        plans.zone(conn, plan, land.box(-5 + 47.3 * k, -5, 47.3, 300), code=f"A{k}")
        plans.zone(conn, plan, land.box(-5, 31.7 * k, 300, 40), theme="zoning", code=f"B{k}")
    later = plans.plan(conn, "LATER", valid="[2199-01-01,)")
    plans.zone(conn, later, land.box(30, 30, 100, 100), theme="heritage")
    line = f"LINESTRING({land.X0} {land.Y0},{land.X0 + 240} {land.Y0 + 200})"
    plans.zone(conn, plan, line, theme="power_corridor", corridor_m=7)
    plans.zone(conn, plan, line, theme="road_line", accuracy=None)
    plans.coverage(conn, plan, land.box(-10, -10, 130, 400))
    plans.coverage(conn, plan, land.box(-10, -10, 400, 95), theme="heritage")
    return units


def test_few_and_many_parcels_are_computed_alike(db_conn, plan):
    units = town(db_conn, plan)
    results = []
    for way in ("refresh_few", "refresh_many"):
        db_conn.execute("DELETE FROM planning.parcel_zone; DELETE FROM planning.parcel_zoned")
        db_conn.execute(f"SELECT planning.{way}(%s)", (units,))
        results.append([one(db_conn, query) for query in KEPT])
    few, many = results
    assert len(few[0]) > len(units)
    assert few == many


def test_kept_and_computed_answers_are_the_same_text(db_conn, plan):
    units = town(db_conn, plan, side=5)
    live = [ask(db_conn, unit) for unit in units]
    plans.refresh(db_conn)
    assert [ask(db_conn, unit) for unit in units] == live
    assert {tree["themes"][0]["state"] for tree in live} == {"affected"}


def test_day_on_which_a_plan_begins_ends_the_kept_overlay(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    soon = one(db_conn, "SELECT cadastre.today()") + timedelta(days=3)
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10), valid=f"[{soon},)")
    plans.refresh(db_conn)
    assert one(db_conn, "SELECT upper(holds) FROM planning.parcel_zoned") == soon
    before = ask(db_conn, unit, valid_at=soon - timedelta(days=1))
    after = ask(db_conn, unit, valid_at=soon)
    assert [theme(tree)["zones"][0]["status"] for tree in (before, after)] == ["pending", "inForce"]


def test_overlay_of_another_version_is_not_served(db_conn, plan):
    unit = land.parcel(db_conn, land.box(0, 0, 20, 10))
    plans.zone(db_conn, plan, land.box(0, 0, 5, 10))
    plans.refresh(db_conn)
    db_conn.execute("UPDATE planning.parcel_zone SET m2 = 1")
    assert theme(ask(db_conn, unit))["areaM2"] == 1.0
    db_conn.execute("UPDATE planning.parcel_zoned SET version_id = version_id + 1000")
    assert theme(ask(db_conn, unit))["areaM2"] == 50.0


def test_worker_refreshes_what_changed(fresh_db, database):
    with psycopg.connect(fresh_db) as conn:
        land.commune(conn)
        plan = plans.plan(conn)
        plans.zone(conn, plan, land.box(0, 0, 5, 10))
        unit = land.parcel(conn, land.box(0, 0, 20, 10))
    outbox.run_batch(database, zoning.CONSUMER)
    assert outbox.run_batch(database, zoning.CONSUMER) > 0
    with psycopg.connect(fresh_db) as conn:
        assert conn.execute("SELECT unit_id, m2 FROM planning.parcel_zone").fetchall() == [(unit, 50.0)]
        (left, _) = land.split(conn, unit, [land.box(0, 0, 3, 10), land.box(3, 0, 17, 10)])
        assert theme(ask(conn, left))["areaM2"] == 30.0  # computed on the spot
    assert outbox.run_batch(database, zoning.CONSUMER) > 0
    with psycopg.connect(fresh_db) as conn:
        rows = conn.execute("SELECT unit_id, round(m2) FROM planning.parcel_zone ORDER BY 1").fetchall()
        assert rows == [(left, 30.0), (left + 1, 20.0)]
        assert theme(ask(conn, left))["areaM2"] == 30.0


def test_sweep_finds_what_is_missing(fresh_db, database):
    with psycopg.connect(fresh_db) as conn:
        land.commune(conn)
        plan = plans.plan(conn)
        plans.zone(conn, plan, land.box(0, 0, 5, 10))
        land.parcel(conn, land.box(0, 0, 20, 10))
        land.parcel(conn, land.box(20, 0, 20, 10))
    assert zoning.sweep(database) == 2
    assert zoning.sweep(database) == 0


def test_zone_import_and_parcel_refresh_do_not_lose_each_other(fresh_db, database):
    """A zone comes in while a parcel is refreshed: whoever is last, the parcel knows the zone."""
    with psycopg.connect(fresh_db) as conn:
        land.commune(conn)
        plan = plans.plan(conn)
        plans.themes(conn)
        unit = land.parcel(conn, land.box(0, 0, 20, 10))
    zoning.sweep(database)
    outbox.run_batch(database, zoning.CONSUMER)
    with psycopg.connect(fresh_db) as importing:
        plans.zone(importing, plan, land.box(0, 0, 5, 10))
        plans.refresh(importing, unit)
        with psycopg.connect(fresh_db) as editing:
            (left, right) = land.split(editing, unit, [land.box(0, 0, 3, 10), land.box(3, 0, 17, 10)])
        # The worker waits for the import, so it runs beside us; the import commits after the edit.
        worker = threading.Thread(target=lambda: zoning.sweep(database))
        worker.start()
        importing.commit()
        worker.join()
    with psycopg.connect(fresh_db) as conn:
        assert [theme(ask(conn, part))["areaM2"] for part in (left, right)] == [30.0, 20.0]
        found = conn.execute(
            "SELECT unit_id, round(m2) FROM planning.parcel_zone WHERE unit_id <> %s ORDER BY 1", (unit,)
        )
        assert found.fetchall() == [(left, 30.0), (right, 20.0)]

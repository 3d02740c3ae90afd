"""Every rule of drafts passes, fails and says when it was not tested; it judges only what the draft changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import shapely
from landsvc.cadastre.drafts.checks import CHECKS, Case, asking_second, critical, judge
from landsvc.cadastre.drafts.checks.coverage import allowed_drift_m2
from landsvc.cadastre.drafts.checks.outline import gap_beside, sharp_corners
from landsvc.cadastre.drafts.model import Finding, Plan, Unit, Use
from landsvc.core.db import EDITOR_ROLE, Database
from shapely.geometry import LineString
from sqlalchemy.orm import Session
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, X0, Y0, box, polygon
from tests.factories.drafts import rules

DAY = date(2026, 11, 22)
OF_RIGHTS = {"SUB-CERT", "SUB-RIGHT", "SUB-NOTICE"}
"""Rules whose checks the registry brings."""
FAR = 900_000
"""An identity that no parcel of the test land has."""


@pytest.fixture(scope="module")
def land(make_clone: Any) -> Iterator[Database]:
    """A parcel on a road, one behind it that is held, and one far from any road; the mapped extent around all."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            sheet = make.series(conn, make.commune(conn))
            rules(conn)
            make.parcel(conn, box(0, 0, 20, 30), number="1", series_id=sheet)
            behind = make.parcel(conn, box(0, 30, 20, 30), number="2", series_id=sheet)
            make.parcel(conn, box(3000, 3000, 20, 20), number="3", series_id=sheet)
            make.parcel(conn, box(0, -8, 20, 8), kind="object", uses={"DGT": 160})
            why = make.record(conn)
            conn.execute(
                "INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom)"
                " VALUES ('25195', %s, ST_Multi(ST_GeomFromText(%s, %s)))",
                (why, box(-10, -10, 100, 100), SRID),
            )
            conn.execute(
                "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id, geom)"
                " VALUES ('dispute', 'part', %s, 'TAND', '3/TB', %s, ST_GeomFromText(%s, %s))",
                (behind, why, box(0, 30, 5, 5), SRID),
            )
            conn.execute(
                "UPDATE cadastre.rule SET parameters = parameters || '{\"scale\": 500}' WHERE code = 'FAB-LEGAL'"
            )
        with opened(dsn) as database:
            yield database


@pytest.fixture
def session(land: Database) -> Iterator[Session]:
    with land.rehearsal(EDITOR_ROLE) as session:
        yield session


def unit(wkt: str | None, **facts: Any) -> Unit:
    """Return a unit as a draft would make it; its registered area is what it measures unless given."""
    geometry = None if wkt is None else shapely.from_wkt(wkt)
    area = None if geometry is None else geometry.area
    legal = None if area is None else Decimal(f"{area:.1f}")
    given = {"id": FAR, "ref": "25195-12-9", "number": "9", "sheet": "12", "roots": (), "legal_m2": legal} | facts
    uses = (Use("ODT", given["legal_m2"], None, False, None),) if given["legal_m2"] else ()
    made: dict[str, Any] = {
        "version_id": 0,
        "kind": "parcel",
        "code": None,
        "commune": "25195",
        "series_id": 1,
        "issuing": "25195",
        "measured_m2": area,
        "measured_srid": SRID,
        "address": None,
        "valid_from": None,
        "survey_id": None,
        "geometry": geometry,
        "uses": uses,
    }
    return Unit(**(made | given))


def case(session: Session, *now: Unit, was: tuple[Unit, ...] = ()) -> Case:
    return Case(session, 0, Plan(was, now, (), (), ()), DAY)


def stored(session: Session, number: str) -> Unit:
    """Return a parcel of the test land as a draft sees it."""
    found = session.connection().exec_driver_sql(
        "SELECT unit_id, ST_AsText(geom), series_id FROM cadastre.parcel WHERE number = %s", (number,)
    )
    unit_id, wkt, series_id = found.one()
    return unit(wkt, id=unit_id, number=number, ref=f"25195-12-{number}", series_id=series_id)


def said(asked: Case, rule: str) -> list[Finding]:
    """Return what one rule says, under the rules in force."""
    return [found for found in judge(asked) if found.rule == rule]


def one(asked: Case, rule: str) -> Finding:
    (found,) = said(asked, rule)
    return found


SQUARE = box(50, 50, 20, 20)
THIN = box(50, 50, 0.4, 60)
SPIKED = polygon((50, 50), (70, 50), (70, 60), (130, 60.3), (70, 60.6), (70, 70), (50, 70))
UNMAPPED = None


# The outline -------------------------------------------------------------------------------------------------


def test_a_sliver_is_a_parcel_thinner_than_the_limit(session):
    thin = one(case(session, unit(THIN)), "FAB-SLIVER")
    assert (thin.result, thin.inputs["leastM"], thin.inputs["widthM"]) == (
        "warning",
        0.5,
        pytest.approx(0.397, abs=0.001),
    )
    assert thin.geometry["type"] == "Polygon"
    assert one(case(session, unit(SQUARE)), "FAB-SLIVER").result == "pass"
    assert one(case(session, unit(UNMAPPED)), "FAB-SLIVER").cause == "no-map"


def test_a_piece_of_what_was_a_sliver_is_no_new_defect(session):
    parent = unit(box(50, 50, 0.4, 80), id=7)
    assert one(case(session, unit(THIN, roots=(7,)), was=(parent,)), "FAB-SLIVER").result == "pass"


def test_a_spike_is_told_at_its_tip(session):
    found = one(case(session, unit(SPIKED)), "FAB-SPIKE")
    assert (found.result, found.inputs["leastDeg"]) == ("warning", 3.0)
    assert found.inputs["angleDeg"] == pytest.approx(0.573, abs=0.001)
    assert found.geometry["coordinates"] == (X0 + 130, Y0 + 60.3)
    assert one(case(session, unit(SQUARE)), "FAB-SPIKE").result == "pass"
    assert one(case(session, unit(UNMAPPED)), "FAB-SPIKE").cause == "no-map"


def test_a_spike_that_was_there_before_is_not_told(session):
    assert one(case(session, unit(SPIKED), was=(unit(SPIKED, id=7),)), "FAB-SPIKE").result == "pass"


def test_sharp_corners_are_measured_on_holes_too():
    ring = shapely.from_wkt("POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,8 1.1,1 1.2,1 1))")
    assert [corner for corner, _, _ in sharp_corners(ring, 3)] == [(8.0, 1.1)]


def test_a_new_corner_beside_an_edge_or_a_corner_is_told(session):
    beside_edge = one(case(session, unit(polygon((20.01, 5), (40, 5), (40, 20)))), "FAB-NEAR")
    assert (beside_edge.result, beside_edge.inputs["distanceM"], beside_edge.inputs["ref"]) == (
        "warning",
        0.01,
        "25195-12-1",
    )
    beside_corner = one(case(session, unit(polygon((20.01, 0), (40, 5), (40, 20)))), "FAB-NEAR")
    assert (beside_corner.result, beside_corner.inputs["distanceM"]) == ("warning", 0.01)
    assert one(case(session, unit(polygon((20, 0), (40, 5), (40, 20)))), "FAB-NEAR").result == "pass"
    assert one(case(session, unit(SQUARE)), "FAB-NEAR").inputs == {"corners": 4, "withinM": 0.02}
    assert one(case(session, unit(UNMAPPED)), "FAB-NEAR").cause == "no-map"


def test_an_old_corner_beside_another_is_not_told(session):
    old = unit(polygon((20.01, 5), (40, 5), (40, 20)))
    assert one(case(session, old, was=(old,)), "FAB-NEAR").result == "pass"


@pytest.mark.parametrize(
    ("place", "gap"),
    [
        ((0, 0), None),
        ((5, 0), 0.0),
        ((5, 0.01), 0.01),
        ((5, 0.03), None),
        ((0.015, 0), 0.0),
        ((9.99, 0.01), 0.01),
    ],
)
def test_a_place_is_shared_or_too_near_or_far(place, gap):
    boundary = LineString([(0, 0), (10, 0), (10, 10)])
    assert gap_beside(place, boundary, 0.02) == (None if gap is None else pytest.approx(gap))


# Land and papers ---------------------------------------------------------------------------------------------


def test_land_left_to_nobody_is_a_gap_that_asks_for_a_second_person(session):
    parent = unit(box(50, 50, 20, 20), id=7)
    asked = case(session, unit(box(50, 50, 20, 15), roots=(7,)), was=(parent,))
    gap = one(asked, "FAB-GAP")
    assert (gap.result, gap.inputs["areaM2"], gap.second_person) == ("warning", 100.0, True)
    assert "FAB-GAP" in asking_second(judge(asked))
    assert one(case(session, unit(box(50, 50, 20, 20), roots=(7,)), was=(parent,)), "FAB-GAP").result == "pass"


def test_land_that_another_parcel_takes_is_no_gap(session):
    first = stored(session, "1")
    assert one(case(session, unit(SQUARE), was=(first,)), "FAB-GAP").result == "pass"


def test_land_outside_every_mapped_extent_cannot_be_a_gap(session):
    found = one(case(session, unit(SQUARE, commune="25210")), "FAB-GAP")
    assert (found.result, found.cause) == ("untested", "no-mapped-extent")


def test_a_number_somebody_has_or_keeps_is_not_given_again(session):
    first = stored(session, "1")
    taken = one(case(session, unit(SQUARE, number="1", series_id=first.series_id)), "FAB-NUMBER")
    assert (taken.result, taken.severity, taken.inputs["usedBy"]) == ("fail", "critical", "25195-12-1")
    assert one(case(session, unit(SQUARE, series_id=first.series_id)), "FAB-NUMBER").result == "pass"
    assert one(case(session, unit(SQUARE, number=None)), "FAB-NUMBER").cause == "no-number"
    session.connection().exec_driver_sql(
        "WITH d AS (INSERT INTO cadastre.draft (code, owner_id, owner_name)"
        " VALUES ('d-01KAS3V5TCDYRX0M4DQ1Q9WJ5H', 1, 'Lan') RETURNING id)"
        " INSERT INTO cadastre.draft_slot (draft_id, seq, unit_id, series_id, sheet, number)"
        " SELECT id, 1, 77, %s, '12', '9' FROM d",
        (first.series_id,),
    )
    kept = one(case(session, unit(SQUARE, series_id=first.series_id)), "FAB-NUMBER")
    assert (kept.result, kept.inputs["draft"]) == ("fail", "d-01KAS3V5TCDYRX0M4DQ1Q9WJ5H")


def test_registered_and_computed_area_may_differ_by_what_the_map_scale_allows(session):
    allowed = 0.0004 * 500 * 20
    near, far = Decimal(400) + Decimal(allowed), Decimal("404.1")
    assert one(case(session, unit(SQUARE, legal_m2=near)), "FAB-LEGAL").result == "pass"
    found = one(case(session, unit(SQUARE, legal_m2=far)), "FAB-LEGAL")
    assert (found.result, found.inputs["driftM2"], found.inputs["allowedM2"], found.inputs["scale"]) == (
        "warning",
        4.1,
        4.0,
        500,
    )
    assert one(case(session, unit(SQUARE, legal_m2=None)), "FAB-LEGAL").cause == "no-areas"


def test_the_scale_of_the_sheet_goes_before_the_usual_one(session):
    first = stored(session, "1")
    session.connection().exec_driver_sql("RESET ROLE")
    session.connection().exec_driver_sql(
        "UPDATE cadastre.map_series SET scale = 200 WHERE id = %s", (first.series_id,)
    )
    found = one(case(session, unit(SQUARE, legal_m2=Decimal("403"), series_id=first.series_id)), "FAB-LEGAL")
    assert (found.result, found.inputs["allowedM2"]) == ("warning", 1.6)


def test_no_tolerance_is_below_the_rounding():
    assert allowed_drift_m2(0.01, 200, 0.0004, 0.1) == 0.1


# Subdivision -------------------------------------------------------------------------------------------------


def test_a_parcel_has_the_least_area_of_its_use(session):
    small = one(case(session, unit(box(50, 50, 5, 10))), "SUB-MINAREA")
    assert (small.result, small.inputs["minimumM2"], small.inputs["use"]) == ("fail", 60, "ODT")
    assert small.severities == {"preview": "warning", "submit": "critical", "commit": "critical"}
    assert one(case(session, unit(SQUARE)), "SUB-MINAREA").result == "pass"
    assert one(case(session, unit(SQUARE, legal_m2=None)), "SUB-MINAREA").cause == "no-registered-area"
    assert one(case(session, unit(SQUARE, commune="25210")), "SUB-MINAREA").cause == "no-minimum"
    assert one(case(session, unit(SQUARE, kind="object")), "SUB-MINAREA").cause == "no-new-parcel"


@pytest.mark.parametrize(
    ("number", "access", "frontage"),
    [
        ("1", ("pass", None), ("pass", None)),
        ("2", ("warning", None), ("warning", None)),
        ("3", ("untested", "no-roads-mapped"), ("untested", "no-roads-mapped")),
    ],
)
def test_a_parcel_has_a_way_to_a_road_and_enough_of_it(session, number, access, frontage):
    asked = case(session, stored(session, number))
    for rule, (result, cause) in (("SUB-ACCESS", access), ("SUB-FRONTAGE", frontage)):
        found = one(asked, rule)
        assert (found.result, found.cause) == (result, cause)


def test_frontage_without_a_minimum_is_untested_where_access_passes(session):
    asked = case(session, Unit(**{**vars(stored(session, "1")), "commune": "25210"}))
    assert [one(asked, rule).cause for rule in ("SUB-ACCESS", "SUB-FRONTAGE")] == [None, "no-minimum"]


# What stands against it --------------------------------------------------------------------------------------


def test_a_hold_on_a_part_is_told_where_it_is(session):
    held = one(case(session, was=(stored(session, "2"),)), "SUB-HOLD")
    assert (held.result, held.severity, held.inputs["docNo"]) == ("fail", "critical", "3/TB")
    assert shapely.geometry.shape(held.geometry).area == pytest.approx(25)
    assert one(case(session, was=(stored(session, "1"),)), "SUB-HOLD").result == "pass"
    assert one(case(session, unit(SQUARE)), "SUB-HOLD").cause == "nothing-named"


def test_another_draft_is_told_with_its_state(session):
    first = stored(session, "1")
    assert one(case(session, was=(first,)), "SUB-DRAFT").result == "pass"
    assert one(case(session, unit(SQUARE)), "SUB-DRAFT").cause == "nothing-named"
    session.connection().exec_driver_sql(
        "WITH d AS (INSERT INTO cadastre.draft (code, owner_id, owner_name)"
        " VALUES ('d-01KAS3V5TCDYRX0M4DQ1Q9WJ5H', 2, 'Minh') RETURNING id)"
        " INSERT INTO cadastre.draft_operation (draft_id, seq, body, units, versions)"
        " SELECT id, 1, '{\"op\": \"merge\"}', ARRAY[%s::bigint], '{0}' FROM d",
        (first.id,),
    )
    other = one(case(session, was=(first,)), "SUB-DRAFT")
    assert (other.result, other.inputs["owner"], other.inputs["state"]) == ("warning", "Minh", "open")


def test_an_operation_that_the_data_name_asks_for_a_second_person(session):
    assert one(case(session, unit(SQUARE)), "OFF-SECOND").cause == "nothing-named"
    session.connection().exec_driver_sql("RESET ROLE")
    session.connection().exec_driver_sql(
        "UPDATE cadastre.rule SET parameters = '{\"operations\": [\"merge\"]}' WHERE code = 'OFF-SECOND'"
    )
    assert one(case(session, unit(SQUARE)), "OFF-SECOND").result == "pass"
    (draft,) = (
        session.connection()
        .exec_driver_sql(
            "WITH d AS (INSERT INTO cadastre.draft (code, owner_id, owner_name)"
            " VALUES ('d-01KAS3V5TCDYRX0M4DQ1Q9WJ5H', 2, 'Minh') RETURNING id)"
            " INSERT INTO cadastre.draft_operation (draft_id, seq, body, units, versions)"
            " SELECT id, 1, '{\"op\": \"merge\"}', '{1}', '{0}' FROM d RETURNING draft_id"
        )
        .one()
    )
    asked = Case(session, draft, Plan((), (unit(SQUARE),), (), (), ()), DAY)
    assert one(asked, "OFF-SECOND").result == "warning"
    assert asking_second(judge(asked)) == ["OFF-SECOND"]


# Data --------------------------------------------------------------------------------------------------------


def test_every_rule_that_ships_has_a_check_or_waits_for_the_registry(session):
    report = judge(case(session, unit(SQUARE)))
    assert {found.rule for found in report if found.cause == "no-check"} == OF_RIGHTS
    assert set(CHECKS) | OF_RIGHTS >= {found.rule for found in report}


def test_a_rule_may_stop_one_moment_and_not_another(session):
    session.connection().exec_driver_sql("RESET ROLE")
    session.connection().exec_driver_sql(
        "UPDATE cadastre.rule SET severity_submit = 'critical' WHERE code = 'FAB-SLIVER'"
    )
    report = judge(case(session, unit(THIN, legal_m2=Decimal(100))))
    assert "FAB-SLIVER" in critical(report, "submit")
    assert "FAB-SLIVER" not in critical(report)


def test_what_the_database_keeps_is_critical_whatever_the_data_say(session):
    session.connection().exec_driver_sql("RESET ROLE")
    session.connection().exec_driver_sql(
        "UPDATE cadastre.rule SET severity_commit = 'info' WHERE code = 'FAB-NUMBER'"
    )
    first = stored(session, "1")
    asked = case(session, unit(SQUARE, number="1", series_id=first.series_id))
    assert "FAB-NUMBER" in critical(judge(asked))
    session.connection().exec_driver_sql("DELETE FROM cadastre.rule WHERE code = 'FAB-NUMBER'")
    assert "FAB-NUMBER" in critical(judge(asked))

"""Drafts: kept from the first click, previewed and committed by one path, with what stands against them."""

from __future__ import annotations

import threading
import time
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from landsvc.cadastre import annulment
from landsvc.cadastre.drafts import errors, service
from landsvc.cadastre.errors import ParcelRetired
from landsvc.core import db
from landsvc.core.db import EDITOR_ROLE, ConcurrentChange, RefusedByRegister
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.drafts import FRAME, LAN, MINH, PAPER, Office, assert_sound, one, rows, rules, split

ROAD = polygon((0, -8), (60, -8), (60, 0), (40, 0), (20, 0), (0, 0))
BACK = polygon((0, 30), (20, 30), (40, 30), (60, 30), (60, 53.7), (0, 47.3))
REF = "25195-12-345"
ACROSS = ((8.1234, -3), (11.3, 33))


@pytest.fixture
def office(fresh_db: str) -> Iterator[Office]:
    """A row of three parcels above a road, and one large parcel behind them."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
        make.parcel(conn, box(40, 0, 20, 30), number="347", series_id=sheet)
        make.parcel(conn, BACK, number="348", series_id=sheet)
        make.parcel(conn, ROAD, kind="object", uses={"DGT": 480})
    with opened(fresh_db) as database:
        yield Office(database)


def results(report: list[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in report:
        found.setdefault(each["rule"], set()).add(each["result"])
    return found


def same_but_for_time(outcome: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in outcome.items() if k not in {"computedAt", "state", "record", "transaction"}}


# Split, preview, commit ----------------------------------------------------------------------------------------


def test_a_split_is_committed_as_it_was_previewed(office):
    draft = office.draft(split(REF, *ACROSS))
    seen = office.preview(draft.code)
    assert [each["ref"] for each in seen["after"]] == ["25195-12-349", "25195-12-350"]
    assert sum(each["legalAreaM2"] for each in seen["after"]) == pytest.approx(602.3)
    assert seen["committable"], seen["report"]
    assert results(seen["report"]) == {
        "FAB-OVERLAP": {"pass"},
        "FAB-GAP": {"untested"},
        "FAB-AREA": {"pass"},
        "FAB-NUMBER": {"pass"},
        "FAB-LEGAL": {"pass"},
        "FAB-SLIVER": {"pass"},
        "FAB-SPIKE": {"pass"},
        "FAB-NEAR": {"pass"},
        "SUB-MINAREA": {"pass"},
        "SUB-ACCESS": {"pass"},
        "SUB-FRONTAGE": {"pass"},
        "SUB-HOLD": {"pass"},
        "SUB-NOTICE": {"untested"},
        "SUB-CERT": {"untested"},
        "SUB-RIGHT": {"untested"},
        "SUB-DRAFT": {"pass"},
        "OFF-AREA": {"pass"},
        "OFF-SECOND": {"untested"},
    }
    assert office.preview(draft.code)["after"] == seen["after"]
    done = office.commit(draft.code)
    assert same_but_for_time(done) == same_but_for_time(seen)
    assert one(office, "SELECT count(*) FROM cadastre.parcel") == 6
    assert_sound(office)


def test_a_preview_leaves_nothing_behind(office):
    state = """SELECT (SELECT count(*) FROM cadastre.parcel_version), (SELECT count(*) FROM cadastre.record),
      (SELECT count(*) FROM cadastre.parcel_unit), (SELECT last_value FROM cadastre.record_no),
      (SELECT count(*) FROM geo.tile_touch), (SELECT count(*) FROM core.outbox),
      (SELECT count(*) FROM cadastre.preview_run)"""
    draft = office.draft(split(REF, *ACROSS))
    before = rows(office, state)
    office.preview(draft.code)
    assert rows(office, state) == before


def test_a_preview_can_never_be_committed(office):
    draft = office.draft(split(REF, *ACROSS))
    with (
        pytest.raises(RefusedByRegister, match="never committed"),
        office.database.unit_of_work(EDITOR_ROLE) as session,
    ):
        service.preview(session, draft.code, frame=FRAME)
    with pytest.raises(psycopg.errors.CheckViolation), psycopg.connect(office.database.dsn) as conn:
        conn.execute("SET ROLE landsvc_editor")
        conn.execute("SELECT cadastre.begin_preview()")
        conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert one(office, "SELECT count(*) FROM cadastre.record WHERE kind = 'split'") == 0


def test_a_preview_waits_for_nobody_who_edits_the_commune(office):
    draft = office.draft(split(REF, *ACROSS))
    with psycopg.connect(office.database.dsn) as other:
        make.lock(other, box(0, 0, 60, 50))
        assert office.preview(draft.code)["committable"]


def test_a_preview_waits_for_nobody_who_could_come_to_wait_for_it(office):
    draft = office.draft(split(REF, *ACROSS))
    with psycopg.connect(office.database.dsn) as other:
        other.execute("SELECT FROM cadastre.parcel_version FOR UPDATE")
        with pytest.raises(ConcurrentChange) as refused:
            office.preview(draft.code)
    assert "could not obtain lock" in str(refused.value.__cause__)


def test_a_preview_that_meets_a_commit_tells_what_stands_after_it(office, monkeypatch):
    monkeypatch.setattr(db, "REHEARSAL_SECONDS", 30.0)
    first, second = (office.draft(split(REF, *ACROSS), actor=actor) for actor in (LAN, MINH))
    written, met = threading.Event(), threading.Event()

    def commit():
        with office.database.unit_of_work(EDITOR_ROLE, LAN) as session:
            service.commit(session, first.code, PAPER, frame=FRAME, actor=LAN, seen=None)
            written.set()
            assert met.wait(30)

    def try_again(_seconds):
        met.set()
        time.sleep(0.01)

    monkeypatch.setattr(db, "time", types.SimpleNamespace(monotonic=time.monotonic, sleep=try_again))
    with ThreadPoolExecutor(1) as pool:
        committing = pool.submit(commit)
        assert written.wait(30)
        with pytest.raises(errors.OperationConflict):
            office.preview(second.code, actor=MINH)
        committing.result(30)


def test_the_pieces_share_uses_and_registered_area_to_the_tenth(office):
    done = office.commit(office.draft(split(REF, *ACROSS)).code)
    uses = rows(
        office,
        "SELECT u.use_code, sum(u.area_m2)::text FROM cadastre.parcel p JOIN cadastre.parcel_use u"
        " ON u.version_id = p.version_id WHERE p.number IN ('349', '350') GROUP BY 1 ORDER BY 1",
    )
    assert uses == [("CLN", "152.3"), ("ODT", "450.0")]
    for each in done["after"]:
        assert sum(use["areaM2"] for use in each["uses"]) == pytest.approx(each["legalAreaM2"])


def test_the_parent_is_retired_with_lineage_both_ways_and_stays_readable(office):
    done = office.commit(office.draft(split(REF, *ACROSS)).code)
    links = """SELECT c.ref FROM cadastre.lineage l JOIN cadastre.unit_name p ON p.unit_id = l.parent_id
      JOIN cadastre.unit_name c ON c.unit_id = l.child_id WHERE p.ref = %s ORDER BY 1"""
    assert [row[0] for row in rows(office, links, REF)] == [each["ref"] for each in done["after"]]
    beliefs = rows(
        office,
        "SELECT upper_inf(v.recorded), upper_inf(v.valid) FROM cadastre.parcel_version v"
        " JOIN cadastre.unit_name n ON n.unit_id = v.unit_id WHERE n.ref = %s ORDER BY v.id",
        REF,
    )
    assert beliefs == [(False, True), (True, False)]
    record = rows(
        office,
        "SELECT kind, doc_no, made_by, details->>'draft' FROM cadastre.record WHERE code = %s",
        done["record"],
    )
    assert record == [("split", "15/QĐ-VPĐK", "lan", done["draft"])]


def test_a_cut_end_on_a_neighbours_edge_nodes_it_and_nothing_else(office):
    before = {
        row[0]: row[1:]
        for row in rows(office, "SELECT unit_id, legal_area_m2, number, ST_NPoints(geom) FROM cadastre.parcel")
    }
    done = office.commit(office.draft(split(REF, (8.1234, -3), (11.3, 33))).code)
    assert {each["kind"] for each in done["noded"]} <= {"object", "parcel"}
    assert all(0 <= each["movedMm"] <= 0.72 for each in done["noded"])
    (road,) = rows(
        office,
        "SELECT unit_id, legal_area_m2, number, ST_NPoints(geom) FROM cadastre.parcel WHERE kind = 'object'",
    )
    assert road[1:3] == before[road[0]][:2]
    assert road[3] == before[road[0]][2] + 1
    technical = rows(
        office,
        "SELECT DISTINCT r.kind FROM cadastre.parcel_version v JOIN cadastre.record r ON r.id = v.record_id"
        " WHERE v.technical",
    )
    assert technical == [("split",)]


def test_a_cut_on_a_commune_border_nodes_the_neighbour_across_it(office):
    with psycopg.connect(office.database.dsn) as conn:
        make.commune(conn, "25210", name="Phường Đồng Xoài", geom=box(60, -5000, 5000, 10_000))
        across = make.parcel(conn, polygon((60, 0), (90, 0), (90, 30), (60, 30)), commune_code="25210")
    done = office.commit(office.draft(split("25195-12-347", (35, 15.0004), (65, 16.1234))).code)
    corners = "SELECT ST_NPoints(geom), commune_code FROM cadastre.parcel WHERE unit_id = %s"
    assert rows(office, corners, across) == [(6, "25210")]
    assert done["committable"]
    assert_sound(office)


def test_the_public_role_reads_no_draft_no_transaction_and_no_officer(office):
    office.commit(office.draft(split(REF, *ACROSS)).code)
    with psycopg.connect(
        office.database.dsn.replace("user=landsvc", "user=landsvc_public"), autocommit=True
    ) as conn:
        for table in (
            "cadastre.draft",
            "cadastre.draft_operation",
            "cadastre.draft_slot",
            "cadastre.parcel_hold",
            "registry.transaction",
            "registry.transaction_parcel",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM {table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT made_by FROM cadastre.record")


def test_two_operations_leave_only_what_they_end_with(office):
    draft = office.draft(split(REF, (8, -3), (8, 33)))
    piece = office.preview(draft.code)["after"][1]["ref"]
    draft = office.add(draft.code, split(piece, (-3, 12.3456), (33, 13.1)))
    seen = office.preview(draft.code)
    assert len(seen["after"]) == 3
    assert piece not in {each["ref"] for each in seen["after"]}
    done = office.commit(draft.code)
    assert same_but_for_time(done) == same_but_for_time(seen)
    assert {parent for each in done["after"] for parent in each["parents"]} == {REF}
    assert one(office, "SELECT count(*) FROM cadastre.lineage") == 3
    assert one(office, "SELECT count(*) FROM cadastre.parcel_unit") == 8
    assert_sound(office)


def test_neighbours_split_in_one_draft_share_their_corners(office):
    draft = office.draft(split(REF, (-5, 10.0004), (35, 11.0)), split("25195-12-346", (15, 17.77), (45, 18.3333)))
    office.commit(draft.code)
    assert_sound(office)


def test_a_split_parcel_is_split_again_on_the_same_day(office):
    first = office.commit(office.draft(split(REF, *ACROSS)).code)
    office.commit(office.draft(split(first["after"][0]["ref"], (-5, 15), (30, 15.5))).code)
    assert_sound(office)


# Numbers --------------------------------------------------------------------------------------------------------


def test_numbers_are_reserved_with_the_draft_and_never_given_twice(office):
    first = office.draft(split(REF, *ACROSS))
    second = office.draft(split("25195-12-346", (30, -3), (30, 33)), actor=MINH)
    refs = [[each["ref"] for each in office.preview(draft.code)["after"]] for draft in (first, second)]
    assert refs == [["25195-12-349", "25195-12-350"], ["25195-12-351", "25195-12-352"]]
    office.commit(second.code, actor=MINH)
    assert [each["ref"] for each in office.commit(first.code)["after"]] == refs[0]


def test_an_operation_taken_back_leaves_its_numbers_to_the_next(office):
    draft = office.draft(split(REF, *ACROSS))
    seen = office.preview(draft.code)
    office.undo(draft.code)
    assert office.preview(draft.code)["after"] == []
    office.add(draft.code, split(REF, *ACROSS))
    assert same_but_for_time(office.preview(draft.code)) == same_but_for_time(seen)


def test_a_withdrawn_draft_gives_its_numbers_back(office):
    office.withdraw(office.draft(split(REF, *ACROSS)).code)
    again = office.draft(split("25195-12-346", (30, -3), (30, 33)))
    assert office.preview(again.code)["after"][0]["ref"] == "25195-12-349"


def test_a_number_given_away_meanwhile_is_replaced(office):
    draft = office.draft(split(REF, *ACROSS))
    with psycopg.connect(office.database.dsn) as conn:
        series = conn.execute("SELECT id FROM cadastre.map_series").fetchone()[0]
        make.parcel(conn, box(100, 0, 10, 10), number="349", series_id=series)
    done = office.commit(draft.code)
    assert {each["ref"] for each in done["after"]} == {"25195-12-350", "25195-12-351"}


def test_a_parcel_without_a_number_has_children_with_codes_only(office):
    with psycopg.connect(office.database.dsn) as conn:
        make.parcel(conn, box(100, 0, 10, 20), code="w6h185vu4rv5")
    done = office.commit(office.draft(split("w6h185vu4rv5", (95, 10), (115, 10))).code)
    assert all(each["ref"] == each["code"] for each in done["after"])
    assert one(office, "SELECT count(*) FROM cadastre.parcel WHERE number IS NULL AND code IS NOT NULL") == 2


# What stands against it ------------------------------------------------------------------------------------------


def test_a_refused_operation_is_not_kept(office):
    draft = office.draft()
    for body in (split(REF, (8, -3), (8, 20)), split(REF, (100, 0), (101, 1)), split(REF, (0, -3), (0, 33))):
        with pytest.raises(errors.LineDoesNotCut):
            office.add(draft.code, body)
    assert office.get(draft.code).steps == ()


def test_a_piece_below_the_minimum_keeps_the_draft_from_being_committed(office):
    draft = office.draft(split(REF, (1, -3), (1.5, 33)))
    seen = office.preview(draft.code)
    assert not seen["committable"]
    (failed,) = [each for each in seen["report"] if each["result"] == "fail"]
    assert (failed["rule"], failed["inputs"]["minimumM2"]) == ("SUB-MINAREA", 60.0)
    assert failed["geometry"]["type"] == "Polygon"
    with pytest.raises(errors.NotCommittable) as refused:
        office.commit(draft.code)
    assert same_but_for_time(refused.value.members) == same_but_for_time(seen)
    assert one(office, "SELECT count(*) FROM cadastre.record WHERE kind = 'split'") == 0


def test_an_undersized_piece_may_be_cut_away_from_an_operation_that_is_taken_back(office):
    draft = office.draft(split(REF, (1, -3), (1.5, 33)))
    office.undo(draft.code)
    office.add(draft.code, split(REF, *ACROSS))
    assert office.preview(draft.code)["committable"]


def test_a_held_parcel_is_not_divided_and_its_neighbour_may_be_noded(office):
    with psycopg.connect(office.database.dsn) as conn:
        why = make.record(conn)
        conn.execute(
            "INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, issuer, doc_no, record_id)"
            " SELECT 'seizure', 'parcel', unit_id, 'THADS', '7/QĐ', %s FROM cadastre.parcel"
            " WHERE number IN ('345', '348')",
            (why,),
        )
    held = office.draft(split(REF, *ACROSS))
    assert results(office.preview(held.code)["report"])["SUB-HOLD"] == {"fail"}
    with pytest.raises(errors.NotCommittable):
        office.commit(held.code)
    done = office.commit(office.draft(split("25195-12-346", (28.1234, -3), (31.3, 33))).code)
    assert "25195-12-348" in {each["ref"] for each in done["noded"]} or done["noded"]
    assert_sound(office)


def test_a_rule_that_is_not_in_force_is_untested(office):
    with psycopg.connect(office.database.dsn) as conn:
        conn.execute("DELETE FROM cadastre.rule WHERE code = 'SUB-MINAREA'")
        conn.execute("DELETE FROM cadastre.rule WHERE code = 'FAB-OVERLAP'")
    found = results(office.preview(office.draft(split(REF, (1, -3), (1.5, 33))).code)["report"])
    assert (found["SUB-MINAREA"], found["FAB-OVERLAP"]) == ({"untested"}, {"pass"})


def test_a_land_type_without_a_minimum_is_untested(office):
    with psycopg.connect(office.database.dsn) as conn:
        conn.execute("ALTER TABLE cadastre.minimum_plot DISABLE TRIGGER USER")
        conn.execute("UPDATE cadastre.minimum_plot SET valid = '[2024-08-01,2025-01-01)'")
    seen = office.preview(office.draft(split(REF, (1, -3), (1.5, 33))).code)
    assert {each["cause"] for each in seen["report"] if each["rule"] == "SUB-MINAREA"} == {"no-minimum"}


def test_a_piece_without_access_to_a_road_is_a_warning(office):
    seen = office.preview(office.draft(split(REF, (-3, 15), (33, 15))).code)
    assert results(seen["report"])["SUB-ACCESS"] == {"pass", "warning"}
    assert seen["committable"]


def test_another_draft_on_the_same_parcel_is_a_warning_that_names_it(office):
    other = office.draft(split(REF, (12, -3), (12, 33)), actor=MINH)
    seen = office.preview(office.draft(split(REF, *ACROSS)).code)
    (warning,) = [each for each in seen["report"] if each["rule"] == "SUB-DRAFT"]
    assert (warning["result"], warning["inputs"]["draft"], warning["inputs"]["owner"]) == (
        "warning",
        other.code,
        MINH.name,
    )


def test_a_parcel_with_several_parts_is_cut_in_the_part_that_is_named(office):
    two = f"MULTIPOLYGON({box(100, 0, 10, 20)[7:]},{box(120, 0, 10, 20)[7:]})"
    with psycopg.connect(office.database.dsn) as conn:
        series = conn.execute("SELECT id FROM cadastre.map_series").fetchone()[0]
        make.parcel(conn, two, number="900", series_id=series)
    draft = office.draft()
    with pytest.raises(errors.PartNotNamed) as several:
        office.add(draft.code, split("25195-12-900", (95, 10), (135, 10)))
    assert several.value.members == {"parts": [1, 2]}
    with pytest.raises(errors.PartUnknown):
        office.add(draft.code, split("25195-12-900", (95, 10), (135, 10), part=3))
    office.add(draft.code, split("25195-12-900", (95, 10), (135, 10), part=2))
    done = office.commit(draft.code)
    assert [each["measuredAreaM2"] for each in done["after"]] == [200, 100, 100]
    assert sum(each["legalAreaM2"] for each in done["after"]) == 400
    assert_sound(office)


def test_a_part_is_not_needed_when_the_line_cuts_one_part_only(office):
    two = f"MULTIPOLYGON({box(100, 0, 10, 20)[7:]},{box(120, 0, 10, 20)[7:]})"
    with psycopg.connect(office.database.dsn) as conn:
        series = conn.execute("SELECT id FROM cadastre.map_series").fetchone()[0]
        make.parcel(conn, two, number="900", series_id=series)
    assert len(office.preview(office.draft(split("25195-12-900", (95, 10), (115, 10))).code)["after"]) == 3


def test_a_parcel_without_a_map_is_not_cut(office):
    with psycopg.connect(office.database.dsn) as conn:
        series = conn.execute("SELECT id FROM cadastre.map_series").fetchone()[0]
        make.parcel(conn, None, number="901", series_id=series, area=100)
    with pytest.raises(errors.ParcelUnmapped):
        office.draft(split("25195-12-901", *ACROSS))


def test_a_sliver_is_no_parcel(office):
    with pytest.raises(errors.PieceTooSmall):
        office.draft(split(REF, (0.002, -3), (0.003, 33)))


def test_a_line_that_goes_to_and_fro_makes_a_hundred_pieces_at_most(office):
    zigzag = [(0.1 * at, -3 if at % 2 else 33) for at in range(1, 121)]
    with pytest.raises(errors.TooManyPieces):
        office.draft(split(REF, *zigzag))


def test_a_piece_divided_earlier_in_the_draft_is_named_no_more(office):
    draft = office.draft(split(REF, (8, -3), (8, 33)))
    piece = office.preview(draft.code)["after"][1]["ref"]
    office.add(draft.code, split(piece, (-3, 12), (33, 13)))
    with pytest.raises(errors.ParcelUsedUp):
        office.add(draft.code, split(piece, (-3, 20), (33, 20)))
    with pytest.raises(errors.OperationConflict):
        office.add(draft.code, split(REF, (-3, 20), (33, 20)))


def test_a_draft_of_somebody_else_or_a_closed_one_does_not_change(office):
    draft = office.draft(split(REF, *ACROSS))
    for act in (lambda: office.undo(draft.code, actor=MINH), lambda: office.commit(draft.code, actor=MINH)):
        with pytest.raises(errors.DraftOfAnother):
            act()
    office.withdraw(draft.code)
    office.withdraw(draft.code)
    for act in (
        lambda: office.undo(draft.code),
        lambda: office.commit(draft.code),
        lambda: office.preview(draft.code),
    ):
        with pytest.raises(errors.DraftClosed):
            act()


def test_an_empty_draft_is_not_committed_and_has_nothing_to_undo(office):
    draft = office.draft()
    with pytest.raises(errors.DraftEmpty):
        office.commit(draft.code)
    with pytest.raises(errors.NothingToUndo):
        office.undo(draft.code)
    assert not office.preview(draft.code)["committable"]


# When others changed the land -----------------------------------------------------------------------------------


def test_a_parcel_divided_by_somebody_else_is_a_conflict_that_names_what_became_of_it(office):
    mine = office.draft(split(REF, *ACROSS))
    theirs = office.commit(office.draft(split(REF, (12, -3), (12, 33)), actor=MINH).code, actor=MINH)
    for act in (office.preview, office.commit):
        with pytest.raises(errors.OperationConflict) as conflict:
            act(mine.code)
        assert conflict.value.members == {
            "operation": 1,
            "parcel": REF,
            "record": theirs["record"],
            "successors": [each["ref"] for each in theirs["after"]],
        }
        assert (conflict.value.geometry or {})["type"] == "Polygon"
    with pytest.raises(ParcelRetired):
        office.add(mine.code, split(REF, *ACROSS)) if office.undo(mine.code) else None


def test_a_neighbour_that_was_noded_meanwhile_rebases_silently(office):
    mine = office.draft(split(REF, (-3, 12.3456), (33, 14.4321)))
    seen = office.preview(mine.code)
    office.commit(office.draft(split("25195-12-348", (7.7777, 25), (8.8888, 60)), actor=MINH).code, actor=MINH)
    done = office.commit(mine.code)
    assert done["rebased"] == []
    assert [each["legalAreaM2"] for each in done["after"]] == [each["legalAreaM2"] for each in seen["after"]]
    assert_sound(office)


def resurvey(office: Office, geom: str) -> None:
    """Let another officer record a new shape of parcel 345 (its other neighbours stay)."""
    with psycopg.connect(office.database.dsn) as conn:
        unit = conn.execute("SELECT unit_id FROM cadastre.parcel WHERE number = '345'").fetchone()[0]
        make.lock(conn, box(0, 0, 60, 50))
        why = make.record(conn, kind="resurvey")
        make.close(conn, unit, why)
        make.version(conn, unit, why, geom, uses={"ODT": 300.0})


def test_a_draft_is_rebased_on_a_changed_parcel_and_says_so(office):
    mine = office.draft(split(REF, *ACROSS))
    resurvey(office, polygon((0, 0), (20, 0), (0, 30)))
    done = office.commit(mine.code)
    assert done["rebased"] == [{"operation": 1, "ref": REF}]
    assert sum(each["legalAreaM2"] for each in done["after"]) == 300
    assert_sound(office)


def test_an_operation_that_no_longer_applies_is_a_conflict_that_says_why(office):
    mine = office.draft(split(REF, (-3, 20), (33, 20)))
    resurvey(office, box(0, 0, 20, 15))
    with pytest.raises(errors.OperationConflict) as conflict:
        office.commit(mine.code)
    assert conflict.value.members["cause"] == "line-does-not-cut"
    assert conflict.value.members["parcel"] == REF


def test_two_officers_commit_neighbours_at_once(office):
    plans = [
        (LAN, office.draft(split(REF, (-5, 10.0004), (25, 11.0)))),
        (MINH, office.draft(split("25195-12-346", (15, 17.77), (45, 18.3333)), actor=MINH)),
    ]
    together = threading.Barrier(2)

    def commit(actor, draft):
        together.wait()
        return office.commit(draft.code, actor=actor)

    with ThreadPoolExecutor(2) as pool:
        done = [future.result(60) for future in [pool.submit(commit, *plan) for plan in plans]]
    assert all(each["record"] for each in done)
    assert_sound(office)


def test_one_draft_committed_twice_at_once_is_written_once(office):
    draft = office.draft(split(REF, *ACROSS))
    together = threading.Barrier(3)

    def commit():
        together.wait()
        return office.commit(draft.code)

    with ThreadPoolExecutor(3) as pool:
        done = [future.result(60) for future in [pool.submit(commit) for _ in range(3)]]
    assert done[0] == done[1] == done[2]
    assert one(office, "SELECT count(*) FROM cadastre.record WHERE kind = 'split'") == 1


def test_a_commit_killed_before_its_end_writes_nothing_and_may_be_repeated(office):
    draft = office.draft(split(REF, *ACROSS))

    def die(session, outcome, actor):
        with psycopg.connect(office.database.dsn.replace("user=landsvc", "user=postgres")) as admin:
            pid = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        session.connection().exec_driver_sql("SELECT 1")
        return {}

    with pytest.raises(Exception, match=r"not available|terminat"):
        office.commit(draft.code, after=(die,))
    assert office.get(draft.code) == draft
    assert one(office, "SELECT count(*) FROM cadastre.record WHERE kind = 'split'") == 0
    assert office.commit(draft.code)["record"]


def test_a_step_that_fails_takes_the_commit_with_it(office):
    draft = office.draft(split(REF, *ACROSS))

    def fail(session, outcome, actor):
        raise LookupError("the registry is not there")

    with pytest.raises(LookupError):
        office.commit(draft.code, after=(fail,))
    assert office.get(draft.code).state == "open"


# Undo -------------------------------------------------------------------------------------------------------------


def test_a_split_undone_gives_back_the_register_in_both_times(office):
    now = "SELECT unit_id, number, ST_AsText(geom), legal_area_m2, uses, numbers FROM cadastre.parcel ORDER BY 1"
    before = rows(office, now)
    (instant,) = rows(office, "SELECT clock_timestamp()")[0]
    then = "SELECT unit_id, version_id, facts, ST_AsText(geom) FROM cadastre.cards_at(cadastre.today(), %s) ORDER BY 1"
    past = rows(office, then, instant)
    done = office.commit(office.draft(split(REF, (8.1234, -3), (11.3, 33))).code)
    annulment.undo_record(office.database, done["record"], "Nhầm hồ sơ", made_by="lan")
    assert rows(office, now) == before
    assert rows(office, then, instant) == past
    assert_sound(office)
    again = office.commit(office.draft(split(REF, *ACROSS)).code)
    assert again["record"] != done["record"]


def test_the_grounds_may_be_a_reason_without_a_document(office):
    grounds = service.Grounds(reason="Sửa sai sót")
    done = office.commit(office.draft(split(REF, *ACROSS)).code, grounds=grounds)
    assert rows(office, "SELECT doc_no, reason FROM cadastre.record WHERE code = %s", done["record"]) == [
        (None, "Sửa sai sót")
    ]
    assert PAPER.reason is None

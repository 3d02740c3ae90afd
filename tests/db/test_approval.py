"""Drafts on their way to the register: a second person approves, a split is confirmed before it is carried out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.drafts import errors, planned
from landsvc.cadastre.rules import parse_ref
from landsvc.core.db import EDITOR_ROLE
from landsvc.identity.actors import Actor
from landsvc.identity.errors import RoleNeeded
from landsvc.worker import Work
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import SRID, box, polygon
from tests.factories.drafts import FRAME, HOA, LAN, MINH, Office, rows, rules, split

REF, NEXT = "25195-12-345", "25195-12-346"
ACROSS = ((8.1234, -3), (11.3, 33))
BOTH = Actor(LAN.account_id, LAN.login, LAN.name, frozenset({"processor", "checker"}))


@pytest.fixture
def office(fresh_db: str) -> Iterator[Office]:
    """Two parcels above a road."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet)
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
        make.parcel(conn, polygon((0, -8), (40, -8), (40, 0), (20, 0), (0, 0)), kind="object", uses={"DGT": 320})
    with opened(fresh_db) as database:
        yield Office(database)


def change(office: Office, sql: str, *params: Any) -> None:
    with psycopg.connect(office.database.dsn) as conn:
        conn.execute(sql, params)


def ask_for_second(office: Office) -> None:
    change(
        office,
        "UPDATE cadastre.rule SET parameters = '{\"operations\": [\"split_by_line\"]}' WHERE code = 'OFF-SECOND'",
    )


def trail(office: Office, code: str) -> list[tuple[str, int | None]]:
    return rows(
        office, "SELECT action, account_id FROM identity.audit WHERE object = %s ORDER BY id", f"draft:{code}"
    )


def history(draft: Any) -> list[tuple[str, str | None]]:
    return [(event.action, event.name) for event in draft.events]


# A second person ---------------------------------------------------------------------------------------------


def test_an_approval_writes_what_a_commit_would_and_both_names_stand(office):
    code = office.draft(split(REF, *ACROSS)).code
    seen = office.preview(code)
    submitted = office.submit(code)
    assert (submitted.state, history(submitted)) == ("submitted", [("submitted", LAN.name)])
    told = office.preview(code)
    done = office.approve(code)
    same = {"before", "after", "noded", "closure", "report", "rebased", "committable", "secondPerson"}
    assert all(done[name] == seen[name] == told[name] for name in same)
    assert (told["state"], done["state"], office.get(code).state) == ("submitted", "committed", "committed")
    record = rows(
        office,
        "SELECT made_by, doc_no, details->>'preparedBy' FROM cadastre.record WHERE code = %s",
        done["record"],
    )
    assert record == [("hoa", "15/QĐ-VPĐK", "lan")]
    assert trail(office, code) == [("draft.submitted", LAN.account_id), ("draft.approved", HOA.account_id)]
    assert check_fabric(office.database).sound


def test_a_repeated_request_gives_the_same_answer_and_writes_nothing(office):
    code = office.draft(split(REF, *ACROSS)).code
    assert office.submit(code) == office.submit(code, seen=1)
    assert office.approve(code) == office.approve(code, seen=1)
    assert len(trail(office, code)) == 2
    assert rows(office, "SELECT count(*) FROM cadastre.record WHERE kind = 'split'") == [(1,)]


def test_nobody_approves_or_rejects_what_they_prepared(office):
    code = office.draft(split(REF, *ACROSS)).code
    office.submit(code)
    for decide in (office.approve, office.reject):
        with pytest.raises(errors.OwnDraft):
            decide(code, actor=BOTH)
        with pytest.raises(RoleNeeded):
            decide(code, actor=MINH)
    with pytest.raises(psycopg.errors.CheckViolation, match="second_person"):
        change(office, "UPDATE cadastre.draft SET approved_by = owner_id")


def test_the_database_refuses_a_submitted_draft_that_nobody_approved(office):
    code = office.draft(split(REF, *ACROSS)).code
    office.submit(code)
    with pytest.raises(psycopg.errors.CheckViolation, match="somebody else"):
        change(
            office,
            "UPDATE cadastre.draft SET state = 'committed', answer = '{}',"
            " record_id = (SELECT min(id) FROM cadastre.record)",
        )


def test_a_rejected_draft_is_open_again_with_the_reason(office):
    code = office.draft(split(REF, *ACROSS)).code
    office.submit(code)
    with pytest.raises(errors.DraftClosed):
        office.add(code, split(NEXT, (30, -3), (30, 33)))
    for _ in range(2):
        back = office.reject(code, "Thiếu chữ ký")
        assert (back.state, back.events[-1].reason) == ("open", "Thiếu chữ ký")
    assert history(back) == [("submitted", LAN.name), ("rejected", HOA.name)]
    office.add(code, split(NEXT, (30, -3), (30, 33)))
    office.submit(code)
    assert len(office.approve(code)["after"]) == 4


def test_a_rule_may_ask_for_a_second_person_and_then_nobody_commits_alone(office):
    ask_for_second(office)
    code = office.draft(split(REF, *ACROSS)).code
    assert office.preview(code)["secondPerson"] == ["OFF-SECOND"]
    with pytest.raises(errors.SecondPersonNeeded) as refused:
        office.commit(code)
    assert refused.value.members["secondPerson"] == ["OFF-SECOND"]
    assert rows(office, "SELECT count(*) FROM cadastre.record WHERE kind = 'split'") == [(0,)]
    office.submit(code)
    assert office.approve(code)["state"] == "committed"


def test_land_that_changed_between_submission_and_approval_names_the_conflict(office):
    code = office.draft(split(REF, *ACROSS)).code
    office.submit(code)
    other = office.commit(office.draft(split(REF, (5, -3), (5, 33)), actor=MINH).code, actor=MINH)
    with pytest.raises(errors.OperationConflict) as conflict:
        office.approve(code)
    members = conflict.value.members
    assert (members["operation"], members["parcel"], members["record"]) == (1, REF, other["record"])
    assert office.get(code).state == "submitted"
    assert trail(office, code) == [("draft.submitted", LAN.account_id)]


def test_a_draft_that_a_critical_rule_refuses_is_not_submitted(office):
    code = office.draft(split(REF, (1, -3), (1.5, 33))).code
    with pytest.raises(errors.NotCommittable) as refused:
        office.submit(code)
    report = refused.value.members["report"]
    assert {each["rule"] for each in report if each["result"] == "fail"} == {"SUB-MINAREA"}
    with pytest.raises(errors.DraftEmpty):
        office.submit(office.draft().code)
    with pytest.raises(errors.DraftOfAnother):
        office.submit(code, actor=MINH)
    assert office.get(code).state == "open"


def test_a_rule_may_let_pass_at_submission_what_it_stops_at_commit(office):
    change(office, "UPDATE cadastre.rule SET severity_submit = 'warning' WHERE code = 'SUB-MINAREA'")
    code = office.draft(split(REF, (1, -3), (1.5, 33))).code
    assert office.submit(code).state == "submitted"
    with pytest.raises(errors.NotCommittable):
        office.approve(code)


def test_the_history_of_a_draft_is_only_added_to(office):
    code = office.draft(split(REF, *ACROSS)).code
    office.submit(code)
    with pytest.raises(psycopg.errors.CheckViolation, match="only ever added"):
        change(office, "UPDATE cadastre.draft_event SET name = 'x'")


# A confirmed split -------------------------------------------------------------------------------------------


def test_a_confirmed_split_keeps_its_numbers_and_shows_its_pieces(office):
    code = office.draft(split(REF, *ACROSS)).code
    draft = office.confirm(code)
    assert (draft.state, history(draft)) == ("confirmed", [("confirmed", LAN.name)])
    assert rows(office, "SELECT confirmed_until - cadastre.today() FROM cadastre.draft") == [(90,)]
    unit = office.find(parse_ref(REF, field="parcel"))
    with office.database.read_only(EDITOR_ROLE) as session:
        pieces = planned.planned_of(session, unit)
    assert [piece.ref for piece in pieces] == ["25195-12-347", "25195-12-348"]
    assert {piece.parents for piece in pieces} == {(REF,)}
    other = office.commit(office.draft(split(NEXT, (30, -3), (30, 33)), actor=MINH).code, actor=MINH)
    assert [each["ref"] for each in other["after"]] == ["25195-12-349", "25195-12-350"]
    told = planned.verify_planned(office.database, "25195-12-347")
    assert (told["state"], told["parents"], told["legalAreaM2"]) == (
        "confirmed",
        [REF],
        float(pieces[0].legal_m2),
    )
    assert "owner" not in told


def test_planned_pieces_are_found_by_place(office):
    office.confirm(office.draft(split(REF, *ACROSS)).code)
    with psycopg.connect(office.database.dsn) as conn:
        place = conn.execute(
            "SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)"
            " FROM (SELECT ST_Transform(ST_GeomFromText(%s, %s), 4326) AS b) x",
            (box(0, 0, 20, 30), SRID),
        ).fetchone()
    with office.database.read_only(EDITOR_ROLE) as session:
        assert len(planned.planned_in(session, place, FRAME)) == 2
        west, south, east, north = place
        assert planned.planned_in(session, (west + 1, south, east + 1, north), FRAME) == []


def test_others_are_warned_of_a_confirmed_split(office):
    code = office.confirm(office.draft(split(REF, *ACROSS)).code).code
    report = office.preview(office.draft(split(REF, (5, -3), (5, 33)), actor=MINH).code)["report"]
    (warned,) = [each for each in report if each["rule"] == "SUB-DRAFT"]
    assert (warned["result"], warned["inputs"]["draft"], warned["inputs"]["state"]) == (
        "warning",
        code,
        "confirmed",
    )


def test_the_first_dossier_carries_a_confirmed_split_out_and_others_get_its_answer(office):
    code = office.confirm(office.draft(split(REF, *ACROSS)).code).code
    done = office.execute(code)
    assert [each["ref"] for each in done["after"]] == ["25195-12-347", "25195-12-348"]
    assert office.execute(code, actor=HOA) == done
    assert planned.verify_planned(office.database, "25195-12-347")["state"] == "committed"
    assert [event for event, _ in trail(office, code)] == ["draft.confirmed", "draft.committed"]
    confirmed = [each["result"] for each in done["report"] if each["rule"] == "SUB-CONFIRM"]
    assert confirmed == ["pass"]
    assert check_fabric(office.database).sound


def test_a_submitted_split_is_confirmed_by_somebody_else_only(office):
    ask_for_second(office)
    code = office.draft(split(REF, *ACROSS)).code
    with pytest.raises(errors.SecondPersonNeeded):
        office.confirm(code)
    with pytest.raises(errors.DraftOfAnother):
        office.confirm(code, actor=HOA)
    office.submit(code)
    with pytest.raises(errors.OwnDraft):
        office.confirm(code, actor=BOTH)
    assert office.confirm(code, actor=HOA, grounds=None).approved_by == HOA.account_id
    assert office.confirm(code, actor=HOA, grounds=None).state == "confirmed"
    assert office.execute(code)["state"] == "committed"


def test_a_split_is_confirmed_on_grounds(office):
    with pytest.raises(errors.GroundsMissing):
        office.confirm(office.draft(split(REF, *ACROSS)).code, grounds=None)


def over(office: Office) -> None:
    change(office, "UPDATE cadastre.draft SET confirmed_until = cadastre.today() - 1 WHERE state = 'confirmed'")


def test_a_confirmed_split_ends_after_its_last_day_and_its_numbers_are_free(office):
    code = office.confirm(office.draft(split(REF, *ACROSS)).code).code
    assert office.expire() == 0
    over(office)
    with pytest.raises(errors.SplitExpired):
        office.execute(code)
    assert Work(office.database).expire_splits() == 1
    assert office.get(code).state == "expired"
    assert planned.verify_planned(office.database, "25195-12-347")["state"] == "expired"
    assert trail(office, code)[-1] == ("draft.expired", None)
    with pytest.raises(errors.DraftClosed):
        office.execute(code)
    again = office.draft(split(REF, *ACROSS))
    assert [each["ref"] for each in office.preview(again.code)["after"]] == ["25195-12-347", "25195-12-348"]


def test_a_confirmed_split_is_withdrawn_by_its_owner_or_a_checker_and_nobody_else(office):
    code = office.confirm(office.draft(split(REF, *ACROSS)).code).code
    with pytest.raises(errors.DraftOfAnother):
        office.withdraw(code, actor=MINH)
    assert office.withdraw(code, actor=HOA).state == "withdrawn"
    assert planned.verify_planned(office.database, "25195-12-347")["state"] == "withdrawn"
    assert office.withdraw(code).state == "withdrawn"
    open_one = office.draft(split(NEXT, (30, -3), (30, 33)))
    with pytest.raises(errors.DraftOfAnother):
        office.withdraw(open_one.code, actor=HOA)


def test_a_number_nobody_planned_is_not_found_and_the_public_sees_no_plan(office):
    with pytest.raises(errors.PlannedNotFound):
        planned.verify_planned(office.database, "25195-12-999")
    public = office.database.dsn.replace("user=landsvc", "user=landsvc_public")
    with psycopg.connect(public, autocommit=True) as conn:
        for what in ("geom FROM cadastre.planned_parcel", "FROM cadastre.draft_event", "FROM cadastre.draft"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT {what}")


def test_a_trial_of_a_submission_can_never_be_kept(office):
    code = office.draft(split(REF, *ACROSS)).code
    before = rows(office, "SELECT count(*), max(id) FROM cadastre.parcel_version")
    office.submit(code)
    assert rows(office, "SELECT count(*), max(id) FROM cadastre.parcel_version") == before
    assert rows(office, "SELECT count(*) FROM cadastre.preview_run") == [(0,)]

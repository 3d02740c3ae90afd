"""Dossiers over HTTP: each procedure's way from the counter to its result, and what is refused on it, as tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from landsvc.core.clock import OFFICE_ZONE, today
from landsvc.core.db import EDITOR_ROLE
from landsvc.registry.dossiers import procedures
from landsvc.registry.dossiers.working_time import Calendar, run
from tests.conftest import opened
from tests.factories.dossiers import HERE, THERE, application_of, lay, office
from tests.factories.papers import PDF

PAPER = {"documentNo": "15/TB"}


@pytest.fixture(scope="module")
def laid(module_db):
    lay(module_db)
    return module_db


@pytest.fixture(scope="module")
def person(laid, tmp_path_factory):
    with office(laid, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield lambda login: known.setdefault(login, person(login))


@pytest.fixture(scope="module")
def calendar(laid) -> Calendar:
    with opened(laid) as database, database.read_only(EDITOR_ROLE) as session:
        return procedures.calendar_of(session, "west")


def opened_by(person: Any, **changes: Any) -> str:
    answer = person("hoa").submit(**changes)
    assert answer.status_code == 201, answer.json
    return answer.json["dossier"]


def go(person: Any, code: str, steps: str, **bodies: dict[str, Any]) -> dict[str, Any]:
    """Go several steps, each `who:action`; return the dossier at the end."""
    found: dict[str, Any] = person("hoa").read(code)
    for step in steps.split():
        who, action = step.split(":")
        answer = person(who).move(code, action, **bodies.get(action, {}))
        assert answer.status_code == 200, (step, answer.json)
        found = answer.json
    return found


TAXED = "lan:take lan:send_slip lan:tax_notice lan:tax_paid lan:draft tuan:sign"
WAYS = [
    # procedure, case, papers, steps, state, who keeps it waiting, states in between that stop the clock
    ("CN", "", ("form-18", "certificate", "deed-transfer"), TAXED, "SIGNED", "office", ["tax", "payment"]),
    ("TA", "", ("form-18", "certificate", "deed-gift"), TAXED.replace("tax_paid", "tax_deferred"), "SIGNED", "office",
     ["tax", "payment"]),
    ("TK", "", ("form-18", "certificate", "deed-inheritance"),
     "lan:take lan:send_slip lan:tax_exempt lan:draft mai:check tuan:sign", "SIGNED", "office", ["tax"]),
    ("TN", "", ("form-21", "form-22", "certificate"), "lan:take lan:draft tuan:sign", "SIGNED", "office", []),
    ("TC", "", ("form-mortgage", "certificate", "deed-mortgage"), "lan:take lan:draft tuan:sign", "SIGNED",
     "office", []),
    ("CL", "lost", ("form-18",), "lan:take lan:pause lan:resume lan:draft tuan:send_back", "VERIFYING", "office",
     ["posting"]),
    ("DT", "", ("form-18", "certificate", "change-evidence"), "lan:take lan:hand_over binh:refuse", "REFUSED",
     "nobody", []),
    ("SN", "", ("form-18", "certificate", "error-evidence"), "lan:take hoa:withdraw", "WITHDRAWN", "nobody", []),
]  # fmt: skip
BODIES = {
    "tax_paid": PAPER,
    "tax_deferred": PAPER,
    "tax_exempt": PAPER,
    "pause": {"pause": "posting"},
    "resume": {"pause": "posting"},
    "hand_over": {"to": "binh"},
    "refuse": {"reason": "Không đủ điều kiện"},
    "withdraw": {"reason": "Theo yêu cầu"},
    "send_back": {"reason": "Sai số thửa"},
}


@pytest.mark.parametrize("way", WAYS, ids=[way[0] for way in WAYS])
def test_every_way_is_walked_by_the_data_alone(person, calendar, laid, way):
    procedure, case, papers, steps, state, waits, stopped = way
    code = opened_by(person, procedure=procedure, case=case, documents=[{"document": name} for name in papers])
    received = person("hoa").read(code)
    cutoff = None if procedure != "TC" else time(15)
    due = run(
        calendar, datetime.fromisoformat(received["registeredAt"]), received["limitDays"], (), cutoff
    ).due_at
    assert datetime.fromisoformat(received["dueAt"]) == due == datetime.fromisoformat(received["appointmentAt"])
    ended = go(person, code, steps, **BODIES)
    assert (ended["state"], ended["waitsFor"]) == (state, waits)
    assert [each["kind"] for each in ended["pauses"]] == stopped
    assert all(each["end"] for each in ended["pauses"])
    assert [each["action"] for each in ended["events"]] == [
        "submit", "receive", *(step.split(":")[1] for step in steps.split())
    ]  # fmt: skip
    with psycopg.connect(laid) as conn:
        actions = conn.execute(
            "SELECT action FROM identity.audit WHERE object = %s", [f"dossier:{code}"]
        ).fetchall()
        told = conn.execute(
            "SELECT payload ->> 'action' FROM core.outbox WHERE key = %s AND topic = 'dossier.changed' ORDER BY id",
            [code],
        ).fetchall()
    done = [each["action"] for each in ended["events"]]
    assert [name for (name,) in actions if name != "dossier.read"] == [
        f"dossier.{name.replace('_', '-')}" for name in done
    ]
    assert [name for (name,) in told] == done


def test_a_clock_that_is_stopped_shows_no_due_moment_and_goes_on_later(person):
    code = opened_by(person)
    sent = go(person, code, "lan:take lan:send_slip")
    assert (sent["clock"], sent["dueAt"], sent["waitsFor"]) == ("stopped", None, "tax")
    back = go(person, code, "lan:tax_notice lan:tax_paid", **BODIES)
    assert (back["clock"], back["dueAt"] is not None, back["holder"]) == ("runs", True, "Lan")


REFUSED = [
    # who, steps before, action, body, status, code
    ("lan", "", "draft", {}, 409, "transition-not-allowed"),
    ("lan", "", "fly", {}, 400, "unknown-action"),
    ("son", "", "take", {}, 403, "outside-the-offices-area"),
    ("hoa", "", "take", {}, 403, "role-needed"),
    ("lan", "lan:take", "draft", {}, 422, "taxes-first"),
    ("lan", "lan:take", "refuse", {}, 400, "value-needed"),
    ("lan", "lan:take", "request_supplement", {}, 400, "value-needed"),
    ("lan", "lan:take", "request_supplement", {"papers": ["none-such"]}, 400, "paper-unknown"),
    ("lan", "lan:take", "hand_over", {"to": "son"}, 400, "colleague-not-found"),
    ("lan", "lan:take", "hand_over", {"to": "mai"}, 400, "colleague-not-found"),
    ("lan", "lan:take", "resume", {"pause": "court"}, 400, "pause-unknown"),
    ("lan", "lan:take lan:pause", "send_slip", {}, 422, "pause-open"),
    ("lan", "lan:take lan:pause", "pause", {"pause": "posting"}, 400, "pause-unknown"),
    ("lan", "lan:take", "link_draft", {"draft": "d-none"}, 400, "draft-unknown"),
    ("lan", "lan:take", "apologise", {"reason": "Thiếu người", "appointmentOn": "2020-01-06"}, 400,
     "appointment-not-later"),
    ("lan", "lan:take", "apologise", {"reason": "Thiếu người", "appointmentOn": "9999-12-30"}, 400,
     "appointment-too-far"),
    ("lan", "lan:take lan:send_slip lan:tax_notice", "tax_paid", {}, 400, "value-needed"),
    ("both", "both:take both:send_slip both:tax_exempt both:draft", "sign", {}, 403, "processor-never-signs"),
    ("lan", "lan:take lan:send_slip lan:tax_exempt lan:draft tuan:sign", "record", {}, 422, "facts-missing"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=[f"{each[2]}-{each[5]}" for each in REFUSED])
def test_what_must_not_be_is_refused_with_its_name_and_nothing_is_written(person, case):
    who, before, action, body, status, name = case
    # Where it comes to completion, no other dossier goes before it.
    code = opened_by(person, parcels=[f"{HERE}-12-{348 if action == 'record' else 345}"])
    stood = go(person, code, before, **BODIES)
    answer = person(who).move(code, action, **body)
    assert (answer.status_code, answer.json["code"]) == (status, name), answer.json
    now = person("hoa").read(code)
    assert (now["revision"], now["state"]) == (stood["revision"], stood["state"])


APPLICATIONS = [
    ({"documents": []}, 422, "papers-missing"),
    ({"alsoAsked": ["mandate"]}, 422, "papers-missing"),
    ({"documents": [{"document": "deed-lease"}]}, 400, "paper-unknown"),
    ({"procedure": "NONE"}, 404, "procedure-not-found"),
    ({"case": "odd"}, 404, "case-not-found"),
    ({"parcels": [f"{HERE}-12-345", f"{THERE}-12-345"]}, 400, "parcels-of-several-communes"),
    ({"parcels": [f"{HERE}-12-999"]}, 404, "parcel-not-found"),
    ({"applicants": []}, 400, "invalid-input"),
    ({"applicants": [{"name": "  "}]}, 400, "invalid-input"),
    ({"unknown": 1}, 400, "invalid-input"),
]


@pytest.mark.parametrize(("changes", "status", "code"), APPLICATIONS)
def test_an_application_that_does_not_hold_is_refused(person, changes, status, code):
    answer = person("hoa").submit(**changes)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json


def test_a_supplement_is_asked_for_once_lists_everything_and_stops_the_clock(person):
    code = opened_by(person, receive=False, documents=[{"document": "form-18"}])
    assert person("hoa").read(code)["findings"][0]["facts"]["missing"] == ["certificate", "deed-transfer"]
    early = person("hoa").move(code, "receive")
    assert (early.status_code, early.json["documents"]) == (422, ["certificate", "deed-transfer"])
    asked = go(person, code, "hoa:request_supplement", request_supplement={
        "papers": ["exemption"], "items": ["Chữ ký trên đơn"]})  # fmt: skip
    assert (asked["state"], asked["waitsFor"], asked["registeredAt"]) == ("SUPPLEMENT", "citizen", None)
    assert "exemption" in asked["asked"]
    brought = [{"document": name} for name in ("certificate", "deed-transfer", "exemption")]
    back = go(person, code, "hoa:supplement hoa:receive", supplement={"documents": brought})
    assert (back["state"], back["findings"][0]["result"]) == ("RECEIVED", "pass")
    go(person, code, "lan:take")
    again = person("lan").move(code, "request_supplement", items=["Thêm"])
    assert (again.status_code, again.json["code"]) == (422, "supplement-asked-before")


def test_the_same_step_sent_again_is_done_once_and_a_stale_one_is_refused(person):
    code = opened_by(person)
    first = person("lan").move(code, "take", seen=2)
    again = person("lan").move(code, "take", seen=2)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.json["events"], first.headers["ETag"]) == (again.json["events"], '"3"')
    stale = person("binh").move(code, "take", seen=2)
    assert (stale.status_code, stale.json["code"]) == (409, "stale-dossier")
    bare = person("lan").client.post(f"/api/v1/dossiers/{code}/transitions", json={"action": "draft"})
    assert (bare.status_code, bare.json["code"]) == (428, "dossier-revision-needed")


def test_an_application_sent_twice_with_its_key_opens_one_dossier(person):
    hoa = person("hoa").client
    sent = [
        hoa.post("/api/v1/dossiers", json=application_of(), headers={"Idempotency-Key": "counter-1-0001"})
        for _ in range(2)
    ]
    assert [each.status_code for each in sent] == [201, 201]
    assert sent[0].json == sent[1].json
    assert sent[0].headers["Location"].endswith(sent[0].json["dossier"])
    other = hoa.post(
        "/api/v1/dossiers", json=application_of(case="old-paper"), headers={"Idempotency-Key": "counter-1-0001"}
    )
    assert other.json["code"] == "idempotency-key-reused"


def test_of_two_who_take_it_at_once_one_gets_it(person):
    code = opened_by(person)
    two = [person("lan"), person("binh")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: who.move(code, "take", seen=2), two))
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert len(person("hoa").read(code)["events"]) == 3


def test_received_anywhere_processed_where_the_land_is_and_listed_for_whose_turn_it_is(person):
    code = opened_by(person, parcels=[f"{THERE}-12-346"])

    def mine(who: str) -> bool:
        listed = person(who).client.get("/api/v1/dossiers?mine=true").json["dossiers"]
        return code in {each["dossier"] for each in listed}

    assert (mine("lan"), mine("son"), mine("tuan")) == (False, True, False)
    assert person("lan").move(code, "take").json["code"] == "outside-the-offices-area"
    go(person, code, "son:take")
    assert [each["dossier"] for each in person("mai").client.get(
        f"/api/v1/dossiers?parcel={THERE}-12-346").json["dossiers"]] == [code]  # fmt: skip
    assert person("mai").client.get("/api/v1/dossiers?state=VERIFYING&cursor=bad").status_code == 400


def test_an_apology_gives_a_later_appointment_and_leaves_the_time_limit(person, calendar):
    code = opened_by(person)
    before = go(person, code, "lan:take")
    day = today() + timedelta(days=60)
    while calendar.hours_on(day) is None:
        day += timedelta(days=1)
    after = go(
        person, code, "lan:apologise", apologise={"reason": "Thiếu người", "appointmentOn": day.isoformat()}
    )
    assert datetime.fromisoformat(after["appointmentAt"]).astimezone(OFFICE_ZONE).date() == day
    assert (after["dueAt"], after["state"]) == (before["dueAt"], before["state"])
    assert after["events"][-1]["details"]["late"] is False


def test_only_a_pause_that_was_begun_is_offered_to_be_ended(person):
    code = opened_by(person, procedure="CL", case="lost", documents=[{"document": "form-18"}])
    offered = [
        "resume" in {each["action"] for each in go(person, code, f"lan:{action}", **BODIES)["may"]}
        for action in ("take", "pause", "resume")
    ]
    assert offered == [False, True, False]


def test_the_code_checks_itself(person):
    code = opened_by(person)
    _, year, number, check = code.split("-")
    assert (int(year + number) * 100 + int(check)) % 97 == 1
    assert person("hoa").client.get(f"/api/v1/dossiers/{code[:-2]}00").status_code == 404


def test_a_paper_with_its_file_is_kept_by_its_content_and_read_back_and_both_are_traced(person, laid):
    code = opened_by(person)
    lan, at = person("lan").client, f"/api/v1/dossiers/{code}/documents"
    sent = lan.post(f"{at}?document=exemption", data=PDF, content_type="application/octet-stream")
    assert sent.status_code == 201, sent.json
    paper = sent.json["documents"][-1]
    assert (paper["mediaType"], paper["form"], paper["scanned"]) == ("application/pdf", "scan", "not-scanned")
    found = lan.get(paper["file"])
    assert (found.data, found.content_type) == (PDF, "application/pdf")
    assert "frame-ancestors 'self'" in found.headers["Content-Security-Policy"]
    assert lan.get(f"{at}/1").json["code"] == "file-not-there"
    assert lan.post(f"{at}?document=exemption", data=b"<html>").json["code"] == "file-unfit"
    assert lan.post(f"{at}?document=odd", data=PDF).json["code"] == "paper-unknown"
    assert person("mai").client.post(f"{at}?document=exemption", data=PDF).status_code == 403
    go(person, code, "hoa:withdraw", **BODIES)
    assert lan.post(f"{at}?document=exemption", data=PDF).json["code"] == "dossier-ended"
    with psycopg.connect(laid) as conn:
        traced = conn.execute(
            "SELECT action FROM identity.audit WHERE object = %s AND action LIKE 'dossier.paper%%' ORDER BY id",
            [f"dossier:{code}"],
        ).fetchall()
    assert [name for (name,) in traced] == ["dossier.paper-in", "dossier.paper-read"]

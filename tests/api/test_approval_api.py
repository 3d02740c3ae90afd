"""Submit, approve, reject, confirm and withdraw over HTTP, each by the roles that may."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from tests.conftest import application, settings_for, sign_client_in
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import rules, split

PAPER = {"docNo": "15/QĐ-VPĐK"}
REF = "25195-12-345"


@pytest.fixture
def people(fresh_db: str):
    """A maker of signed-in clients over two parcels side by side."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet)
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
    with application(settings_for(fresh_db)) as app:

        def person(*roles: str) -> Any:
            client = app.test_client()
            if roles:
                sign_client_in(client, *roles)
            return client

        yield person


def drafted(lan: Any, ref: str = REF, x: float = 8) -> str:
    code = lan.post("/api/v1/drafts", json={}).json["draft"]
    assert lan.post(f"/api/v1/drafts/{code}/operations", json=split(ref, (x, -3), (x, 33))).status_code == 201
    return f"/api/v1/drafts/{code}"


def test_a_draft_goes_from_submission_to_the_register_by_two_people(people):
    lan, hoa = people("processor"), people("checker")
    draft = drafted(lan)
    sent = lan.post(f"{draft}/submit", json=PAPER, headers={"If-Match": '"2"'})
    assert (sent.status_code, sent.json["state"], sent.headers["ETag"]) == (200, "submitted", '"3"')
    inbox = hoa.get("/api/v1/drafts?state=submitted&owner=all").json["drafts"]
    assert [each["owner"] for each in inbox] == ["processor"]
    assert hoa.get(f"{draft}/preview").json["committable"]
    done = hoa.post(f"{draft}/approve", headers={"If-Match": '"3"'})
    assert done.status_code == 200, done.json
    assert done.json["transaction"]
    assert hoa.post(f"{draft}/approve").json == done.json
    told = lan.get(draft).json
    assert [(event["action"], event["by"]) for event in told["history"]] == [
        ("submitted", "processor"),
        ("approved", "checker"),
    ]


def test_approval_is_for_others_with_the_role_and_says_so(people):
    lan = people("processor", "checker")
    draft = drafted(lan)
    lan.post(f"{draft}/submit", json=PAPER)
    own = lan.post(f"{draft}/approve")
    assert (own.status_code, own.json["code"]) == (403, "own-draft")
    assert lan.post(f"{draft}/reject", json={"reason": "x"}).json["code"] == "own-draft"
    minh = people("processor")
    for path, body in (("approve", None), ("reject", {"reason": "x"})):
        answer = minh.post(f"{draft}/{path}", json=body) if body else minh.post(f"{draft}/{path}")
        assert (answer.status_code, answer.json["code"]) == (403, "role-needed")
    assert people().post(f"{draft}/approve").status_code == 401
    hoa = people("signer")
    assert hoa.post(f"{draft}/reject", json={"reason": "  "}).status_code == 400
    stale = hoa.post(f"{draft}/reject", json={"reason": "Thiếu"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json["code"]) == (409, "stale-draft")
    back = hoa.post(f"{draft}/reject", json={"reason": "Thiếu"})
    assert (back.json["state"], back.json["history"][-1]["reason"]) == ("open", "Thiếu")


def test_what_is_missing_or_closed_is_told(people):
    lan, hoa = people("processor"), people("checker")
    draft = drafted(lan)
    assert lan.post(f"{draft}/submit", json={}).json["field"] == "docNo"
    early = hoa.post(f"{draft}/approve")
    assert (early.status_code, early.json["code"]) == (409, "draft-closed")
    assert lan.post(f"{draft}/withdraw").json["state"] == "withdrawn"
    assert lan.post(f"{draft}/submit", json=PAPER).json["code"] == "draft-closed"
    assert hoa.post("/api/v1/drafts/d-none/approve").status_code == 404


def test_a_second_person_is_asked_for_by_a_rule_that_is_named(people):
    lan = people("processor")
    with psycopg.connect(lan.application.extensions["landsvc"].database.dsn) as conn:
        conn.execute(
            "UPDATE cadastre.rule SET parameters = '{\"operations\": [\"split_by_line\"]}' WHERE code = 'OFF-SECOND'"
        )
    draft = drafted(lan)
    refused = lan.post(f"{draft}/commit", json=PAPER)
    assert (refused.status_code, refused.json["code"]) == (422, "second-person-needed")
    assert "OFF-SECOND" in refused.json["detail"]


def test_a_confirmed_split_shows_planned_parcels_and_anybody_verifies_a_number(people):
    lan, citizen = people("processor"), people()
    draft = drafted(lan)
    told = lan.post(f"{draft}/confirm", json=PAPER)
    assert (told.status_code, told.json["state"]) == (200, "confirmed")
    assert told.json["drawing"].endswith("/drawing.pdf")
    listed = lan.get(f"/api/v1/planned?parcel={REF}&crs=EPSG:9212").json
    assert [each["id"] for each in listed["features"]] == ["25195-12-347", "25195-12-348"]
    assert listed["features"][0]["geometry"]["coordinates"][0][0][0] > 500_000
    assert len(lan.get("/api/v1/planned?bbox=106,11,108,12").json["features"]) == 2
    assert lan.get("/api/v1/planned").status_code == 400
    assert citizen.get(f"/api/v1/planned?parcel={REF}").status_code == 401
    true = citizen.get("/api/v1/planned/25195-12-347").json
    assert (true["state"], true["parents"], true["confirmedUntil"]) == (
        "confirmed",
        [REF],
        told.json["confirmedUntil"],
    )
    assert citizen.get("/api/v1/planned/25195-12-999").json["code"] == "planned-number-not-found"
    page = citizen.get("/planned/25195-12-347?lang=en")
    assert (page.status_code, "Planned, not registered yet" in page.text) == (200, True)
    assert citizen.get("/planned/25195-12-999").status_code == 404


def test_a_confirmed_split_is_carried_out_once_and_under_its_planned_numbers(people, fresh_db):
    lan, minh, hoa = people("processor"), people("surveyor"), people("checker")
    draft = drafted(lan)
    assert lan.get(draft).json["confirmable"]
    assert lan.post(f"{draft}/execute", json={}).json["code"] == "draft-closed"
    last = lan.post(f"{draft}/confirm", json=PAPER).json["confirmedUntil"]
    (card,) = lan.get("/api/v1/drafts?state=confirmed&owner=all").json["drafts"]
    assert card["confirmedUntil"] == last
    assert hoa.post(f"{draft}/execute", json={}).status_code == 403
    done = minh.post(f"{draft}/execute", json={"docNo": "88/HĐ-CN"})
    assert (done.status_code, [each["ref"] for each in done.json["after"]]) == (
        200,
        ["25195-12-347", "25195-12-348"],
    )
    assert minh.post(f"{draft}/execute", json={}).json == done.json
    assert people().get("/api/v1/planned/25195-12-347").json["state"] == "committed"
    late = drafted(lan, "25195-12-346", 30)
    assert lan.post(f"{late}/confirm", json=PAPER).status_code == 200
    with psycopg.connect(fresh_db) as conn:
        conn.execute("UPDATE cadastre.draft SET confirmed_until = current_date - 2 WHERE state = 'confirmed'")
    assert lan.post(f"{late}/execute", json={}).json["code"] == "split-expired"

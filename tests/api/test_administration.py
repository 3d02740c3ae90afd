"""Administrators look after people and branches; nobody raises or locks out themselves; all of it is in the trail."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from landsvc.core import clock
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.identity import people, trail
from landsvc.identity.errors import LastAdministrator

from conftest import application, opened, settings_for, sign_client_in

PASSWORD = "bốn từ không liên quan"
AN = {"login": "an.nv", "name": "Nguyễn Văn An", "roles": ["processor"], "branches": ["province"]}


@pytest.fixture
def app(fresh_db):
    with application(settings_for(fresh_db)) as app:
        yield app


@pytest.fixture
def admin(app):
    client = app.test_client()
    sign_client_in(client, "admin")
    return client


def trail_of(client, **asked: str) -> list[dict]:
    return client.get("/api/v1/trail", query_string=asked).json["entries"]


def test_an_account_is_made_found_changed_blocked_and_let_in_again(admin):
    made = admin.post("/api/v1/accounts", json=AN)
    assert (made.status_code, made.json["login"], made.json["branches"]) == (201, "an.nv", ["province"])
    assert admin.post("/api/v1/accounts", json=AN).json["code"] == "login-taken"
    for asked in (
        {"q": "nguyen van"},
        {"q": "AN.N"},
        {"role": "processor"},
        {"branch": "province", "q": "an.nv"},
    ):
        found = admin.get("/api/v1/accounts", query_string=asked).json["accounts"]
        assert [each["login"] for each in found] == ["an.nv"], asked
    assert admin.get("/api/v1/accounts?q=nobody").json["accounts"] == []
    first = admin.get("/api/v1/accounts?limit=1").json
    assert [each["login"] for each in admin.get(first["next"]).json["accounts"]] == ["an.nv"]
    change = {"roles": ["signer", "checker"], "name": "An", "signsFor": ["department", "branch:province"]}
    changed = admin.patch("/api/v1/accounts/an.nv", json=change).json
    assert (changed["name"], changed["roles"]) == ("An", ["checker", "signer"])
    assert changed["signsFor"] == ["department", "branch:province"]
    blocked = admin.post("/api/v1/accounts/an.nv/block", json={"reason": "nghỉ việc"}).json
    assert blocked["blockedAt"]
    assert [e["login"] for e in admin.get("/api/v1/accounts?blocked=true").json["accounts"]] == ["an.nv"]
    assert admin.post("/api/v1/accounts/an.nv/unblock").json["blockedAt"] is None
    told = [(each["action"], each["login"]) for each in trail_of(admin, who="admin")]
    for action in ("made", "renamed", "roles-set", "authorities-set", "disabled", "enabled"):
        assert (f"account.{action}", "admin") in told


def test_a_link_lets_somebody_choose_a_password_once(admin, app):
    admin.post("/api/v1/accounts", json=AN)
    spent = token_of(admin.post("/api/v1/accounts/an.nv/password-link").json["link"])
    token = token_of(admin.post("/api/v1/accounts/an.nv/password-link").json["link"])
    assert choose(app, spent, PASSWORD).status_code == 404
    assert choose(app, token, "short").status_code == 400
    assert choose(app, token, PASSWORD).status_code == 303
    assert choose(app, token, PASSWORD + "!").status_code == 404
    person = app.test_client()
    signed = person.post("/api/v1/session", json={"login": "an.nv", "password": PASSWORD})
    assert signed.status_code == 201
    seen = person.get("/api/v1/account").json
    assert seen["history"][0]["action"] == "account.password-chosen"
    assert len(seen["sessions"]) == 1


def test_a_link_of_a_blocked_account_is_no_longer_good(admin, app):
    admin.post("/api/v1/accounts", json=AN)
    token = token_of(admin.post("/api/v1/accounts/an.nv/password-link").json["link"])
    admin.post("/api/v1/accounts/an.nv/block", json={})
    admin.post("/api/v1/accounts/an.nv/unblock")
    assert 'data-code="password-link-spent"' in choose(app, token, PASSWORD).text


def test_who_knows_their_password_chooses_another_and_is_signed_out_elsewhere(admin, app):
    with app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
        people.create_account(session, "binh", "Bình", ["counter"], password=PASSWORD)
    here, elsewhere = app.test_client(), app.test_client()
    for client in (here, elsewhere):
        csrf = client.post("/api/v1/session", json={"login": "binh", "password": PASSWORD}).json["csrfToken"]
        client.environ_base["HTTP_X_CSRF_TOKEN"] = csrf
    wrong = here.put("/api/v1/account/password", json={"current": "không phải", "password": "another phrase"})
    assert (wrong.status_code, wrong.json["code"]) == (400, "wrong-password")
    body = {"current": PASSWORD, "password": "another long phrase"}
    assert here.put("/api/v1/account/password", json=body).status_code == 204
    assert here.get("/api/v1/account").status_code == 200
    assert elsewhere.get("/api/v1/account").status_code == 401


def test_nobody_changes_what_their_own_account_may(admin):
    for method, path, body in (
        ("patch", "/api/v1/accounts/admin", {"roles": ["admin", "processor"]}),
        ("patch", "/api/v1/accounts/admin", {"branches": []}),
        ("patch", "/api/v1/accounts/admin", {"signsFor": ["department"]}),
        ("post", "/api/v1/accounts/admin/block", {}),
        ("post", "/api/v1/accounts/admin/password-link", None),
        ("put", "/api/v1/accounts/admin/oidc", {"issuer": "https://id.example", "subject": "1"}),
        ("delete", "/api/v1/accounts/admin/oidc", None),
    ):
        refused = getattr(admin, method)(path, json=body)
        assert (refused.status_code, refused.json["code"]) == (403, "own-account"), path
    assert admin.patch("/api/v1/accounts/admin", json={"name": "Quản trị"}).status_code == 200


def test_two_administrators_who_block_each_other_leave_one(admin, app, fresh_db):
    second = app.test_client()
    sign_client_in(second, "admin", "auditor")
    with opened(fresh_db) as one, one.unit_of_work(IDENTITY_ROLE) as session:
        people.disable_account(session, "admin-auditor")
    refused = pytest.raises(LastAdministrator)
    with opened(fresh_db) as other, refused, other.unit_of_work(IDENTITY_ROLE) as session:
        people.disable_account(session, "admin")
    admin.post("/api/v1/accounts/admin-auditor/unblock")
    assert admin.patch("/api/v1/accounts/admin-auditor", json={"roles": ["auditor"]}).status_code == 200
    with psycopg.connect(fresh_db) as conn, pytest.raises(psycopg.errors.CheckViolation) as caught:
        conn.execute("DELETE FROM identity.account_role WHERE role_code = 'admin'")
    assert caught.value.diag.constraint_name == "last-administrator"


def test_a_branch_changes_its_communes_on_a_day_and_its_past_stays(admin, fresh_db):
    body = {"code": "tay", "name": "Chi nhánh Tây", "nameEn": "West", "communes": ["25195", "25198"]}
    assert admin.post("/api/v1/branches", json=body).status_code == 201
    with psycopg.connect(fresh_db) as conn:
        conn.execute("UPDATE identity.branch_commune SET valid = '[2026-01-01,)'")
    tomorrow = (clock.today() + timedelta(1)).isoformat()
    planned = admin.put("/api/v1/branches/tay", json={"communes": ["25198", "25201"], "fromDay": tomorrow}).json
    assert planned["communes"] == ["25195", "25198"]
    assert sorted((each["commune"], each["since"], each["before"]) for each in planned["areas"]) == [
        ("25195", "2026-01-01", tomorrow),
        ("25198", "2026-01-01", None),
        ("25201", tomorrow, None),
    ]
    today = admin.put("/api/v1/branches/tay", json={"communes": ["25195"]}).json
    assert today["communes"] == ["25195"]
    assert {(e["commune"], e["before"]) for e in today["areas"]} == {
        ("25195", None),
        ("25198", clock.today().isoformat()),
    }
    past = {"communes": ["25195"], "fromDay": "2026-01-01"}
    assert admin.put("/api/v1/branches/tay", json=past).json["code"] == "unfit-branch"
    assert admin.post("/api/v1/branches/tay/close").json["closedAt"]
    assert [each["action"] for each in trail_of(admin, who="admin")][0:2] == ["branch.closed", "branch.changed"]


def test_the_trail_is_searched_by_who_what_and_when_and_reading_it_is_told(admin, app, fresh_db):
    admin.post("/api/v1/accounts", json=AN)
    (made,) = trail_of(admin, action="account.made", who="admin")
    assert made["objectName"] == "an.nv"
    assert made["details"] == {"login": "an.nv", "roles": ["processor"], "branches": ["province"]}
    assert trail_of(admin, on=made["object"]) == [made]
    assert trail_of(admin, until="2020-01-01") == []
    today = clock.today().isoformat()
    assert made in trail_of(admin, since=today, until=today)
    assert trail_of(admin, who="nobody") == []
    reads = trail_of(admin, action="trail.read")
    assert {"on": made["object"]} in [each["details"] for each in reads]
    assert admin.get("/api/v1/trail?since=0001-01-01").status_code == 400
    assert admin.get("/api/v1/trail/state").json["waiting"] > 0
    with opened(fresh_db) as database:
        trail.seal(database)
    sealed = admin.get("/api/v1/trail/state").json
    assert (sealed["sound"], sealed["proved"]) == (True, sealed["sealed"])
    with psycopg.connect(fresh_db) as conn:
        conn.execute("ALTER TABLE identity.audit DISABLE TRIGGER USER")
        conn.execute("UPDATE identity.audit SET details = '{}' WHERE action = 'account.made'")
    broken = admin.get("/api/v1/trail/state").json
    assert not broken["sound"]
    assert {each["fault"] for each in broken["faults"]} == {"altered"}


def token_of(link: str) -> str:
    return link.partition("?token=")[2]


def choose(app, token: str, password: str):
    return app.test_client().post(
        "/office/new-password", data={"token": token, "password": password, "again": password}
    )


def test_what_is_said_to_be_nothing_is_as_if_left_out(admin):
    assert admin.post("/api/v1/accounts", json=AN | {"branches": None}).status_code == 201
    nothing = {"name": None, "roles": None, "branches": None, "signsFor": None}
    assert admin.patch("/api/v1/accounts/an.nv", json=nothing).json["roles"] == ["processor"]


def test_a_name_in_an_address_that_no_database_holds_is_nobodys(admin):
    for path in (
        "/office/admin/accounts/x%00y",
        "/office/admin/branches/x%00",
        "/office/admin/rules/x%00",
        "/rules/x%00",
    ):
        assert admin.get(path).status_code == 404, path

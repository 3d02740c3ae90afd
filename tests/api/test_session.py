"""Officers sign in and out; a change needs the session's CSRF token; failures are counted and say nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import jsonify
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.identity import limits, people, service, web

from conftest import application, settings_for

PASSWORD = "bốn từ không liên quan"


@pytest.fixture(scope="module")
def application_(module_db):
    with application(settings_for(module_db)) as app:

        @app.route("/test/officer", methods=["GET", "POST"])
        def who():
            actor = web.officer()
            return jsonify(login=actor.login, roles=sorted(actor.roles))

        @app.route("/test/signer")
        def signer():
            return jsonify(login=web.officer("signer", "leader").login)

        with app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(session, "an", "Nguyễn Văn An", ["processor"], password=PASSWORD)
            people.create_account(session, "binh", "Trần Thị Bình", ["citizen"], password=PASSWORD)
            people.create_account(session, "cuong", "Lê Cường", ["processor"], password=PASSWORD)
        yield app


@pytest.fixture
def client(application_, module_db):
    with psycopg.connect(module_db) as conn:
        conn.execute("TRUNCATE identity.attempt")
    return application_.test_client()


def sign_in(client, login="an", password=PASSWORD, **options):
    return client.post("/api/v1/session", json={"login": login, "password": password}, **options)


def test_officer_signs_in_is_known_and_signs_out(client):
    answer = sign_in(client)
    assert answer.status_code == 201
    office = {"code": "province", "coversAll": True, "nameEn": "Provincial land registration office"}
    account = answer.json["account"]
    assert office.items() <= account.pop("branches")[0].items()
    assert account == {"login": "an", "name": "Nguyễn Văn An", "roles": ["processor"], "signsFor": []}
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    assert client.get("/test/officer").json == {"login": "an", "roles": ["processor"]}
    assert client.get("/api/v1/session").json == answer.json
    out = client.delete("/api/v1/session", headers={"X-CSRF-Token": answer.json["csrfToken"]})
    assert out.status_code == 204
    refused = client.get("/test/officer")
    assert (refused.status_code, refused.json["code"]) == (401, "sign-in-needed")
    assert "WWW-Authenticate" in refused.headers


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(client, application_):
    token = sign_in(client).json["csrfToken"]
    cookie = client.get_cookie("landsvc_session").value
    client.delete("/api/v1/session", headers={"X-CSRF-Token": token})
    thief = application_.test_client()
    thief.set_cookie("landsvc_session", cookie)
    assert thief.get("/test/officer").status_code == 401


def test_the_database_keeps_neither_cookie_nor_password(client, module_db):
    sign_in(client)
    cookie = client.get_cookie("landsvc_session").value
    with psycopg.connect(module_db) as conn:
        kept = str(
            conn.execute("SELECT token_hash, s.*, a.* FROM identity.session s, identity.account a").fetchall()
        )
    assert cookie not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


def test_over_https_the_cookie_is_secure_and_belongs_to_this_host(client):
    cookie = sign_in(client, base_url="https://land.example.org").headers["Set-Cookie"]
    assert cookie.startswith("__Host-landsvc_session=")
    assert "Secure" in cookie
    assert client.get("/test/officer", base_url="https://land.example.org").status_code == 200


def test_unknown_login_wrong_password_and_no_password_answer_alike(client, application_, signed_in, module_db):
    signed_in(application_.test_client(), "archivist")
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE identity.account SET disabled_at = now() WHERE login = 'cuong'")
    tries = [("nobody", PASSWORD), ("an", "wrong password"), ("archivist", PASSWORD), ("cuong", PASSWORD)]
    answers = [sign_in(client, *each) for each in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert "Set-Cookie" not in answers[0].headers


def test_change_needs_the_sessions_csrf_token(client):
    token = sign_in(client).json["csrfToken"]
    assert client.post("/test/officer").json["code"] == "csrf-refused"
    assert client.post("/test/officer", headers={"X-CSRF-Token": "x" * 43}).status_code == 403
    assert client.post("/test/officer", headers={"X-CSRF-Token": token}).status_code == 200
    assert client.post("/test/officer", data={"csrf": token}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_site_can_neither_change_anything_nor_sign_somebody_in(client, headers):
    token = sign_in(client).json["csrfToken"]
    assert client.post("/test/officer", headers={"X-CSRF-Token": token, **headers}).status_code == 403
    assert sign_in(client, headers=headers).json["code"] == "csrf-refused"
    own = {"X-CSRF-Token": token, "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/test/officer", headers=own).status_code == 200


def test_a_body_far_longer_than_any_that_makes_sense_is_not_read(client):
    body = '{"login": "an", "password": [' + "[]," * 400_000 + "[]]}"
    answer = client.post("/api/v1/session", data=body, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")


def test_a_proxy_that_says_nothing_of_https_keeps_nobody_out(client):
    own = {"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}
    assert sign_in(client, headers=own).status_code == 201


def test_role_is_needed(client):
    sign_in(client, "binh")
    assert client.get("/api/v1/session").status_code == 200
    refused = client.get("/test/officer")
    assert (refused.status_code, refused.json["code"]) == (403, "role-needed")
    sign_in(client)
    assert client.get("/test/signer").json["code"] == "role-needed"


def test_failures_are_counted_before_anything_is_looked_at(client):
    answers = [sign_in(client, password="wrong password").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    right = sign_in(client)
    assert (right.status_code, right.json["code"]) == (429, "too-many-sign-ins")
    assert "Retry-After" in right.headers
    assert sign_in(client, "binh").status_code == 201


def test_many_at_once_get_no_more_tries_than_one_after_another(client, application_, monkeypatch):
    looked = []
    monkeypatch.setattr(service.credentials, "password_is", lambda *_: looked.append(1) or False)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: sign_in(application_.test_client(), password="guess guess"), range(24)))
    assert len(looked) == limits.MOST["pair"]


def test_success_gives_the_tries_back(client):
    for _ in range(3):
        assert [sign_in(client, password="wrong password").status_code for _ in range(6)] == [401] * 6
        assert sign_in(client).status_code == 201


def test_nobody_locks_an_officer_out_from_elsewhere(client, monkeypatch):
    assert limits.MOST["address"] < limits.MOST["login"]
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    with monkeypatch.context() as patched:
        patched.setattr(service.credentials, "password_is", lambda *_: False)
        tries = [sign_in(client, environ_base=elsewhere).status_code for _ in range(limits.MOST["address"] + 5)]
    assert tries[-1] == 429
    assert sign_in(client).status_code == 201


def test_login_guessed_at_from_many_addresses_is_stopped(client, monkeypatch):
    monkeypatch.setitem(limits.MOST, "login", 6)
    monkeypatch.setattr(service.credentials, "password_is", lambda *_: False)
    tries = [sign_in(client, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"}).status_code for n in range(7)]
    assert tries == [401] * 6 + [429]


def test_address_that_tries_many_logins_is_stopped(client, monkeypatch):
    monkeypatch.setitem(limits.MOST, "address", 5)
    monkeypatch.setattr(service.credentials, "password_is", lambda *_: False)
    assert [sign_in(client, f"login{n}").status_code for n in range(6)] == [401] * 5 + [429]


def test_session_ends_when_idle_when_old_and_with_the_account(client, module_db):
    changes = [
        "UPDATE identity.session SET seen_at = now() - interval '2 hours 1 second'",
        "UPDATE identity.session SET expires_at = now()",
        "UPDATE identity.account SET disabled_at = now() WHERE login = 'an'",
    ]
    for change in changes:
        sign_in(client)
        assert client.get("/test/officer").status_code == 200
        with psycopg.connect(module_db) as conn:
            conn.execute(change)
        assert client.get("/test/officer").status_code == 401
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE identity.account SET disabled_at = NULL WHERE login = 'an'")


def test_trail_tells_who_signed_in_and_who_failed_but_not_what_was_typed(client, module_db):
    sign_in(client, "my secret pass phrase", PASSWORD)
    sign_in(client, password="wrong password")
    sign_in(client)
    with psycopg.connect(module_db) as conn:
        rows = conn.execute(
            "SELECT action, login, address FROM identity.audit u LEFT JOIN identity.account a ON a.id = u.account_id"
            " ORDER BY u.id DESC LIMIT 3"
        ).fetchall()
        everything = str(conn.execute("SELECT u.*, u.details::text FROM identity.audit u").fetchall())
    assert rows == [
        ("session.opened", "an", "127.0.0.1"),
        ("session.refused", "an", "127.0.0.1"),
        ("session.refused", None, "127.0.0.1"),
    ]
    assert "my secret" not in everything


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, "body"),
        (b"[]", 400, "body"),
        (b'{"login": "an"}', 400, "password"),
        (b'{"login": "an", "password": 7}', 400, "password"),
        (b'{"login": "an", "password": "a", "password": "b"}', 400, "body"),
        (b'{"login": "a\\u0000n", "password": "a"}', 400, "login"),
        (b'{"login": "\\ud800", "password": "a"}', 400, "body"),
        (b'{"login": NaN, "password": "a"}', 400, "body"),
        (b"[" * 100_000, 400, "body"),
        (b'{"login": "an", "password": "a", "admin": true}', 400, "admin"),
    ],
)
def test_malformed_sign_in_names_what_is_wrong(client, body, status, field):
    answer = client.post("/api/v1/session", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["field"]) == (status, field)


def test_form_is_not_taken_for_json(client):
    answer = client.post("/api/v1/session", data={"login": "an", "password": PASSWORD})
    assert (answer.status_code, answer.json["code"]) == (415, "not-json")


@pytest.mark.parametrize("cookie", ["", "x", "é" * 10, "y" * 5000])
def test_strange_cookie_is_nobody(application_, cookie):
    answer = application_.test_client().get("/test/officer", headers={"Cookie": f"landsvc_session={cookie}"})
    assert answer.status_code == 401

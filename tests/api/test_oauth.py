"""Machines get access tokens as RFC 6749 says, and show them as RFC 6750 says."""

from __future__ import annotations

from base64 import b64encode

import psycopg
import pytest
from flask import jsonify
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.identity import limits, people, web

from conftest import application, settings_for

TOKEN = "/api/v1/oauth/token"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def application_(module_db):
    with application(settings_for(module_db)) as app:

        @app.route("/test/machine")
        def who():
            found = web.client("tax:read")
            return jsonify(client=found.client_id, scopes=sorted(found.scopes))

        yield app


@pytest.fixture(scope="module")
def identity(application_):
    return application_.extensions[EXTENSION].database


@pytest.fixture(scope="module")
def secret(identity) -> str:
    with identity.unit_of_work(IDENTITY_ROLE) as session:
        people.create_client(session, "reader", "Reader", ["tax:read"])
        people.create_client(session, "writer", "Writer", ["tax:write"])
        return people.create_client(session, "tax", "Tax office", ["tax:read", "tax:write"])


@pytest.fixture
def client(application_, module_db):
    with psycopg.connect(module_db) as conn:
        conn.execute("TRUNCATE identity.attempt")
    return application_.test_client()


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(client, data, headers=None):
    return client.post(TOKEN, data=data, headers=headers, content_type=FORM)


def machine(client, token: str):
    return client.get("/test/machine", headers={"Authorization": f"Bearer {token}"})


GRANT = {"grant_type": "client_credentials"}


def test_client_gets_a_token_with_basic_or_with_the_form(client, secret):
    for answer in (
        ask(client, GRANT, basic("tax", secret)),
        ask(client, GRANT | {"client_id": "tax", "client_secret": secret, "scope": ""}),
    ):
        assert answer.status_code == 200
        assert {k: v for k, v in answer.json.items() if k != "access_token"} == {
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "tax:read tax:write",
        }
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
        shown = machine(client, answer.json["access_token"]).json
        assert shown == {"client": "tax", "scopes": ["tax:read", "tax:write"]}


def test_token_reaches_no_further_than_was_asked(client, secret):
    token = ask(client, GRANT | {"scope": "tax:write"}, basic("tax", secret)).json["access_token"]
    refused = machine(client, token)
    assert (refused.status_code, refused.json["code"]) == (403, "scope-needed")
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("data", "status", "error"),
    [
        ("", 400, "invalid_request"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        ("grant_type=client_credentials", 401, "invalid_client"),
        ("grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request"),
        ("grant_type=client_credentials&client_id=tax&client_secret=wrong", 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=nobody&client_secret=wrong", 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=ta%00x&client_secret=%00", 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=tax&client_secret=SECRET&scope=admin", 400, "invalid_scope"),
        ("grant_type=client_credentials&client_id=tax&client_secret=SECRET&scope=+", 400, "invalid_scope"),
    ],
)
def test_refusals_are_those_of_the_standard(client, secret, data, status, error):
    answer = ask(client, data.replace("SECRET", secret))
    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("headers", "data", "error"),
    [
        ({"Authorization": "Basic !!!"}, GRANT, "invalid_client"),
        ({"Authorization": "Basic dGF4"}, GRANT, "invalid_client"),
        ({"Authorization": "Basic /////w=="}, GRANT, "invalid_client"),
        ({"Authorization": "Bearer abc"}, GRANT, "invalid_client"),
        (basic("tax", "a"), GRANT | {"client_secret": "a"}, "invalid_request"),
        (basic("tax", "a"), GRANT | {"client_id": "other"}, "invalid_request"),
    ],
)
def test_strange_credentials_are_refused(client, headers, data, error):
    assert ask(client, data, headers).json["error"] == error


def test_json_is_not_a_token_request(client):
    answer = client.post(TOKEN, json=GRANT)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_without_a_good_token_nothing_is_told(client):
    missing = client.get("/test/machine")
    assert (missing.status_code, missing.headers["WWW-Authenticate"]) == (401, 'Bearer realm="landsvc"')
    for token in ("", "x", "\xff", "y" * 500):
        wrong = machine(client, token)
        assert wrong.status_code == 401
        assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]


def test_token_ends_with_its_time_with_its_scope_and_with_its_client(client, identity, secret, module_db):
    def fresh() -> str:
        with identity.unit_of_work(IDENTITY_ROLE) as session:
            again = people.renew_secret(session, "reader")
        token = ask(client, GRANT, basic("reader", again)).json["access_token"]
        assert machine(client, token).status_code == 200
        return token

    for change, status in (
        ("UPDATE identity.access_token SET expires_at = now()", 401),
        ("UPDATE identity.api_client SET scopes = '{tax:write}' WHERE client_id = 'reader'", 403),
    ):
        token = fresh()
        with psycopg.connect(module_db) as conn:
            conn.execute(change)
        assert machine(client, token).status_code == status
        with psycopg.connect(module_db) as conn:
            conn.execute("UPDATE identity.api_client SET scopes = '{tax:read}' WHERE client_id = 'reader'")
    token = fresh()
    with identity.unit_of_work(IDENTITY_ROLE) as session:
        people.revoke_client(session, "reader")
    assert machine(client, token).status_code == 401
    fresh()
    assert machine(client, token).status_code == 401, "a revoked token stays revoked"


def test_address_that_guesses_secrets_is_stopped(client, secret, monkeypatch):
    monkeypatch.setitem(limits.MOST, "client", 3)
    for _ in range(3):
        assert ask(client, GRANT, basic("tax", secret)).status_code == 200
    assert [ask(client, GRANT, basic("tax", f"guess{n}")).status_code for n in range(4)] == [401, 401, 401, 429]
    refused = ask(client, GRANT, basic("tax", secret))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")


def test_database_keeps_neither_secret_nor_token(client, secret, module_db):
    token = ask(client, GRANT, basic("tax", secret)).json["access_token"]
    with psycopg.connect(module_db) as conn:
        kept = "".join(
            str(conn.execute(f"SELECT t.*, t::text FROM identity.{table} t").fetchall())
            for table in ("api_client", "access_token", "audit")
        )
    assert secret not in kept
    assert token not in kept

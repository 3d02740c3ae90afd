"""Officers sign in with a real OpenID provider, a process of its own; nothing spoilt on the way opens a session."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import requests
from click.testing import CliRunner
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.errors import InvalidSetting, LandsvcError
from landsvc.core.web import EXTENSION
from landsvc.identity import limits, oidc, people
from landsvc.identity.commands import user as user_group
from landsvc.identity.oidc_provider import Provider
from tests.factories.ports import free_port

from conftest import application, serving, settings_for
from factories import oidc_provider as strict

START, CALLBACK = "/office/sign-in/oidc", "/office/sign-in/oidc/callback"
SUBJECT = "an-at-provider"
COOKIE = "landsvc_oidc"


@contextmanager
def running(*command: str, port: int) -> Iterator[str]:
    """Run a provider and yield its issuer."""
    issuer = f"http://127.0.0.1:{port}"
    child = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                requests.get(f"{issuer}/.well-known/openid-configuration", timeout=2)
                break
            except requests.ConnectionError:
                assert child.poll() is None, "the provider ended"
                assert time.monotonic() < deadline, "the provider did not come up"
                time.sleep(0.05)
        yield issuer
    finally:
        child.terminate()
        child.wait(10)


@pytest.fixture(scope="module")
def issuer():
    port = free_port()
    with running(str(Path(strict.__file__)), str(port), port=port) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def application_(module_db, issuer):
    environ = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": strict.CLIENT,
        "OIDC_CLIENT_SECRET": strict.SECRET,
        "OIDC_NAME": "VNeID",
    }
    with application(settings_for(module_db, **environ)) as app:
        with app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
            for login in ("an", "binh"):
                people.create_account(session, login, login, ["processor"], password=None)
            oidc.link(session, "an", issuer, SUBJECT)
            oidc.link(session, "binh", issuer, "binh-at-provider")
            people.disable_account(session, "binh")
        yield app


@pytest.fixture
def client(application_, module_db, issuer):
    requests.put(f"{issuer}/behaviour", json={}, timeout=5)
    with psycopg.connect(module_db) as conn:
        conn.execute("TRUNCATE identity.attempt")
    return reader(application_)


def reader(app):
    """Return a browser whose reader wants English."""
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


def begin(client, issuer, behaviour=None, wanted="/office/links"):
    """Go to the provider and return the address it sends the browser back to."""
    requests.put(f"{issuer}/behaviour", json=behaviour or {}, timeout=5)
    begun = client.get(START, query_string={"next": wanted})
    assert begun.status_code == 303
    sent_back = requests.get(begun.headers["Location"], allow_redirects=False, timeout=5)
    assert sent_back.status_code == 302, sent_back.text
    return sent_back.headers["Location"]


def trail(dsn) -> tuple:
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "SELECT u.action, u.details, a.login FROM identity.audit u LEFT JOIN identity.account a"
            " ON a.id = u.account_id ORDER BY u.id DESC LIMIT 1"
        ).fetchone()


def refused(answer, status: int, text: str) -> None:
    """Expect the page to sign in on, saying what is wrong, with the password form, and no session."""
    assert answer.status_code == status
    assert text in answer.text
    assert 'name="password"' in answer.text
    assert "landsvc_session" not in str(answer.headers.getlist("Set-Cookie"))


def test_officer_signs_in_over_http_with_an_independent_provider(fresh_db, database):
    port = free_port()
    mock = ("-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "t")
    with running(*mock, port=port) as issuer:
        environ = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "landsvc", "OIDC_CLIENT_SECRET": "any"}
        with database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(session, "an", "An", ["processor"], password=None)
            oidc.link(session, "an", issuer, "someone@example.org")
        with serving(fresh_db, **environ) as address, requests.Session() as browser:
            page = browser.get(f"{address}/office", timeout=10)
            link = re.search(rf'href="({START}[^"]*)"', page.text)[1]
            at_provider = browser.get(address + link, timeout=10)
            assert at_provider.url.startswith(issuer)
            home = browser.post(at_provider.url, data={"sub": "someone@example.org"}, timeout=10)
            assert (home.url, home.status_code) == (f"{address}/office", 200)
            assert browser.get(f"{address}/api/v1/session", timeout=10).json()["account"]["login"] == "an"
            assert trail(fresh_db) == ("session.opened", {"method": "oidc"}, "an")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_session_opens_and_leads_to_the_page_that_was_wanted(client, issuer, module_db, algorithm):
    back = begin(client, issuer, {"alg": algorithm, "claims": {"aud": ["other", "landsvc"], "azp": "landsvc"}})
    kept = client.get_cookie(COOKIE)
    assert (kept.http_only, kept.same_site, kept.path) == (True, "Lax", "/")
    answer = client.get(back)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/office/links")
    assert client.get_cookie(COOKIE) is None
    assert client.get("/api/v1/session").json["account"]["login"] == "an"
    assert trail(module_db) == ("session.opened", {"method": "oidc"}, "an")


def test_only_pages_of_the_office_are_gone_on_to(client, issuer):
    back = begin(client, issuer, wanted="https://evil.example/office")
    assert client.get(back).headers["Location"] == "/office"


def test_a_sign_in_is_used_once(client, issuer):
    back = begin(client, issuer)
    cookie = client.get_cookie(COOKIE).value
    assert client.get(back).status_code == 303
    client.delete_cookie("landsvc_session")
    client.set_cookie(COOKIE, cookie)
    refused(client.get(back), 403, "not begun here")


def test_a_code_is_not_taken_twice(client, issuer):
    first = parse_qs(urlsplit(begin(client, issuer)).query)
    second = begin(client, issuer)
    state = parse_qs(urlsplit(second).query)["state"][0]
    stolen = {"state": state, "code": first["code"][0], "iss": issuer}
    # A code of another sign-in has another verifier: the provider refuses it.
    refused(client.get(CALLBACK, query_string=stolen), 403, "invalid_grant")


def test_another_browsers_state_a_wrong_one_and_none_are_refused(client, application_, issuer):
    back = begin(client, issuer)
    refused(reader(application_).get(back), 403, "not begun here")
    other = reader(application_)
    begin(other, issuer)
    refused(other.get(back), 403, "not begun here")
    refused(client.get(re.sub(r"state=[^&]*", "state=%00%F0wrong", back)), 403, "not begun here")
    refused(client.get(CALLBACK), 403, "not begun here")
    assert client.get(back).status_code == 303


def test_a_sign_in_that_took_too_long_is_refused(client, issuer, module_db):
    back = begin(client, issuer)
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE identity.oidc_flow SET expires_at = now() - interval '1 second'")
    refused(client.get(back), 403, "not begun here")
    begin(client, issuer)
    with psycopg.connect(module_db) as conn:
        assert conn.execute("SELECT count(*) FROM identity.oidc_flow WHERE expires_at < now()").fetchone() == (0,)


@pytest.mark.parametrize(
    ("behaviour", "check"),
    [
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"nonce": None}}, "nonce"),
        ({"claims": {"aud": "another"}}, "aud"),
        ({"claims": {"aud": ["landsvc", "another"]}}, "azp"),
        ({"claims": {"azp": "another"}}, "azp"),
        ({"claims": {"iss": "https://evil.example"}}, "iss"),
        ({"claims": {"exp": 1_700_000_000}}, "exp"),
        ({"claims": {"exp": None}}, "exp"),
        ({"claims": {"iat": 4_000_000_000}}, "iat"),
        ({"claims": {"nbf": 4_000_000_000}}, "nbf"),
        ({"claims": {"sub": 7}}, "sub"),
        ({"claims": {"sub": "x" * 256}}, "sub"),
        ({"alg": "none"}, "signature"),
        ({"alg": "HS256"}, "signature"),
        ({"alg": "HS256", "kid": "rsa"}, "signature"),
        ({"alg": "RS256", "kid": "ec"}, "signature"),
        ({"alg": "RS256", "kid": "unknown"}, "signature"),
        ({"iss": "https://evil.example"}, "iss"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(client, issuer, module_db, behaviour, check):
    answer = client.get(begin(client, issuer, behaviour))
    refused(answer, 403, f"failed the check of: {check}")
    assert trail(module_db) == ("session.refused", {"method": "oidc", "check": check}, None)


def test_text_that_is_no_token_is_refused(issuer):
    provider = Provider(issuer, strict.CLIENT, strict.SECRET, "VNeID")
    for text in (
        "",
        "x",
        "a.b.c",
        "W10.W10.AA",
        "e30.e30.",
        "e30.e30.AA",
        "\u1ed1.\u1ed1.\u1ed1",
        "." * 9,
        "e30" * 999,
    ):
        with pytest.raises(LandsvcError, match="signature"):
            provider.claims_named(text, "nonce")


def test_who_is_unknown_is_told_what_to_tell_the_administrator(client, issuer, module_db):
    behaviour = {"sub": "x'; rm <b>", "claims": {"email": "an", "preferred_username": "an"}}
    answer = client.get(begin(client, issuer, behaviour))
    refused(answer, 403, "No account here belongs to you")
    assert issuer in answer.text
    assert "--subject &#39;x&#39;&#34;&#39;&#34;&#39;; rm &lt;b&gt;&#39;" in answer.text
    assert trail(module_db) == ("session.refused", {"method": "oidc", "check": "not-linked"}, None)


def test_a_disabled_account_is_refused_like_an_unknown_one(client, issuer, module_db):
    answer = client.get(begin(client, issuer, {"sub": "binh-at-provider"}))
    refused(answer, 403, "No account here belongs to you")
    assert trail(module_db) == ("session.refused", {"method": "oidc", "check": "disabled"}, "binh")


def test_a_refusal_is_told_in_vietnamese_too(client):
    refused(client.get(f"{CALLBACK}?lang=vi"), 403, "không bắt đầu từ đây")


def test_who_gives_up_at_the_provider_can_use_a_password(client, issuer):
    refused(client.get(begin(client, issuer, {"deny": True})), 403, "access_denied")


def test_a_wrong_secret_is_told_and_opens_nothing(module_db, issuer):
    environ = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": strict.CLIENT, "OIDC_CLIENT_SECRET": "wrong"}
    with application(settings_for(module_db, **environ)) as app:
        client = reader(app)
        refused(client.get(begin(client, issuer)), 403, "invalid_client")


def test_a_provider_that_is_down_leaves_the_password_form(module_db):
    environ = {"OIDC_ISSUER": f"http://127.0.0.1:{free_port()}", "OIDC_CLIENT_ID": "landsvc"}
    with application(settings_for(module_db, **environ)) as app:
        client = reader(app)
        for _ in range(2):
            answer = client.get(START)
            refused(answer, 503, "The provider to sign in with does not answer")
        assert "OpenID Connect" in client.get("/office/sign-in").text


def test_a_provider_that_calls_itself_something_else_is_not_used(module_db, issuer):
    environ = {"OIDC_ISSUER": issuer.replace("127.0.0.1", "localhost") + "/", "OIDC_CLIENT_ID": "landsvc"}
    with application(settings_for(module_db, **environ)) as app:
        refused(reader(app).get(START), 503, "OpenID Connect")


def test_without_a_provider_nothing_is_shown(module_db):
    with application(settings_for(module_db)) as app:
        client = reader(app)
        assert START not in client.get("/office/sign-in").text
        assert client.get(START).status_code == 404
        assert client.get(CALLBACK).status_code == 404


def test_limits_hold_for_what_is_begun_and_what_fails(client, issuer, monkeypatch):
    monkeypatch.setitem(limits.MOST, "address", 2)
    answers = [client.get(begin(client, issuer, {"alg": "none"})).status_code for _ in range(3)]
    assert answers == [403, 403, 429]
    monkeypatch.setitem(limits.MOST, "oidc", 3)
    assert client.get(START).status_code == 429


def test_a_good_sign_in_gives_its_count_back(client, issuer, monkeypatch):
    monkeypatch.setitem(limits.MOST, "address", 1)
    monkeypatch.setitem(limits.MOST, "oidc", 1)
    for _ in range(3):
        assert client.get(begin(client, issuer)).status_code == 303
        client.delete_cookie("landsvc_session")


def test_a_picture_on_another_page_begins_nothing(client, module_db):
    assert client.get(START, headers={"Sec-Fetch-Dest": "image"}).status_code == 403
    with psycopg.connect(module_db) as conn:
        assert conn.execute("SELECT count(*) FROM identity.attempt").fetchone() == (0,)


def test_over_https_the_cookie_is_secure_and_the_way_back_too(client):
    begun = client.get(START, base_url="https://land.example.org")
    cookie = begun.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in cookie
    sent = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert sent["redirect_uri"] == [f"https://land.example.org{CALLBACK}"]


def test_the_database_keeps_nothing_a_thief_could_use(client, issuer, module_db):
    back = begin(client, issuer)
    sent = parse_qs(urlsplit(back).query)["state"][0]
    with psycopg.connect(module_db) as conn:
        kept = str(conn.execute("SELECT f.*, f.state_hash::text FROM identity.oidc_flow f").fetchall())
    assert sent not in kept
    assert client.get_cookie(COOKIE).value not in kept


def run(dsn, monkeypatch, *words: str):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", dsn)
    done = CliRunner().invoke(user_group, ["oidc", *words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_administrator_links_moves_and_takes_a_subject(client, issuer, module_db, monkeypatch, application_):
    with application_.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
        people.create_account(session, "cuong", "Cuong", ["processor"], password=None)
    given = ("cuong", "--issuer", issuer, "--subject")
    for subject in ("first", "second", "second"):
        assert run(module_db, monkeypatch, *given, subject).exit_code == 0
    refused(client.get(begin(client, issuer, {"sub": "first"})), 403, "first")
    assert client.get(begin(client, issuer, {"sub": "second"})).status_code == 303
    listed = CliRunner().invoke(user_group, ["list", "--json"]).stdout
    assert f'"subject": "{SUBJECT}"' in listed
    assert "no more linked" in run(module_db, monkeypatch, "cuong", "--remove").stderr
    assert client.get("/api/v1/session").status_code == 401
    refused(client.get(begin(client, issuer, {"sub": "second"})), 403, "second")
    assert "was not linked" in run(module_db, monkeypatch, "cuong", "--remove").stderr


def test_a_wrong_link_is_refused(application_, issuer, module_db, monkeypatch):
    monkeypatch.delenv("LANDSVC_OIDC_ISSUER", raising=False)
    for words, code in (
        (("nobody", "--issuer", issuer, "--subject", "x"), "no-such-account"),
        (("binh", "--issuer", issuer, "--subject", SUBJECT), "subject-taken"),
        (("binh", "--issuer", issuer, "--subject", "tiếng Việt"), "unfit-subject"),
        (("binh", "--issuer", issuer, "--subject", ""), "unfit-subject"),
        (("binh", "--subject", "x"), "issuer-needed"),
        (("nobody", "--remove"), "no-such-account"),
    ):
        with pytest.raises(LandsvcError) as caught:
            run(module_db, monkeypatch, *words)
        assert (caught.value.slug, bool(caught.value.way_out())) == (code, True)
    assert run(module_db, monkeypatch, "binh").exit_code == 2
    assert run(module_db, monkeypatch, "binh", "--remove", "--subject", "x").exit_code == 2


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({"OIDC_ISSUER": "http://id.example.org", "OIDC_CLIENT_ID": "x"}, "LANDSVC_OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://[x", "OIDC_CLIENT_ID": "x"}, "LANDSVC_OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://id.example.org"}, "LANDSVC_OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET_FILE": "/nowhere"}, "LANDSVC_OIDC_CLIENT_SECRET_FILE"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environ, variable):
    with pytest.raises(InvalidSetting, match=variable):
        settings_for("postgresql://nowhere", **environ)


def test_secret_is_read_from_a_file_and_never_shown(tmp_path):
    file = tmp_path / "secret"
    file.write_text("of the file\n")
    settings = settings_for("postgresql://nowhere", OIDC_CLIENT_SECRET_FILE=str(file))
    assert settings.oidc_client_secret == "of the file"
    assert "of the file" not in repr(settings)
    file.write_text("\n")
    with pytest.raises(InvalidSetting):
        settings_for("postgresql://nowhere", OIDC_CLIENT_SECRET_FILE=str(file))

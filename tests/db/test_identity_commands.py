"""`landsvc user` and `landsvc client`: no secret on the command line, what is wrong is said, all of it is traced."""

from __future__ import annotations

import json

import psycopg
import pytest
from click.testing import CliRunner, Result
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.demo import accounts
from landsvc.identity import oauth, people, service
from landsvc.identity.commands import client as client_group
from landsvc.identity.commands import user as user_group
from landsvc.identity.errors import (
    ClientRevoked,
    LoginTaken,
    NoSuchAccount,
    SecretChanging,
    UnfitLogin,
    UnfitPassword,
    UnknownRole,
    UnknownScope,
)

PASSWORD = "a long pass phrase"


@pytest.fixture
def run(fresh_db, monkeypatch):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", fresh_db)

    def run(words: str, password: str | None = None) -> Result:
        group = {"user": user_group, "client": client_group}[words.split()[0]]
        extra = [] if password is None else ["--password-file", "-"]
        done = CliRunner().invoke(group, [*words.split()[1:], *extra], input=password)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def test_account_is_made_listed_changed_and_disabled(run, database):
    assert run("user create an --name An --role processor --role signer", f"{PASSWORD}\n").exit_code == 0
    made = json.loads(run("user list --json").stdout)["accounts"]
    assert [(each["login"], each["name"], each["roles"]) for each in made] == [
        ("an", "An", ["processor", "signer"])
    ]
    opened = service.sign_in(database, " AN ", PASSWORD, None)
    run("user password an", "another pass phrase")
    with database.unit_of_work(IDENTITY_ROLE) as session:
        assert service.signed_by(session, opened.token, None) is None
    with pytest.raises(LandsvcError):
        service.sign_in(database, "an", PASSWORD, None)
    service.sign_in(database, "an", "another pass phrase", None)
    run("user disable an")
    with pytest.raises(LandsvcError):
        service.sign_in(database, "an", "another pass phrase", None)
    assert "disabled" in run("user list").stdout


def test_composed_and_decomposed_letters_are_one_password(run, database):
    import unicodedata

    run("user create an --role processor", unicodedata.normalize("NFD", "mật khẩu tiếng Việt"))
    assert service.sign_in(database, "an", unicodedata.normalize("NFC", "mật khẩu tiếng Việt"), None)


@pytest.mark.parametrize(
    ("words", "password", "kind"),
    [
        ("user create An --role processor", PASSWORD, UnfitLogin),
        ("user create a --role processor", PASSWORD, UnfitLogin),
        ("user create an --role boss", PASSWORD, UnknownRole),
        ("user create an --role processor", "short", UnfitPassword),
        ("user create an --role processor", "x" * 201, UnfitPassword),
        ("user create an --role processor", "", UnfitPassword),
        ("user password nobody", PASSWORD, NoSuchAccount),
        ("user disable nobody", None, NoSuchAccount),
        ("client create Tax --scope tax:read", None, UnfitLogin),
        ("client create tax --scope everything", None, UnknownScope),
        ("client revoke nobody", None, NoSuchAccount),
        ("client secret nobody", None, NoSuchAccount),
        ("client rotate nobody", None, NoSuchAccount),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(run, fresh_db, words, password, kind):
    with pytest.raises(kind) as caught:
        run(words, password)
    assert caught.value.way_out()
    with psycopg.connect(fresh_db) as conn:
        for table in ("account", "api_client", "audit"):
            assert conn.execute(f"SELECT count(*) FROM identity.{table}").fetchone() == (0,)


def test_a_name_is_given_once(run):
    run("user create an --role processor", PASSWORD)
    with pytest.raises(LoginTaken):
        run("user create an --role signer", PASSWORD)
    run("client create tax --scope tax:read")
    with pytest.raises(LoginTaken):
        run("client create tax --scope tax:write")


def test_password_is_never_taken_from_the_command_line(run):
    done = run("user create an --role processor")
    assert done.exit_code == 2
    assert "--password-file" in done.output


def test_secret_of_a_client_is_printed_once_and_another_ends_the_first(run, database):
    first = json.loads(run("client create tax --scope tax:read --scope tax:write --json").stdout)
    assert "tax:read tax:write" in run("client list").stdout
    assert first["clientSecret"] not in run("client list --json").stdout
    asked = oauth.TokenRequest("tax", first["clientSecret"], None)
    token = oauth.issue(database, asked, None).token
    run("client secret tax")
    with pytest.raises(oauth.TokenError):
        oauth.issue(database, asked, None)
    with database.read_only(IDENTITY_ROLE) as session:
        assert service.client_of(session, token, None) is None
    run("client revoke tax")
    assert "revoked" in run("client list").stdout


def test_two_secrets_hold_during_a_change_and_tokens_outlive_the_old_one(run, database, fresh_db):
    def given(secret: str, *, good: bool = True) -> str | None:
        asked = oauth.TokenRequest("tax", secret, None)
        if good:
            return oauth.issue(database, asked, None).token
        with pytest.raises(oauth.TokenError):
            oauth.issue(database, asked, None)
        return None

    def lives(token: str) -> bool:
        with database.read_only(IDENTITY_ROLE) as session:
            return service.client_of(session, token, None) is not None

    def secret_of(words: str) -> dict:
        return json.loads(run(f"{words} --json").stdout)

    first = secret_of("client create tax --scope tax:read")["clientSecret"]
    changed = secret_of("client rotate tax --overlap 2")
    second, token = changed["clientSecret"], given(first)
    given(second)
    with pytest.raises(SecretChanging):
        run("client rotate tax")
    assert secret_of("client list")["clients"][0]["oldSecretUntil"][:10] == changed["oldSecretUntil"][:10]
    assert secret_of("client rotate tax --end") == {"clientId": "tax", "ended": True}
    assert secret_of("client rotate tax --end") == {"clientId": "tax", "ended": False}
    given(first, good=False)
    assert lives(token), "a token stays until it expires"
    third = secret_of("client rotate tax --overlap 1")["clientSecret"]
    with psycopg.connect(fresh_db) as conn:
        conn.execute("UPDATE identity.api_client SET previous_until = clock_timestamp()")
    given(second, good=False)
    given(third)
    run("client secret tax")
    assert not lives(token)
    run("client revoke tax")
    with pytest.raises(ClientRevoked):
        run("client rotate tax")
    with psycopg.connect(fresh_db) as conn:
        told = conn.execute(
            "SELECT action FROM identity.audit WHERE action LIKE 'client.secret%' ORDER BY id"
        ).fetchall()
        used = conn.execute(
            "SELECT details ->> 'secret' FROM identity.audit WHERE action = 'token.given' ORDER BY id"
        ).fetchall()
    assert [name for (name,) in told] == [
        "client.secret-rotated",
        "client.secret-ended",
        "client.secret-rotated",
        "client.secret-set",
    ]
    assert used == [("previous",), ("current",), ("current",)]


def test_demo_shows_a_new_password_at_each_start_and_only_the_last_is_good(database):
    first, second = accounts.renew_accounts(database), accounts.renew_accounts(database)
    with pytest.raises(LandsvcError):
        service.sign_in(database, first.officer, first.password, None)
    actor = service.sign_in(database, second.officer, second.password, None).actor
    assert {"processor", "surveyor"} <= actor.roles
    issued = oauth.issue(database, oauth.TokenRequest(second.tax_client, second.secret, None), None)
    assert issued.scopes == ("tax:read", "tax:write")
    said: list[str] = []
    accounts.show(second, said.append)
    assert second.password in said[0]
    assert second.secret in said[1]


def test_trail_is_only_ever_added_to(run, fresh_db):
    run("user create an --role processor", PASSWORD)
    for statement in (
        "UPDATE identity.audit SET action = 'a.b'",
        "DELETE FROM identity.audit",
        "TRUNCATE identity.audit",
    ):
        with psycopg.connect(fresh_db) as conn, pytest.raises(psycopg.errors.CheckViolation) as refused:
            conn.execute(statement)
        assert refused.value.diag.constraint_name == "append-only"


def test_people_are_made_without_a_password_too(database):
    with database.unit_of_work(IDENTITY_ROLE) as session:
        people.create_account(session, "oidc", "OpenID only", ["leader"], password=None)
    with pytest.raises(LandsvcError):
        service.sign_in(database, "oidc", PASSWORD, None)

"""Who may call what: every endpoint is called as everybody, and docs/identity.md says what comes of it."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path

import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.identity import people
from landsvc.identity.actors import SCOPES

from conftest import application, settings_for, sign_client_in

DOCUMENT = Path(__file__).parents[2] / "docs" / "identity.md"
OFFICE = (
    *("counter", "processor", "surveyor", "checker", "signer", "archivist", "planner", "leader"),
    *("auditor", "admin"),
)
PEOPLE = ("citizen", *OFFICE)
NOBODY = "nobody"
EVERYBODY = frozenset((NOBODY, *PEOPLE, *SCOPES))
HARMLESS = {
    "int": "999999999",
    "float": "1.5",
    "string": "none-such",
    "path": "none-such",
    "default": "none-such",
}
"""What stands in an address for a part of it: nothing there is has this name or number."""


ASKS_ITSELF = {"/office/sign-in", "/account/sign-in"}
"""Where 401 says that the password is wrong, whoever asks."""
ENDS_SESSIONS = {
    "/account/sign-out",
    "/office/sign-out",
    "/office/account/sign-out",
    "/api/v1/session",
    "/api/v1/account/sign-out",
}
"""What signs out whoever calls it."""


def documented() -> dict[str, frozenset[str]]:
    """Return who may call what, as the table of the document says."""
    text = DOCUMENT.read_text("utf-8").partition("## Who may call what")[2]
    found = {}
    for ways, who in re.findall(r"^\| ((?:`[A-Z]+ /[^`]*`(?:, )?)+) \| ([^|]+) \|$", text, re.MULTILINE):
        for way in re.findall(r"`([^`]+)`", ways):
            assert way not in found, f"{way} stands there twice"
            found[way] = named(who.strip())
    return found


def named(who: str) -> frozenset[str]:
    """Return whom a cell of the table means."""
    if who == "anybody":
        return EVERYBODY
    if who == "signed messages":
        return frozenset()
    if who == "office":
        return frozenset(OFFICE)
    chosen = frozenset(who.split())
    assert chosen <= EVERYBODY, who
    return chosen


@pytest.fixture(scope="module")
def app(module_db):
    with application(settings_for(module_db)) as app:
        yield app


def clients(app) -> dict[str, object]:
    """Return a test client for everybody: with a session, a token, or nothing."""
    found = {NOBODY: app.test_client()}
    for role in PEOPLE:
        found[role] = app.test_client()
        sign_client_in(found[role], role)
    with app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
        secrets = {
            scope: people.create_client(session, f"m-{number}", scope, [scope])
            for number, scope in enumerate(SCOPES)
        }
    for number, (scope, secret) in enumerate(secrets.items()):
        found[scope] = app.test_client()
        basic = b64encode(f"m-{number}:{secret}".encode()).decode()
        given = found[scope].post(
            "/api/v1/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
        )
        found[scope].environ_base["HTTP_AUTHORIZATION"] = f"Bearer {given.json['access_token']}"
    return found


def ways(app) -> list[tuple[str, str, str]]:
    """Return (method, rule, harmless address) of every endpoint."""
    found = []
    for rule in app.url_map.iter_rules():
        address = re.sub(
            r"<(?:(\w+)(?:\([^>]*\))?:)?\w+>", lambda part: HARMLESS[part[1] or "default"], rule.rule
        )
        found += [(method, rule.rule, address) for method in rule.methods - {"HEAD", "OPTIONS"}]
    return sorted(found)


def is_refused(client, method: str, address: str) -> bool:
    """Call an endpoint with a body that nothing can be made of; tell whether who asks was the reason to refuse."""
    body = {} if method == "GET" else {"data": "[", "content_type": "application/json"}
    with client.open(address, method=method, **body) as answer:
        assert answer.status_code < 500 or answer.status_code == 503, (method, address, answer.text)
        to_sign_in = answer.headers.get("Location", "").startswith(("/office/sign-in?", "/account/sign-in?"))
        return to_sign_in or (answer.status_code in (401, 403) and address not in ASKS_ITSELF)


def test_everybody_may_call_what_the_document_says_and_nothing_else(app):
    everybody = clients(app)
    found = {}
    for method, rule, address in ways(app):
        allowed = [who for who, client in everybody.items() if not is_refused(client, method, address)]
        found[f"{method} {rule}"] = frozenset(allowed)
        if method != "GET" and rule in ENDS_SESSIONS:
            for role in PEOPLE:
                sign_client_in(everybody[role], role)
    told = documented()
    assert sorted(found.keys() - told.keys()) == [], "endpoints without a row"
    assert sorted(told.keys() - found.keys()) == [], "rows without an endpoint"
    other = {
        way: (sorted(told[way] - who), sorted(who - told[way])) for way, who in found.items() if told[way] != who
    }
    assert other == {}, "(only in the document, only in truth)"

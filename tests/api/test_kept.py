"""What a phone may keep is named, public, and never of somebody who is signed in; pages are sent small."""

from __future__ import annotations

import gzip

import psycopg
import pytest
from landsvc.portal.kept import HEADER, KEPT
from tests.conftest import application, settings_for
from tests.factories import town

PARCEL = "25195-12-103"
KEPT_PATHS = ("/", f"/?parcel={PARCEL}", f"/answer?parcel={PARCEL}", "/services", "/activities", "/taking")


@pytest.fixture(scope="module")
def portal(module_db: str):
    with psycopg.connect(module_db) as conn:
        town.lay(conn)
    with application(settings_for(module_db)) as app:
        yield app


@pytest.fixture
def client(portal):
    return portal.test_client()


@pytest.mark.parametrize("path", KEPT_PATHS)
def test_public_pages_may_be_kept(client, path: str):
    assert client.get(path).headers[HEADER] == "yes"


@pytest.mark.parametrize(
    "path",
    [
        "/?q=Nguyen+Van+A",
        "/?parcel=25195-12-9999",
        "/answer?parcel=25195-12-9999",
        "/calculator/transfer",
        "/calculator/transfer?area=100&count=1",
        "/services?q=thua+ke",
        "/office",
        "/dossiers",
        "/api/v1/parcels/25195-12-103",
        "/api/v1/session",
    ],
)
def test_what_says_who_asks_or_answers_nothing_is_not_kept(client, path: str):
    assert HEADER not in client.get(path).headers


@pytest.mark.parametrize("name", ["landsvc_session", "__Host-landsvc_session", "landsvc_oidc", "anything"])
def test_nothing_is_kept_or_compressed_of_somebody_with_a_cookie(client, name: str):
    client.set_cookie(name, "someone")
    for path in KEPT_PATHS:
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert HEADER not in answer.headers
        assert "Content-Encoding" not in answer.headers


def test_only_pages_on_the_list_are_ever_marked(portal):
    known = {rule.endpoint for rule in portal.url_map.iter_rules()}
    assert set(KEPT) <= known
    assert not [
        each for each in KEPT if each.startswith(("office", "pay", "track", "identity", "oauth", "verify"))
    ]


def test_a_language_of_ones_own_is_no_secret(client):
    client.set_cookie("lang", "en")
    assert client.get("/services").headers[HEADER] == "yes"


def test_pages_are_compressed_for_who_takes_it(client):
    plain = client.get(f"/answer?parcel={PARCEL}", headers={"Accept-Encoding": "identity"})
    small = client.get(f"/answer?parcel={PARCEL}", headers={"Accept-Encoding": "gzip, deflate, br"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["Vary"]
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) < len(plain.data) / 2
    refused = client.get(f"/answer?parcel={PARCEL}", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers

"""What a phone may keep is named, public, and never of somebody who is signed in; pages are sent small."""

from __future__ import annotations

import gzip
import json
from io import BytesIO

import psycopg
import pytest
from landsvc.portal.kept import HEADER, KEPT
from PIL import Image
from tests.conftest import application, settings_for
from tests.factories import town

PARCEL = "25195-12-103"
KEPT_PATHS = (
    "/",
    f"/?parcel={PARCEL}",
    f"/answer?parcel={PARCEL}",
    "/services",
    "/activities",
    "/taking",
    "/taking?validAt=2027-01-01",
    "/privacy",
)


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


def test_a_phone_can_install_it(client):
    manifest = json.loads(client.get("/manifest.webmanifest").data)
    assert manifest["lang"] == "vi"
    assert manifest["start_url"] == manifest["scope"] == manifest["id"] == "/"
    pictures = [each for each in manifest["icons"] if each["type"] == "image/png"]
    assert {each["sizes"] for each in pictures} >= {"192x192", "512x512"}
    assert [each for each in pictures if each.get("purpose") == "maskable"]
    for each in [*pictures, {"src": "/icons/icon-180.png", "sizes": "180x180"}]:
        picture = Image.open(BytesIO(client.get(each["src"]).data))
        assert f"{picture.width}x{picture.height}" == each["sizes"]
    assert client.get("/icons/favicon.svg").status_code == 404


def test_the_worker_names_its_build_and_may_only_speak_to_us(client, portal):
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
    told = json.loads(answer.text.splitlines()[0].removeprefix("self.landsvc = ").removesuffix(";"))
    assert len(told["build"]) == 10
    assert told["shell"]
    for address in told["shell"]:
        assert client.get(address).status_code == 200
    again = client.get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert len(client.get("/sw.js", headers={"Accept-Encoding": "gzip"}).data) < len(answer.data) / 2
    assert "worker-src 'self'" in client.get("/").headers["Content-Security-Policy"]

"""Behind a trusted proxy each caller has a limit of their own, and links name the public address."""

from __future__ import annotations

import json
import urllib.request

import pytest
from landsvc.core import throttle

from conftest import application, serving, settings_for


@pytest.fixture
def still_clock(monkeypatch):
    """Keep the minute from turning over in the middle of a test."""
    monkeypatch.setattr(throttle.time, "monotonic", lambda: 600.0)


def ask(client, path: str, caller: str, peer: str = "127.0.0.1"):
    return client.get(path, headers={"X-Forwarded-For": caller}, environ_base={"REMOTE_ADDR": peer})


@pytest.mark.parametrize("path", ["/api/v1/search?q=tan", "/?q=tan", "/?lon=106&lat=11", "/maps/planning"])
def test_each_caller_behind_the_proxy_has_a_limit_of_their_own(module_db, still_clock, path):
    with application(settings_for(module_db, LOOKUP_PER_MINUTE="2", TRUSTED_PROXIES="127.0.0.1")) as app:
        client = app.test_client()
        assert [ask(client, path, "203.0.113.1").status_code == 429 for _ in range(3)] == [False, False, True]
        assert ask(client, path, "203.0.113.2").status_code != 429
        # A made-up address does not help one who asks directly.
        made_up = [ask(client, path, f"203.0.113.{n}", peer="198.51.100.1").status_code for n in range(9, 13)]
        assert made_up[2:] == [429, 429]


def test_without_trusted_proxies_the_header_is_nobodys(module_db, still_clock):
    with application(settings_for(module_db, LOOKUP_PER_MINUTE="1")) as app:
        client = app.test_client()
        answers = [ask(client, "/api/v1/search?q=tan", f"203.0.113.{n}").status_code for n in (1, 2)]
    assert answers == [200, 429]


def test_links_name_the_address_at_the_proxy(module_db):
    given = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "land.example.org"}
    with application(settings_for(module_db, TRUSTED_PROXIES="127.0.0.0/8")) as app:
        found = app.test_client().get("/tiles/parcels.json", headers=given).json
        spoofed = app.test_client().get(
            "/tiles/parcels.json", headers=given, environ_base={"REMOTE_ADDR": "198.51.100.1"}
        )
    assert found["tiles"] == ["https://land.example.org/tiles/parcels/{z}/{x}/{y}.mvt"]
    assert spoofed.json["tiles"] == ["http://localhost/tiles/parcels/{z}/{x}/{y}.mvt"]


@pytest.mark.parametrize(
    ("path", "language", "said"),
    [
        ("/?q=tan", "vi", "Quá nhiều yêu cầu"),
        ("/?q=tan", "en", "Too many requests"),
        ("/?lon=106&lat=11", "en", "Too many requests"),
        ("/answer?lon=106&lat=11", "en", "Too many requests"),
        ("/maps/planning?commune=25195", "en", "Too many requests"),
        ("/maps/fabric?commune=25195", "vi", "Quá nhiều yêu cầu"),
    ],
)
def test_page_says_that_one_must_wait(module_db, still_clock, path, language, said):
    with application(settings_for(module_db, LOOKUP_PER_MINUTE="1")) as app:
        client = app.test_client()
        client.get("/api/v1/search?q=tan")  # pages and API count together
        answer = client.get(f"{path}&lang={language}")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert answer.mimetype == "text/html"
    assert said in answer.text


def test_real_server_believes_the_proxy_too(module_db):
    with serving(module_db, TRUSTED_PROXIES="127.0.0.1") as address:
        given = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "land.example.org",
            "X-Forwarded-For": "203.0.113.1",
        }
        asked = urllib.request.Request(f"{address}/tiles/parcels.json", headers=given)
        with urllib.request.urlopen(asked) as answer:
            assert json.load(answer)["tiles"][0].startswith("https://land.example.org/tiles/")

"""Only a trusted proxy is believed about who asks and by which address; nobody else can claim to be another."""

from __future__ import annotations

import pytest
from landsvc.core.proxies import Proxies, networks_of

PROXY, CALLER = "10.0.0.7", "203.0.113.9"
TRUSTED = networks_of("10.0.0.0/8, ::1 192.0.2.1")


def heard(peer: str, **headers: str) -> dict[str, str]:
    """Return what the application sees of a request."""
    environ = {"REMOTE_ADDR": peer, "HTTP_HOST": "inner:8000", "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_X_FORWARDED_{name}": value for name, value in headers.items()}
    seen: dict[str, str] = {}

    def application(given, start_response):
        seen.update(given)
        return []

    Proxies(application, TRUSTED)(environ, lambda *_: None)
    return seen


@pytest.mark.parametrize(
    ("peer", "said", "caller"),
    [
        (PROXY, CALLER, CALLER),
        (PROXY, f"{CALLER}, 10.1.2.3", CALLER),
        (PROXY, f"198.51.100.1, {CALLER}", CALLER),  # whatever stands left of the caller is the caller's word
        (PROXY, f"127.0.0.1,{CALLER} ,192.0.2.1", CALLER),
        (PROXY, f"{CALLER}:51234", CALLER),
        (PROXY, "[2001:db8::5]:443", "2001:db8::5"),
        (PROXY, "2001:db8::5", "2001:db8::5"),
        (PROXY, f"::ffff:{CALLER}", CALLER),
        ("::1", CALLER, CALLER),
        ("::ffff:10.0.0.7", CALLER, CALLER),
        (PROXY, "10.9.9.9, 10.8.8.8", "10.9.9.9"),  # only proxies: the outermost is the one who asks
        (PROXY, "unknown", PROXY),
        (PROXY, f"{CALLER}, nonsense", PROXY),
        (PROXY, "", PROXY),
        (CALLER, "198.51.100.1", CALLER),
        ("", "198.51.100.1", ""),
    ],
)
def test_caller_is_the_rightmost_address_that_is_no_proxy(peer, said, caller):
    assert heard(peer, FOR=said)["REMOTE_ADDR"] == caller


@pytest.mark.parametrize(
    ("given", "scheme", "host"),
    [
        ({"PROTO": "https", "HOST": "land.example.org"}, "https", "land.example.org"),
        ({"PROTO": "https", "HOST": "land.example.org:8443", "FOR": CALLER}, "https", "land.example.org:8443"),
        ({"PROTO": "https"}, "https", "inner:8000"),
        ({"PROTO": "gopher", "HOST": "a b"}, "http", "inner:8000"),
        ({"HOST": "evil.example/<script>"}, "http", "inner:8000"),
        ({"PROTO": "http, https", "HOST": "forged, land.example.org"}, "https", "land.example.org"),
        (
            {"PROTO": "https, http", "HOST": "land.example.org, mid", "FOR": f"{CALLER}, 10.1.2.3"},
            "https",
            "land.example.org",
        ),
    ],
)
def test_scheme_and_host_are_those_at_the_outermost_proxy(given, scheme, host):
    seen = heard(PROXY, **given)
    assert (seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == (scheme, host)


def test_strangers_headers_are_ignored():
    seen = heard(CALLER, FOR="127.0.0.1", PROTO="https", HOST="evil.example")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == (CALLER, "http", "inner:8000")

"""Pushes over TLS: a certificate nobody vouches for is refused, and the deadline holds inside the encryption too."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from landsvc.finance.hooks import sending
from tests.factories.certificates import own_certificate
from tests.factories.receiving import Receiver, receiving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    return own_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def receiver(certificate) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiving(context) as found:
        yield found


def trust(monkeypatch, certificate: Path) -> None:
    usual = ssl.create_default_context
    monkeypatch.setattr(sending.ssl, "create_default_context", lambda: usual(cafile=str(certificate)))


def push(receiver: Receiver) -> sending.Outcome:
    return sending.send(f"{receiver.address}/slips", b"{}", {"webhook-id": "one"}, ())


def test_a_certificate_that_nobody_vouches_for_gets_nothing(receiver):
    assert (push(receiver).reason, receiver.got) == ("tls", [])


def test_a_push_over_tls_names_its_host_and_is_taken(receiver, monkeypatch, certificate):
    trust(monkeypatch, certificate)
    assert push(receiver).kind == "taken"
    ((headers, body),) = receiver.got
    assert (f"https://{headers['host']}", body) == (receiver.address, b"{}")


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_the_deadline_holds_inside_tls(receiver, monkeypatch, certificate, way):
    trust(monkeypatch, certificate)
    monkeypatch.setattr(sending, "DEADLINE_S", 0.4)
    receiver.answer = getattr(receiver, way)
    began = time.monotonic()
    assert push(receiver).reason == "timeout"
    assert time.monotonic() - began < 3


def test_a_status_in_time_counts_however_slowly_the_rest_comes(receiver, monkeypatch, certificate):
    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"begun")
        handler.wfile.flush()
        receiver.hang(handler)

    trust(monkeypatch, certificate)
    monkeypatch.setattr(sending, "DEADLINE_S", 0.4)
    receiver.answer = slow
    assert (push(receiver).kind, push(receiver).status) == ("taken", 200)

"""Give every answer what all answers share: security headers, metrics, and a line in the log.

It stands around the application as WSGI, where headers are a plain list: as hooks of Flask the same work cost
a fifth of a request. It touches no database.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Histogram

from landsvc.core import log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NONCE = "landsvc.nonce"
"""Where a page that runs scripts leaves its nonce in the environment of its request."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
UNLOGGED = frozenset({"healthz", "readyz", "metrics"})
ALWAYS = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "strict-origin-when-cross-origin")]
DATA = [("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")]
PAGE = [
    ("Permissions-Policy", "geolocation=(self), camera=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
PAGE_CSP = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
    " img-src 'self' data: blob:;"
    " connect-src 'self'; font-src 'self'; frame-src 'self'; manifest-src 'self'; worker-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECONDS = Histogram("landsvc_request_seconds", "Time to answer, by route", ["route"], buckets=BUCKETS)
ANSWERS = Counter("landsvc_answers_total", "Answers, by route and status", ["route", "status"])


class Envelope:
    """A WSGI application around another."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the inner application does, with the shared headers, counted and logged."""
        started = time.perf_counter()

        def begin(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            headers += _shared_headers(headers, environ)
            _count(environ, status[:3], time.perf_counter() - started)
            return start_response(status, headers, *exc_info)

        return self._inner(environ, begin)


def _shared_headers(headers: list[tuple[str, str]], environ: WSGIEnvironment) -> list[tuple[str, str]]:
    page = False
    for name, value in headers:
        if name == "Content-Security-Policy":
            return ALWAYS
        if name == "Content-Type":
            page = value.startswith("text/html")
    if not page:
        return ALWAYS + DATA
    # A page that asked for no nonce has no scripts; one that nobody knows lets none run.
    nonce = environ.get(NONCE) or secrets.token_urlsafe(16)
    return [*ALWAYS, *PAGE, ("Content-Security-Policy", PAGE_CSP.format(nonce=nonce))]


def _count(environ: WSGIEnvironment, status: str, seconds: float) -> None:
    # Flask leaves its request there; a route it did not find has no endpoint.
    route = getattr(environ.get("werkzeug.request"), "endpoint", None) or "unknown"
    observe, add = _counters(route, status)
    observe(seconds)
    add()
    if route not in UNLOGGED:
        log.request(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), int(status), seconds * 1000)


@cache
def _counters(route: str, status: str) -> tuple[Callable[[float], None], Callable[[], None]]:
    """Return what counts an answer; looking labels up costs more than counting."""
    return SECONDS.labels(route).observe, ANSWERS.labels(route, status).inc

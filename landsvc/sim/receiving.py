"""Receive pushed slips as a tax office's machine should: check the signature, refuse what is old, take each once.

Signatures are those of Standard Webhooks, checked here with nothing of the service's own code: HMAC-SHA-256 over
`id.timestamp.body`. An outage makes it refuse (503) or hang for some seconds.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

WINDOW_S = 300
MOST_BYTES = 10 * 2**20
PREFIX = "whsec_"
REFUSE, HANG = "refuse", "hang"
Take = Callable[[Mapping[str, Any], str], bool]
"""Takes what was pushed and under which id; returns whether it is new."""


def fault_of(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> str | None:
    """Return what is wrong with a push, in a word; None when it is right. Header names in small letters."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now_s - int(stamp)) > WINDOW_S:
        return "timestamp"
    said = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    wanted = b64encode(hmac.digest(b64decode(secret.removeprefix(PREFIX)), said, sha256)).decode()
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(f"v1,{wanted}".encode(), each.encode()) for each in given):
        return "signature"
    return None


class Receiver:
    """A small server that takes pushes on this machine."""

    def __init__(self, port: int, secret: str, take: Take) -> None:
        self._secret, self._take, self._lock = secret, take, Lock()
        self._outage: tuple[str, float] = ("", 0.0)
        self.counts = {"taken": 0, "again": 0, "refused": 0, "out": 0}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if not length.isascii() or not length.isdigit() or int(length) > MOST_BYTES:
                    return self._answer(413)
                body = self.rfile.read(int(length))
                return self._answer(receiver.receive({k.lower(): v for k, v in self.headers.items()}, body))

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/slips"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def fail(self, how: str, seconds: float) -> None:
        """Refuse or hang for some seconds from now on."""
        self._outage = (how, time.monotonic() + seconds)

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take one push; return the status to answer."""
        how, until = self._outage
        if (left := until - time.monotonic()) > 0:
            self.counts["out"] += 1
            if how == HANG:
                time.sleep(left)
            return 503
        if fault_of(self._secret, headers, body, time.time()):
            self.counts["refused"] += 1
            return 401
        # One at a time: the books are written line by line, and an id counts once.
        with self._lock:
            is_new = self._take(json.loads(body)["data"], headers["webhook-id"])
        self.counts["taken" if is_new else "again"] += 1
        return 204

    def close(self) -> None:
        """Receive no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

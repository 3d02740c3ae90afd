"""Take taxes that banks hand on to the simulated tax office: `POST /payments` on this machine, unsigned."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from landsvc.sim.errors import ServiceRefused

MOST_BYTES = 16 * 2**10
Book = Callable[[Mapping[str, Any]], int]
"""Books a payment; returns the status to answer."""


class Desk:
    """A small server for banks."""

    def __init__(self, port: int, book: Book) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if self.path != "/payments" or not length.isdigit() or int(length) > MOST_BYTES:
                    return self._answer(404)
                return self._answer(booked(book, self.rfile.read(int(length))))

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def booked(book: Book, body: bytes) -> int:
    """Return what a bank is answered: 400 for what cannot be read, 503 where the service does not take it now."""
    try:
        return book(json.loads(body))
    except ServiceRefused:
        return 503
    except (ValueError, KeyError, TypeError):
        return 400

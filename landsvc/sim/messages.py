"""Play a messaging service: take short messages over HTTP, pass each on once for its key, and misbehave on request.

    POST /messages   {"id", "to", "text"} with Idempotency-Key    202; the same key again 200 and nothing more
    GET  /messages   what was passed on, newest first: a telephone for trials

A delay, an outage (503), a refusal (422: no such number) and a lost answer happen by shares and a seed. A lost answer
makes the service send again: it is a duplicate, and is passed on once.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Lock, Thread
from typing import Any

MOST_BYTES = 2**16
MOST_SHOWN = 100
OUT, LOST = 503, 0
WANTED = {"id": str, "to": str, "text": str}


@dataclass(frozen=True)
class Manner:
    """How the service behaves: seconds, and shares of messages from 0 to 1."""

    delay_s: float = 0.0
    duplicates: float = 0.0
    """Of messages whose answer is lost, so that they come again."""
    outages: float = 0.0
    refusals: float = 0.0
    seed: int = 1


class Telephone:
    """What was passed on, on the disk before it is answered; a line that a crash cut off is left out."""

    def __init__(self, path: Path | None = None) -> None:
        self.messages: dict[str, Mapping[str, Any]] = {}
        self._path = path
        for entry in _entries(path):
            self.messages[entry["id"]] = entry

    def ring(self, entry: Mapping[str, Any]) -> bool:
        """Pass a message on; return whether it is new."""
        if entry["id"] in self.messages:
            return False
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        self.messages[entry["id"]] = entry
        return True


class MessagingService:
    """A small server that takes messages on this machine."""

    def __init__(self, port: int, token: str, telephone: Telephone, manner: Manner = Manner()) -> None:
        self.telephone, self.counts = telephone, {"taken": 0, "again": 0, "refused": 0, "out": 0, "lost": 0}
        self._token, self._manner, self._lock = token, manner, Lock()
        self._chance = Random(manner.seed)  # noqa: S311 - plays, guards nothing
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if self.path != "/messages" or not length.isascii() or not length.isdigit():
                    return self._answer(404)
                if int(length) > MOST_BYTES:
                    return self._answer(413)
                status = service.take(dict(self.headers.items()), self.rfile.read(int(length)))
                if status == LOST:
                    self.close_connection = True
                    return None
                return self._answer(status)

            def do_GET(self) -> None:
                found = list(service.telephone.messages.values())[::-1][:MOST_SHOWN]
                self._answer(200 if self.path in {"/", "/messages"} else 404, found)

            def _answer(self, status: int, found: object = None) -> None:
                body = json.dumps(found, ensure_ascii=False, indent=1).encode() if found is not None else b""
                self.send_response(status)
                if status == OUT:
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/messages"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take one message; return the status to answer, 0 for none."""
        if not compare_digest(headers.get("Authorization", "").encode(), f"Bearer {self._token}".encode()):
            return 401
        entry = _entry(body)
        if entry is None or headers.get("Idempotency-Key") != entry["id"]:
            return 400
        time.sleep(self._manner.delay_s)
        # One at a time: the book is written line by line, and an id counts once.
        with self._lock:
            if self._happens(self._manner.outages):
                return self._counted("out", OUT)
            if entry["id"] not in self.telephone.messages and self._happens(self._manner.refusals):
                return self._counted("refused", 422)
            is_new = self.telephone.ring(entry)
            if is_new and self._happens(self._manner.duplicates):
                return self._counted("lost", LOST)
            return self._counted("taken", 202) if is_new else self._counted("again", 200)

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _counted(self, name: str, status: int) -> int:
        self.counts[name] += 1
        return status

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share


def _entry(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), kind) for name, kind in WANTED.items()):
        return None
    return {name: found[name] for name in WANTED}


def _entries(path: Path | None) -> Iterator[dict[str, Any]]:
    if path is None or not path.exists():
        return
    for line in path.read_bytes().splitlines():
        entry = _entry(line)
        if entry is not None:
            yield entry

"""Send one push over HTTP: to an address that was looked at, within some seconds in all, following nothing.

`http.client` and not `requests`: the connection goes to the very address that was checked (a name may stand for
another one a moment later), no proxy of the environment comes between, and one clock ends the whole exchange, however
slowly the other side drips.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer
from urllib.parse import SplitResult

from landsvc.core.proxies import Network
from landsvc.finance.hooks import rules

DEADLINE_S = 5.0
MOST_TOLD = 300
OK, FIRST_OTHER = 200, 300


@dataclass(frozen=True)
class Outcome:
    """What came of sending once: `taken`, `refused` (answered otherwise) or `failed` (not answered at all)."""

    kind: str
    status: int | None = None
    reason: str | None = None
    told: str = ""
    retry_after_s: float | None = None
    millis: int = 0


class NotReachable(Exception):
    """A name that stands for no address slips may go to; the text says why, in a word."""


def send(address: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network]) -> Outcome:
    """Post a body; every failure is an outcome."""
    began = time.monotonic()
    try:
        parts = rules.parts_of(address)
        if parts is None:
            raise NotReachable("address-unfit")
        found = _exchange(parts, body, headers, allowed)
    except NotReachable as error:
        found = Outcome("failed", reason=str(error))
    except TimeoutError:
        found = Outcome("failed", reason="timeout")
    except ssl.SSLError:
        found = Outcome("failed", reason="tls")
    except (OSError, HTTPException, ValueError) as error:
        late = time.monotonic() - began >= DEADLINE_S
        found = Outcome("failed", reason="timeout" if late else type(error).__name__)
    millis = int((time.monotonic() - began) * 1000)
    return Outcome(found.kind, found.status, found.reason, found.told, found.retry_after_s, millis)


def _exchange(parts: SplitResult, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network]) -> Outcome:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    line = HTTPConnection(host, port, timeout=DEADLINE_S)
    raw = socket.create_connection((_checked(host, port, allowed), port), DEADLINE_S)
    # What reads after the deadline finds the connection shut; a second handle, as TLS takes the first one over.
    handle = raw.dup()
    clock = Timer(DEADLINE_S, _shut, (handle,))
    clock.daemon = True
    clock.start()
    try:
        line.sock = _wrapped(raw, host) if parts.scheme == "https" else raw
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST", path, body, {"Host": parts.netloc, **headers})
        answer = line.getresponse()
        told = ""
        with suppress(OSError, HTTPException):  # the status is the answer; what follows is for people
            told = answer.read(MOST_TOLD).decode("utf-8", "replace")
        kind = "taken" if OK <= answer.status < FIRST_OTHER else "refused"
        return Outcome(kind, answer.status, None, _printable(told), _seconds(answer.getheader("Retry-After")))
    finally:
        clock.cancel()
        for each in (line, raw, handle):
            each.close()


def _checked(host: str, port: int, allowed: Sequence[Network]) -> str:
    """Return an address of a host; raise `NotReachable` where any of its addresses is one that slips must not go to."""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise NotReachable("name-unknown") from None
    if not found or not all(rules.may_reach(host, each, allowed) for each in found):
        raise NotReachable("private-address")
    # The older form first: what has both answers on it, what has one has that.
    return min(found, key=lambda each: (":" in each, each))


def _wrapped(raw: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(raw, server_hostname=host)


def _shut(raw: socket.socket) -> None:
    with suppress(OSError):
        raw.shutdown(socket.SHUT_RDWR)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < len("1000000") else None


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text).strip()

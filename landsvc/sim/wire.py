"""Speak HTTP to the service as a machine does: a token, retried once when it is over, and messages under their keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from landsvc.sim.errors import AddressUnsafe, ServiceRefused

API = "/api/v1"
TIMEOUT_S = 20
DONE = frozenset({200, 201})
ANSWERED = DONE | {404, 409, 422}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Message:
    """Something to send: where, what, and the key it is sent under however often."""

    path: str
    body: Mapping[str, Any]
    key: str
    rows: Sequence[Mapping[str, Any]] | None = None
    """Of a file, a JSON object on each line, in the place of the body."""


class Wire:
    """The line to one service."""

    def __init__(self, address: str, client_id: str, secret: str) -> None:
        """Take the address of the service and what proves the client; raise `AddressUnsafe`."""
        found = urlsplit(address)
        if found.scheme != "https" and not (found.scheme == "http" and found.hostname in LOOPBACK):
            raise AddressUnsafe(field="address", address=address)
        self._address, self._client = address.rstrip("/"), (client_id, secret)
        self._http = requests.Session()

    def get(self, path: str) -> Any:
        """Return what the service answers to a question; raise `ServiceRefused`."""
        return self.ask("GET", path).json()

    def ask(self, method: str, path: str, message: Message | None = None) -> requests.Response:
        """Ask the service, with a new token where the old one is over; what it may refuse comes back as it is."""
        for fresh in (False, True):
            if fresh or "Authorization" not in self._http.headers:
                self._http.headers["Authorization"] = f"Bearer {self._token()}"
            answer = self._send(method, path, message)
            if answer.status_code != requests.codes.unauthorized:
                break
        if answer.status_code not in ANSWERED:
            raise ServiceRefused(way=f"{method} {path}", status=answer.status_code, text=answer.text[:200])
        return answer

    def _send(self, method: str, path: str, message: Message | None) -> requests.Response:
        try:
            return self._http.request(
                method,
                f"{self._address}{API}{path}",
                **_said(message),
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise ServiceRefused(way=f"{method} {path}", status="–", text=type(error).__name__) from None

    def _token(self) -> str:
        try:
            asked = requests.post(
                f"{self._address}{API}/oauth/token",
                data={"grant_type": "client_credentials", "scope": "tax:read tax:write"},
                auth=self._client,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise ServiceRefused(way="POST /oauth/token", status="–", text=type(error).__name__) from None
        if asked.status_code not in DONE:
            raise ServiceRefused(way="POST /oauth/token", status=asked.status_code, text=asked.text[:200])
        return str(asked.json()["access_token"])


def _said(message: Message | None) -> dict[str, Any]:
    """Return what the request says, as the client takes it."""
    if message is None:
        return {}
    key = {"Idempotency-Key": message.key}
    if message.rows is None:
        return {"json": message.body, "headers": key}
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in message.rows)
    return {"data": lines.encode(), "headers": key | {"Content-Type": "application/x-ndjson"}}

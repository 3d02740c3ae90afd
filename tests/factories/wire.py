"""Talk HTTP to a running service the way other programs do: no test client, real sockets, cookies kept."""

from __future__ import annotations

import http.client
import io
import json
import re
import unicodedata
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

import pypdfium2

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]
    """Names in lower case: servers write them in different ways."""

    @property
    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


class Wire:
    """One caller with its own cookies and its own headers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.headers: dict[str, str] = {}
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request, a dict as JSON, bytes as they are; return its answer, whatever its status."""
        given = {"Accept-Language": "vi"} | self.headers | headers
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None and "Content-Type" not in given:
            given["Content-Type"] = "application/json"
        request = urllib.request.Request(self.address + path, data=data, method=method, headers=given)
        try:
            with self._opener.open(request, timeout=60) as response:
                return Answer(response.status, response.read(), _lower(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), _lower(error.headers))

    def sign_in(self, login: str, password: str) -> Wire:
        """Open an officer's session; from here on every request carries its CSRF token."""
        answer = self.ask("POST", "/api/v1/session", {"login": login, "password": password})
        assert answer.status == 201, answer.body
        self.headers["X-CSRF-Token"] = answer.json["csrfToken"]
        return self

    def submit(self, path: str, **fields: str) -> Answer:
        """Send a form of a page with the session's token, and follow where it leads."""
        form = urlencode(fields | {"csrf": self.headers["X-CSRF-Token"]}).encode()
        return self.ask("POST", path, form, **{"Content-Type": FORM})

    def take_token(self, client_id: str, secret: str) -> Wire:
        """Get a machine's access token; from here on every request shows it."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        answer = self.ask(
            "POST",
            "/api/v1/oauth/token",
            urlencode(form).encode(),
            **{"Content-Type": FORM},
        )
        assert answer.status == 200, answer.body
        self.headers["Authorization"] = f"Bearer {answer.json['access_token']}"
        return self


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def words_of_pdf(body: bytes) -> str:
    """Return the words of a PDF, composed and with single blanks; lines and pages run into each other."""
    document = pypdfium2.PdfDocument(io.BytesIO(body))
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", " ".join(pages)))


def asked(caller: Wire, method: str, path: str, body: Any = None, **headers: str) -> Answer | None:
    """Send one request; return its answer, None where none came: whoever should answer was killed."""
    try:
        return caller.ask(method, path, body, **headers)
    except (OSError, http.client.HTTPException):
        return None

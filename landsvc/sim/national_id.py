"""Play the provider of the national identity: OpenID Connect with people to choose from, for trials on this machine.

    GET  /authorize   who do you want to be? A link for each person leads back with a code
    POST /token       the code, once, with its PKCE verifier and the client's secret, for a signed ID token

The claims are those of the settings' defaults: `sub`, `personal_id` (12 digits), `name`, `acr`. Whom it names by which
`sub` does not change from start to start; its keys do. Source: OpenID Connect Core 1.0; RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CODE_SECONDS = 120
MOST_BYTES = 2**16
ACR = "2"
"""Of an account of level 2, the only ones that sign in to public services (NĐ 69/2024/NĐ-CP)."""
WANTED = ("redirect_uri", "state", "nonce", "code_challenge")


@dataclass(frozen=True)
class Someone:
    """A person who can be chosen."""

    number: str
    name: str

    @property
    def subject(self) -> str:
        """Return what the provider calls this person."""
        return hashlib.sha256(f"sim {self.number}".encode()).hexdigest()[:24]


@dataclass(frozen=True)
class _Asked:
    who: Someone
    asked: Mapping[str, str]
    at: float


class NationalIdentity:
    """A small provider on this machine."""

    def __init__(self, port: int, client: str, secret: str, people: Sequence[Someone]) -> None:
        self.people, self._client, self._secret = list(people), client, secret
        self._key = RSAKey.generate_key(2048, {"kid": "sim", "use": "sig"})
        self._codes: dict[str, _Asked] = {}
        self._lock = Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                if parts.path == "/.well-known/openid-configuration":
                    return self._json(200, service.described())
                if parts.path == "/jwks":
                    return self._json(200, service.keys())
                if parts.path == "/authorize":
                    return self._text(*service.choice(asked))
                if parts.path == "/choose" and (back := service.chosen(asked)):
                    self.send_response(302)
                    self.send_header("Location", back)
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                return self._text(404, "")

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                if (
                    self.path != "/token"
                    or not length.isascii()
                    or not length.isdigit()
                    or int(length) > MOST_BYTES
                ):
                    return self._text(404, "")
                body = parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"))
                given = {name: values[0] for name, values in body.items()}
                return self._json(*service.token(self.headers.get("Authorization", ""), given))

            def _json(self, status: int, body: object) -> None:
                self._answer(status, json.dumps(body).encode(), "application/json")

            def _text(self, status: int, body: str) -> None:
                self._answer(status, body.encode(), "text/html; charset=utf-8")

            def _answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def described(self) -> dict[str, object]:
        """Return the provider's metadata (Discovery 1.0, 3)."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, object]:
        """Return the public key that signs."""
        return dict(KeySet([self._key]).as_dict(private=False))

    def choice(self, asked: Mapping[str, str]) -> tuple[int, str]:
        """Return the page on which somebody is chosen; 400 for what no client of ours asks."""
        if asked.get("client_id") != self._client or asked.get("response_type") != "code":
            return 400, "unknown client"
        if asked.get("code_challenge_method") != "S256" or not all(asked.get(name) for name in WANTED):
            return 400, "state, nonce and PKCE (S256) are needed"
        links = "".join(
            f'<li><a href="/choose?{html.escape(urlencode({**asked, "who": who.number}))}">{html.escape(who.name)}</a>'
            f" ({who.number})</li>"
            for who in self.people
        )
        return 200, (
            '<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>VNeID (sim)</title><h1>VNeID (mô phỏng)</h1><p>Chọn người đăng nhập:</p><ul>{links}</ul></html>"
        )

    def chosen(self, asked: Mapping[str, str]) -> str | None:
        """Return where the browser goes back to with a code, None for nobody of the list."""
        who = next((each for each in self.people if each.number == asked.get("who")), None)
        if who is None or self.choice(asked)[0] != 200:
            return None
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = _Asked(who, asked, time.monotonic())
        back = {"state": asked["state"], "code": code, "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, authorization: str, given: Mapping[str, str]) -> tuple[int, dict[str, object]]:
        """Return an ID token for a code that is good, once."""
        if not self._is_client(authorization):
            return 401, {"error": "invalid_client"}
        with self._lock:
            found = self._codes.pop(given.get("code", ""), None)
        if found is None or time.monotonic() - found.at > CODE_SECONDS:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if proof != found.asked["code_challenge"] or given.get("redirect_uri") != found.asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "sim", "token_type": "Bearer", "id_token": self._id_token(found)}

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _is_client(self, authorization: str) -> bool:
        kind, _, coded = authorization.partition(" ")
        try:
            client, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
        except ValueError:
            return False
        wanted = (self._client.encode(), self._secret.encode())
        is_same = [compare_digest(unquote(a).encode(), b) for a, b in zip((client, secret), wanted, strict=True)]
        return kind.lower() == "basic" and all(is_same)

    def _id_token(self, found: _Asked) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": found.who.subject,
            "aud": self._client,
            "iat": now,
            "exp": now + 300,
            "nonce": found.asked["nonce"],
            "personal_id": found.who.number,
            "name": found.who.name,
            "acr": ACR,
        }
        return jwt.encode({"alg": "RS256", "kid": "sim"}, claims, self._key)

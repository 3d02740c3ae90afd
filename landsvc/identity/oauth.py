"""Give machines access tokens: OAuth 2 client credentials (RFC 6749, 4.4) with opaque tokens.

Why opaque and why our own: docs/decisions/0007-opaque-tokens-of-our-own.md.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.identity import credentials, limits, queries
from landsvc.identity.queries import ClientKey
from landsvc.identity.service import trace

GRANT = "client_credentials"
TOKEN_SECONDS = 3600


class TokenError(Exception):
    """No token is given; `code` is one of RFC 6749, 5.2."""

    def __init__(self, code: str, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{code}: {description}")


@dataclass(frozen=True)
class TokenRequest:
    """What a client sent: its credentials, and the scope it asks for (None: all it has)."""

    client_id: str
    secret: str
    scope: str | None


@dataclass(frozen=True)
class Issued:
    """A token just given; it is kept nowhere."""

    token: str
    scopes: tuple[str, ...]
    seconds: int


def read_request(authorization: str | None, form: Mapping[str, list[str]]) -> TokenRequest:
    """Read a token request: credentials in the Authorization header or in the form, never both.

    Raises `TokenError`. What is sent without a value counts as not sent (RFC 6749, 3.2).
    """
    if repeated := sorted(name for name, values in form.items() if len(values) > 1):
        raise TokenError("invalid_request", f"{repeated[0][:40]} is given more than once")
    given = {name: values[0] for name, values in form.items() if values and values[0]}
    grant = given.get("grant_type")
    if grant is None:
        raise TokenError("invalid_request", "grant_type is missing")
    if grant != GRANT:
        raise TokenError("unsupported_grant_type", f"the only grant is {GRANT}")
    in_header = _basic(authorization)
    if in_header and "client_secret" in given:
        raise TokenError("invalid_request", "credentials stand in the header and in the form")
    client_id, secret = in_header or (given.get("client_id", ""), given.get("client_secret", ""))
    if not client_id or not secret:
        raise TokenError("invalid_client", "client id and secret are needed")
    if in_header and given.get("client_id", client_id) != client_id:
        raise TokenError("invalid_request", "header and form name different clients")
    return TokenRequest(client_id, secret, given.get("scope"))


def issue(database: Database, asked: TokenRequest, address: str | None) -> Issued:
    """Give a token to a client that knows its secret; raise `TokenError` or `TooManySignIns`."""
    limits.count(database, client=address)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        found = queries.client_by_id(session, client_id=asked.client_id.replace("\0", ""))
        secret = _secret_of(found, asked.secret)
        if found and secret:
            limits.forgive(session, client=address)
            scopes = _granted(asked.scope, found.scopes)
            token = credentials.new_token()
            queries.keep_token(
                session,
                token_hash=credentials.fingerprint(token),
                api_client_id=found.id,
                scopes=scopes,
                seconds=TOKEN_SECONDS,
            )
            trace(
                session,
                "token.given",
                api_client_id=found.id,
                address=address,
                details={"scopes": scopes, "secret": secret},
            )
            return Issued(token, tuple(scopes), TOKEN_SECONDS)
        trace(session, "token.refused", api_client_id=found.id if found else None, address=address)
    raise TokenError("invalid_client", "client id or secret is wrong")


def _secret_of(found: ClientKey | None, sent: str) -> str | None:
    """Return which secret of a client this is, `current` or `previous`; None for neither."""
    if credentials.is_of(sent, found.secret_hash if found else bytes(32)):
        return "current"
    before = found.previous_hash if found else None
    return "previous" if before is not None and credentials.is_of(sent, before) else None


def _granted(asked: str | None, allowed: list[str]) -> list[str]:
    wanted = sorted(set(asked.split())) if asked else sorted(allowed)
    if not wanted or not set(wanted) <= set(allowed):
        raise TokenError("invalid_scope", "the client may not have all of these scopes")
    return wanted


def _basic(authorization: str | None) -> tuple[str, str] | None:
    """Return (client id, secret) of a Basic header, both form-encoded in it (RFC 6749, 2.3.1)."""
    if not authorization:
        return None
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        raise TokenError("invalid_client", "the Authorization header is not Basic")
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise TokenError("invalid_client", "the Basic credentials cannot be read") from None
    if not colon:
        raise TokenError("invalid_client", "the Basic credentials cannot be read")
    return unquote_plus(client_id), unquote_plus(secret)

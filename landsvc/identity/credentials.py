"""Make and check what shows who somebody is: passwords (Argon2id), tokens, CSRF tokens. Pure, no database."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_PASSWORD, MOST_PASSWORD = 10, 200
HASHER = PasswordHasher()
"""RFC 9106's second recommended option: 3 passes over 64 MiB, 4 lanes."""


def is_fit(password: str) -> bool:
    """Return whether a text can be a password, in characters as people count them."""
    return LEAST_PASSWORD <= len(_normal(password)) <= MOST_PASSWORD


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password in PHC form. Takes 64 MiB and some 0.1 s."""
    return HASHER.hash(_normal(password))


def password_is(password: str, stored: str | None) -> bool:
    """Return whether a password belongs to a hash. Without a hash it takes as long, and is false."""
    nobodys = _nobodys()
    try:
        HASHER.verify(stored or nobodys, _normal(password)[:MOST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Return whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def new_token() -> str:
    """Return 256 random bits as text that goes through headers, cookies and forms."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> bytes:
    """Return what is kept of a token: with 256 random bits SHA-256 needs no salt and no slowness."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def is_of(token: str, kept: bytes) -> bool:
    """Return whether a token is the one whose fingerprint is kept."""
    return hmac.compare_digest(fingerprint(token), kept)


def csrf_of(token: str) -> str:
    """Return the CSRF token of a session: whoever has the cookie can work it out, nobody else, and nothing is kept."""
    return urlsafe_b64encode(hmac.digest(token.encode(), b"landsvc csrf", "sha256")).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that says nothing about them."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _normal(password: str) -> str:
    # The same Vietnamese letter is one or two characters, as keyboard and system like.
    return unicodedata.normalize("NFC", password)


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe(32))

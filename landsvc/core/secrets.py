"""Keep personal numbers sealed at rest, and find them by their exact value without opening any.

    vault.seal("079012345678", context)          what a column holds: AES-256-GCM under the newest key
    vault.open(sealed, context)                   the text again; another context, or a changed byte, does not open
    vault.index("079012345678", IDENTITY_NUMBER)  a keyed digest (HMAC-SHA-256) to search by
    vault.indexes(...)                            the digests under every key, for `= ANY(...)`

The context says what a value belongs to (table and natural key): a sealed value copied to another row does not open
there. The purpose of an index says what kind of value it is: the same person is found by the same digest in every room.
The keys are outside the database (`secret_keys`). Source: NIST SP 800-38D (GCM), RFC 5869 (HKDF), RFC 2104 (HMAC).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hmac import digest
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from landsvc.core.config import Settings
from landsvc.core.errors import Unavailable
from landsvc.core.secret_keys import KEY_BYTES, SecretKeysMissing, place_of, read_keys

IDENTITY_NUMBER: Final = "identity-number"
"""The purpose of the index of identity and tax numbers of persons (số định danh cá nhân, mã số thuế)."""
FORMAT = 1
NONCE_BYTES = 12
HEAD_BYTES = 3


class SealBroken(Unavailable):
    """A sealed value does not open: it was changed, or moved from another row."""

    slug = "seal-broken"
    title = "A protected number cannot be read"
    detail = "A sealed value does not open with its key: it was changed, or belongs to another row."
    remedy = "Tell whoever runs the service: the row is to be compared with a backup."


class Vault:
    """Seals and opens with the keys of one service; reads them when they are first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys: Mapping[int, bytes] = {}

    @property
    def newest(self) -> int:
        """Return the version of the key that seals."""
        return max(self._roots())

    def seal(self, text: str, context: str) -> bytes:
        """Return a text sealed under the newest key; raise `SecretKeysMissing`."""
        version = self.newest
        head = bytes([FORMAT]) + version.to_bytes(2, "big")
        nonce = os.urandom(NONCE_BYTES)
        return head + nonce + self._cipher(version).encrypt(nonce, text.encode(), head + context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """Return the text of a sealed value; raise `SecretKeysMissing` or `SealBroken`."""
        head, nonce, rest = (
            sealed[:HEAD_BYTES],
            sealed[HEAD_BYTES:][:NONCE_BYTES],
            sealed[HEAD_BYTES + NONCE_BYTES :],
        )
        try:
            return self._cipher(version_of(sealed)).decrypt(nonce, rest, head + context.encode()).decode()
        except (InvalidTag, ValueError):
            raise SealBroken from None

    def index(self, text: str, purpose: str) -> bytes:
        """Return the digest to keep beside a sealed value."""
        return self._index(self.newest, text, purpose)

    def indexes(self, text: str, purpose: str) -> list[bytes]:
        """Return the digests a value may have been kept under: one for each key."""
        return [self._index(version, text, purpose) for version in sorted(self._roots())]

    def _index(self, version: int, text: str, purpose: str) -> bytes:
        key = derived(self._root(version), "index " + purpose)
        return digest(key, "".join(text.split()).upper().encode(), "sha256")

    def _cipher(self, version: int) -> AESGCM:
        return AESGCM(derived(self._root(version), "seal"))

    def _root(self, version: int) -> bytes:
        if version not in self._roots():
            self._keys = {}  # a key may have been added while we ran
        if version not in self._roots():
            raise SecretKeysMissing(version=version, place=place_of(self._settings))
        return self._keys[version]

    def _roots(self) -> Mapping[int, bytes]:
        if not self._keys:
            self._keys = read_keys(self._settings) or {}
        if not self._keys:
            raise SecretKeysMissing(version=1, place=place_of(self._settings))
        return self._keys


def version_of(sealed: bytes) -> int:
    """Return which key a value was sealed under; raise `SealBroken` for what was never sealed."""
    if len(sealed) <= HEAD_BYTES + NONCE_BYTES or sealed[0] != FORMAT:
        raise SealBroken
    return int.from_bytes(sealed[1:HEAD_BYTES], "big")


def derived(root: bytes, use: str) -> bytes:
    """Return the key for one use; none tells anything of another."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"landsvc {use}".encode()).derive(root)

"""Sign messages as a bank would, by the text of RFC 9421 alone: nothing of what is tested here is used."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from landsvc.core.db import IDENTITY_ROLE, IMPORT_ROLE, Database
from landsvc.core.secrets import Vault
from landsvc.finance.channels import keys, queries

PRIVATE = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}
_numbers = count(1)


@dataclass
class Signer:
    """Who signs: a channel with one of its keys."""

    channel: str
    kid: str
    secret: bytes | None = None
    private: Any = None

    @property
    def path(self) -> str:
        """Return where its payments go."""
        return f"/api/v1/channels/{self.channel}/payments"

    def sign(self, base: bytes) -> bytes:
        """Return the signature of a text."""
        if self.secret is not None:
            return hmac.digest(self.secret, base, sha256)
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(base, padding.PKCS1v15(), SHA256())
        return self.private.sign(base)

    def headers(
        self, method: str, path: str, body: bytes, *, kind: str = "application/json", **given: Any
    ) -> dict[str, str]:
        """Return the headers that sign a message; `created`, `nonce` and `kid` may be given."""
        digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
        created, nonce = given.get("created", int(time.time())), given.get("nonce") or uuid4().hex
        names = '("@method" "@path" "content-type" "content-digest")'
        params = f'{names};created={created};keyid="{given.get("kid", self.kid)}";nonce="{nonce}"'
        base = (
            f'"@method": {method}\n"@path": {path}\n"content-type": {kind}\n"content-digest": {digest}\n'
            f'"@signature-params": {params}'
        )
        return {
            "Content-Type": kind,
            "Content-Digest": digest,
            "Signature-Input": f"sig1={params}",
            "Signature": f"sig1=:{b64encode(self.sign(base.encode())).decode()}:",
        }


def add_channels(database: Database) -> None:
    """Add the channels BANK1, BANK2 and ETAX."""
    rows = [
        {"code": code, "name_vi": code, "name_en": code, "kind": kind, "is_active": "true"}
        for code, kind in (("BANK1", "bank"), ("BANK2", "bank"), ("ETAX", "portal"))
    ]
    with database.unit_of_work(IMPORT_ROLE) as session:
        queries.put_channels(session, rows)


def signer(database: Database, vault: Vault, channel: str = "BANK1", kind: str = "hmac") -> Signer:
    """Return who signs for a channel with a key made for it."""
    kid = f"k{next(_numbers)}"
    with database.unit_of_work(IDENTITY_ROLE) as session:
        if kind == "hmac":
            return Signer(channel, kid, secret=keys.add_secret(session, vault, channel, kid))
        keys.add_public(session, channel, kid, pem(PRIVATE[kind]))
    return Signer(channel, kid, private=PRIVATE[kind])


def pem(private: Any) -> bytes:
    """Return the public half of a key."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def payment(**more: Any) -> dict[str, Any]:
    """Return a payment as a bank tells it."""
    return {
        "referenceNo": f"FT{next(_numbers):06}",
        "purpose": "tax",
        "obligationId": "ID-1",
        "accountNo": "0000000000",
        "amountVnd": 24_000_000,
        "paidAt": "2026-09-10T09:00:00+07:00",
    } | more


def written(body: dict[str, Any]) -> bytes:
    """Return the bytes of a body."""
    return json.dumps(body).encode()

"""Sign messages as a bank does (RFC 9421 with Content-Digest of RFC 9530), by what docs/channels.md says."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from landsvc.sim.errors import KeyUnfit

Sign = Callable[[bytes], bytes]
PARTS = '("@method" "@path" "content-type" "content-digest")'


def by_secret(text: str) -> Sign:
    """Return what signs with a secret as `landsvc channel key add` prints it; raise `KeyUnfit`."""
    try:
        secret = b64decode(text.strip(), validate=True)
    except (Error, ValueError):
        raise KeyUnfit(reason="the secret is not base64") from None
    return lambda base: hmac.digest(secret, base, sha256)


def by_private_key(pem: bytes) -> Sign:
    """Return what signs with a private key in PEM, Ed25519 or RSA; raise `KeyUnfit`."""
    try:
        found = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise KeyUnfit(reason="the file holds no open private key in PEM") from None
    if isinstance(found, Ed25519PrivateKey):
        return found.sign
    if isinstance(found, RSAPrivateKey):
        key = found
        return lambda base: key.sign(base, PKCS1v15(), SHA256())
    raise KeyUnfit(reason="the key is neither Ed25519 nor RSA")


def signed_headers(sign: Sign, kid: str, method: str, path: str, kind: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a message at this moment, with a nonce of its own."""
    digest = f"sha-256=:{_text(sha256(body).digest())}:"
    told = f'{PARTS};created={int(time.time())};keyid="{kid}";nonce="{token_hex(16)}"'
    lines = (
        f'"@method": {method}',
        f'"@path": {path}',
        f'"content-type": {kind}',
        f'"content-digest": {digest}',
        f'"@signature-params": {told}',
    )
    return {
        "Content-Type": kind,
        "Content-Digest": digest,
        "Signature-Input": f"sig1={told}",
        "Signature": f"sig1=:{_text(sign(chr(10).join(lines).encode()))}:",
    }


def _text(content: bytes) -> str:
    return b64encode(content).decode()

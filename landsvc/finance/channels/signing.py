"""Check signatures over HTTP messages as channels make them: pure functions, no database.

One profile of RFC 9421: `Signature-Input: sig1=("@method" "@path" "content-type" "content-digest");created=1763870000;
keyid="k1";nonce="…"`, the four parts in any order, and `Content-Digest` (RFC 9530) with sha-256, so that no byte of the
message is free. hmac-sha256, ed25519 and rsa-v1_5-sha256 as the registry of RFC 9421 names them.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

HMAC, ED25519, RSA = "hmac-sha256", "ed25519", "rsa-v1_5-sha256"
COMPONENTS = frozenset({"@method", "@path", "content-type", "content-digest"})
LEAST_SECRET_BYTES = 32
LEAST_RSA_BITS = 2048
MOST_HEADER = 2000
INPUT = re.compile(r'([a-z][a-z0-9_-]{0,19})=(\(((?:"[a-z@-]+" ?)+)\)((?:;[a-z]+=(?:[0-9]+|"[^"\\]*"))+))')
PARAMETER = re.compile(r';([a-z]+)=(?:([0-9]{1,12})|"([A-Za-z0-9._-]{1,64})")')
SIGNATURE = re.compile(r"([a-z][a-z0-9_-]{0,19})=:([A-Za-z0-9+/]+={0,2}):")
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
NONCE = re.compile(r"[A-Za-z0-9._-]{16,64}")
NUMBERS, TEXTS = frozenset({"created"}), frozenset({"keyid", "nonce", "alg"})


class Unreadable(ValueError):
    """A header that lacks, or that nothing can be made of; the text names it."""


@dataclass(frozen=True)
class Head:
    """What the headers of a signed message say; nothing of it is proved yet."""

    kid: str
    created: int
    nonce: str
    algorithm: str | None
    base: bytes
    signature: bytes
    digest: bytes
    """SHA-256 that the body is to have."""


def read_head(method: str, path: str, headers: Mapping[str, str]) -> Head:
    """Return what the headers of a message say; raise `Unreadable`."""
    digest = _whole(DIGEST, headers, "Content-Digest")[1]
    found = _whole(INPUT, headers, "Signature-Input")
    label, signed = _whole(SIGNATURE, headers, "Signature").groups()
    names = re.findall(r'"([a-z@-]+)"', found[3])
    if label != found[1] or len(names) != len(COMPONENTS) or set(names) != COMPONENTS:
        raise Unreadable("Signature-Input")
    told = _parameters(found[4])
    values = {
        "@method": method,
        "@path": path,
        "content-type": headers.get("Content-Type", "").strip(),
        "content-digest": headers["Content-Digest"].strip(),
    }
    lines = [f'"{name}": {values[name]}' for name in names]
    base = "\n".join([*lines, f'"@signature-params": {found[2]}']).encode()
    return Head(
        told["keyid"],
        int(told["created"]),
        told["nonce"],
        told.get("alg"),
        base,
        _bytes("Signature", signed),
        _bytes("Content-Digest", digest),
    )


def verifies(head: Head, algorithm: str, key: bytes) -> bool:
    """Tell whether a head was signed with a key: the shared secret, or a public key in PEM."""
    if head.algorithm not in {None, algorithm}:
        return False
    if algorithm == HMAC:
        return hmac.compare_digest(hmac.digest(key, head.base, sha256), head.signature)
    try:
        match load_pem_public_key(key):
            case Ed25519PublicKey() as public if algorithm == ED25519:
                public.verify(head.signature, head.base)
            case RSAPublicKey() as public if algorithm == RSA:
                public.verify(head.signature, head.base, PKCS1v15(), SHA256())
            case _:
                return False
    except InvalidSignature:
        return False
    return True


def kind_of(pem: bytes) -> str | None:
    """Return what a public key signs by, None for what is no key, of another kind, or too short."""
    try:
        found = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(found, Ed25519PublicKey):
        return ED25519
    return RSA if isinstance(found, RSAPublicKey) and found.key_size >= LEAST_RSA_BITS else None


def _whole(pattern: re.Pattern[str], headers: Mapping[str, str], name: str) -> re.Match[str]:
    given = headers.get(name, "").strip()
    found = pattern.fullmatch(given) if len(given) <= MOST_HEADER else None
    if found is None:
        raise Unreadable(name)
    return found


def _parameters(text: str) -> dict[str, str]:
    """Return the parameters of a signature, each once, none unknown; all but `alg` must be there."""
    found: dict[str, str] = {}
    for each in PARAMETER.finditer(text):
        name = each[1]
        if name in found or (each[2] is None) == (name in NUMBERS) or name not in NUMBERS | TEXTS:
            raise Unreadable("Signature-Input")
        found[name] = each[2] or each[3]
    if PARAMETER.sub("", text) or not {"created", "keyid", "nonce"} <= found.keys():
        raise Unreadable("Signature-Input")
    if not NONCE.fullmatch(found["nonce"]):
        raise Unreadable("Signature-Input")
    return found


def _bytes(name: str, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except Error:
        raise Unreadable(name) from None

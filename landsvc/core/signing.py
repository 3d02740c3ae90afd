"""Sign printed pages as PDF (PAdES), and messages to other offices as JWS, with the key of the office.

The key and its certificate are a PKCS#12 file outside the database (`LANDSVC_SIGNING_FILE`). pyHanko is imported
when the first page is signed. Nothing is ever fetched: neither time stamps nor lists of revoked certificates.
Source: ETSI EN 319 142-1 (PAdES, baseline B), RFC 7515 (JWS), RFC 7517 and 7638 (published keys and their names).
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from landsvc.core import clock
from landsvc.core.config import Settings
from landsvc.core.errors import Unavailable

if TYPE_CHECKING:
    from pyhanko.sign import SimpleSigner

FILE = "signing.p12"
FIELD = "Signature1"
TRIAL_NAME = "landsvc: trial, no legal force"
TRIAL_DAYS = 3650
KEY_BITS = 3072


class SigningKeyMissing(Unavailable):
    """The key that signs is not here, or does not open. 503."""

    slug = "signing-key-missing"
    title = "The key that signs is not here"
    detail = "{place}: {reason}"
    remedy = (
        "Name the key file of the office with LANDSVC_SIGNING_FILE, and what opens it (docs/certificates.md)."
    )


@dataclass(frozen=True)
class Detached:
    """A signature beside what it signs: a compact JWS whose middle part is left out, and the name of the key."""

    signature: str
    key_id: str


class Signer:
    """Signs with the key of one service; reads it when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """Return whose key signs, as its certificate says; raise `SigningKeyMissing`."""
        return _load(self._settings)[1].subject.rfc4514_string()

    @property
    def common_name(self) -> str:
        """Return whose key signs as people say it, the name in full where it has none; raise `SigningKeyMissing`."""
        names = _load(self._settings)[1].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.name

    def sign(self, pdf: bytes, *, reason: str, place: str) -> bytes:
        """Return the PDF with a signature over all of it; raise `SigningKeyMissing`."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import PdfSignatureMetadata, sign_pdf
        from pyhanko.sign.fields import SigSeedSubFilter

        _load(self._settings)  # says what is wrong in our words
        signer = _signer(_content(self._settings), _passphrase(self._settings))
        meta = PdfSignatureMetadata(
            field_name=FIELD,
            reason=reason,
            location=place,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
        )
        signed: BytesIO = sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), meta, signer=signer)
        return signed.getvalue()

    def sign_bytes(self, content: bytes) -> Detached:
        """Return a signature (RS256) over exactly these bytes; raise `SigningKeyMissing`.

        Source: RFC 7515 appendix F.
        """
        key, key_id = self._rsa()
        head = _encoded(json.dumps({"alg": "RS256", "kid": key_id}, separators=(",", ":")).encode())
        signed = key.sign(f"{head}.{_encoded(content)}".encode(), padding.PKCS1v15(), hashes.SHA256())
        return Detached(f"{head}..{_encoded(signed)}", key_id)

    def public_key(self) -> dict[str, str]:
        """Return what proves those signatures, as a JSON Web Key; raise `SigningKeyMissing`."""
        key, key_id = self._rsa()
        return _public(key) | {"kid": key_id, "use": "sig", "alg": "RS256"}

    def _rsa(self) -> tuple[rsa.RSAPrivateKey, str]:
        key = _load(self._settings)[0]
        if not isinstance(key, rsa.RSAPrivateKey):
            raise SigningKeyMissing(place=place_of(self._settings), reason="no RSA key")
        named = json.dumps(_public(key), sort_keys=True, separators=(",", ":"))
        return key, _encoded(sha256(named.encode()).digest())


def _public(key: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def file_of(settings: Settings) -> Path:
    """Return the file of the key."""
    return settings.signing_file or settings.data_dir / FILE


def place_of(settings: Settings) -> str:
    """Return where the key is looked for, in words."""
    return str(file_of(settings))


def make_trial_key(settings: Settings) -> bool:
    """Make a key with a certificate that says it is for trial, where there is no file; return whether one was made."""
    target = file_of(settings)
    if target.exists():
        return False
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TRIAL_NAME)])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=TRIAL_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signatures(), critical=True)
        .sign(key, hashes.SHA256())
    )
    passphrase = _passphrase(settings)
    closed = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    _write(target, pkcs12.serialize_key_and_certificates(b"landsvc", key, certificate, None, closed))
    return True


def _for_signatures() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load(settings: Settings) -> tuple[object, x509.Certificate]:
    """Return the key and its certificate."""
    content = _content(settings)
    try:
        key, certificate = _opened(content, _passphrase(settings))
    except ValueError:
        raise SigningKeyMissing(
            place=place_of(settings), reason="no PKCS#12 file, or another passphrase opens it"
        ) from None
    if key is None or certificate is None:
        raise SigningKeyMissing(place=place_of(settings), reason="no key and certificate")
    return key, certificate


def _content(settings: Settings) -> bytes:
    try:
        return file_of(settings).read_bytes()
    except OSError as error:
        raise SigningKeyMissing(place=place_of(settings), reason=error.strerror) from None


# Opening a key takes 0.2 s, for what closes it is slow on purpose: kept by what the file holds now, which is read anew.
@lru_cache(maxsize=2)
def _opened(content: bytes, passphrase: bytes | None) -> tuple[object, x509.Certificate | None]:
    """Return the key and the certificate of a file, None for what is not in it; raise ValueError."""
    key, certificate, _ = pkcs12.load_key_and_certificates(content, passphrase)
    return key, certificate


@lru_cache(maxsize=2)
def _signer(content: bytes, passphrase: bytes | None) -> SimpleSigner:
    from pyhanko.sign import SimpleSigner

    load: Callable[..., SimpleSigner] = SimpleSigner.load_pkcs12_data
    return load(content, other_certs=(), passphrase=passphrase)


def _passphrase(settings: Settings) -> bytes | None:
    return settings.signing_passphrase.encode() if settings.signing_passphrase else None


def _write(target: Path, content: bytes) -> None:
    """Write the file whole, closed to others; another's file is never overwritten."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as sink:
            sink.write(content)
            sink.flush()
            os.fsync(sink.fileno())
        with suppress(FileExistsError):
            os.link(partial, target)
    finally:
        partial.unlink(missing_ok=True)

"""Sign printed pages as PDF (PAdES) with the key of the office.

The key and its certificate are a PKCS#12 file outside the database (`LANDSVC_SIGNING_FILE`). pyHanko is imported
when the first page is signed. Nothing is ever fetched: neither time stamps nor lists of revoked certificates.
Source: ETSI EN 319 142-1 (PAdES, baseline B).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
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


class Signer:
    """Signs with the key of one service; reads it when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """Return whose key signs, as its certificate says; raise `SigningKeyMissing`."""
        return _load(self._settings).subject.rfc4514_string()

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


def _load(settings: Settings) -> x509.Certificate:
    """Return the certificate of the key."""
    content = _content(settings)
    try:
        certificate = _opened(content, _passphrase(settings))
    except ValueError:
        raise SigningKeyMissing(
            place=place_of(settings), reason="no PKCS#12 file, or another passphrase opens it"
        ) from None
    if certificate is None:
        raise SigningKeyMissing(place=place_of(settings), reason="no key and certificate")
    return certificate


def _content(settings: Settings) -> bytes:
    try:
        return file_of(settings).read_bytes()
    except OSError as error:
        raise SigningKeyMissing(place=place_of(settings), reason=error.strerror) from None


# Opening a key takes 0.2 s, for what closes it is slow on purpose: kept by what the file holds now, which is read anew.
@lru_cache(maxsize=2)
def _opened(content: bytes, passphrase: bytes | None) -> x509.Certificate | None:
    """Return the certificate of a file that holds a key and its certificate, else None; raise ValueError."""
    key, certificate, _ = pkcs12.load_key_and_certificates(content, passphrase)
    return None if key is None else certificate


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

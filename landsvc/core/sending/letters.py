"""Say what a message is: to whom, what it says, how to be sent none any more; kept sealed as one piece."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from landsvc.core.secrets import Vault

EMAIL, SMS, PAGE = "email", "sms", "page"
CHANNELS = (EMAIL, SMS, PAGE)


@dataclass(frozen=True)
class Letter:
    """One message: `to` is an e-mail address, a telephone number, or nothing for the inbox on the page."""

    to: str
    subject: str
    text: str
    language: str
    stop: str | None = None
    """The address that ends such messages with one POST (RFC 8058)."""


def sealed(vault: Vault, message: str, letter: Letter) -> bytes:
    """Return a letter sealed for one message alone."""
    return vault.seal(json.dumps(asdict(letter), ensure_ascii=False), _context(message))


def opened(vault: Vault, message: str, kept: bytes) -> Letter:
    """Return a letter; raise `SecretKeysMissing` or `SealBroken`."""
    return Letter(**json.loads(vault.open(kept, _context(message))))


def _context(message: str) -> str:
    return f"core.message {message}"

"""Seal the secrets shared with channels and open them, and bring stored ones under the newest key."""

from __future__ import annotations

from base64 import b64decode, b64encode

import psycopg

from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

SQL = statements("finance", "queries_channels.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"


def sealed(vault: Vault, channel: str, kid: str, secret: bytes) -> bytes:
    """Return a shared secret sealed for this key alone."""
    return vault.seal(b64encode(secret).decode(), _context(channel, kid))


def opened(vault: Vault, channel: str, kid: str, kept: bytes) -> bytes:
    """Return a shared secret; raise `SecretKeysMissing` or `SealBroken`."""
    return b64decode(vault.open(kept, _context(channel, kid)))


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal secrets that lie under an older key; return how many. As the owner, who alone may."""
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        older = {"newest": vault.newest.to_bytes(2, "big")}
        rows = conn.execute(SQL["channel_keys_to_seal"].text, older).fetchall()
        for number, channel, kid, kept in rows:
            again = sealed(vault, channel, kid, opened(vault, channel, kid, kept))
            conn.execute(SQL["seal_channel_key"].text, {"id": number, "sealed": again})
    return len(rows)


def _context(channel: str, kid: str) -> str:
    return f"finance.channel_key {channel} {kid}"

"""Seal how to reach whoever wrote, and bring stored contacts under the newest key."""

from __future__ import annotations

import psycopg

from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

SQL = statements("registry", "queries_feedback.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000


def sealed(vault: Vault, contact: str, form_key: str) -> bytes:
    """Return a contact sealed for one report alone, by the key of its form."""
    return vault.seal(contact, f"registry.feedback {form_key}")


def opened(vault: Vault, kept: bytes, form_key: str) -> str:
    """Return a contact; raise `SecretKeysMissing` or `SealBroken`."""
    return vault.open(kept, f"registry.feedback {form_key}")


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many. As the owner; safe to repeat."""
    older, done = {"newest": vault.newest.to_bytes(2, "big"), "page": PAGE}, 0
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        while rows := conn.execute(SQL["contacts_to_seal"].text, older).fetchall():
            for form_key, kept in rows:
                again = sealed(vault, opened(vault, kept, form_key), form_key)
                conn.execute(SQL["seal_contact"].text, {"form_key": form_key, "contact": again})
            done += len(rows)
    return done

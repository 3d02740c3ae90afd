"""Seal the keys of pushes and what receivers answered, and bring stored ones under the newest key."""

from __future__ import annotations

from typing import Any

import psycopg

from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

SQL = statements("finance", "queries_hooks.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000


def sealed_key(vault: Vault, hook: int, secret: str) -> bytes:
    """Return a secret sealed for one address alone."""
    return vault.seal(secret, f"finance.hook_key {hook}")


def opened_key(vault: Vault, hook: int, kept: bytes) -> str:
    """Return a secret; raise `SecretKeysMissing` or `SealBroken`."""
    return vault.open(kept, f"finance.hook_key {hook}")


def sealed_told(vault: Vault, delivery: str, number: int, told: str) -> bytes | None:
    """Return what was answered sealed for one attempt alone; None for nothing."""
    return vault.seal(told, _attempt(delivery, number)) if told else None


def opened_told(vault: Vault, delivery: str, number: int, kept: bytes) -> str:
    """Return what was answered; raise `SecretKeysMissing` or `SealBroken`."""
    return vault.open(kept, _attempt(delivery, number))


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many. As the owner, who alone may lift the rule of attempts."""
    newest = vault.newest.to_bytes(2, "big")
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        keys = conn.execute(SQL["hook_keys_to_seal"].text, {"newest": newest}).fetchall()
        for number, hook, kept in keys:
            again = sealed_key(vault, hook, opened_key(vault, hook, kept))
            conn.execute(SQL["seal_hook_key"].text, {"id": number, "sealed": again})
        return len(keys) + _seal_attempts(conn, vault, {"newest": newest, "page": PAGE})


def _seal_attempts(conn: psycopg.Connection[Any], vault: Vault, older: dict[str, object]) -> int:
    rows, done = conn.execute(SQL["attempts_to_seal"].text, older).fetchall(), 0
    if not rows:
        return 0
    conn.execute(SQL["let_attempts_change"].text)
    while rows:
        for delivery, number, kept in rows:
            told = sealed_told(vault, delivery, number, opened_told(vault, delivery, number, kept))
            conn.execute(SQL["seal_attempt"].text, {"delivery": delivery, "number": number, "told": told})
        done += len(rows)
        rows = conn.execute(SQL["attempts_to_seal"].text, older).fetchall()
    conn.execute(SQL["let_attempts_be"].text)
    return done


def _attempt(delivery: str, number: int) -> str:
    return f"finance.hook_attempt {delivery} {number}"

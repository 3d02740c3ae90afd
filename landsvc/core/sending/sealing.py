"""Bring stored messages under the newest key."""

from __future__ import annotations

import psycopg

from landsvc.core.secrets import Vault
from landsvc.core.sending import letters
from landsvc.core.sql import statements

SQL = statements("core", "queries_sending.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many. As the owner, who alone may lift the rule of messages."""
    older = {"newest": vault.newest.to_bytes(2, "big"), "page": PAGE}
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        rows, done = conn.execute(SQL["messages_to_seal"].text, older).fetchall(), 0
        if not rows:
            return 0
        conn.execute(SQL["let_messages_change"].text)
        while rows:
            for message, kept in rows:
                again = letters.sealed(vault, message, letters.opened(vault, message, kept))
                conn.execute(SQL["seal_message"].text, {"id": message, "sealed": again})
            done += len(rows)
            rows = conn.execute(SQL["messages_to_seal"].text, older).fetchall()
        conn.execute(SQL["let_messages_be"].text)
        return done

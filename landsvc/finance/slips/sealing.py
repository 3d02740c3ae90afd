"""Seal slips and open them, and bring stored ones under the newest key: nothing of what was signed changes."""

from __future__ import annotations

import psycopg

from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

SQL = statements("finance", "queries_slips.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 200


def sealed(vault: Vault, slip_no: str, content: bytes) -> bytes:
    """Return the bytes of a slip sealed for this slip alone."""
    return vault.seal(content.decode(), _context(slip_no))


def opened(vault: Vault, slip_no: str, kept: bytes) -> bytes:
    """Return the bytes of a slip as they were signed; raise `SecretKeysMissing` or `SealBroken`."""
    return vault.open(kept, _context(slip_no)).encode()


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal slips that lie under an older key; return how many. As the owner, who alone may lift their rule."""
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        older = {"newest": vault.newest.to_bytes(2, "big"), "page": PAGE}
        rows = conn.execute(SQL["slips_to_seal"].text, older).fetchall()
        if not rows:
            return 0
        conn.execute(SQL["let_slips_change"].text)
        done = 0
        while rows:
            for number, slip_no, kept in rows:
                again = sealed(vault, slip_no, opened(vault, slip_no, kept))
                conn.execute(SQL["seal_slip"].text, {"id": number, "sealed": again})
            done += len(rows)
            rows = conn.execute(SQL["slips_to_seal"].text, older).fetchall()
        conn.execute(SQL["let_slips_be"].text)
    return done


def _context(slip_no: str) -> str:
    return f"finance.slip {slip_no}"

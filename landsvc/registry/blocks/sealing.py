"""Seal the numbers of persons that notices name, and bring stored ones under the newest key."""

from __future__ import annotations

import psycopg

from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.core.sql import statements

SQL = statements("registry", "queries_blocks.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000


def sealed_number(vault: Vault, number: str | None, *, block: str) -> dict[str, bytes | None]:
    """Return what is kept of a number: sealed for this notice alone, and the digest to search by."""
    if number is None:
        return {"number_sealed": None, "number_index": None}
    return {
        "number_sealed": vault.seal(number, _context(block)),
        "number_index": vault.index(number, IDENTITY_NUMBER),
    }


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many numbers. As the owner; safe to repeat."""
    wanted, done = {"newest": vault.newest.to_bytes(2, "big"), "page": PAGE}, 0
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        rows = conn.execute(SQL["block_numbers_to_seal"].text, wanted).fetchall()
        if not rows:
            return 0
        conn.execute(SQL["let_block_numbers_change"].text)
        while rows:
            for number_id, block, sealed in rows:
                again = sealed_number(vault, vault.open(sealed, _context(block)), block=block)
                conn.execute(SQL["seal_block_number"].text, {"id": number_id, **again})
            done += len(rows)
            rows = conn.execute(SQL["block_numbers_to_seal"].text, wanted).fetchall()
        conn.execute(SQL["let_block_numbers_be"].text)
    return done


def _context(block: str) -> str:
    return f"registry.block {block}"

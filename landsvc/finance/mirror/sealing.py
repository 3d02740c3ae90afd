"""Seal the numbers of who owes at rest, and bring stored ones under the newest key."""

from __future__ import annotations

import psycopg

from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.core.sql import statements

SQL = statements("finance", "queries_mirror.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000


def sealed(vault: Vault, number: str | None, tax_office_code: str, notice_no: str) -> dict[str, object]:
    """Return what is kept of a number: sealed for this notice alone, and the digest to search by."""
    if number is None:
        return {"payer_sealed": None, "payer_index": None}
    context = _context(tax_office_code, notice_no)
    return {"payer_sealed": vault.seal(number, context), "payer_index": vault.index(number, IDENTITY_NUMBER)}


def opened(vault: Vault, kept: bytes, tax_office_code: str, notice_no: str) -> str:
    """Return the whole number; raise `SecretKeysMissing`."""
    return vault.open(kept, _context(tax_office_code, notice_no))


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many. As the owner, who alone may lift the rule of notices."""
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        older = {"newest": vault.newest.to_bytes(2, "big"), "page": PAGE}
        rows = conn.execute(SQL["notices_to_seal"].text, older).fetchall()
        if not rows:
            return 0
        conn.execute(SQL["let_notices_change"].text)
        done = 0
        while rows:
            for number, office, notice_no, kept in rows:
                again = sealed(vault, opened(vault, kept, office, notice_no), office, notice_no)
                conn.execute(SQL["seal_notice"].text, {"id": number, **again})
            done += len(rows)
            rows = conn.execute(SQL["notices_to_seal"].text, older).fetchall()
        conn.execute(SQL["let_notices_be"].text)
    return done


def _context(tax_office_code: str, notice_no: str) -> str:
    return f"finance.notice {tax_office_code} {notice_no}"

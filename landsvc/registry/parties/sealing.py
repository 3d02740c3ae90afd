"""Seal the numbers of documents at rest, open them for who may read them, and keep them under the newest key."""

from __future__ import annotations

import psycopg

from landsvc.core.secret_keys import SecretKeysMissing
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.core.sql import statements
from landsvc.finance.rules import masked
from landsvc.registry.parties.queries import Document

SQL = statements("registry", "queries_parties.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000


def sealed_number(vault: Vault, number: str, *, party: str, kind: str) -> dict[str, bytes]:
    """Return what is kept of a number: sealed for this party and kind alone, and the digest to search by."""
    return {
        "number_sealed": vault.seal(number, _context(party, kind)),
        "number_index": vault.index(number, IDENTITY_NUMBER),
    }


def opened(vault: Vault, found: Document) -> str:
    """Return the whole number of a document."""
    return vault.open(found.sealed, _context(found.party, found.kind))


def hidden(vault: Vault, found: Document) -> str:
    """Return the end of a number; all of it is hidden while the keys are away."""
    try:
        return masked(opened(vault, found)) or "••••"
    except SecretKeysMissing:
        return "••••"


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many numbers. As the owner; safe to repeat."""
    newest, done = vault.newest.to_bytes(2, "big"), 0
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        if conn.execute(SQL["party_numbers_to_seal"].text, {"newest": newest, "page": 1}).fetchone() is None:
            return 0
        conn.execute(SQL["let_party_numbers_change"].text)
        while rows := conn.execute(
            SQL["party_numbers_to_seal"].text, {"newest": newest, "page": PAGE}
        ).fetchall():
            for number_id, party, kind, sealed in rows:
                number = vault.open(sealed, _context(party, kind))
                again = sealed_number(vault, number, party=party, kind=kind)
                conn.execute(SQL["seal_party_number"].text, {"id": number_id, **again})
            done += len(rows)
        conn.execute(SQL["let_party_numbers_be"].text)
    return done


def _context(party: str, kind: str) -> str:
    return f"registry.party_document {party} {kind}"

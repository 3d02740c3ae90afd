"""Seal the numbers of payers at rest, open them for who may read them, and bring stored ones under the newest key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg

from landsvc.core import idempotency
from landsvc.core.secret_keys import SecretKeysMissing
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.core.sql import statements
from landsvc.finance.entries import Payment
from landsvc.finance.rules import masked

SQL = statements("finance")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000


def sealed_payer(
    vault: Vault, number: str | None, *, channel: str, reference_no: str, line_no: int
) -> dict[str, object]:
    """Return what is kept of a payer's number: sealed for this payment alone, and the digest to search by."""
    if number is None:
        return {"payer_sealed": None, "payer_index": None}
    context = _context(channel, reference_no, line_no)
    return {"payer_sealed": vault.seal(number, context), "payer_index": vault.index(number, IDENTITY_NUMBER)}


def opened(vault: Vault, found: Payment) -> Payment:
    """Return a payment with the payer's whole number; one of before numbers were sealed has it in the clear."""
    if found.payer_sealed is None:
        return found
    context = _context(found.channel, found.reference_no, found.line_no)
    return replace(found, payer_ref=vault.open(found.payer_sealed, context), payer_sealed=None)


def hidden(vault: Vault, found: Payment) -> Payment:
    """Return a payment with all but the end of the payer's number hidden; all of it while the keys are away."""
    try:
        number = opened(vault, found).payer_ref
    except SecretKeysMissing:
        number = ""
    return replace(found, payer_ref="••••" if number == "" else masked(number), payer_sealed=None)


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies in the clear or under an older key; return how many rows. Safe to repeat, cheap when all is done.

    As the owner, who alone may lift the rule that payments are only added to; nothing but the sealed form changes. The
    tables are written anew at the end: what was in the clear is not left in dead rows.
    """
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        payments, answers = _seal_payments(conn, vault), idempotency.seal_stored(conn, vault)
        conn.commit()
        conn.autocommit = True
        for statement, count in (("rewrite_payments", payments), ("rewrite_answers", answers)):
            if count:
                conn.execute(SQL[statement].text)
    return payments + answers


def _seal_payments(conn: psycopg.Connection[Any], vault: Vault) -> int:
    newest, done = vault.newest.to_bytes(2, "big"), 0
    if conn.execute(SQL["payers_to_seal"].text, {"newest": newest, "page": 1}).fetchone() is None:
        return 0
    conn.execute(SQL["let_payers_change"].text)
    while rows := conn.execute(SQL["payers_to_seal"].text, {"newest": newest, "page": PAGE}).fetchall():
        for row in rows:
            conn.execute(SQL["seal_payer"].text, _sealed_again(vault, *row))
        done += len(rows)
    conn.execute(SQL["let_payers_be"].text)
    conn.commit()
    return done


def _sealed_again(
    vault: Vault,
    number: int,
    channel: str,
    reference_no: str,
    line_no: int,
    clear: str | None,
    sealed: bytes | None,
) -> dict[str, object]:
    payer = clear if sealed is None else vault.open(sealed, _context(channel, reference_no, line_no))
    found = sealed_payer(vault, payer, channel=channel, reference_no=reference_no, line_no=line_no)
    return {"id": number, **found}


def _context(channel: str, reference_no: str, line_no: int) -> str:
    return f"finance.tax_payment {channel} {reference_no} {line_no}"

"""Seal addresses of alerts, sign their links, and bring stored addresses under the newest key."""

from __future__ import annotations

import secrets
from hmac import compare_digest
from uuid import UUID

import psycopg

from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

SQL = statements("registry", "queries_alerts.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
ADDRESS, SENDER, CODE = "alert-address", "alert-sender", "alert-code"
STOP, CONFIRM, MINE = "alert-stop", "alert-confirm", "alert-mine"
"""What a link lets one do; one does not open the other."""
ID_DIGITS, MARK_DIGITS = 32, 32
CODE_DIGITS = 6


def sealed(vault: Vault, alert: str, address: str) -> bytes:
    """Return an address sealed for one alert alone."""
    return vault.seal(address, f"registry.alert {alert}")


def opened(vault: Vault, alert: str, kept: bytes) -> str:
    """Return an address; raise `SecretKeysMissing` or `SealBroken`."""
    return vault.open(kept, f"registry.alert {alert}")


def new_code() -> str:
    """Return six digits by chance."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def token(vault: Vault, alert: str, use: str) -> str:
    """Return what proves in a link that it is ours: the number of the alert and a mark (HMAC-SHA-256, 128 bits)."""
    number = UUID(alert).hex
    return number + vault.index(number, use).hex()[:MARK_DIGITS]


def unit_use(unit_id: int) -> str:
    """Return what a link that ends one parcel of an alert lets one do."""
    return f"{STOP} {unit_id}"


def alert_of(vault: Vault, given: str, use: str) -> str | None:
    """Return the alert that a link is about; None for one that is not ours, or lets one do something else."""
    number, mark = given[:ID_DIGITS], given[ID_DIGITS:]
    try:
        alert = str(UUID(hex=number))
    except ValueError:
        return None
    known = [each.hex()[:MARK_DIGITS].encode() for each in vault.indexes(UUID(alert).hex, use)]
    return alert if any(compare_digest(each, mark.encode()) for each in known) else None


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many. As the owner, who alone may lift the rule of alerts."""
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        rows = conn.execute(SQL["alerts_to_seal"].text, {"newest": vault.newest.to_bytes(2, "big")}).fetchall()
        if not rows:
            return 0
        conn.execute(SQL["let_alerts_change"].text)
        for alert, kept in rows:
            address = opened(vault, alert, kept)
            again = {"address": sealed(vault, alert, address), "address_index": vault.index(address, ADDRESS)}
            conn.execute(SQL["seal_alert"].text, {"id": alert, **again})
        conn.execute(SQL["let_alerts_be"].text)
        return len(rows)

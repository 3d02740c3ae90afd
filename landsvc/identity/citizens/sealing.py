"""Seal names and contacts of citizens, and bring stored ones under the newest key."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

import psycopg

from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

SQL = statements("identity", "queries_citizens.sql")
LOCK_LIMIT = "SET lock_timeout = '10s'"
PAGE = 1000
CONTACT: Final = "citizen-contact"
SENDER: Final = "citizen-sender"
CODE: Final = "citizen-code"


@dataclass(frozen=True)
class Own:
    """What a citizen said of themselves: a name, and a telephone number or e-mail address; empty where not said."""

    name: str
    contact: str


def sealed(vault: Vault, own: Own, account_id: int) -> bytes:
    """Return name and contact sealed for one account alone."""
    return vault.seal(json.dumps(asdict(own), ensure_ascii=False), f"identity.citizen {account_id}")


def opened(vault: Vault, kept: bytes, account_id: int) -> Own:
    """Return name and contact; raise `SecretKeysMissing` or `SealBroken`."""
    return Own(**json.loads(vault.open(kept, f"identity.citizen {account_id}")))


def sealed_proof(vault: Vault, own: Own, proof: str) -> bytes:
    """Return name and contact sealed for one code alone."""
    return vault.seal(json.dumps(asdict(own), ensure_ascii=False), f"identity.contact_proof {proof}")


def opened_proof(vault: Vault, kept: bytes, proof: str) -> Own:
    """Return what somebody said who asked for a code."""
    return Own(**json.loads(vault.open(kept, f"identity.contact_proof {proof}")))


def seal_stored(dsn: str, vault: Vault) -> int:
    """Seal what lies under an older key; return how many. As the owner; safe to repeat. Codes under way are dropped."""
    older, done = {"newest": vault.newest.to_bytes(2, "big"), "page": PAGE}, 0
    with psycopg.connect(dsn) as conn:
        conn.execute(LOCK_LIMIT)
        while rows := conn.execute(SQL["citizens_to_seal"].text, older).fetchall():
            for account_id, kept in rows:
                own = opened(vault, kept, account_id)
                index = vault.index(own.contact, CONTACT) if own.contact else None
                again = {"sealed": sealed(vault, own, account_id), "contact_index": index}
                conn.execute(SQL["seal_citizen"].text, {"account_id": account_id, **again})
            done += len(rows)
        if done:
            conn.execute(SQL["drop_old_proofs"].text)
    return done

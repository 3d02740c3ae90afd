"""Do a write once, however often it is sent: the same key gets the same answer.

The key, the work and the answer are one transaction. Whoever comes with a key that is just being used waits for that
transaction: when it commits they get its answer, when it fails the work is theirs. Only answers of work done are
kept; a refused request may be mended and sent again with its key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from landsvc.core.db import driver_connection
from landsvc.core.errors import RuleViolation
from landsvc.core.secrets import Vault
from landsvc.core.sql import statements

SQL = statements("core")


@dataclass(frozen=True)
class Answer:
    """What is answered: an HTTP status and a JSON text."""

    status: int
    body: str


class IdempotencyKeyReused(RuleViolation):
    """The key stands for another request. 422."""

    slug = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"
    detail = "The key {key} stands for a request with other content."
    remedy = "Give each request a key of its own, and send the same content again with the same key only."


def once(
    session: Session, vault: Vault, *, owner: str, key: str, request: str, work: Callable[[], Answer]
) -> Answer:
    """Return what `work` answers, or what it answered before to this key of this owner.

    `request` is the request in one canonical text. What is kept is sealed: requests and answers may name people.
    Raises `IdempotencyKeyReused` when the key came with another one.
    """
    connection = driver_connection(session)
    named = {"owner": owner, "key": key}
    fingerprint = sha256(request.encode()).hexdigest()
    if connection.execute(SQL["claim_key"].text, named).fetchone() is None:
        known = connection.execute(SQL["answer_of_key"].text, named).fetchone()
        kept = None if known is None else _kept(vault, owner, key, *known[1:])
        if known is None or kept is None or kept["request"] != fingerprint:
            raise IdempotencyKeyReused(field="Idempotency-Key", key=key)
        return Answer(known[0], kept["body"])
    answer = work()
    sealed = _sealed(vault, owner, key, {"request": fingerprint, "body": answer.body})
    connection.execute(SQL["keep_answer"].text, named | {"status": answer.status, "sealed": sealed})
    return answer


def seal_stored(connection: psycopg.Connection[Any], vault: Vault, page: int = 1000) -> int:
    """Seal what was kept in the clear or under an older key, as the owner; return how many. Safe to repeat."""
    newest, done = vault.newest.to_bytes(2, "big"), 0
    while rows := connection.execute(SQL["answers_to_seal"].text, {"newest": newest, "page": page}).fetchall():
        for owner, key, *stored in rows:
            sealed = _sealed(vault, owner, key, _kept(vault, owner, key, *stored))
            connection.execute(SQL["seal_answer"].text, {"owner": owner, "key": key, "sealed": sealed})
        connection.commit()
        done += len(rows)
    return done


def _kept(
    vault: Vault, owner: str, key: str, sealed: bytes | None, request_hash: bytes | None, body: str | None
) -> dict[str, Any]:
    if sealed is None:
        return {"request": (request_hash or b"").hex(), "body": body or ""}
    kept: dict[str, Any] = json.loads(vault.open(sealed, _context(owner, key)))
    return kept


def _sealed(vault: Vault, owner: str, key: str, kept: dict[str, Any]) -> bytes:
    return vault.seal(json.dumps(kept, ensure_ascii=False), _context(owner, key))


def _context(owner: str, key: str) -> str:
    return f"core.idempotency {owner} {key}"

"""Do a write once, however often it is sent: the same key gets the same answer.

The key, the work and the answer are one transaction. Whoever comes with a key that is just being used waits for that
transaction: when it commits they get its answer, when it fails the work is theirs. Only answers of work done are
kept; a refused request may be mended and sent again with its key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from landsvc.core.db import driver_connection
from landsvc.core.errors import RuleViolation
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


def once(session: Session, *, owner: str, key: str, request: str, work: Callable[[], Answer]) -> Answer:
    """Return what `work` answers, or what it answered before to this key of this owner.

    `request` is the request in one canonical text. Raises `IdempotencyKeyReused` when the key came with another one.
    """
    connection = driver_connection(session)
    named = {"owner": owner, "key": key}
    fingerprint = sha256(request.encode()).digest()
    claimed = connection.execute(SQL["claim_key"].text, named | {"request_hash": fingerprint}).fetchone()
    if claimed is None:
        known = connection.execute(SQL["answer_of_key"].text, named).fetchone()
        if known is None or bytes(known[0]) != fingerprint:
            raise IdempotencyKeyReused(field="Idempotency-Key", key=key)
        return Answer(known[1], known[2])
    answer = work()
    connection.execute(SQL["keep_answer"].text, named | {"status": answer.status, "body": answer.body})
    return answer

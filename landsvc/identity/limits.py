"""Limit how often somebody may fail to sign in, in a table that all server processes share.

Counted before a password is looked at: hashing costs 64 MiB and a tenth of a second, and whoever tries many at
once would else get them all.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy.orm import Session

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.identity import queries
from landsvc.identity.errors import TooManySignIns

WINDOW_SECONDS = 15 * 60
MOST = {"login": 10, "address": 60, "client": 60}
"""Failures in one window. An address may be a whole office behind one router, so it may fail more often."""


def count(database: Database, **names: str | None) -> None:
    """Count one attempt for each name (`login=`, `address=`, `client=`); raise `TooManySignIns` above its limit."""
    kinds, keys = _keys(names)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        counted = queries.count_attempts(session, kinds=kinds, keys=keys, window_s=WINDOW_SECONDS)
        queries.forget_attempts(session, window_s=WINDOW_SECONDS)
    if any(times > MOST[kind] for kind, times in counted):
        raise TooManySignIns(minutes=WINDOW_SECONDS // 60)


def forgive(session: Session, **names: str | None) -> None:
    """Take back what a good attempt was counted as."""
    kinds, keys = _keys(names)
    queries.forgive_attempt(session, kinds=kinds, keys=keys)


def _keys(names: dict[str, str | None]) -> tuple[list[str], list[bytes]]:
    kinds = sorted(names)
    return kinds, [sha256((names[kind] or "").encode("utf-8", "surrogatepass")).digest() for kind in kinds]

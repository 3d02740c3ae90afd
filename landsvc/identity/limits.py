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
MOST = {"pair": 10, "address": 60, "login": 200, "client": 60, "oidc": 200}
"""Failures in one window: of a login at an address, of an address, of a login everywhere, of an address with client
secrets; and how often an address may begin at the OpenID provider. An address may be a whole office behind one router.
A login may fail more often everywhere than one address may fail at all, or anybody could lock an officer out by failing
in their name."""


def count(database: Database, **names: str | None) -> None:
    """Count one attempt for each name (`login=`, `address=`, `client=`, `oidc=`).

    A login and an address together are counted as a pair too. Raises `TooManySignIns` above a limit.
    """
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
    if "login" in names:
        names = names | {"pair": f"{names['login']}\0{names['address']}"}
    kinds = sorted(names)
    return kinds, [sha256((names[kind] or "").encode("utf-8", "surrogatepass")).digest() for kind in kinds]

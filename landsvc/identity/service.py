"""Sign people in and out, and leave the trace of what they do. The public door of `identity`, without Flask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.identity import credentials, limits, queries
from landsvc.identity.actors import Actor, Authority, Branch, Client
from landsvc.identity.errors import WrongSignIn

SESSION_SECONDS = 12 * 3600
"""A working day: after it one signs in again, however busy."""
IDLE_SECONDS = 2 * 3600
MOST_LOGIN = 64
OWN_ACCOUNT, NATIONAL_ID = 2, 3
"""Levels of signing in: by an account of ours, by the national identity."""


@dataclass(frozen=True)
class Opened:
    """A session just opened: `token` is for the cookie and kept nowhere."""

    token: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True)
class Signed:
    """A session that is still good."""

    session_id: int
    actor: Actor
    in_office: bool
    expires_at: datetime
    level: int
    """How they said who they are: 2 by an account of ours, 3 by the national identity."""


def sign_in(database: Database, login: str, password: str, address: str | None) -> Opened:
    """Open a session for whoever knows the password; raise `WrongSignIn` or `TooManySignIns`.

    Three transactions on purpose: the attempt is counted before anything is looked at, and no connection is held
    while the password is hashed.
    """
    name = login.replace("\0", "").strip().lower()
    limits.count(database, login=name, address=address)
    with database.read_only(IDENTITY_ROLE) as session:
        found = queries.account_by_login(session, login=name[: MOST_LOGIN + 1])
    good = credentials.password_is(password, found.password_hash if found else None)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        if found is None or not good:
            # What was typed as login may be a password: only a login we know is written down.
            trace(session, "session.refused", address=address, account_id=found.id if found else None)
        else:
            limits.forgive(session, login=name, address=address)
            if credentials.is_outdated(found.password_hash or ""):
                queries.rehash_password(
                    session, account_id=found.id, password_hash=credentials.hash_password(password)
                )
            return open_session(session, found.id, address)
    raise WrongSignIn


def open_session(
    session: Session, account_id: int, address: str | None, *, method: str = "password", level: int = OWN_ACCOUNT
) -> Opened:
    """Open a session for an account whose holder has shown who they are, by `method`, which is of a `level`."""
    token = credentials.new_token()
    queries.open_session(
        session,
        token_hash=credentials.fingerprint(token),
        account_id=account_id,
        seconds=SESSION_SECONDS,
        address=address,
        level=level,
    )
    trace(session, "session.opened", account_id=account_id, address=address, details={"method": method})
    signed = signed_by(session, token, address)
    if signed is None:
        raise WrongSignIn  # disabled a moment ago
    return Opened(token, signed.actor, signed.expires_at)


def signed_by(session: Session, token: str, address: str | None) -> Signed | None:
    """Return the session a cookie stands for, or None when it is not good any more; note that it was used."""
    found = queries.actor_of_session(session, token_hash=credentials.fingerprint(token), idle_s=IDLE_SECONDS)
    if found is None:
        return None
    if found.is_stale:
        queries.touch_session(session, session_id=found.session_id)
    actor = Actor(
        found.account_id,
        found.login,
        found.name,
        frozenset(found.roles),
        address,
        tuple(Branch(code, vi, en, whole == "true") for code, vi, en, whole in found.branches),
        tuple(Authority(str(kind), code) for kind, code in found.authorities),
    )
    return Signed(found.session_id, actor, found.in_office, found.expires_at, found.level)


def sign_out(session: Session, token: str, address: str | None) -> None:
    """End the session of a cookie; one that has ended is as good."""
    account_id = queries.end_session(session, token_hash=credentials.fingerprint(token))
    if account_id is not None:
        trace(session, "session.ended", account_id=account_id, address=address)


def client_of(session: Session, token: str, address: str | None) -> Client | None:
    """Return the machine a bearer token was given to, or None when the token is not good (any more)."""
    return _machine(queries.client_of_token(session, token_hash=credentials.fingerprint(token)), address)


def late_client_of(session: Session, token: str, address: str | None) -> Client | None:
    """Return the machine a bearer token was given to that is over, for the trail; None for one nobody was given."""
    return _machine(queries.client_of_late_token(session, token_hash=credentials.fingerprint(token)), address)


def _machine(found: queries.TokenClient | None, address: str | None) -> Client | None:
    if found is None:
        return None
    return Client(found.id, found.client_id, found.name, frozenset(found.scopes), address)


def trace(
    session: Session,
    action: str,
    *,
    who: Actor | Client | None = None,
    account_id: int | None = None,
    api_client_id: int | None = None,
    address: str | None = None,
    on: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write in the trail that somebody did or read something, in the transaction that does or reads it.

    `action` is like `payment.read`; `on` names what it was done to, like `parcel:4711`. Any role that serves a
    request may add, none but `landsvc_identity` may read, nobody may change.
    """
    queries.add_audit(
        session,
        action=action,
        account_id=who.account_id or None if isinstance(who, Actor) else account_id,
        api_client_id=who.id if isinstance(who, Client) else api_client_id,
        address=who.address if who else address,
        object=on,
        details=json.dumps(details or {}, ensure_ascii=False),
    )

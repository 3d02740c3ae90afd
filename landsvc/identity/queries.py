"""Typed doors to the statements by which people and machines show who they are, and leave their trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import asked
from landsvc.core.sql import statements

SQL = statements("identity")


@dataclass(frozen=True)
class AccountKey:
    """An account and the hash of its password."""

    id: int
    login: str
    name: str
    password_hash: str | None


@dataclass(frozen=True)
class SessionRow:
    """A good session with whom it is of; `is_stale`: its use was not noted in the last minute."""

    session_id: int
    account_id: int
    login: str
    name: str
    roles: list[str]
    in_office: bool
    expires_at: datetime
    is_stale: bool
    branches: list[list[str]]
    """Code, names in both languages, whether it covers everything (true or false)."""
    authorities: list[list[str | None]]
    """Kind, and of which branch or commune."""
    level: int


@dataclass(frozen=True)
class LinkedAccount:
    """Which account a provider's subject is linked to."""

    account_id: int
    login: str
    disabled: bool


@dataclass(frozen=True)
class ClientKey:
    """A client and the hashes of its secrets: today's, and while it holds the one before."""

    id: int
    client_id: str
    name: str
    secret_hash: bytes
    scopes: list[str]
    previous_hash: bytes | None


@dataclass(frozen=True)
class TokenClient:
    """Whose token it is, and what it reaches."""

    id: int
    client_id: str
    name: str
    scopes: list[str]


def account_by_login(session: Session, *, login: str) -> AccountKey | None:
    """Return an account that is not disabled."""
    found = _rows(session, "account_by_login", login=login)
    return AccountKey(*found[0]) if found else None


def open_session(
    session: Session, *, token_hash: bytes, account_id: int, seconds: float, address: str | None, level: int
) -> None:
    """Keep a new session."""
    given = {"account_id": account_id, "seconds": seconds, "address": address, "level": level}
    _rows(session, "open_session", token_hash=token_hash, **given)


def actor_of_session(session: Session, *, token_hash: bytes, idle_s: float) -> SessionRow | None:
    """Return a session that is still good."""
    found = _rows(session, "actor_of_session", token_hash=token_hash, idle_s=idle_s)
    return SessionRow(*found[0]) if found else None


def touch_session(session: Session, *, session_id: int) -> None:
    """Note that a session was used."""
    _rows(session, "touch_session", session_id=session_id)


def end_session(session: Session, *, token_hash: bytes) -> int | None:
    """End a session; return whose it was, None when it had ended."""
    return _first(session, "end_session", token_hash=token_hash)


def end_sessions(session: Session, *, account_id: int) -> None:
    """End all sessions of an account."""
    _rows(session, "end_sessions", account_id=account_id)


def count_attempts(
    session: Session, *, kinds: Sequence[str], keys: Sequence[bytes], window_s: float
) -> list[tuple[str, int]]:
    """Count one attempt for each key; return (kind, count)."""
    found = _rows(session, "count_attempts", kinds=list(kinds), keys=list(keys), window_s=window_s)
    return [(kind, count) for kind, count in found]


def forgive_attempt(session: Session, *, kinds: Sequence[str], keys: Sequence[bytes]) -> None:
    """Take back one attempt."""
    _rows(session, "forgive_attempt", kinds=list(kinds), keys=list(keys))


def forget_attempts(session: Session, *, window_s: float) -> None:
    """Drop counts that say nothing any more."""
    _rows(session, "forget_attempts", window_s=window_s)


def begin_flow(session: Session, *, state_hash: bytes, browser_hash: bytes, wanted: str, seconds: float) -> None:
    """Keep a sign-in begun at a provider; drop some that took too long."""
    _rows(session, "forget_flows")
    _rows(
        session,
        "begin_flow",
        state_hash=state_hash,
        browser_hash=browser_hash,
        wanted=wanted,
        seconds=seconds,
    )


def take_flow(session: Session, *, state_hash: bytes, browser_hash: bytes) -> str | None:
    """Take away a sign-in that this browser began in time; return the page that was wanted."""
    found = _rows(session, "take_flow", state_hash=state_hash, browser_hash=browser_hash)
    return found[0][0] if found else None


def account_of_subject(session: Session, *, issuer: str, subject: str) -> LinkedAccount | None:
    """Return the account a provider's subject is linked to, disabled or not."""
    found = _rows(session, "account_of_subject", issuer=issuer, subject=subject)
    return LinkedAccount(*found[0]) if found else None


def add_link(session: Session, *, issuer: str, subject: str, account_id: int) -> None:
    """Link a provider's subject to an account."""
    _rows(session, "add_link", issuer=issuer, subject=subject, account_id=account_id)


def drop_links(session: Session, *, account_id: int, issuer: str | None) -> list[str]:
    """Drop the links of an account to one provider, or to all; return the providers."""
    return [found for (found,) in _rows(session, "drop_links", account_id=account_id, issuer=issuer)]


def client_by_id(session: Session, *, client_id: str) -> ClientKey | None:
    """Return a client that was not revoked."""
    found = _rows(session, "client_by_id", client_id=client_id)
    return ClientKey(*found[0]) if found else None


def keep_token(
    session: Session, *, token_hash: bytes, api_client_id: int, scopes: Sequence[str], seconds: float
) -> None:
    """Keep a new access token; drop those of the client that have expired."""
    _rows(session, "forget_tokens", api_client_id=api_client_id)
    _rows(
        session,
        "keep_token",
        token_hash=token_hash,
        api_client_id=api_client_id,
        scopes=list(scopes),
        seconds=seconds,
    )


def client_of_token(session: Session, *, token_hash: bytes) -> TokenClient | None:
    """Return whose token it is, while it is good."""
    found = _rows(session, "client_of_token", token_hash=token_hash)
    return TokenClient(*found[0]) if found else None


def client_of_late_token(session: Session, *, token_hash: bytes) -> TokenClient | None:
    """Return whose token it was, when its time ran out or the client was revoked."""
    found = _rows(session, "client_of_late_token", token_hash=token_hash)
    return TokenClient(*found[0]) if found else None


def add_audit(
    session: Session,
    *,
    action: str,
    account_id: int | None,
    api_client_id: int | None,
    address: str | None,
    object: str | None,  # noqa: A002 - the column's name
    details: str,
) -> None:
    """Add one entry to the trail; `details` is JSON."""
    _rows(
        session,
        "add_audit",
        action=action,
        account_id=account_id,
        api_client_id=api_client_id,
        address=address,
        object=object,
        details=details,
    )


def account_of(session: Session, *, login: str) -> int | None:
    """Return the id of an account, disabled or not."""
    return _first(session, "account_of", login=login)


def rehash_password(session: Session, *, account_id: int, password_hash: str) -> None:
    """Keep the same password with today's parameters."""
    _rows(session, "rehash_password", account_id=account_id, password_hash=password_hash)


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return asked(session, SQL[statement], **params)


def _first(session: Session, statement: str, /, **params: Any) -> int | None:
    found = _rows(session, statement, **params)
    return found[0][0] if found else None

"""Sign people in who showed the OpenID provider who they are, and say which account that is. Without Flask.

The browser that begins gets a cookie of 256 random bits; nonce and PKCE verifier are worked out from it, so the table
keeps nothing but hashes of the state and the cookie. Both must come back together, once, within ten minutes.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.identity import credentials, limits, queries
from landsvc.identity.actors import Actor
from landsvc.identity.errors import (
    NoAccountLinked,
    NoSuchAccount,
    ProviderRefuses,
    ProviderUnavailable,
    SignInNotBegun,
    SubjectTaken,
    TokenUnfit,
    UnfitSubject,
)
from landsvc.identity.oidc_provider import Provider, error_code, is_subject
from landsvc.identity.people import refuse_own
from landsvc.identity.service import Opened, open_session, trace

FLOW_SECONDS = 600
"""How long somebody may take at the provider."""
METHOD = "oidc"


@dataclass(frozen=True)
class Begun:
    """A sign-in just begun: `token` is for the cookie and kept nowhere, `address` is where the browser goes."""

    token: str
    address: str


@dataclass(frozen=True)
class Answer:
    """What the provider sent back through the browser, none of it to be trusted."""

    state: str
    code: str
    error: str
    issuer: str | None


def begin(
    database: Database, provider: Provider, *, wanted: str, redirect_uri: str, address: str | None
) -> Begun:
    """Begin a sign-in that leads to the page `wanted`; raise `TooManySignIns` or `ProviderUnavailable`."""
    limits.count(database, oidc=address)
    token, state = credentials.new_token(), credentials.new_token()
    goes_to = provider.address_to_sign_in(
        state=state, nonce=_nonce(token), verifier=_verifier(token), redirect_uri=redirect_uri
    )
    with database.unit_of_work(IDENTITY_ROLE) as session:
        queries.begin_flow(
            session,
            state_hash=credentials.fingerprint(state),
            browser_hash=credentials.fingerprint(token),
            wanted=wanted,
            seconds=FLOW_SECONDS,
        )
    return Begun(token, goes_to)


def finish(
    database: Database,
    provider: Provider,
    answer: Answer,
    token: str | None,
    *,
    redirect_uri: str,
    address: str | None,
) -> tuple[Opened, str]:
    """Open a session for whom the provider names, and return it with the page that was wanted.

    No connection is held while the provider is asked. Raises `SignInNotBegun`, `TooManySignIns`, `ProviderRefuses`,
    `TokenUnfit`, `NoAccountLinked` or `ProviderUnavailable`.
    """
    claims, wanted = answered(database, provider, answer, token, redirect_uri=redirect_uri, address=address)
    return _enter(database, provider.issuer, str(claims["sub"]), address), wanted


def answered(
    database: Database,
    provider: Provider,
    answer: Answer,
    token: str | None,
    *,
    redirect_uri: str,
    address: str | None,
) -> tuple[Mapping[str, Any], str]:
    """Return what the provider's ID token says, and the page that was wanted; nobody is let in. Raises as `finish`."""
    wanted = _take_flow(database, answer.state, token)
    if wanted is None or token is None:
        raise SignInNotBegun
    limits.count(database, address=address)
    try:
        return _claims(provider, answer, token, redirect_uri), wanted
    except (ProviderRefuses, TokenUnfit) as error:
        check = error.facts.get("check", error.facts.get("error"))
        trace_refusal(database, str(check), None, address)
        raise
    except ProviderUnavailable:
        # Nobody's fault here: an office whose provider is down must not lose the password form too.
        with database.unit_of_work(IDENTITY_ROLE) as session:
            limits.forgive(session, address=address)
        raise


def link(session: Session, login: str, issuer: str, subject: str, *, actor: Actor | None = None) -> None:
    """Let whom a provider calls `subject` sign in as this account, and end what another of theirs opened.

    Raises `NoSuchAccount`, `OwnAccount`, `UnfitSubject` or `SubjectTaken`.
    """
    refuse_own(login, actor)
    account_id = _account(session, login)
    if not is_subject(subject):
        raise UnfitSubject(field="subject", subject=subject)
    known = queries.account_of_subject(session, issuer=issuer, subject=subject)
    if known is not None and known.account_id != account_id:
        raise SubjectTaken(field="subject", login=known.login)
    if known is None:
        queries.drop_links(session, account_id=account_id, issuer=issuer)
        queries.add_link(session, issuer=issuer, subject=subject, account_id=account_id)
        queries.end_sessions(session, account_id=account_id)
        details = {"issuer": issuer}
        trace(session, "account.linked", who=actor, on=f"account:{account_id}", details=details)


def unlink(session: Session, login: str, issuer: str | None, *, actor: Actor | None = None) -> Sequence[str]:
    """Let nobody sign in as this account through a provider (None: any), and end its sessions; return the issuers.

    Raises `NoSuchAccount` or `OwnAccount`.
    """
    refuse_own(login, actor)
    account_id = _account(session, login)
    dropped = queries.drop_links(session, account_id=account_id, issuer=issuer)
    if dropped:
        queries.end_sessions(session, account_id=account_id)
        details = {"issuers": dropped}
        trace(session, "account.unlinked", who=actor, on=f"account:{account_id}", details=details)
    return dropped


def _take_flow(database: Database, state: str, token: str | None) -> str | None:
    if token is None:
        return None
    with database.unit_of_work(IDENTITY_ROLE) as session:
        return queries.take_flow(
            session, state_hash=credentials.fingerprint(state), browser_hash=credentials.fingerprint(token)
        )


def _claims(provider: Provider, answer: Answer, token: str, redirect_uri: str) -> Mapping[str, Any]:
    # Another provider's answer must not reach this one (mix-up; RFC 9207).
    if answer.issuer is None and provider.description().names_itself:
        raise TokenUnfit(name=provider.name, check="iss")
    if answer.issuer is not None and answer.issuer != provider.issuer:
        raise TokenUnfit(name=provider.name, check="iss")
    if answer.error or not answer.code:
        raise ProviderRefuses(name=provider.name, error=error_code(answer.error))
    return provider.claims_of(
        answer.code, nonce=_nonce(token), verifier=_verifier(token), redirect_uri=redirect_uri
    )


def _enter(database: Database, issuer: str, subject: str, address: str | None) -> Opened:
    refusal: LandsvcError = NoAccountLinked(issuer=issuer, subject=subject)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        found = queries.account_of_subject(session, issuer=issuer, subject=subject)
        if found is not None and not found.disabled:
            limits.forgive(session, address=address)
            limits.forgive(session, oidc=address)
            return open_session(session, found.account_id, address, method=METHOD)
    trace_refusal(database, "disabled" if found else "not-linked", found.account_id if found else None, address)
    raise refusal


def trace_refusal(database: Database, check: str, account_id: int | None, address: str | None) -> None:
    """Note that whom a provider named was not let in, and by which check."""
    # Without the subject: a trail that is never changed is no place for what may be somebody's number.
    with database.unit_of_work(IDENTITY_ROLE) as session:
        details = {"method": METHOD, "check": check}
        trace(session, "session.refused", account_id=account_id, address=address, details=details)


def _account(session: Session, login: str) -> int:
    account_id = queries.account_of(session, login=login)
    if account_id is None:
        raise NoSuchAccount(login=login)
    return account_id


def _nonce(token: str) -> str:
    return _derived(token, b"landsvc oidc nonce")


def _verifier(token: str) -> str:
    return _derived(token, b"landsvc oidc verifier")


def _derived(token: str, use: bytes) -> str:
    return urlsafe_b64encode(hmac.digest(token.encode(), use, "sha256")).decode().rstrip("=")

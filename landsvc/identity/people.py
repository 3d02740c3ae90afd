"""Make, list and disable accounts and API clients: what administrators do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from landsvc.identity import credentials, offices, queries
from landsvc.identity.actors import SCOPES
from landsvc.identity.errors import (
    LoginTaken,
    NoSuchAccount,
    UnfitLogin,
    UnfitPassword,
    UnknownRole,
    UnknownScope,
)
from landsvc.identity.queries import AccountLine, ClientLine
from landsvc.identity.service import trace

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


def create_account(
    session: Session,
    login: str,
    name: str,
    roles: Iterable[str],
    *,
    password: str | None,
    branches: Sequence[str] | None = None,
) -> int:
    """Make an account and return its id; without a password nobody signs in with it.

    `branches` as `offices.place` takes them; left out, an officer works in the only branch there is.
    Raises `UnfitLogin`, `UnfitPassword`, `UnknownRole`, `LoginTaken`, `NoSuchBranch` or `BranchNeeded`.
    """
    wanted = sorted(set(roles))
    known = queries.roles(session)
    if missing := [role for role in wanted if role not in known]:
        raise UnknownRole(field="role", role=missing[0], roles=", ".join(known))
    account_id = queries.add_account(
        session,
        login=_fit(login, LOGIN),
        display_name=name.strip() or login,
        password_hash=None if password is None else _hashed(password),
    )
    if account_id is None:
        raise LoginTaken(field="login", login=login)
    for role in wanted:
        queries.give_role(session, account_id=account_id, role=role)
    places = offices.only_branch(session, wanted) if branches is None else list(branches)
    offices.place(session, account_id, places)
    told = {"login": login, "roles": wanted, "branches": places}
    trace(session, "account.made", on=f"account:{account_id}", details=told)
    return account_id


def set_password(session: Session, login: str, password: str) -> None:
    """Give an account another password, let it in again if it was disabled, and end its sessions."""
    account_id = queries.set_password(session, login=login, password_hash=_hashed(password))
    if account_id is None:
        raise NoSuchAccount(login=login)
    queries.end_sessions(session, account_id=account_id)
    trace(session, "account.password-set", on=f"account:{account_id}")


def share_password(session: Session, logins: Iterable[str], password: str) -> None:
    """Give several accounts one new password, hashed once, as `set_password`: for accounts nobody owns, of a demo."""
    hashed = _hashed(password)
    for login in logins:
        account_id = queries.set_password(session, login=login, password_hash=hashed)
        if account_id is None:
            raise NoSuchAccount(login=login)
        queries.end_sessions(session, account_id=account_id)
        trace(session, "account.password-set", on=f"account:{account_id}")


def disable_account(session: Session, login: str) -> None:
    """Let an account in no more, and end its sessions; raise `NoSuchAccount`."""
    account_id = queries.disable_account(session, login=login)
    if account_id is None:
        raise NoSuchAccount(login=login)
    queries.end_sessions(session, account_id=account_id)
    trace(session, "account.disabled", on=f"account:{account_id}")


def list_accounts(session: Session) -> list[AccountLine]:
    """Return every account."""
    return queries.accounts(session)


def create_client(session: Session, client_id: str, name: str, scopes: Iterable[str]) -> str:
    """Make an API client and return its secret, which is kept nowhere.

    Raises `UnfitLogin`, `UnknownScope` or `LoginTaken`.
    """
    wanted = sorted(set(scopes))
    if missing := [scope for scope in wanted if scope not in SCOPES]:
        raise UnknownScope(field="scope", scope=missing[0], scopes=", ".join(SCOPES))
    secret = credentials.new_token()
    made = queries.add_client(
        session,
        client_id=_fit(client_id, CLIENT_ID),
        name=name.strip() or client_id,
        secret_hash=credentials.fingerprint(secret),
        scopes=wanted,
    )
    if made is None:
        raise LoginTaken(field="client_id", login=client_id)
    trace(session, "client.made", on=f"client:{made}", details={"clientId": client_id, "scopes": wanted})
    return secret


def renew_secret(session: Session, client_id: str) -> str:
    """Give a client another secret, let it in again if it was revoked, and end its tokens; return the secret."""
    secret = credentials.new_token()
    found = queries.set_secret(session, client_id=client_id, secret_hash=credentials.fingerprint(secret))
    if found is None:
        raise NoSuchAccount(login=client_id)
    queries.drop_tokens(session, api_client_id=found)
    trace(session, "client.secret-set", on=f"client:{found}")
    return secret


def revoke_client(session: Session, client_id: str) -> None:
    """Let a client and its tokens in no more; raise `NoSuchAccount`."""
    found = queries.revoke_client(session, client_id=client_id)
    if found is None:
        raise NoSuchAccount(login=client_id)
    queries.drop_tokens(session, api_client_id=found)
    trace(session, "client.revoked", on=f"client:{found}")


def list_clients(session: Session) -> list[ClientLine]:
    """Return every API client."""
    return queries.clients(session)


def _fit(login: str, form: re.Pattern[str]) -> str:
    if not form.fullmatch(login):
        raise UnfitLogin(field="login", login=login)
    return login


def _hashed(password: str) -> str:
    if not credentials.is_fit(password):
        raise UnfitPassword(field="password", least=credentials.LEAST_PASSWORD, most=credentials.MOST_PASSWORD)
    return credentials.hash_password(password)

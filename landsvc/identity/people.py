"""Make, list, change and block accounts and API clients: what administrators do.

`actor` is the administrator on a page or in the API, None whoever works on the server's command line. Nobody changes
what their own account may: that is left to another administrator, so that nobody raises or locks out themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from landsvc.core.db import on_violation
from landsvc.identity import credentials, offices, people_queries, queries
from landsvc.identity.actors import SCOPES, Actor
from landsvc.identity.errors import (
    ClientRevoked,
    LastAdministrator,
    LoginTaken,
    NoSuchAccount,
    OwnAccount,
    SecretChanging,
    UnfitLogin,
    UnfitPassword,
    UnknownRole,
    UnknownScope,
)
from landsvc.identity.people_queries import AccountLine as AccountLine
from landsvc.identity.people_queries import ClientLine as ClientLine
from landsvc.identity.people_queries import RoleLine as RoleLine
from landsvc.identity.service import trace

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
OVERLAP_HOURS, MOST_OVERLAP_HOURS = 24, 720
"""How long two secrets of a machine hold side by side, where nothing else is said and at most."""
CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
MOST_NAME = 200
on_violation("last-administrator", lambda _facts: LastAdministrator())


@dataclass(frozen=True)
class AccountSearch:
    """Which accounts are looked for; None asks for any."""

    words: str | None = None
    role: str | None = None
    branch: str | None = None
    blocked: bool | None = None


def create_account(
    session: Session,
    login: str,
    name: str,
    roles: Iterable[str],
    *,
    password: str | None,
    branches: Sequence[str] | None = None,
    actor: Actor | None = None,
) -> int:
    """Make an account and return its id; without a password nobody signs in with it.

    `branches` as `offices.place` takes them; left out, an officer works in the only branch there is.
    Raises `UnfitLogin`, `UnfitPassword`, `UnknownRole`, `LoginTaken`, `NoSuchBranch` or `BranchNeeded`.
    """
    wanted = _known_roles(session, roles)
    account_id = people_queries.add_account(
        session,
        login=_fit(login, LOGIN),
        display_name=name.strip()[:MOST_NAME] or login,
        password_hash=None if password is None else fit_hash(password),
    )
    if account_id is None:
        raise LoginTaken(field="login", login=login)
    for role in wanted:
        people_queries.give_role(session, account_id=account_id, role=role)
    places = offices.only_branch(session, wanted) if branches is None else list(branches)
    offices.place(session, account_id, places)
    told = {"login": login, "roles": wanted, "branches": places}
    trace(session, "account.made", who=actor, on=f"account:{account_id}", details=told)
    return account_id


def change_account(
    session: Session,
    login: str,
    *,
    name: str | None = None,
    roles: Iterable[str] | None = None,
    branches: Sequence[str] | None = None,
    authorities: Sequence[str] | None = None,
    actor: Actor | None = None,
) -> None:
    """Say anew who somebody is: name, roles, branches, for whom they sign; what is None stays as it is.

    Raises `NoSuchAccount`, `OwnAccount`, `UnknownRole`, `NoSuchBranch`, `UnknownAuthority` or `LastAdministrator`.
    """
    found = get_account(session, login)
    if name is not None and name.strip() and name.strip() != found.name:
        people_queries.rename_account(session, account_id=found.id, display_name=name.strip()[:MOST_NAME])
        told = {"from": found.name, "to": name.strip()[:MOST_NAME]}
        trace(session, "account.renamed", who=actor, on=f"account:{found.id}", details=told)
    if roles is not None and (wanted := _known_roles(session, roles)) != found.roles:
        refuse_own(found.login, actor)
        people_queries.keep_roles(session, account_id=found.id, roles=wanted)
        changed = {"from": found.roles, "to": wanted}
        trace(session, "account.roles-set", who=actor, on=f"account:{found.id}", details=changed)
    if branches is not None and list(branches) != found.branches:
        refuse_own(found.login, actor)
        offices.work_in(session, login, branches, actor=actor)
    if authorities is not None and list(authorities) != found.authorities:
        refuse_own(found.login, actor)
        offices.sign_for(session, login, authorities, actor=actor)


def set_password(session: Session, login: str, password: str) -> None:
    """Give an account another password, let it in again if it was disabled, and end its sessions."""
    _set_hash(session, login, fit_hash(password))


def share_password(session: Session, logins: Iterable[str], password: str) -> None:
    """Give several accounts one new password, hashed once, as `set_password`: for accounts nobody owns, of a demo."""
    hashed = fit_hash(password)
    for login in logins:
        _set_hash(session, login, hashed)


def disable_account(
    session: Session, login: str, *, reason: str | None = None, actor: Actor | None = None
) -> None:
    """Let an account in no more, end its sessions and its link to choose a password.

    Raises `NoSuchAccount`, `OwnAccount` or `LastAdministrator`.
    """
    refuse_own(login, actor)
    account_id = people_queries.disable_account(session, login=login)
    if account_id is None:
        raise NoSuchAccount(login=login)
    queries.end_sessions(session, account_id=account_id)
    people_queries.drop_password_link(session, account_id=account_id)
    details = {"reason": reason} if reason else None
    trace(session, "account.disabled", who=actor, on=f"account:{account_id}", details=details)


def enable_account(session: Session, login: str, *, actor: Actor | None = None) -> None:
    """Let an account in again, with the password it had; raise `NoSuchAccount`."""
    found = get_account(session, login)
    if people_queries.enable_account(session, account_id=found.id):
        trace(session, "account.enabled", who=actor, on=f"account:{found.id}")


def sign_out_everywhere(session: Session, login: str, *, actor: Actor | None = None) -> None:
    """End all sessions of an account, on every device; raise `NoSuchAccount`."""
    found = get_account(session, login)
    queries.end_sessions(session, account_id=found.id)
    trace(session, "account.signed-out", who=actor, on=f"account:{found.id}")


def list_accounts(session: Session) -> list[AccountLine]:
    """Return every account."""
    return people_queries.accounts(session)


def find_accounts(
    session: Session, asked: AccountSearch, *, after: int, page: int
) -> tuple[list[AccountLine], bool]:
    """Return accounts whose number is above `after`, at most `page`, and whether others follow."""
    found = people_queries.accounts_found(
        session,
        words=(asked.words or "").strip() or None,
        role=asked.role,
        branch=asked.branch,
        blocked=asked.blocked,
        after=after,
        most=page + 1,
    )
    return found[:page], len(found) > page


def get_account(session: Session, login: str) -> AccountLine:
    """Return one account; raise `NoSuchAccount`."""
    found = people_queries.account_line(session, login=login)
    if found is None:
        raise NoSuchAccount(login=login)
    return found


def list_roles(session: Session) -> list[RoleLine]:
    """Return every role there is, in order."""
    return people_queries.roles(session)


def refuse_own(login: str, actor: Actor | None) -> None:
    """Raise `OwnAccount` where an administrator is about to change what their own account may."""
    if actor is not None and actor.login == login:
        raise OwnAccount(login=login)


def create_client(session: Session, client_id: str, name: str, scopes: Iterable[str]) -> str:
    """Make an API client and return its secret, which is kept nowhere.

    Raises `UnfitLogin`, `UnknownScope` or `LoginTaken`.
    """
    wanted = sorted(set(scopes))
    if missing := [scope for scope in wanted if scope not in SCOPES]:
        raise UnknownScope(field="scope", scope=missing[0], scopes=", ".join(SCOPES))
    secret = credentials.new_token()
    made = people_queries.add_client(
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
    found = people_queries.set_secret(session, client_id=client_id, secret_hash=credentials.fingerprint(secret))
    if found is None:
        raise NoSuchAccount(login=client_id)
    people_queries.drop_tokens(session, api_client_id=found)
    trace(session, "client.secret-set", on=f"client:{found}")
    return secret


def get_client(session: Session, client_id: str) -> ClientLine:
    """Return one API client; raise `NoSuchAccount`."""
    for line in people_queries.clients(session):
        if line.client_id == client_id:
            return line
    raise NoSuchAccount(login=client_id)


def rotate_secret(
    session: Session, client_id: str, *, hours: int, actor: Actor | None = None
) -> tuple[str, datetime]:
    """Give a client another secret while the one it has holds for some hours; return it and until when both hold.

    Tokens stay until they expire. Raises `NoSuchAccount`, `ClientRevoked` or `SecretChanging`.
    """
    line, secret = get_client(session, client_id), credentials.new_token()
    if line.revoked_at is not None:
        raise ClientRevoked(client=client_id)
    changed = people_queries.rotate_secret(
        session, client_id=client_id, secret_hash=credentials.fingerprint(secret), hours=hours
    )
    if changed is None:
        raise SecretChanging(client=client_id)
    trace(
        session,
        "client.secret-rotated",
        who=actor,
        on=f"client:{changed[0]}",
        details={"until": changed[1].isoformat(timespec="seconds")},
    )
    return secret, changed[1]


def end_previous_secret(session: Session, client_id: str, *, actor: Actor | None = None) -> bool:
    """End the secret a client had before its newest one, at once; return whether one held."""
    get_client(session, client_id)
    found = people_queries.end_previous_secret(session, client_id=client_id)
    if found is not None:
        trace(session, "client.secret-ended", who=actor, on=f"client:{found}")
    return found is not None


def revoke_client(session: Session, client_id: str) -> None:
    """Let a client and its tokens in no more; raise `NoSuchAccount`."""
    found = people_queries.revoke_client(session, client_id=client_id)
    if found is None:
        raise NoSuchAccount(login=client_id)
    people_queries.drop_tokens(session, api_client_id=found)
    trace(session, "client.revoked", on=f"client:{found}")


def list_clients(session: Session) -> list[ClientLine]:
    """Return every API client."""
    return people_queries.clients(session)


def fit_hash(password: str) -> str:
    """Return the hash of a password; raise `UnfitPassword` where it is too short or too long."""
    refuse_unfit(password)
    return credentials.hash_password(password)


def refuse_unfit(password: str) -> None:
    """Raise `UnfitPassword` for what cannot be a password."""
    if not credentials.is_fit(password):
        raise UnfitPassword(field="password", least=credentials.LEAST_PASSWORD, most=credentials.MOST_PASSWORD)


def _known_roles(session: Session, roles: Iterable[str]) -> list[str]:
    wanted, known = sorted(set(roles)), [line.code for line in people_queries.roles(session)]
    if missing := [role for role in wanted if role not in known]:
        raise UnknownRole(field="roles", role=missing[0], roles=", ".join(known))
    return wanted


def _set_hash(session: Session, login: str, hashed: str) -> None:
    account_id = people_queries.set_password(session, login=login, password_hash=hashed)
    if account_id is None:
        raise NoSuchAccount(login=login)
    queries.end_sessions(session, account_id=account_id)
    people_queries.drop_password_link(session, account_id=account_id)
    trace(session, "account.password-set", on=f"account:{account_id}")


def _fit(login: str, form: re.Pattern[str]) -> str:
    if not form.fullmatch(login):
        raise UnfitLogin(field="login", login=login)
    return login

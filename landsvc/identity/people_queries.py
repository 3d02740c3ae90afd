"""Typed doors to the statements by which accounts, branches and clients are looked after. Only services call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("identity", "queries_people.sql")


@dataclass(frozen=True)
class AccountLine:
    """An account as lists show it."""

    id: int
    login: str
    name: str
    roles: list[str]
    made_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    branches: list[str]
    """Like `province`, or `east:processor` where only some roles hold there."""
    authorities: list[str]
    """Like `branch:east`, `department`, `commune-chairman:25195`."""
    links: list[list[str]]
    """Issuer and subject of those who sign in as this account through an OpenID provider."""


@dataclass(frozen=True)
class RoleLine:
    """A role as lists show it: what it is called, whether it lets into the office and changes the register."""

    code: str
    name_vi: str
    name_en: str
    office: bool
    writes: bool


@dataclass(frozen=True)
class LinkHolder:
    """Whose link to choose a password it is."""

    account_id: int
    login: str


@dataclass(frozen=True)
class SessionLine:
    """A session that is good, as its owner sees it."""

    id: int
    made_at: datetime
    seen_at: datetime
    address: str | None


@dataclass(frozen=True)
class Area:
    """A commune a branch covers from a day on; `before` is the first day it does not, None for no end."""

    commune: str
    since: date
    before: date | None


@dataclass(frozen=True)
class BranchLine:
    """A branch as lists show it."""

    id: int
    code: str
    name_vi: str
    name_en: str
    covers_all: bool
    closed_at: datetime | None
    communes: list[str]
    accounts: int


@dataclass(frozen=True)
class ClientLine:
    """A client as lists show it."""

    id: int
    client_id: str
    name: str
    scopes: list[str]
    made_at: datetime
    revoked_at: datetime | None
    previous_until: datetime | None
    """Until when the secret before holds too; None: it does not."""


def add_account(session: Session, *, login: str, display_name: str, password_hash: str | None) -> int | None:
    """Make an account; return its id, None when the login is taken."""
    return _first(session, "add_account", login=login, display_name=display_name, password_hash=password_hash)


def give_role(session: Session, *, account_id: int, role: str) -> None:
    """Give an account a role it may have already."""
    _rows(session, "give_role", account_id=account_id, role=role)


def keep_roles(session: Session, *, account_id: int, roles: Sequence[str]) -> None:
    """Let an account have these roles and no others."""
    _rows(session, "drop_roles", account_id=account_id, roles=list(roles))
    for role in roles:
        give_role(session, account_id=account_id, role=role)


def roles(session: Session) -> list[RoleLine]:
    """Return every role, in order."""
    return [RoleLine(*row) for row in _rows(session, "roles")]


def office_roles(session: Session, *, roles: Sequence[str]) -> list[str]:
    """Return those of some roles that let into the office."""
    return [code for (code,) in _rows(session, "office_roles", roles=list(roles))]


def add_branch(session: Session, *, code: str, name_vi: str, name_en: str, covers_all: bool) -> int | None:
    """Make a branch; return its id, None when the code is taken."""
    return _first(session, "add_branch", code=code, name_vi=name_vi, name_en=name_en, covers_all=covers_all)


def change_branch(
    session: Session, *, code: str, covers_all: bool, name_vi: str | None = None, name_en: str | None = None
) -> int | None:
    """Say anew whether a branch covers every commune, and what it is called unless that stays; return its id."""
    return _first(session, "change_branch", code=code, covers_all=covers_all, name_vi=name_vi, name_en=name_en)


def cover_communes(session: Session, *, branch_id: int, communes: Sequence[str], from_day: date) -> None:
    """Let a branch cover these communes and no others from a day on, which is not in the past."""
    asked = {"branch_id": branch_id, "from_day": from_day}
    _rows(session, "forget_area", **asked)
    _rows(session, "bound_area", communes=list(communes), **asked)
    _rows(session, "cover_communes", communes=list(communes), **asked)


def areas(session: Session, *, branch_id: int) -> list[Area]:
    """Return which communes a branch covered, covers and will cover, the newest first."""
    return [Area(*row) for row in _rows(session, "areas", branch_id=branch_id)]


def close_branch(session: Session, *, code: str) -> int | None:
    """Close a branch; return its id."""
    return _first(session, "close_branch", code=code)


def branches(session: Session, *, on_date: date) -> list[BranchLine]:
    """Return every branch with the communes it covers on a day."""
    return [BranchLine(*row) for row in _rows(session, "branches", on_date=on_date)]


def join_branches(
    session: Session, *, account_id: int, places: Sequence[tuple[int, Sequence[str] | None]]
) -> None:
    """Let an account work in these branches (ids, with all its roles or some) and no others."""
    _rows(session, "leave_branches", account_id=account_id)
    for branch_id, some in places:
        chosen = None if some is None else list(some)
        _rows(session, "join_branch", account_id=account_id, branch_id=branch_id, roles=chosen)


def sign_for(
    session: Session, *, account_id: int, authorities: Sequence[tuple[str, int | None, str | None]]
) -> None:
    """Let an account sign for these (kind, branch id, commune code) and nobody else."""
    _rows(session, "end_authorities", account_id=account_id)
    for kind, branch_id, commune in authorities:
        _rows(
            session,
            "add_authority",
            account_id=account_id,
            kind=kind,
            branch_id=branch_id,
            commune_code=commune,
        )


def set_password(session: Session, *, login: str, password_hash: str) -> int | None:
    """Give an account another password; return its id."""
    return _first(session, "set_password", login=login, password_hash=password_hash)


def disable_account(session: Session, *, login: str) -> int | None:
    """Let an account in no more; return its id."""
    return _first(session, "disable_account", login=login)


def rename_account(session: Session, *, account_id: int, display_name: str) -> None:
    """Call an account by another name."""
    _rows(session, "rename_account", account_id=account_id, display_name=display_name)


def enable_account(session: Session, *, account_id: int) -> bool:
    """Let an account in again; tell whether it was not let in."""
    return _first(session, "enable_account", account_id=account_id) is not None


def make_password_link(session: Session, *, account_id: int, token_hash: bytes, seconds: float) -> datetime:
    """Keep a link by which a password may be chosen, in the place of an earlier one; return until when it is good."""
    drop_password_link(session, account_id=account_id)
    ((expires_at,),) = _rows(
        session, "make_password_link", account_id=account_id, token_hash=token_hash, seconds=seconds
    )
    good_until: datetime = expires_at
    return good_until


def drop_password_link(session: Session, *, account_id: int) -> None:
    """Take back the link by which an account's password may be chosen."""
    _rows(session, "drop_password_link", account_id=account_id)


def password_link(session: Session, *, token_hash: bytes) -> LinkHolder | None:
    """Return whose link this is, while it is good."""
    found = _rows(session, "password_link", token_hash=token_hash)
    return LinkHolder(*found[0]) if found else None


def take_password_link(session: Session, *, token_hash: bytes) -> int | None:
    """Take away a link that is good; return whose it was."""
    return _first(session, "take_password_link", token_hash=token_hash)


def sessions_of(session: Session, *, account_id: int, idle_s: float) -> list[SessionLine]:
    """Return the sessions of an account that are good, the one used last first."""
    return [SessionLine(*row) for row in _rows(session, "sessions_of", account_id=account_id, idle_s=idle_s)]


def account_line(session: Session, *, login: str) -> AccountLine | None:
    """Return one account by its login."""
    found = _rows(session, "account_line", login=login)
    return AccountLine(*found[0]) if found else None


def accounts_found(
    session: Session,
    *,
    words: str | None,
    role: str | None,
    branch: str | None,
    blocked: bool | None,
    after: int,
    most: int,
) -> list[AccountLine]:
    """Return accounts after a number: by login or name, role, branch and whether they are let in; None asks for any."""
    asked = {"words": words, "role": role, "branch": branch, "blocked": blocked}
    return [AccountLine(*row) for row in _rows(session, "accounts_found", after=after, most=most, **asked)]


def accounts(session: Session) -> list[AccountLine]:
    """Return every account."""
    return [AccountLine(*row) for row in _rows(session, "accounts")]


def drop_tokens(session: Session, *, api_client_id: int) -> None:
    """End every token of a client."""
    _rows(session, "drop_tokens", api_client_id=api_client_id)


def add_client(
    session: Session, *, client_id: str, name: str, secret_hash: bytes, scopes: Sequence[str]
) -> int | None:
    """Make an API client; return its id, None when the name is taken."""
    return _first(
        session, "add_client", client_id=client_id, name=name, secret_hash=secret_hash, scopes=list(scopes)
    )


def set_secret(session: Session, *, client_id: str, secret_hash: bytes) -> int | None:
    """Give a client another secret; return its id."""
    return _first(session, "set_secret", client_id=client_id, secret_hash=secret_hash)


def rotate_secret(
    session: Session, *, client_id: str, secret_hash: bytes, hours: int
) -> tuple[int, datetime] | None:
    """Give a client another secret beside the one it has; return its id and until when both hold."""
    found = _rows(session, "rotate_secret", client_id=client_id, secret_hash=secret_hash, hours=hours)
    return (found[0][0], found[0][1]) if found else None


def end_previous_secret(session: Session, *, client_id: str) -> int | None:
    """End the secret a client had before; return its id, None where none holds."""
    return _first(session, "end_previous_secret", client_id=client_id)


def revoke_client(session: Session, *, client_id: str) -> int | None:
    """Let a client in no more; return its id."""
    return _first(session, "revoke_client", client_id=client_id)


def clients(session: Session) -> list[ClientLine]:
    """Return every API client."""
    return [ClientLine(*row) for row in _rows(session, "clients")]


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return rows_of(session, SQL[statement], **params)


def _first(session: Session, statement: str, /, **params: Any) -> int | None:
    found = _rows(session, statement, **params)
    return found[0][0] if found else None

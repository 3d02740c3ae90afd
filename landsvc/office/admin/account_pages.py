"""Let administrators find, make, change and block accounts, and hand over links to choose a password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.core.config import Settings
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.core.web import public_address
from landsvc.identity import offices, oidc, passwords, people, trail_reading
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.admin_routes import ADMINISTRATORS, HISTORY, NEW_PASSWORD
from landsvc.identity.errors import IssuerNeeded
from landsvc.identity.offices import BranchLine
from landsvc.identity.people import AccountSearch
from landsvc.office.admin.words import action_words, role_names
from landsvc.office.forms import again, given, page, sent, several

PAGE = 50
HOME = "/office/admin/accounts"
Typed = Mapping[str, Any]


def add_accounts(blueprint: Blueprint, database: Database, settings: Settings) -> None:
    """Add the list of accounts, the page of one, and what is done there."""
    _add_list(blueprint, database)
    _add_changes(blueprint, database)
    _add_doors(blueprint, database)
    _add_links(blueprint, database, settings)


def _add_list(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/admin/accounts")
    def accounts() -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        asked = {name: given(name, 100) for name in ("q", "role", "branch", "state")}
        with database.read_only(IDENTITY_ROLE) as session:
            found, more = people.find_accounts(
                session, _search(asked), after=read_cursor(request.args.get("cursor")), page=PAGE
            )
            roles, branches = people.list_roles(session), offices.list_branches(session)
        following = urlencode({**asked, "cursor": write_cursor(found[-1].id)}) if more else ""
        return page(
            "admin/accounts",
            actor,
            accounts=found,
            asked=asked,
            following=following,
            roles=role_names(roles),
            branches=branches,
        )

    @blueprint.get("/admin/new-account")
    def new_account() -> ResponseReturnValue:
        return _new(database, identity.officer(*ADMINISTRATORS))

    @blueprint.post("/admin/accounts")
    def make_account() -> ResponseReturnValue:
        actor, login = identity.officer(*ADMINISTRATORS), sent("login", 64).lower()
        try:
            with database.unit_of_work(IDENTITY_ROLE) as session:
                people.create_account(
                    session,
                    login,
                    sent("name"),
                    several("role"),
                    password=None,
                    branches=_places() or None,
                    actor=actor,
                )
        except LandsvcError as error:
            return again(error, lambda problem: _new(database, actor, problem))
        return _done(login, "made")


def _search(asked: Mapping[str, str]) -> AccountSearch:
    blocked = {"blocked": True, "open": False}.get(asked["state"])
    return AccountSearch(asked["q"] or None, asked["role"] or None, asked["branch"] or None, blocked)


def _new(database: Database, actor: Actor, problem: Typed | None = None) -> str:
    with database.read_only(IDENTITY_ROLE) as session:
        roles, branches = people.list_roles(session), _open_branches(session)
    return page(
        "admin/account_new",
        actor,
        problem=problem,
        typed=request.form,
        roles=role_names(roles),
        branches=branches,
        places=split_places(_places()),
    )


def _add_changes(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/admin/accounts/<login>")
    def account(login: str) -> ResponseReturnValue:
        return _shown(database, identity.officer(*ADMINISTRATORS), login, done=given("done", 20))

    @blueprint.post("/admin/accounts/<login>")
    def change_account(login: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        mine = {} if actor.login == login else _powers()
        return _change(
            database,
            actor,
            login,
            "changed",
            lambda session: people.change_account(session, login, name=sent("name"), actor=actor, **mine),
        )


def _powers() -> dict[str, list[str]]:
    """Return what the form says that an account may, which nobody sends of their own."""
    return {"roles": several("role"), "branches": _places(), "authorities": _authorities()}


def _add_doors(blueprint: Blueprint, database: Database) -> None:
    @blueprint.post("/admin/accounts/<login>/block")
    def block(login: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        return _change(
            database,
            actor,
            login,
            "blocked",
            lambda session: people.disable_account(session, login, reason=sent("reason"), actor=actor),
        )

    @blueprint.post("/admin/accounts/<login>/unblock")
    def unblock(login: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        return _change(
            database,
            actor,
            login,
            "unblocked",
            lambda session: people.enable_account(session, login, actor=actor),
        )

    @blueprint.post("/admin/accounts/<login>/sign-out")
    def sign_out_everywhere(login: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        return _change(
            database,
            actor,
            login,
            "signedOut",
            lambda session: people.sign_out_everywhere(session, login, actor=actor),
        )

    @blueprint.post("/admin/accounts/<login>/password-link")
    def password_link(login: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        try:
            with database.unit_of_work(IDENTITY_ROLE) as session:
                made = passwords.make_link(session, login, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _shown(database, actor, login, problem=problem))
        # Shown here and never again: it is kept nowhere, so there is no address to go on to.
        link = f"{public_address()}{NEW_PASSWORD}?token={made.token}"
        return page("admin/password_link", actor, login=login, link=link, until=made.expires_at)


def _add_links(blueprint: Blueprint, database: Database, settings: Settings) -> None:
    @blueprint.post("/admin/accounts/<login>/oidc")
    def link_provider(login: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)

        def link(session: Session) -> None:
            issuer = sent("issuer", 500) or settings.oidc_issuer
            if not issuer:
                raise IssuerNeeded(field="issuer")
            oidc.link(session, login, issuer, sent("subject", 256), actor=actor)

        return _change(database, actor, login, "linked", link)

    @blueprint.post("/admin/accounts/<login>/oidc/remove")
    def unlink_provider(login: str) -> ResponseReturnValue:
        actor, issuer = identity.officer(*ADMINISTRATORS), sent("issuer", 500) or None
        return _change(
            database,
            actor,
            login,
            "unlinked",
            lambda session: oidc.unlink(session, login, issuer, actor=actor),
        )


def _change(
    database: Database, actor: Actor, login: str, done: str, work: Callable[[Session], object]
) -> ResponseReturnValue:
    """Do something to an account and lead back to its page, or show the page again with why it was refused."""
    try:
        with database.unit_of_work(IDENTITY_ROLE) as session:
            work(session)
    except LandsvcError as error:
        return again(error, lambda problem: _shown(database, actor, login, problem=problem))
    return _done(login, done)


def _shown(database: Database, actor: Actor, login: str, *, problem: Typed | None = None, done: str = "") -> str:
    with database.read_only(IDENTITY_ROLE) as session:
        line = people.get_account(session, login)
        roles, branches = people.list_roles(session), _open_branches(session)
        history = trail_reading.about_account(session, line.id, most=HISTORY)
    return page(
        "admin/account",
        actor,
        account=line,
        own=line.login == actor.login,
        problem=problem,
        done=done,
        typed=request.form,
        roles=role_names(roles),
        branches=branches,
        places=split_places(line.branches),
        chairs=[each.partition(":")[2] for each in line.authorities if each.startswith("commune-chairman:")],
        history=history,
        action_words=action_words(),
    )


def _open_branches(session: Session) -> list[BranchLine]:
    return [line for line in offices.list_branches(session) if line.closed_at is None]


def _places() -> list[str]:
    """Return where the form says that somebody works: ticked branches, limited to roles where some are named."""
    return [
        f"{code}:{some}" if (some := sent(f"only-{code}", 200).replace(" ", "")) else code
        for code in several("branch")
    ]


def split_places(places: list[str]) -> dict[str, str]:
    """Return of each branch to which roles it is limited, nothing where all count."""
    return {code: some for code, _, some in (place.partition(":") for place in places)}


def _authorities() -> list[str]:
    """Return for whom the form says that somebody signs."""
    chairs = sent("chairs", 2000).replace(",", " ").split()
    return [*several("authority"), *(f"commune-chairman:{code}" for code in dict.fromkeys(chairs))]


def _done(login: str, what: str) -> ResponseReturnValue:
    return redirect(f"{HOME}/{quote(login)}?{urlencode({'done': what})}", 303)

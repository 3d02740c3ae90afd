"""Show somebody their own account, and let them choose a password: knowing theirs, or by a link they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.identity import credentials, passwords, people, trail_reading
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.admin_routes import HISTORY
from landsvc.office.admin.words import action_words, role_names
from landsvc.office.forms import again, clean, given, page

SIGN_IN = "/office/sign-in"
OWN = "/office/account"
MOST_TYPED = 1000
LENGTHS = (credentials.LEAST_PASSWORD, credentials.MOST_PASSWORD)


def add_own_account(blueprint: Blueprint, database: Database) -> None:
    """Add the page of one's own account."""

    @blueprint.get("/account")
    def own_account() -> ResponseReturnValue:
        return _own(database, identity.officer(), done=given("done", 20))

    @blueprint.post("/account/password")
    def change_password() -> ResponseReturnValue:
        actor = identity.officer()
        try:
            opened = passwords.change_own(database, actor, _secret("current"), _new_password())
        except LandsvcError as error:
            return again(error, lambda problem: _own(database, actor, problem=problem))
        answer = redirect(f"{OWN}?{urlencode({'done': 'password'})}", 303)
        return identity.keep(Response(answer.data, answer.status_code, answer.headers), opened)

    @blueprint.post("/account/sign-out")
    def leave_everywhere() -> ResponseReturnValue:
        actor = identity.officer()
        with database.unit_of_work(IDENTITY_ROLE) as session:
            people.sign_out_everywhere(session, actor.login, actor=actor)
        answer = redirect(SIGN_IN, 303)
        return identity.sign_out(Response(answer.data, answer.status_code, answer.headers))


def add_new_password(blueprint: Blueprint, database: Database) -> None:
    """Add the page that a link to choose a password leads to; whoever has the link needs no session."""

    @blueprint.get("/new-password")
    def new_password() -> ResponseReturnValue:
        return _choice(database, given("token"))

    @blueprint.post("/new-password")
    def choose_password() -> ResponseReturnValue:
        identity.check_origin()
        token = clean(_secret("token"), 200)
        try:
            login = passwords.choose(database, token, _new_password(), request.remote_addr)
        except LandsvcError as error:
            return again(error, lambda problem: _choice(database, token, problem))
        return redirect(f"{SIGN_IN}?{urlencode({'login': login})}", 303)


def _choice(database: Database, token: str, problem: Mapping[str, Any] | None = None) -> str:
    """Return the form for a link that is good; raise `PasswordLinkSpent` for another."""
    with database.read_only(IDENTITY_ROLE) as session:
        login = passwords.holder_of(session, token)
    return page("new_password", None, token=token, login=login, problem=problem, lengths=LENGTHS)


def _own(database: Database, actor: Actor, *, problem: Mapping[str, Any] | None = None, done: str = "") -> str:
    with database.read_only(IDENTITY_ROLE) as session:
        line, roles = people.get_account(session, actor.login), people.list_roles(session)
        sessions = passwords.own_sessions(session, actor)
        history = trail_reading.about_account(session, actor.account_id, most=HISTORY)
    return page(
        "own_account",
        actor,
        account=line,
        roles=role_names(roles),
        sessions=sessions,
        history=history,
        action_words=action_words(),
        problem=problem,
        done=done,
        lengths=LENGTHS,
    )


def _new_password() -> str:
    """Return the password that was typed twice the same; raise `InvalidInput` for two that differ."""
    password = _secret("password")
    if not credentials.same(password, _secret("again")):
        raise InvalidInput(field="again", reason=gettext("The two passwords differ: type the new one twice."))
    return password


def _secret(name: str) -> str:
    """Return a field as it was typed: blanks count in a password."""
    return request.form.get(name, "")[:MOST_TYPED]

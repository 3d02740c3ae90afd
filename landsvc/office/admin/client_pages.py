"""Let administrators change the secrets of machines without a gap, and say where their slips are pushed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.web import vault
from landsvc.finance.hooks import rules as hook_rules
from landsvc.finance.hooks import service as hooks
from landsvc.identity import people
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.admin_routes import ADMINISTRATORS
from landsvc.identity.people import MOST_OVERLAP_HOURS, OVERLAP_HOURS
from landsvc.office.forms import again, given, page, sent

HOME = "/office/admin/clients"
Typed = Mapping[str, Any]


def add_clients(blueprint: Blueprint, database: Database) -> None:
    """Add the list of machines, the page of one, and what is done there."""
    _add_pages(blueprint, database)
    _add_secrets(blueprint, database)
    _add_hooks(blueprint, database)


def _add_pages(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/admin/clients")
    def clients() -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        with database.read_only(IDENTITY_ROLE) as session:
            found = people.list_clients(session)
            addresses = {each.client_id: each for each in hooks.list_hooks(session)}
        return page("admin/clients", actor, clients=found, hooks=addresses)

    @blueprint.get("/admin/clients/<client>")
    def client(client: str) -> ResponseReturnValue:
        return _shown(database, identity.officer(*ADMINISTRATORS), client, done=given("done", 20))


def _add_secrets(blueprint: Blueprint, database: Database) -> None:
    @blueprint.post("/admin/clients/<client>/rotate")
    def rotate_client(client: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)

        def work(session: Session) -> str:
            return people.rotate_secret(session, client, hours=_hours(1), actor=actor)[0]

        return _secret(database, actor, client, "client", work)

    @blueprint.post("/admin/clients/<client>/end-old")
    def end_old_secret(client: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        with database.unit_of_work(IDENTITY_ROLE) as session:
            people.end_previous_secret(session, client, actor=actor)
        return _done(client, "ended")


def _add_hooks(blueprint: Blueprint, database: Database) -> None:
    @blueprint.post("/admin/clients/<client>/hook")
    def push_to(client: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)

        def work(session: Session) -> str:
            return hooks.register(session, vault(), client, sent("address", 600), actor=actor)

        return _secret(database, actor, client, "hook", work)

    @blueprint.post("/admin/clients/<client>/hook/rotate")
    def rotate_hook(client: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)

        def work(session: Session) -> str:
            return hooks.rotate(session, vault(), client, hours=_hours(0), actor=actor)

        return _secret(database, actor, client, "hook", work)

    @blueprint.post("/admin/clients/<client>/hook/end")
    def push_no_more(client: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        with database.unit_of_work(IDENTITY_ROLE) as session:
            hooks.end(session, client, actor=actor)
        return _done(client, "hookEnded")


def _hours(least: int) -> int:
    """Return for how many hours the old secret holds; raise `InvalidInput`."""
    text = sent("hours", 5)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= MOST_OVERLAP_HOURS:
        reason = gettext("It must be a whole number of hours up to 720.")
        raise InvalidInput(field="hours", reason=reason)
    return int(text)


def _secret(
    database: Database, actor: Actor, client: str, kind: str, work: Callable[[Session], str]
) -> ResponseReturnValue:
    """Make a secret and show it here and never again: it is kept nowhere, so there is no address to go on to."""
    try:
        with database.unit_of_work(IDENTITY_ROLE) as session:
            people.get_client(session, client)
            made = work(session)
    except LandsvcError as error:
        if error.slug == "no-such-account":
            raise
        return again(error, lambda problem: _shown(database, actor, client, problem=problem))
    return page("admin/client_secret", actor, client=client, secret=made, kind=kind)


def _shown(database: Database, actor: Actor, client: str, *, problem: Typed | None = None, done: str = "") -> str:
    with database.read_only(IDENTITY_ROLE) as session:
        line, hook = people.get_client(session, client), hooks.find_hook(session, client)
    return page(
        "admin/client",
        actor,
        client=line,
        hook=hook,
        typed=request.form,
        problem=problem,
        done=done,
        hours=OVERLAP_HOURS,
        most_hours=MOST_OVERLAP_HOURS,
        most_address=hook_rules.MOST_ADDRESS,
    )


def _done(client: str, what: str) -> ResponseReturnValue:
    return redirect(f"{HOME}/{quote(client)}?{urlencode({'done': what})}", 303)

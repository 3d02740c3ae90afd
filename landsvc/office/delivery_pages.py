"""Show what the service could not hand on: slips that no machine took, events that no handler took. Send them again."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from landsvc.core import outbox
from landsvc.core.db import IDENTITY_ROLE, TAX_ROLE, Database
from landsvc.core.outbox_commands import NoSuchFailure
from landsvc.core.web import vault
from landsvc.finance.hooks import service as hooks
from landsvc.identity import web as identity
from landsvc.identity.admin_routes import ADMINISTRATORS, TRAIL_READERS
from landsvc.identity.service import trace
from landsvc.office.forms import given, page

HOME = "/office/deliveries"


def add_deliveries(blueprint: Blueprint, database: Database) -> None:
    """Add the page of what waits and what was given up, and what is done there."""

    @blueprint.get("/deliveries")
    def deliveries() -> ResponseReturnValue:
        actor = identity.officer(*TRAIL_READERS)
        with database.unit_of_work(TAX_ROLE) as session:
            waiting = hooks.list_waiting(session, vault(), actor=actor)
            lines = hooks.list_hooks(session)
        return page(
            "deliveries",
            actor,
            waiting=waiting,
            hooks=lines,
            given_up=sum(each.line.due_at is None for each in waiting),
            most=hooks.MOST_LISTED,
            events=outbox.failures(database),
            may_send=bool(actor.roles & set(ADMINISTRATORS)),
            done=given("done", 20),
        )

    @blueprint.post("/deliveries/again")
    def send_all_again() -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        with database.unit_of_work(TAX_ROLE) as session:
            hooks.send_again(session, None, actor=actor)
        return _done("all")

    @blueprint.post("/deliveries/<delivery>/again")
    def send_again(delivery: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        with database.unit_of_work(TAX_ROLE) as session:
            hooks.send_again(session, delivery, actor=actor)
        return _done("one")

    @blueprint.post("/events/<consumer>/<int:event>/again")
    def try_event_again(consumer: str, event: int) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        if event >= 2**63 or not outbox.retry(database, consumer, event):
            raise NoSuchFailure(consumer=consumer, event_id=event)
        with database.unit_of_work(IDENTITY_ROLE) as session:
            trace(session, "event.tried-again", who=actor, on=f"event:{event}", details={"consumer": consumer})
        return _done("event")


def _done(what: str) -> ResponseReturnValue:
    return redirect(f"{HOME}?{urlencode({'done': what})}", 303)

"""Show which messages to people nobody took, never to whom they go; send them again."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from landsvc.core import clock
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.sending import service
from landsvc.identity import web as identity
from landsvc.identity.admin_routes import ADMINISTRATORS, TRAIL_READERS
from landsvc.identity.service import trace
from landsvc.office.forms import given, page

HOME = "/office/admin/messages"


def add_messages(blueprint: Blueprint, database: Database) -> None:
    """Add the page of messages that wait or were given up, and what is done there."""

    @blueprint.get("/admin/messages")
    def messages() -> ResponseReturnValue:
        actor = identity.officer(*TRAIL_READERS)
        with database.read_only(IDENTITY_ROLE) as session:
            waiting = service.list_waiting(session)
            taken = service.taken_since(session, clock.now() - timedelta(days=1))
        return page(
            "messages",
            actor,
            waiting=waiting,
            given_up=sum(each.due_at is None for each in waiting),
            most=service.MOST_LISTED,
            taken=taken,
            may_send=bool(actor.roles & set(ADMINISTRATORS)),
            done=given("done", 20),
        )

    @blueprint.post("/admin/messages/again")
    def send_every_message_again() -> ResponseReturnValue:
        return _again(database, None)

    @blueprint.post("/admin/messages/<message>/again")
    def send_message_again(message: str) -> ResponseReturnValue:
        return _again(database, message)


def _again(database: Database, message: str | None) -> ResponseReturnValue:
    actor = identity.officer(*ADMINISTRATORS)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        for each in service.send_again(session, message):
            trace(session, "message.sent-again", who=actor, on=f"message:{each}")
    return redirect(f"{HOME}?{urlencode({'done': 'one' if message else 'all'})}", 303)

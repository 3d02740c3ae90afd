"""Let the counter say whose an account is: a person shows the card, and the register knows the account from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from landsvc.core.db import Database
from landsvc.core.errors import LandsvcError
from landsvc.core.web import vault
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import again, clean, page, sent
from landsvc.registry.citizens import service

KNOWERS = ("counter", "archivist")
"""Who may say whose an account is."""


def add_known(blueprint: Blueprint, database: Database) -> None:
    """Add the page where the number of the card shown and the contact of the account are typed."""

    @blueprint.get("/parties/<code>/account")
    def account_of_party(code: str) -> ResponseReturnValue:
        return _page(identity.officer(*KNOWERS), _code(code))

    @blueprint.post("/parties/<code>/account")
    def know_account(code: str) -> ResponseReturnValue:
        actor = identity.officer(*KNOWERS)
        try:
            number, contact = sent("number", 60), sent("contact", 254)
            service.know_at_counter(database, vault(), _code(code), number, contact, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _page(actor, _code(code), problem=problem))
        return _page(actor, _code(code), done=True)


def _page(actor: Actor, code: str, *, done: bool = False, problem: Mapping[str, Any] | None = None) -> str:
    return page("party_account", actor, code=code, done=done, problem=problem)


def _code(text: str) -> str:
    return clean(text, 40).upper()

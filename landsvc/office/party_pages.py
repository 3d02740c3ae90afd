"""Answer the page on which officers find who is registered, and register who is not: no codes to know by heart.

Asked from a dossier, they lead back to what it shall register, with those who were chosen at hand there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import N_, LandsvcError
from landsvc.core.faults import invalid_input
from landsvc.core.i18n import gettext
from landsvc.core.times import times_of
from landsvc.core.web import vault
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import again, clean, given, page, sent
from landsvc.office.known_pages import KNOWERS
from landsvc.registry.edge import READERS, TRAIL_READERS
from landsvc.registry.parties import schemas, service
from landsvc.registry.parties.errors import PartyNotFound
from landsvc.registry.parties.routes import NEW_TITLE, REGISTERERS
from landsvc.registry.parties.service import Party
from landsvc.registry.records import add_record, day_of

HOME = "/office/parties"
CODE = re.compile(r"NSD-[0-9]{8,18}", re.ASCII)
MOST_CHOSEN = 20
FIELDS = ("name", "bornOn", "bornYear", "sex", "nationality", "address")
KINDS = {
    "individual": N_("individual"),
    "couple": N_("couple"),
    "household": N_("household"),
    "organisation": N_("organisation"),
    "community": N_("community"),
    "group": N_("group of people"),
    "state": N_("state body"),
}
DOCUMENTS = {
    "cccd": N_("citizen identity card (12 digits)"),
    "cmnd": N_("old identity card (9 digits)"),
    "passport": N_("passport"),
    "military": N_("military card"),
    "birth": N_("birth certificate"),
    "business": N_("business registration"),
    "tax": N_("tax code"),
    "decision": N_("decision of establishment"),
}


@dataclass(frozen=True)
class For:
    """The dossier that somebody is looked for, with those who were chosen so far; empty for none."""

    dossier: str
    chosen: Sequence[str]

    def back(self, *more: str) -> str:
        """Return the address of what the dossier shall register, with others at hand."""
        return f"/office/dossiers/{quote(self.dossier)}/completion{self._with(*more)}"

    def here(self, code: str = "") -> str:
        """Return the address of this page, with one party shown."""
        asked = {"dossier": self.dossier, "with": ",".join(self.chosen), "code": code}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{HOME}?{query}" if query else HOME

    def _with(self, *more: str) -> str:
        codes = list(dict.fromkeys((*self.chosen, *more)))
        return f"?{urlencode({'with': ','.join(codes)})}" if codes else ""


def codes_in(text: str) -> list[str]:
    """Return the codes of parties in a text, each once."""
    return list(dict.fromkeys(CODE.findall(text.upper())))[:MOST_CHOSEN]


def add_parties(blueprint: Blueprint, database: Database) -> None:
    """Add the page of parties: search, what was found, and the form that registers one."""

    @blueprint.get("/parties")
    def parties() -> ResponseReturnValue:
        return _search(database, given("code", 24), For(given("dossier", 40), codes_in(given("with", 600))))

    @blueprint.post("/parties/search")
    def search_parties() -> ResponseReturnValue:
        return _search(database, sent("q"), _for())

    @blueprint.post("/parties")
    def register_party() -> ResponseReturnValue:
        actor, asked = identity.officer(*REGISTERERS), _for()
        try:
            code = _register(database, actor)
        except LandsvcError as error:
            return again(error, lambda problem: _page(actor, asked, problem=problem))
        return redirect(asked.back(code) if asked.dossier else asked.here(code), 303)


def _for() -> For:
    return For(sent("dossier", 40), codes_in(sent("with", 600)))


def _search(database: Database, text: str, asked: For) -> ResponseReturnValue:
    actor = identity.officer(*READERS)
    if not text:
        return _page(actor, asked)
    try:
        return _page(actor, asked, text=text, found=_found(database, text, actor))
    except LandsvcError as error:
        return again(error, lambda problem: _page(actor, asked, text=text, problem=problem))


def _found(database: Database, text: str, actor: Actor) -> list[Party]:
    """Return who has a code, a number, or a name; no number ever stands in an address."""
    code, number = text.upper(), re.sub(r"[\s.]", "", text)
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        if CODE.fullmatch(code):
            times = times_of(None, None, now=clock.now(), today=clock.today())
            try:
                return [service.get_party(session, vault(), code, times, actor=actor)]
            except PartyNotFound:
                return []
        if any(letter.isdigit() for letter in number):
            return service.find_parties(session, vault(), number=number, actor=actor)
        return service.find_parties(session, vault(), name=text, actor=actor)


def _register(database: Database, actor: Actor) -> str:
    """Register whom the form describes; return the code. Raises `InvalidInput` naming the field."""
    body = _body()
    since = day_of(None, "since")
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        record = add_record(session, NEW_TITLE, body.grounds.to_domain(), actor=actor, kind=body.grounds.kind)
        return service.add_party(
            session,
            vault(),
            body.kind,
            body.facts(),
            since=since,
            record=record,
            actor=actor,
            documents=[each.to_domain() for each in body.documents],
            members=body.members,
        )


def _body() -> schemas.PartyIn:
    told: dict[str, Any] = {name: sent(name) or None for name in FIELDS}
    year = told.pop("bornYear")
    document = {
        "kind": sent("documentKind", 20),
        "number": sent("documentNumber", 60),
        "issuedOn": sent("issuedOn", 10) or None,
        "issuedBy": sent("issuedBy") or None,
    }
    asked = {
        **told,
        "bornYear": int(year) if year and year.isdecimal() else year,
        "kind": sent("kind", 20),
        "members": codes_in(sent("members", 4000)),
        "documents": [document] if document["number"] else [],
        "grounds": {"docNo": sent("docNo") or None, "authority": sent("authority") or None},
    }
    try:
        return schemas.PartyIn.model_validate(asked)
    except ValidationError as error:
        raise invalid_input(error, flat=False) from None


def _page(
    actor: Actor,
    asked: For,
    *,
    text: str = "",
    found: Sequence[Party] | None = None,
    problem: Mapping[str, Any] | None = None,
) -> str:
    return page(
        "parties",
        actor,
        asked=asked,
        text=text,
        found=found,
        kinds={name: gettext(word) for name, word in KINDS.items()},
        documents={name: gettext(word) for name, word in DOCUMENTS.items()},
        registers=bool(actor.roles & set(REGISTERERS)),
        tells=bool(actor.roles & set(TRAIL_READERS)),
        knows=bool(actor.roles & set(KNOWERS)),
        filled={name: clean(value, 300) for name, value in request.form.items()},
        problem=problem,
    )

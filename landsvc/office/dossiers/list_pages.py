"""Answer the lists of dossiers: what waits for whom, what one box finds, what many are done with at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.routes import current_parcel
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.core.web import vault
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.dossiers import showing, unit_routes, words
from landsvc.office.forms import given, page
from landsvc.office.procedure_pages import name_of
from landsvc.registry.dossiers import listing, procedures, searching, service, timekeeping
from landsvc.registry.dossiers.model import Dossier
from landsvc.registry.dossiers.routes import MOVERS, RECEIVERS
from landsvc.registry.dossiers.searching import Asked
from landsvc.registry.edge import READERS

HOME = "/office/dossiers"
PAGE = 50
SAME_DAY = "same-day"


@dataclass(frozen=True)
class View:
    """What a list shows: mine, all that is open, those due on the day they came in, or what was searched for."""

    name: str
    text: str
    unit: int | None
    asked: Asked | None


def add_lists(blueprint: Blueprint, database: Database) -> None:
    """Add the lists."""

    @blueprint.get("/dossiers")
    def dossiers() -> ResponseReturnValue:
        actor = identity.officer()
        text = given("q", 80)
        asked = searching.read(text) if text else None
        if asked and asked.code:
            return redirect(f"{HOME}/{quote(asked.code)}")
        unit = current_parcel(asked.parcel) if asked and asked.parcel else None
        name = given("view", 20)
        view = View("found" if text else name if name in {"all", SAME_DAY} else "mine", text, unit, asked)
        return _shown(database, actor, view)


def _shown(database: Database, actor: Actor, view: View) -> str:
    after = read_cursor(request.args.get("cursor"))
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found, more = _found(session, actor, view, after)
        states, lights = service.states(session), listing.colours(session, found, clock.now())
        apologies = timekeeping.proposed(session, [each.id for each in found])
        names = {
            each.facts.code: name_of(each.facts) for each in procedures.list_procedures(session, clock.today())
        }
    lines = [
        showing.line(
            each,
            states[each.state],
            lights[each.code],
            names.get(each.procedure, each.procedure),
            apologies.get(each.id),
        )
        for each in found
    ]
    following = {"view": view.name, "q": view.text, "cursor": write_cursor(after + PAGE)}
    return page(
        "dossiers/list",
        actor,
        lines=lines,
        view=view.name,
        asked=view.text,
        heads=bool(actor.roles & set(unit_routes.HEADS)),
        reads_books=bool(actor.roles & set(READERS)),
        receives=bool(actor.roles & set(RECEIVERS)),
        acts=words.at_once(actor.roles) if actor.roles & set(MOVERS) else {},
        following=urlencode(following) if more else "",
    )


def _found(session: Session, actor: Actor, view: View, after: int) -> tuple[Sequence[Dossier], bool]:
    if view.asked and (view.asked.name or view.asked.number):
        ids = searching.of_person(session, vault(), view.asked, actor=actor)
        return listing.list_page(session, ids=ids, open_only=False, after=after, page=PAGE)
    if view.asked and view.asked.certificate:
        ids = searching.of_certificate(session, view.asked.certificate, actor=actor)
        return listing.list_page(session, ids=ids, open_only=False, after=after, page=PAGE)
    return listing.list_page(
        session,
        actor=actor if view.name == "mine" else None,
        unit_id=view.unit,
        open_only=view.name != "found",
        workflow=SAME_DAY if view.name == SAME_DAY else None,
        after=after,
        page=PAGE,
    )

"""Link dossiers on their page, and do one act on many that were ticked in a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.dossiers import words
from landsvc.office.dossiers.list_pages import HOME
from landsvc.office.forms import again, page, sent, several
from landsvc.office.procedure_pages import name_of
from landsvc.registry.dossiers import batches, chains, service
from landsvc.registry.dossiers.batches import Line
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.model import Move
from landsvc.registry.dossiers.routes import MOVERS, RECEIVERS

ShowDossier = Callable[[Database, str, Actor, Mapping[str, Any] | None], str]
MOST_TICKED = 200


def add_chains(blueprint: Blueprint, database: Database, effects: Effects, show: ShowDossier) -> None:
    """Add what links dossiers and what acts on many; `show` is the page of one."""

    def changed(code: str, change: Callable[..., None]) -> ResponseReturnValue:
        actor = identity.officer(*RECEIVERS)
        code = code.replace("\x00", "")[:40]
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                change(session, code, sent("earlier", 40).upper(), actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: show(database, code, actor, problem))
        return redirect(f"{HOME}/{quote(code)}#chain", 303)

    @blueprint.post("/dossiers/<code>/link")
    def link_dossier(code: str) -> ResponseReturnValue:
        return changed(code, chains.link)

    @blueprint.post("/dossiers/<code>/unlink")
    def unlink_dossier(code: str) -> ResponseReturnValue:
        return changed(code, chains.unlink)

    @blueprint.post("/dossiers/at-once")
    def act_on_many() -> ResponseReturnValue:
        actor = identity.officer(*MOVERS)
        act = sent("act", 20)
        if act not in words.STEPS:
            raise InvalidInput(field="act", reason=gettext("Choose what shall be done."))
        results = batches.carry_out(database, _ticked(act), actor=actor, effects=effects)
        with database.read_only(EDITOR_ROLE) as session:
            states = service.states(session)
        lines = [
            (
                each.code,
                name_of(states[each.state]) if each.state else "",
                problem_body(each.error, instance=request.path) if each.error else None,
            )
            for each in results
        ]
        return page("dossiers/at_once", actor, act=words.at_once(MOVERS)[act], lines=lines)


def _ticked(act: str) -> list[Line]:
    """Return the ticked dossiers, each as CODE:REVISION, with what is done with them."""
    to = sent("to", 64) or None
    moves = tuple(Move(action, to=to if action == "hand_over" else None) for action in words.STEPS[act])
    found = []
    for text in several("pick")[:MOST_TICKED]:
        code, _, revision = text.rpartition(":")
        if code and revision.isascii() and revision.isdigit():
            found.append(Line(code, int(revision[:4]), moves))
    if not found:
        raise InvalidInput(field="pick", reason=gettext("Tick at least one dossier."))
    return found

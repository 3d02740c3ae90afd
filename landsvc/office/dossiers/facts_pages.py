"""Answer the page on which officers enter what a dossier shall register, and see what that would change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.dossiers import choices, facts_form, reply
from landsvc.office.dossiers.facts_form import Choices, Control
from landsvc.office.forms import again, given, page, sent
from landsvc.office.party_pages import For, codes_in
from landsvc.office.procedure_pages import chosen
from landsvc.registry.dossiers import service
from landsvc.registry.dossiers.effects import NAMES, Effects
from landsvc.registry.dossiers.model import Move
from landsvc.registry.dossiers.rehearsing import DONE, LandTold, Rehearsed, rehearse
from landsvc.registry.dossiers.routes import MOVERS
from landsvc.registry.edge import READERS
from landsvc.registry.rights.service import Right
from landsvc.registry.supply.effects import SUPPLY

ENTER = "enter_facts"
HOME = "/office/dossiers"


@dataclass(frozen=True)
class Asked:
    """One set of facts of an effect, as a form; `at` is its place in what was entered, `new` after the last."""

    effect: str
    title: str
    at: int
    new: bool
    optional: bool
    """Whether the effect goes without anything entered for it."""
    controls: list[Control]
    said: list[tuple[str, str]]
    """What was entered, in words, for whoever reads and does not enter."""


@dataclass(frozen=True)
class LandLine:
    """A parcel with what bears on it, in words."""

    name: str
    area: str
    rights: list[tuple[str, str]]


def add_facts(blueprint: Blueprint, database: Database, effects: Effects) -> None:
    """Add the page of what a dossier shall register."""

    @blueprint.get("/dossiers/<code>/completion")
    def completion(code: str) -> ResponseReturnValue:
        return _show(database, effects, code, identity.officer(*READERS), None)

    @blueprint.post("/dossiers/<code>/completion")
    def enter_facts(code: str) -> ResponseReturnValue:
        actor = identity.officer(*MOVERS)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                before = service.entered_facts(session, code[:40])
                asked = Move(ENTER, facts=_changed(before, effects))
                service.move(session, code[:40], asked, actor=actor, seen=_seen(), effects=effects)
        except LandsvcError as error:
            return again(error, lambda problem: _show(database, effects, code, actor, problem))
        return redirect(For(code[:40], codes_in(sent("with", 600))).back(), 303)


def _changed(before: Mapping[str, Sequence[Mapping[str, Any]]], effects: Effects) -> dict[str, Any]:
    """Return all facts of the effect a form is about: one set of them added, changed or taken away."""
    effect, at = sent("effect", 40), int(sent("at", 3)) if sent("at", 3).isdigit() else 0
    entries = [dict(each) for each in before.get(effect, ())]
    model = effects.asked([effect]).get(effect)
    if sent("do", 10) == "remove":
        return {effect: [each for place, each in enumerate(entries) if place != at]}
    posted = request.form.to_dict(flat=False)
    entered = facts_form.read(model.model_json_schema(), posted) if model else {}
    return {effect: [*entries[:at], entered, *entries[at + 1 :]]}


def _show(
    database: Database, effects: Effects, code: str, actor: Actor, problem: Mapping[str, Any] | None
) -> str:
    found = rehearse(database, code[:40], effects, actor=actor)
    enters = any(each.action == ENTER and actor.roles & set(each.roles) for each in found.whole.may)
    asked_for = For(found.whole.dossier.code, codes_in(given("with", 600) or sent("with", 600)))
    offered = choices.gather(database, found, asked_for.chosen, enters, actor)
    asked = _asked(found, effects, problem is not None, offered)
    return page(
        "dossiers/completion",
        actor,
        code=found.whole.dossier.code,
        revision=found.whole.dossier.revision,
        enters=enters,
        asked=asked if enters else [each for each in asked if not each.new],
        against=[in_words(problem_body(each, instance=request.path)) for each in found.problems],
        before=[_land(each) for each in found.before],
        after=[_land(each) for each in found.after],
        parties=offered.parties,
        asked_for=asked_for,
        ended=found.whole.dossier.state in DONE,
        supplied=_supplied(found),
        problem=problem,
    )


def in_words(problem: dict[str, Any]) -> dict[str, Any]:
    """Return a problem whose detail calls effects as the forms do, not as procedure data does."""
    names = re.compile("|".join(re.escape(name) for name in NAMES))
    detail = names.sub(lambda found: f"“{chosen(*NAMES[found[0]])}”", problem.get("detail") or "")
    return problem | {"detail": detail}


def _supplied(found: Rehearsed) -> list[tuple[str, str]]:
    """Return what the reply to a request for data would tell and keep back, in words."""
    names = reply.parts()
    lines = []
    for told in found.told.get(SUPPLY, ()):
        lines += [
            (gettext("Told"), ", ".join(names[each] for each in told["parts"])),
            (gettext("Not told"), ", ".join(names[each] for each in told["withheld"])),
            (gettext("Fee"), i18n.money(told["feeVnd"])),
        ]
    return [(label, text) for label, text in lines if text]


def _asked(found: Rehearsed, effects: Effects, again_: bool, offered: Choices) -> list[Asked]:
    """Return a form for each set of facts that was entered, and one more for each effect."""
    names, forms = dict(offered.parties), []
    # Of one that has ended nothing is asked; what was entered is read all the same.
    for name, model in (found.asks or effects.asked(list(found.entered))).items():
        entries, optional = list(found.entered.get(name, ())), not effects.unstated([name], {})
        for at, entered in enumerate([*entries, None] if effects.asked_again(name, entries) else entries):
            schema, given = model.model_json_schema(), entered or {}
            said = facts_form.said(facts_form.controls(schema, given, offered), names)
            if again_ and sent("effect", 40) == name and sent("at", 3) == str(at):
                given = facts_form.read(schema, request.form.to_dict(flat=False))
            controls = facts_form.controls(schema, given, offered, "")
            forms.append(Asked(name, chosen(*NAMES[name]), at, entered is None, optional, controls, said))
    return forms


def _land(told: LandTold) -> LandLine:
    area = told.place.area_m2
    return LandLine(
        told.place.name,
        i18n.area(float(area)) if area is not None else "–",
        [(choices.kind_of(right), _right(right)) for right in told.rights],
    )


def _right(right: Right) -> str:
    line = right.line
    amount = f"{line.amount_vnd:,} đ".replace(",", ".") if line.amount_vnd else ""
    until = f"→ {line.term_until:%d/%m/%Y}" if line.term_until else ""
    return " · ".join(text for text in (choices.holders_of(right), amount, until) if text)


def _seen() -> int:
    text = sent("seen", 5)
    return int(text) if text.isascii() and text.isdigit() else -1

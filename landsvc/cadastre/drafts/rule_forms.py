"""Let administrators plan forms of rules: other figures, severities or a second person, from a day to come on.

What drafts are judged by holds for whole days and is never edited: a form begins tomorrow at the earliest, the one
before it ends there, and one that did not begin yet may be taken back. Texts of a rule stay as they are shipped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import settings_queries as queries
from landsvc.cadastre.drafts.checks.judging import ALWAYS_CRITICAL
from landsvc.cadastre.drafts.errors import UnknownRule
from landsvc.cadastre.drafts.ops import OFFERED
from landsvc.cadastre.drafts.settings_errors import FormPlanned, NoFormPlanned, RuleInForce, RuleKept, UnfitFigure
from landsvc.cadastre.drafts.settings_queries import RuleForm
from landsvc.core import clock
from landsvc.core.db import on_violation
from landsvc.core.errors import N_, Phrase
from landsvc.core.times import check_day
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

on_violation("rule-in-force", lambda facts: RuleInForce(rule=facts.get("rule", "")))
MOST_FIGURE = 1e9


@dataclass(frozen=True)
class NewForm:
    """What a rule judges by from a day on."""

    from_day: date
    parameters: Mapping[str, Any]
    preview: str
    submit: str
    commit: str
    second_person: bool
    law: str


def plan(session: Session, code: str, new: NewForm, *, actor: Actor) -> None:
    """Plan a form of a rule from a day to come; the form of that day ends there.

    Raises `UnknownRule`, `RuleInForce`, `RuleKept`, `FormPlanned`, `UnfitFigure` or `TimeOutOfRange`.
    """
    check_day("fromDay", new.from_day)
    if new.from_day <= clock.today():
        raise RuleInForce(field="fromDay", rule=code)
    before = _form(session, code, new.from_day)
    if before.since == new.from_day:
        raise FormPlanned(field="fromDay", day=new.from_day.isoformat())
    if code in ALWAYS_CRITICAL and {new.preview, new.submit, new.commit} != {"critical"}:
        raise RuleKept(field="severity", rule=code)
    figures = fit_figures(before.parameters, new.parameters)
    queries.bound_rule(session, code=code, since=before.since, before=new.from_day)
    queries.add_rule_form(
        session,
        code=code,
        like=before.since,
        since=new.from_day,
        before=before.before,
        law=new.law.strip() or before.law,
        parameters=json.dumps(figures, ensure_ascii=False),
        preview=new.preview,
        submit=new.submit,
        commit=new.commit,
        second_person=new.second_person,
    )
    trace(session, "rule.planned", who=actor, on=f"rule:{code}", details=_told(before, new, figures))


def take_back(session: Session, code: str, from_day: date, *, actor: Actor) -> None:
    """Take back a form that did not begin yet: the one before it holds on. Raise `RuleInForce` or `NoFormPlanned`."""
    if from_day <= clock.today():
        raise RuleInForce(field="fromDay", rule=code)
    there, before = queries.drop_rule_form(session, code=code, since=from_day)
    if not there:
        raise NoFormPlanned(field="fromDay", rule=code[:60], day=from_day.isoformat())
    earlier = queries.rule_form_on(session, code=code, on_date=from_day - timedelta(1))
    if earlier is not None:
        queries.bound_rule(session, code=code, since=earlier.since, before=before)
    trace(session, "rule.taken-back", who=actor, on=f"rule:{code}", details={"from": from_day.isoformat()})


def fit_figures(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a form, each of the kind it was before; raise `UnfitFigure` where that is not so."""
    if wrong := sorted(known.keys() ^ given.keys()):
        wanted = Phrase(N_("among its figures: {names}"), names=", ".join(known) or "–")
        raise UnfitFigure(field="parameters", name=wrong[0], given=str(given.get(wrong[0], "")), wanted=wanted)
    return {name: _figure(name, known[name], given[name]) for name in known}


def _figure(name: str, before: Any, value: Any) -> Any:
    if isinstance(before, list):
        if not isinstance(value, list) or any(each not in OFFERED for each in value):
            raise UnfitFigure(
                field=name,
                name=name,
                given=str(value)[:60],
                wanted=Phrase(N_("a list of {names}"), names=", ".join(OFFERED)),
            )
        return list(dict.fromkeys(value))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 < value <= MOST_FIGURE:
        raise UnfitFigure(field=name, name=name, given=str(value)[:60], wanted=Phrase(N_("a number above 0")))
    if isinstance(before, int) and value != int(value):
        raise UnfitFigure(field=name, name=name, given=str(value)[:60], wanted=Phrase(N_("a whole number")))
    return int(value) if isinstance(before, int) else float(value)


def _form(session: Session, code: str, day: date) -> RuleForm:
    found = queries.rule_form_on(session, code=code, on_date=day)
    if found is None:
        raise UnknownRule(field="code", rule=code[:60])
    return found


def _told(before: RuleForm, new: NewForm, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the trail keeps: the day, the ground, and each thing that becomes another, from what to what."""
    pairs = {
        "parameters": (before.parameters, dict(figures)),
        "preview": (before.preview, new.preview),
        "submit": (before.submit, new.submit),
        "commit": (before.commit, new.commit),
        "secondPerson": (before.second_person, new.second_person),
    }
    changed = {name: {"from": old, "to": now} for name, (old, now) in pairs.items() if old != now}
    return {"from": new.from_day.isoformat(), "law": new.law.strip() or before.law, **changed}

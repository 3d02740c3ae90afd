"""Explain the rules that changes of parcels are judged by: a page that lists them, and one for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from landsvc.cadastre.drafts.rulebook import explain_rule, list_rules
from landsvc.cadastre.rule_words import moments, severities
from landsvc.core import clock, i18n
from landsvc.core.db import Database
from landsvc.core.errors import LandsvcError
from landsvc.portal import kept
from landsvc.portal.answers import day_in_words
from landsvc.portal.problem_pages import problem_page


@dataclass(frozen=True)
class RuleShown:
    """A rule in the reader's language."""

    code: str
    title: str
    explanation: str
    remedy: str
    law: str
    since: str
    until: str
    severities: tuple[tuple[str, str, str], ...]
    """Moment, severity as a word, severity as a code."""
    figures: tuple[tuple[str, str], ...]
    second_person: bool


def make_rules(database: Database) -> Blueprint:
    """Return the pages of the rules."""
    blueprint = Blueprint("rule_pages", __name__)

    @blueprint.get("/rules")
    def rules() -> ResponseReturnValue:
        shown = [_shown(rule) for rule in list_rules(database, clock.today())]
        return render_template("pages/rules.html", rules=shown, rule=None)

    @blueprint.get("/rules/<code>")
    def rule(code: str) -> ResponseReturnValue:
        newest, *earlier = [_shown(form) for form in explain_rule(database, code)]
        return render_template("pages/rules.html", rule=newest, earlier=earlier, rules=[])

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def _shown(rule: Mapping[str, Any]) -> RuleShown:
    language = i18n.current_language()
    severity: Mapping[str, str] = rule["severity"]
    return RuleShown(
        code=rule["code"],
        title=rule["title"][language],
        explanation=rule["explanation"][language],
        remedy=rule["remedy"][language],
        law=rule["law"],
        since=_day(rule["validFrom"]),
        until=_day(rule["validTo"]),
        severities=tuple(
            (word, severities()[severity[at]], severity[at]) for at, word in moments(rule["code"]).items()
        ),
        figures=tuple((name, _figure(value)) for name, value in rule["parameters"].items()),
        second_person=rule["secondPerson"],
    )


def _day(text: str | None) -> str:
    return day_in_words(date.fromisoformat(text)) if text else ""


def _figure(value: Any) -> str:
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)

"""Tell what may be done on a parcel: one plain sentence first, then each activity with its law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.db import Database
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.core.times import times_of
from landsvc.planning.activities import service
from landsvc.planning.activities.rules import ALLOWED, IF, NOT, UNKNOWN, Decision, Line, reach_of
from landsvc.planning.activities.words import answer_words
from landsvc.portal import kept
from landsvc.portal.answers.minimums import minimums_told
from landsvc.portal.answers.names import amount_of, building_words, listing, theme_name, use_name, zone_name
from landsvc.portal.answers.shapes import LandUses
from landsvc.portal.asked import asked
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.register import Register

STATES = {ALLOWED: "clear", IF: "pending", UNKNOWN: "unknown", NOT: "affected"}
"""How the light of each answer looks; its words stand beside it."""
AS_KNOWN = "as-known"
"""What nothing we know forbids or limits, where we do not know everything."""
BUILDS = ("build_house", "extend_house")
"""Activities that a plan's limits of building are told beside."""
SPLIT = "split"
"""The activity that minimum plots are told beside."""


def make_activities(database: Database, register: Register, throttle: Throttle) -> Blueprint:
    """Return the page; what is asked stands in the address."""
    blueprint = Blueprint("activity_pages", __name__)

    @blueprint.get("/activities")
    def activities() -> ResponseReturnValue:
        parcel = asked("parcel")
        told: service.Told | None = None
        problem, status = None, 200
        if parcel:
            throttle.check(request.remote_addr)
            try:
                times = times_of(None, None, now=clock.now(), today=clock.today())
                told = service.what_may_be_done(database, parcel, times)
            except LandsvcError as error:
                problem, status = problem_body(error, instance=request.path), status_of(error)
        uses = {each.code: each for each in register.land_uses()}
        html = render_template(
            "pages/activities.html",
            parcel=parcel,
            problem=problem,
            ref=told.tree["parcel"]["ref"] if told else "",
            place=told.tree["parcel"]["commune"].get("name") or "" if told else "",
            first=first_sentences(told.decisions) if told else [],
            activities=[activity_told(each, uses) for each in told.decisions] if told else [],
            day=i18n.day(told.tree["validAt"]) if told else "",
            splitting=SPLIT,
            minimums=minimums_told(told.minimums) if told else [],
        )
        return Response(html, status)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def first_sentences(decisions: Sequence[Decision]) -> list[str]:
    """Return in one sentence each what is allowed, allowed on conditions and not allowed."""
    said = {
        ALLOWED: gettext("You may: %(things)s."),
        AS_KNOWN: gettext("You may, by the data we have: %(things)s."),
        IF: gettext("You may on conditions: %(things)s."),
        NOT: gettext("You may not: %(things)s."),
        UNKNOWN: gettext("Nobody can tell from our data: %(things)s."),
    }
    parts = []
    for verdict, words in said.items():
        things = [_name(each).lower() for each in decisions if _told_as(each) == verdict]
        if things:
            parts.append(words % {"things": listing(things)})
    return parts


def activity_told(found: Decision, uses: LandUses) -> dict[str, Any]:
    """Return one activity in words."""
    return {
        "code": found.activity.code,
        "name": _name(found),
        "answer": gettext("Allowed, by the data we have")
        if found.lacks_data_alone
        else answer_words(found.verdict),
        "state": STATES[found.verdict],
        "lines": [_line(each, uses) for each in found.lines],
        "building": _building(found, uses) if found.activity.code in BUILDS else [],
        "silent": listing([theme_name(each) for each in found.without_data]),
        "unjudged": listing([theme_name(each) for each in found.unjudged]),
        "unanswered": listing([use_name(each, uses) for each in found.unanswered]),
    }


def _told_as(found: Decision) -> str:
    return AS_KNOWN if found.lacks_data_alone else found.verdict


def _building(found: Decision, uses: LandUses) -> list[str]:
    """Return what plans let people build on each zone that states it."""
    zones = {id(line.zone): line.zone for line in found.lines if line.zone is not None}
    return [f"{zone_name(each, uses)}: {words}" for each in zones.values() if (words := building_words(each))]


def _name(found: Decision) -> str:
    return found.activity.name_en if i18n.current_language() == "en" else found.activity.name_vi


def _line(line: Line, uses: LandUses) -> dict[str, str]:
    english = i18n.current_language() == "en"
    rule = line.rule
    return {
        "where": _where(line, uses),
        "answer": answer_words(line.verdict),
        "condition": "" if line.asks else rule.condition_en if english else rule.condition_vi,
        "missing": "" if not line.asks else rule.missing_en if english else rule.missing_vi,
        "law": rule.law,
        "unsure": gettext("to be confirmed by the province") if rule.certainty == "?" and rule.law else "",
    }


def _where(line: Line, uses: LandUses) -> str:
    if line.use is not None:
        part = line.use.get("areaM2")
        name = use_name(line.use, uses)
        return f"{name} ({i18n.area(part)})" if part is not None else name
    if line.theme is None or line.zone is None:
        return ""
    amount = amount_of(line.zone)
    if reach_of(line.zone) == "edge":
        amount = gettext(
            "%(amount)s, within the error of the plan's map: it may not reach the parcel", amount=amount
        )
    return f"{theme_name(line.theme)}: {zone_name(line.zone, uses)} ({amount})"

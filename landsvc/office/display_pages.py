"""Let planners say when plans are on public display, and export the opinions on them for the council."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, redirect
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.feedback_pages import PLANNERS, READERS, states
from landsvc.office.forms import again, clean, day_of, given, page, sent
from landsvc.office.workbook import XLSX, Cell, workbook_of
from landsvc.registry.feedback import displays as shown_plans
from landsvc.registry.feedback.displays import MOST_CHOICES, MOST_SHOWN, Display, Said
from landsvc.registry.feedback.opinions import Opinion, ZoneThere, opinions
from landsvc.registry.feedback.words import outcomes

HOME = "/office/displays"


def add_displays(blueprint: Blueprint, database: Database) -> None:
    """Add the pages."""

    @blueprint.get("/displays")
    def displays() -> ResponseReturnValue:
        return _displays(database, identity.officer(*READERS))

    @blueprint.post("/displays")
    def show_plan() -> ResponseReturnValue:
        actor = identity.officer(*PLANNERS)
        try:
            days = (day_of(sent("firstDay", 10), "firstDay"), day_of(sent("lastDay", 10), "lastDay"))
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                said = Said(sent("noticeNo", 100), sent("place", 300), sent("reason", 300))
                shown_plans.display(session, sent("plan", 60), days, said, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _displays(database, actor, problem))
        return redirect(HOME, 303)

    @blueprint.get("/displays/<path:plan>/opinions.xlsx")
    def opinions_sheet(plan: str) -> ResponseReturnValue:
        head, rows = _table(database, clean(plan, 60), identity.officer(*READERS))
        title = gettext("Opinions on the plan %(plan)s", plan=clean(plan, 60))
        book = workbook_of(title, i18n.day(clock.today()), head, rows)
        name = f'attachment; filename="opinions-{quote(clean(plan, 60), safe="")}.xlsx"'
        return Response(
            book, headers={"Content-Disposition": name, "Cache-Control": "no-store"}, content_type=XLSX
        )

    @blueprint.get("/displays/<path:plan>/opinions.json")
    def opinions_json(plan: str) -> ResponseReturnValue:
        found = _opinions(database, clean(plan, 60), identity.officer(*READERS))
        answer = jsonify({"plan": clean(plan, 60), "opinions": [_tree(each) for each in found]})
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _displays(database: Database, actor: Actor, problem: Mapping[str, Any] | None = None) -> str:
    word, after = given("word", 60), given("after", 60)
    typed = (
        {name: sent(name) for name in ("plan", "firstDay", "lastDay", "noticeNo", "place", "reason")}
        if problem
        else {}
    )
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found = shown_plans.displays(session, word or None, after or None)
        plans = shown_plans.in_consultation(session, word or None)
    return page(
        "feedback/displays",
        actor,
        displays=[_shown(each) for each in found],
        following=urlencode({"word": word, "after": found[-1].code}) if len(found) == MOST_SHOWN else None,
        plans=_choices(plans[:MOST_CHOICES], typed.get("plan", "")),
        is_cut=len(plans) > MOST_CHOICES,
        word=word,
        may_show=bool(actor.roles & set(PLANNERS)),
        problem=problem,
        typed=typed,
    )


def _choices(plans: list[tuple[str, str, str | None]], typed: str) -> list[tuple[str, str]]:
    """Return code and name of the plans a form offers, and the one that was sent though it is none of them."""
    english = i18n.current_language() == "en"
    found = [(code, f"{(english and name_en) or name} ({code})") for code, name, name_en in plans]
    return found if not typed or typed in {code for code, _ in found} else [(typed, typed), *found]


def _shown(each: Display) -> dict[str, Any]:
    english = i18n.current_language() == "en"
    return {
        "code": each.code,
        "name": (english and each.name_en) or each.name,
        "first": i18n.day(each.first_day),
        "last": i18n.day(each.last_day),
        "notice": each.notice_no,
        "open": each.open,
        "taken": each.taken,
        "answered": each.answered,
        "reason": each.short_reason,
    }


def _opinions(database: Database, plan: str, actor: Actor) -> list[Opinion]:
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        return list(opinions(session, plan, actor))


def _table(database: Database, plan: str, actor: Actor) -> tuple[list[str], list[list[Cell]]]:
    head = [
        *(
            gettext("Code"),
            gettext("Day"),
            gettext("Notice of the display"),
            gettext("Commune"),
            gettext("Parcel"),
        ),
        *(gettext("Where it is"), gettext("Zones of the plan"), gettext("In force today"), gettext("Opinion")),
        *(
            gettext("How it stands"),
            gettext("What came of it"),
            gettext("Written answer"),
            gettext("Answered on"),
        ),
    ]
    return head, [_row(_tree(each)) for each in _opinions(database, plan, actor)]


def _row(tree: dict[str, Any]) -> list[Cell]:
    """Return an opinion in the words of whoever reads the table."""
    told = {"state": states()[tree["state"]], "outcome": outcomes().get(tree["outcome"] or "", "")}
    days = {name: date.fromisoformat(tree[name]) if tree[name] else None for name in ("day", "answeredOn")}
    return [_cell(value) for value in (tree | told | days).values()]


def _tree(found: Opinion) -> dict[str, Any]:
    """Return an opinion for the council: no contact, and no answer before it was released."""
    line = found.line
    answer = line.last("answer") if line.state == "answered" else line.last("reject")
    return {
        "code": line.code,
        "day": line.made_at.astimezone(OFFICE_ZONE).date().isoformat(),
        "notice": found.shown.notice_no,
        "commune": line.commune,
        "parcel": line.ref,
        "place": f"{line.lat:.5f}, {line.lon:.5f}",
        "zones": [_zone(each) for each in found.zones if each.is_own],
        "inForce": [_zone(each) for each in found.zones if not each.is_own],
        "opinion": line.words,
        "state": line.state,
        "outcome": answer.outcome if answer else None,
        "answer": answer.words if answer else None,
        "answeredOn": answer.at.astimezone(OFFICE_ZONE).date().isoformat() if answer else None,
    }


def _zone(zone: ZoneThere) -> dict[str, Any]:
    return {"theme": zone.theme, "code": zone.code, "name": zone.name, "sharePct": zone.share_pct}


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        return "; ".join(_zone_words(each) for each in value)
    return value if isinstance(value, (str, int, date)) or value is None else str(value)


def _zone_words(zone: Mapping[str, Any]) -> str:
    words = " ".join(filter(None, (zone["code"], zone["name"])))
    return f"{words} ({i18n.percent(zone['sharePct'])})" if zone["sharePct"] is not None else words

"""Show which plans are on public display, and each with its map; without scripts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.api import etag_of
from landsvc.core.db import TRACKER_ROLE, Database
from landsvc.core.errors import LandsvcError, NotFound
from landsvc.core.throttle import Throttle
from landsvc.portal.asked import asked
from landsvc.portal.heard_maps import MOST_IN_LEGEND, legend_of, middle_of, plan_picture, zones_of
from landsvc.portal.problem_pages import problem_page
from landsvc.registry.feedback import displays
from landsvc.registry.feedback.displays import MOST_SHOWN, Display


def make_displays(database: Database, throttle: Throttle) -> Blueprint:
    """Return the pages; `throttle` is that of look-ups."""
    blueprint = Blueprint("display_pages", __name__)

    @blueprint.get("/plans/display")
    def plans_on_display() -> ResponseReturnValue:
        word = asked("word", 60)
        with database.read_only(TRACKER_ROLE) as session:
            found = displays.displays(session, word or None, asked("after", 60) or None)
        return _page(
            "pages/plans_display.html",
            displays=[told_of(each) for each in found],
            following=urlencode({"word": word, "after": found[-1].code}) if len(found) == MOST_SHOWN else None,
            word=word,
        )

    @blueprint.get("/plans/display/<path:plan>")
    def plan_on_display(plan: str) -> ResponseReturnValue:
        throttle.check(request.remote_addr)
        shown = _shown(database, plan)
        zones = zones_of(database, shown)
        lon, lat = middle_of(database, zones) if zones else (0.0, 0.0)
        legend = legend_of(zones)
        return _page(
            "pages/plan_display.html",
            plan=told_of(shown),
            legend=legend,
            is_cut=len(legend) == MOST_IN_LEGEND,
            map=f"/?lon={lon:.6f}&lat={lat:.6f}",
        )

    @blueprint.get("/plans/display/<path:plan>/map.svg")
    def plan_map(plan: str) -> ResponseReturnValue:
        throttle.check(request.remote_addr)
        shown = _shown(database, plan)
        zones = zones_of(database, shown)
        if not zones:
            raise NotFound
        drawn = plan_picture(database, zones, told_of(shown)["name"])
        headers = {"Cache-Control": "no-cache", "ETag": etag_of(drawn.encode())}
        return Response(drawn, headers=headers, content_type="image/svg+xml").make_conditional(request)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


def told_of(shown: Display) -> dict[str, Any]:
    """Return a display in the reader's language."""
    english = i18n.current_language() == "en"
    return {
        "code": shown.code,
        "name": (english and shown.name_en) or shown.name,
        "first": i18n.day(shown.first_day),
        "last": i18n.day(shown.last_day),
        "notice": shown.notice_no,
        "place": shown.place,
        "open": shown.open,
        "taken": shown.taken,
        "answered": shown.answered,
        "reason": shown.short_reason,
    }


def _shown(database: Database, plan: str) -> Display:
    with database.read_only(TRACKER_ROLE) as session:
        found = displays.displayed(session, plan.replace("\x00", "")[:60])
    if found is None:
        raise NotFound
    return found


def _page(template: str, **facts: Any) -> Response:
    html = render_template(template, active="planning", **facts)
    return Response(html, content_type="text/html; charset=utf-8")

"""Answer the Folium maps as pages, and the defects that the land-use map asks for again and again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.api import etag_of
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.throttle import Throttle
from landsvc.identity import web as identity
from landsvc.identity.errors import SignInNeeded
from landsvc.identity.service import trace
from landsvc.portal.asked import asked
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.queries import PlanTheme
from landsvc.portal.register import Register

if TYPE_CHECKING:
    from landsvc.portal.maps import MapView

MOST_OVERLAPS = 1000
PARCEL_READERS = ("processor", "auditor")
"""Who reads payments parcel by parcel; leaders see sums of communes."""
ARREARS_READERS = (*PARCEL_READERS, "leader")


def make_maps(register: Register, throttle: Throttle) -> Blueprint:
    """Return the routes of the Folium maps; `throttle` says how many pages one address may ask for."""
    blueprint = Blueprint("maps", __name__, url_prefix="/maps")

    @blueprint.get("/planning")
    def planning() -> ResponseReturnValue:
        throttle.check(request.remote_addr)
        compare = _compared()
        from landsvc.portal.map_views import planning_view  # Folium takes memory: only who asks for a map pays

        view = planning_view(register, commune=asked("commune"), compare=compare)
        return _page(register, view, gettext("Planning map"), compare=compare)

    @blueprint.get("/fabric")
    def fabric() -> ResponseReturnValue:
        throttle.check(request.remote_addr)
        from landsvc.portal.map_views import fabric_view

        view = fabric_view(register, commune=asked("commune"))
        return _page(register, view, gettext("Land-use map"))

    @blueprint.get("/prices")
    def prices() -> ResponseReturnValue:
        throttle.check(request.remote_addr)
        from landsvc.portal.map_views import prices_view
        from landsvc.portal.price_map import prices_in_words

        view, streets = prices_view(register, commune=asked("commune"))
        told: dict[str, Any] = {
            "price_table": register.price_table(),
            "streets": streets,
            "prices_in_words": prices_in_words,
        }
        return _page(register, view, gettext("Map of land prices"), None, **told)

    @blueprint.get("/arrears")
    def arrears() -> ResponseReturnValue:
        actor = identity.officer(*ARREARS_READERS)
        throttle.check(request.remote_addr)
        from landsvc.portal.map_views import arrears_view

        may, commune = not actor.roles.isdisjoint(PARCEL_READERS), asked("commune")
        with register.database.unit_of_work(EDITOR_ROLE, actor) as session:
            view, words = arrears_view(register, session, commune=commune, parcels=may)
            on = f"commune:{commune}" if commune else None
            trace(session, "arrears.read", who=actor, on=on, details={"parcels": may and bool(commune)})
        told = {"words": words, "by_parcel": may and bool(commune), "may_choose": may}
        page = _page(register, view, gettext("Map of arrears"), None, **told)
        return Response(page, headers={"Cache-Control": "no-store"})

    @blueprint.get("/fabric/overlaps.geojson")
    def overlaps() -> ResponseReturnValue:
        found = register.overlaps(asked("commune") or None, MOST_OVERLAPS)
        body = json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False)
        headers = {"ETag": etag_of(body.encode()), "Cache-Control": "no-cache"}
        response = Response(body, headers=headers, content_type="application/geo+json")
        return response.make_conditional(request)

    blueprint.register_error_handler(LandsvcError, _problem)
    blueprint.after_request(i18n.remember_language)
    return blueprint


def _problem(error: LandsvcError) -> ResponseReturnValue:
    """Lead whoever is not signed in to the page for it and back; answer all else as a page."""
    if isinstance(error, SignInNeeded):
        here = request.full_path.removesuffix("?")
        return redirect(f"/office/sign-in?{urlencode({'next': here})}", 303)
    return problem_page(error)


def _compared() -> list[str]:
    sides = [asked("left"), asked("right")]
    return sides if any(sides) else []


def _page(register: Register, view: MapView, title: str, compare: list[str] | None = None, **told: Any) -> str:
    themes = register.plans() if view.name == "planning" else []
    plans = {row.plan: row.label for row in themes}
    return render_template(
        "pages/folium.html",
        view=view,
        title=title,
        active=view.name,
        plans=plans,
        themes=themes,
        sides=_sides(themes, compare or []),
        compare=compare or [],
        communes=register.communes(),
        commune=asked("commune"),
        **told,
    )


def _sides(rows: Sequence[PlanTheme], compare: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return name, label and chosen plan of each side of a comparison; nothing to compare below two plans.

    Unless asked otherwise: a change to come on the right, beside a plan in force on the same theme.
    """
    plans = list(dict.fromkeys(row.plan for row in rows))
    if len(plans) < 2:
        return []
    left, right = compare or plans[:2]
    coming = next((row for row in rows if not row.in_force), None)
    if not compare and coming:
        present = [row.plan for row in rows if row.in_force and row.theme == coming.theme]
        left, right = (present or plans)[0], coming.plan
    return [("left", gettext("Left"), left), ("right", gettext("Right side"), right)]

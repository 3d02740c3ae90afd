"""Answer the citizen's pages: the map, an answer as a page or as a piece of one, explanations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from landsvc.cadastre.rules import link_ref
from landsvc.core import i18n
from landsvc.core.assets import Assets, make_blueprint
from landsvc.core.config import Settings
from landsvc.core.db import Database
from landsvc.core.errors import Gone, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.core.uploads import Uploads
from landsvc.geo.tiles import TileService
from landsvc.planning.errors import NoParcelHere
from landsvc.portal import kept
from landsvc.portal.account_pages import make_accounts
from landsvc.portal.activity_pages import make_activities
from landsvc.portal.alert_pages import make_alerts
from landsvc.portal.answers import LandUse, day_in_words, present, present_place
from landsvc.portal.answers.present import as_of
from landsvc.portal.app_pages import make_app_pages
from landsvc.portal.application_pages import make_applications
from landsvc.portal.asked import asked
from landsvc.portal.calculator_pages import make_calculator
from landsvc.portal.display_pages import make_displays
from landsvc.portal.feedback_pages import make_feedback
from landsvc.portal.map_routes import make_maps
from landsvc.portal.messages import script_messages
from landsvc.portal.pay_pages import make_pay
from landsvc.portal.planned_pages import make_planned
from landsvc.portal.privacy_pages import make_privacy
from landsvc.portal.problem_pages import explained, kinds, nowhere, problem_page
from landsvc.portal.register import Register, Search
from landsvc.portal.rule_pages import make_rules
from landsvc.portal.services_pages import make_services
from landsvc.portal.signing_pages import make_signing
from landsvc.portal.taking_pages import make_taking
from landsvc.portal.tracking_pages import make_tracking
from landsvc.portal.verify_pages import make_verify

PLACE_FIELDS = ("lon", "lat", "x", "y", "srid", "parcel", "plusCode", "oldUnit", "sheet", "number")
TIME_FIELDS = ("validAt", "knownAt")
SUGGESTIONS = 8


class Portal:
    """The pages for citizens, on top of a register that answers their questions."""

    def __init__(self, register: Register, throttle: Throttle) -> None:
        self.register = register
        self.throttle = throttle

    def uses(self) -> dict[str, LandUse]:
        """Return the land-use types by code."""
        return {use.code: use for use in self.register.land_uses()}

    def answer(self, place: Mapping[str, str]) -> tuple[Markup, str, int]:
        """Return the answer to one question about a place: HTML, its title, and the status."""
        try:
            self.throttle.check(request.remote_addr)
            tree = self.register.look_up(place)
        except LandsvcError as error:
            return self._problem(error, place)
        candidates = tree.get("candidates") or []
        if len(candidates) > 1:
            accuracy = float(place.get("accuracyM") or 0)
            html = render_template(
                "components/candidates.html",
                candidates=candidates,
                accuracy_m=accuracy,
                spot=self.register.spot(place),
            )
            return Markup(html), gettext("Which is yours?"), 200  # noqa: S704 - rendered by an escaping template
        known_at, named = self.register.known_at(place), place.get("parcel", "")
        houses = [] if known_at or as_of(tree) else self.register.houses(tree["parcel"], named)
        answer = present(tree, self.uses(), known_at=known_at, asked=named, houses=houses)
        return Markup(render_template("components/answer.html", answer=answer)), answer.title, 200  # noqa: S704

    def _problem(self, error: LandsvcError, place: Mapping[str, str]) -> tuple[Markup, str, int]:
        problem = problem_body(error, instance=request.path)
        if isinstance(error, NoParcelHere):
            answer = present_place(
                problem,
                self.uses(),
                title=problem["title"],
                sentence=problem.get("detail") or "",
                spot=self.register.spot(place),
                known_at=self.register.known_at(place),
            )
            html = render_template("components/answer.html", answer=answer)
        else:
            former = self._former(place) if isinstance(error, Gone) else None
            html = render_template("components/problem.html", problem=problem, former=former)
        return Markup(html), str(problem["title"]), status_of(error)  # noqa: S704

    def _former(self, place: Mapping[str, str]) -> dict[str, Any] | None:
        """Return a retired parcel as it was on its last day: its shape, and the page that shows it."""
        tree = self.register.last_seen(place)
        if tree is None:
            return None
        query = {name: value for name, value in place.items() if name not in TIME_FIELDS}
        return {
            "geometry": tree["parcel"].get("geometry"),
            "url": "/?" + urlencode({**query, "validAt": tree["validAt"]}),
            "day": day_in_words(date.fromisoformat(tree["validAt"])),
        }

    def config(self) -> dict[str, Any]:
        """Return what the script of the page needs to know before it asks anything."""
        return {
            "language": i18n.current_language(),
            "title": gettext("Land look-up"),
            "start": self.register.start_box(),
            "tiles": self.register.tile_layers(),
            "rasters": self.register.rasters(),
            "uses": {use.code: {"name": use.label, "color": use.color} for use in self.register.land_uses()},
            "messages": script_messages(),
        }


def make_portal(portal: Portal) -> Blueprint:
    """Return the routes of the citizen's pages."""
    blueprint = Blueprint("portal", __name__)

    @blueprint.get("/")
    def home() -> ResponseReturnValue:
        place, query = asked_place(), asked("q")
        welcome = Markup(render_template("components/welcome.html", examples=examples()))  # noqa: S704
        panel, title, status = welcome, "", 200
        if place:
            panel, title, status = portal.answer(place)
        elif query:
            portal.throttle.check(request.remote_addr)
            results = portal.register.search(query, SUGGESTIONS)
            panel = Markup(render_template("components/results.html", query=query, results=results))  # noqa: S704
        page = render_template(
            "pages/home.html",
            panel=panel,
            welcome=welcome,
            answer_title=title,
            panel_open=bool(place or query),
            query=query,
            config=portal.config(),
            active="home",
        )
        return page, status, later(status)

    @blueprint.get("/answer")
    def answer() -> ResponseReturnValue:
        html, _title, status = portal.answer(asked_place())
        return Response(html, status, headers={"Cache-Control": "no-store", **later(status)})

    @blueprint.get("/parcels/<path:ref>")
    def parcel(ref: str) -> ResponseReturnValue:
        return redirect("/?" + urlencode({"parcel": ref, **_given(TIME_FIELDS)}))

    @blueprint.get("/problems/<slug>")
    def problem(slug: str) -> ResponseReturnValue:
        return render_template("pages/problem_kind.html", kind=explained(slug), kinds=kinds())

    blueprint.register_error_handler(LandsvcError, problem_page)

    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    blueprint.app_errorhandler(NotFound)(nowhere)
    return blueprint


def asked_place() -> dict[str, str]:
    """Return the place the address asks about; empty when it asks about none."""
    place = _given((*PLACE_FIELDS, "accuracyM"))
    return {**place, **_given(TIME_FIELDS)} if place else {}


def _given(names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name in names if (value := asked(name))}


def examples() -> list[tuple[str, str]]:
    """Return searches that show what the box understands."""
    return [
        ("Tân Khai", gettext("a commune, with or without accents, old or new name")),
        ("tờ 12 thửa 345", gettext("sheet and parcel number")),
        ("11.5350, 106.8832", gettext("coordinates, in either order")),
    ]


def result_url(result: Mapping[str, Any]) -> str:
    """Return the page that shows a search result without JavaScript."""
    if result["kind"] == "parcel":
        return f"/?parcel={quote(result['parcel'] or result['ref'])}"
    if result["kind"] == "unit":
        return f"/maps/planning?commune={quote(result['ref'])}"
    if result["kind"] == "plan" or result.get("point") is None:
        return "/maps/planning"
    lon, lat = result["point"]
    return f"/?lon={lon}&lat={lat}"


def language_url(language: str) -> str:
    """Return this page's address in another language."""
    return f"{request.path}?{urlencode({**request.args, 'lang': language})}"


def install(
    app: Flask,
    settings: Settings,
    database: Database,
    tiles: TileService,
    search: Search,
    throttle: Throttle,
) -> Register:
    """Add the citizen's pages, the Folium maps and their files to `app`; return the register they ask."""
    assets = Assets(settings.web_dir)
    register = Register(database, settings, tiles, search)
    uploads = Uploads(settings)
    app.jinja_env.globals.update(asset=assets.url)
    app.jinja_env.filters.update(result_url=result_url, link_ref=link_ref)
    app.register_blueprint(make_blueprint(assets))
    app.register_blueprint(make_portal(Portal(register, throttle)))
    app.register_blueprint(make_app_pages(assets))
    app.register_blueprint(make_maps(register, throttle))
    app.register_blueprint(make_rules(database))
    app.register_blueprint(make_planned(database))
    app.register_blueprint(make_tracking(database, throttle, uploads))
    app.register_blueprint(make_pay(database, throttle))
    app.register_blueprint(make_verify(throttle))
    app.register_blueprint(make_calculator(database, throttle))
    app.register_blueprint(make_activities(database, register, throttle))
    app.register_blueprint(make_taking(database, throttle))
    app.register_blueprint(make_services(database))
    app.register_blueprint(make_privacy())
    app.register_blueprint(make_alerts(database, register, throttle))
    app.register_blueprint(make_applications(database, throttle, uploads, settings))
    app.register_blueprint(make_signing(database, throttle, settings))
    app.register_blueprint(make_accounts(database))
    app.register_blueprint(make_displays(database, throttle))
    app.register_blueprint(make_feedback(database, throttle, uploads))

    @app.context_processor
    def language() -> dict[str, str]:
        here = i18n.current_language()
        other = "en" if here == "vi" else "vi"
        return {"language": here, "other_language": other, "language_url": language_url(other)}

    return register

"""Let anybody work out on a page what a sale, a gift or a change of use would cost: an estimate with its working."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.exceptions import NotFound

from landsvc.core import clock, i18n
from landsvc.core.db import PUBLIC_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.faults import invalid_input
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.finance.obligations import service
from landsvc.finance.obligations.parameters import Parameters
from landsvc.finance.obligations.schemas import EstimateOut
from landsvc.portal import kept
from landsvc.portal.asked import asked
from landsvc.portal.calculator_forms import FORMS, Form, read
from landsvc.portal.calculator_land import land_known
from landsvc.portal.problem_pages import problem_page


def make_calculator(database: Database, throttle: Throttle) -> Blueprint:
    """Return the pages of the calculator; what is typed stands in the address and is kept nowhere."""
    blueprint = Blueprint("calculator_pages", __name__)

    @blueprint.get("/calculator")
    def kinds() -> ResponseReturnValue:
        return render_template(
            "pages/calculator.html",
            forms=list(FORMS.values()),
            form=None,
            parcel=asked("parcel"),
            active="calculator",
        )

    @blueprint.get("/calculator/<kind>")
    def form(kind: str) -> ResponseReturnValue:
        if kind not in FORMS:
            raise NotFound
        return _page(database, throttle, FORMS[kind])

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def _page(database: Database, throttle: Throttle, form: Form) -> ResponseReturnValue:
    typed = {ask.name: text for ask in form.asks if (text := asked(ask.name))}
    told, problem, status, land = None, None, 200, None
    with database.read_only(PUBLIC_ROLE) as session:
        figures = service.parameters_on(session, clock.today())
        if parcel := asked("parcel"):
            throttle.check(request.remote_addr)
            try:
                land = land_known(database, session, parcel, clock.today())
                typed = land.fill(form, typed)
            except LandsvcError as error:
                problem, status = problem_body(error, instance=request.path), status_of(error)
        if request.args.get("count") and problem is None:
            throttle.check(request.remote_addr)
            try:
                told = _estimated(form, typed, session)
            except LandsvcError as error:
                problem, status = problem_body(error, instance=request.path), status_of(error)
    html = render_template(
        "pages/calculator.html",
        form=form,
        forms=list(FORMS.values()),
        typed=typed,
        parcel=parcel,
        land=land,
        told=told,
        problem=problem,
        fault=_field_of(form, problem),
        choices={ask.kind: _choices(ask.kind, figures) for ask in form.asks},
        uses=_uses(),
        money=i18n.money,
        active="calculator",
    )
    return Response(html, status)


def _estimated(form: Form, typed: dict[str, str], session: Any) -> EstimateOut:
    language = i18n.current_language()
    given = {ask.name: read(ask, typed[ask.name], language) for ask in form.asks if ask.name in typed}
    try:
        body: Any = form.body.model_validate(form.shape(given))
    except ValidationError as error:
        raise invalid_input(error, flat=False) from None
    figures = service.parameters_on(session, body.day)
    return EstimateOut.of(service.estimate(body.facts(), figures), figures)


def _field_of(form: Form, problem: Any) -> str:
    """Return the field of the form that a problem is about: `land.0.areaM2` is asked for as `areaM2`."""
    if problem is None:
        return ""
    path = str(problem.get("field") or "").split(".")
    names = [ask.name for ask in form.asks]
    likely = [f"{path[0]}{path[-1].capitalize()}", f"{path[0]}Shares", *path]
    if path == ["shares"]:
        likely = [name for name in names if name.endswith("Shares")]
    return next((name for name in likely if name in names), "")


def _choices(kind: str, figures: Parameters) -> list[tuple[str, str]]:
    """Return the reasons for exemption of one kind, in the reader's language."""
    kinds = {kind, "registration-fee-gift"} if kind == "gift-tax" else {kind}
    english = i18n.current_language() == "en"
    return [
        (each.code, each.name_en if english else each.name_vi)
        for each in figures.exemptions.values()
        if kinds & set(each.kinds)
    ]


def _uses() -> list[tuple[str, str]]:
    return [
        ("residential", gettext("Residential")),
        ("business", gettext("Business")),
        ("storeys", gettext("Building of several storeys, flats")),
        ("wrong-purpose", gettext("Used against its purpose")),
        ("encroached", gettext("Encroached")),
    ]

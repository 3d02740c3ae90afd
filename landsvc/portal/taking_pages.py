"""Tell whether planned works would take a parcel: a plain sentence, what is left, and about what the land is worth."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.core import clock, i18n
from landsvc.core.db import PUBLIC_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.finance.prices.entries import LandPrice
from landsvc.finance.prices.service import price_of
from landsvc.planning.taking import service
from landsvc.planning.taking.rules import bounds_vnd
from landsvc.portal import kept
from landsvc.portal.asked import asked
from landsvc.portal.calculator_land import areas_of
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.taking_words import facts, first_sentence, left_told, minimums_told, rule_told, zone_told


def make_taking(database: Database, throttle: Throttle) -> Blueprint:
    """Return the page; what is asked stands in the address."""
    blueprint = Blueprint("taking_pages", __name__)

    @blueprint.get("/taking")
    def taking() -> ResponseReturnValue:
        parcel, told, worth = asked("parcel"), None, None
        problem, status = None, 200
        if parcel:
            throttle.check(request.remote_addr)
            try:
                told = service.what_would_be_taken(database, parcel, clock.today())
                if told.taking.is_taken:
                    with database.read_only(PUBLIC_ROLE) as session:
                        worth = worth_told(session, told)
            except LandsvcError as error:
                problem, status = problem_body(error, instance=request.path), status_of(error)
        html = render_template(
            "pages/taking.html",
            parcel=parcel,
            problem=problem,
            ref=told.parcel["ref"] if told else "",
            first=first_sentence(told.taking) if told else "",
            facts=facts(told.taking) if told else [],
            left=left_told(told) if told else [],
            minimums=minimums_told(told) if told else [],
            rules=[rule_told(each) for each in told.rules] if told else [],
            zones=[zone_told(each) for each in told.taking.zones] if told else [],
            worth=worth,
            day=i18n.day(clock.today()),
        )
        return Response(html, status)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def worth_told(session: Session, told: service.Asked) -> dict[str, Any]:
    """Return about what the land taken is worth by the table of land prices, and what was reckoned with."""
    today, priced, lacking = clock.today(), [], []
    lines = []
    for code, area in areas_of(told.parcel).items():
        price = price_of(session, told.unit_id, code, today)
        if not isinstance(price, LandPrice):
            lacking.append(code)
            continue
        unit = round(price.unit_price_vnd * price.coefficient)
        priced.append((area, unit))
        lines.append(
            gettext(
                "%(use)s: %(price)s for each m² (%(decision)s, K %(k)s)",
                use=code,
                price=i18n.money(unit),
                decision=price.table.decision_no,
                k=i18n.number(float(price.coefficient), 2),
            )
        )
    if lacking or not priced:
        return {"sum": "", "lines": lines, "lacking": ", ".join(lacking)}
    least, most = bounds_vnd(told.taking.taken_m2, priced)
    said = (
        i18n.money(least)
        if least == most
        else gettext("%(least)s to %(most)s", least=i18n.money(least), most=i18n.money(most))
    )
    return {"sum": said, "lines": lines, "lacking": ""}

"""Tell whether planned works would take a parcel: a plain sentence, what is left, and about what the land is worth."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy.orm import Session

from landsvc.core import clock, i18n
from landsvc.core.api import TimesQuery
from landsvc.core.db import PUBLIC_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.faults import invalid_input
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.core.times import Times, times_of
from landsvc.finance.prices.entries import LandPrice
from landsvc.finance.prices.service import price_of
from landsvc.planning.taking import service
from landsvc.planning.taking.rules import NOTHING, bounds_vnd
from landsvc.portal import kept
from landsvc.portal.answers.minimums import minimums_told
from landsvc.portal.asked import asked
from landsvc.portal.calculator_land import areas_of
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.taking_words import (
    facts,
    first_sentence,
    left_told,
    rule_told,
    silent_told,
    when_told,
    zone_told,
)


def make_taking(database: Database, throttle: Throttle) -> Blueprint:
    """Return the page; what is asked stands in the address."""
    blueprint = Blueprint("taking_pages", __name__)

    @blueprint.get("/taking")
    def taking() -> ResponseReturnValue:
        parcel, day, told, worth = asked("parcel"), asked("validAt"), None, None
        problem, status = None, 200
        if parcel:
            throttle.check(request.remote_addr)
            try:
                told = service.what_would_be_taken(database, parcel, times_asked(day))
                # What the land of a past day is worth today nobody asks.
                if told.taking.is_taken and told.times.valid_at >= clock.today():
                    with database.read_only(PUBLIC_ROLE) as session:
                        worth = worth_told(session, told)
            except LandsvcError as error:
                problem, status = problem_body(error, instance=request.path), status_of(error)
        html = render_template(
            "pages/taking.html",
            parcel=parcel,
            valid_at=day,
            problem=problem,
            worth=worth,
            **(answer_told(told) if told else {}),
        )
        return Response(html, status)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def times_asked(day: str) -> Times:
    """Return the times a page is asked about, today without a day; raise `InvalidInput` or `TimeOutOfRange`."""
    try:
        query = TimesQuery.model_validate({"validAt": day} if day else {})
    except ValidationError as error:
        raise invalid_input(error) from None
    return times_of(query.valid_at, None, now=clock.now(), today=clock.today())


def answer_told(told: service.Asked) -> dict[str, Any]:
    """Return the answer as the page shows it."""
    return {
        "ref": told.parcel["ref"],
        "day": i18n.day(told.times.valid_at),
        "when": when_told(told.times.valid_at, clock.today()),
        "first": first_sentence(told.taking, is_today=told.times.valid_at == clock.today()),
        "facts": facts(told.taking),
        "left": left_told(told),
        "minimums": minimums_told(told.minimums),
        "silent": silent_told(told.taking) if told.taking.stage != NOTHING else "",
        "rules": [rule_told(each) for each in told.rules],
        "zones": [zone_told(each) for each in told.taking.zones],
    }


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

"""Let people follow a parcel of theirs, or plans around a place: ask, confirm, read what was told, end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import TRACKER_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.sending.addresses import MOST_ADDRESS
from landsvc.core.throttle import Throttle
from landsvc.core.web import settings, vault
from landsvc.identity.citizens import web as own
from landsvc.portal.asked import asked
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.register import Register
from landsvc.registry.alerts import sealing, service
from landsvc.registry.alerts.errors import AlertCodeWrong
from landsvc.registry.alerts.rules import AROUND_M, MOST_DRAWN
from landsvc.registry.alerts.service import AREA, PARCEL, Wish

HOME = "/alerts"
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
"""Addresses of these pages hold (in the query, which no log keeps) what proves that they are somebody's."""
MOST_TOKEN = 64
FIELDS = {"about": 10, "parcel": 100, "code": 40, "key": 40, "around": 5, "channel": 10, "address": MOST_ADDRESS}


def make_alerts(database: Database, register: Register, throttle: Throttle) -> Blueprint:
    """Return the pages; the link of an alert is all that shows it."""
    blueprint = Blueprint("alert_pages", __name__)

    @blueprint.get("/alerts")
    def alerts() -> ResponseReturnValue:
        return _form({"parcel": asked("parcel", 100), "about": asked("about", 10)}, register)

    @blueprint.post("/alerts")
    def ask() -> ResponseReturnValue:
        given = {name: _sent(name, most) for name, most in FIELDS.items()}
        drawn = _sent("area", MOST_DRAWN + 1)
        try:
            throttle.check(request.remote_addr)
            wish = _wish(database, given, drawn)
            with database.unit_of_work(TRACKER_ROLE) as session:
                alert = service.ask(session, vault(), settings(), wish, request.remote_addr or "")
        except LandsvcError as error:
            return _form(given, register, drawn=drawn, problem=error)
        if wish.channel == "page":
            return redirect(_mine(alert), 303)
        return _code_form(alert)

    @blueprint.post("/alerts/code")
    def type_code() -> ResponseReturnValue:
        alert = _uuid(_sent("alert", 36))
        throttle.check(request.remote_addr)
        with database.unit_of_work(TRACKER_ROLE) as session:
            fits = alert is not None and service.confirm_by_code(session, vault(), alert, _sent("code", 20))
        if alert is None or not fits:
            return _code_form(alert or "", AlertCodeWrong(field="code"))
        return redirect(_mine(alert), 303)

    @blueprint.get("/alerts/confirm")
    def ask_to_confirm() -> ResponseReturnValue:
        with database.read_only(TRACKER_ROLE) as session:
            found = service.get(session, vault(), asked("t", MOST_TOKEN), sealing.CONFIRM)
        if found.confirmed_at is not None and found.ended_at is None:
            return redirect(_mine(found.id), 303)
        return _page("pages/alert_button.html", what="confirm", token=asked("t", MOST_TOKEN))

    @blueprint.post("/alerts/confirm")
    def confirm() -> ResponseReturnValue:
        with database.unit_of_work(TRACKER_ROLE) as session:
            found = service.confirm_by_link(session, vault(), asked("t", MOST_TOKEN))
        return redirect(_mine(found.id), 303)

    @blueprint.get("/alerts/mine")
    def mine() -> ResponseReturnValue:
        with database.read_only(TRACKER_ROLE) as session:
            found = service.get(session, vault(), asked("t", MOST_TOKEN), sealing.MINE)
            told = service.inbox(session, vault(), found.id)
            followed = service.units(session, found.id)
        return _page(
            "pages/alert.html",
            alert=found,
            messages=[
                {
                    "at": f"{each.at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}",
                    "lines": _lines(each.letter.text),
                }
                for each in told
            ],
            stop=sealing.token(vault(), found.id, sealing.STOP),
            followed=[
                (each, sealing.token(vault(), found.id, sealing.unit_use(each.unit_id))) for each in followed
            ],
            asked=f"{found.asked_at.astimezone(OFFICE_ZONE):%d/%m/%Y}",
        )

    @blueprint.get("/alerts/stop")
    def ask_to_stop() -> ResponseReturnValue:
        unit = _unit_meant()
        with database.read_only(TRACKER_ROLE) as session:
            found = service.get(session, vault(), asked("t", MOST_TOKEN), _stop_use())
            follows = unit is None or unit in {each.unit_id for each in service.units(session, found.id)}
        if found.ended_at is not None:
            unit = None
        what = "stop" if found.ended_at is None and follows else "stopped"
        return _page("pages/alert_button.html", what=what, token=asked("t", MOST_TOKEN), unit=unit)

    @blueprint.post("/alerts/stop")
    def stop() -> ResponseReturnValue:
        # RFC 8058: one POST by a machine, without cookies or redirects.
        unit = _unit_meant()
        with database.unit_of_work(TRACKER_ROLE) as session:
            if unit is None:
                service.stop(session, vault(), asked("t", MOST_TOKEN))
            else:
                service.stop_unit(session, vault(), asked("t", MOST_TOKEN), unit)
        return _page("pages/alert_button.html", what="stopped", token=asked("t", MOST_TOKEN), unit=unit)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


def _wish(database: Database, given: dict[str, str], drawn: str) -> Wish:
    """Read what is asked for; raise what resolving a parcel raises, or `InvalidInput`."""
    about = PARCEL if given["about"] == PARCEL else AREA
    if about == PARCEL:
        drawn = ""
    around = int(given["around"]) if given["around"] in {str(each) for each in AROUND_M} else AROUND_M[0]
    if not drawn and not given["parcel"]:
        raise InvalidInput(field="parcel", reason=gettext("Write the number of the parcel, or draw an area."))
    return Wish(
        about=about,
        channel=given["channel"],
        address=given["address"],
        language=i18n.current_language(),
        unit_id=None if drawn else _unit(database, given["parcel"]),
        code=given["code"],
        secret=given["key"],
        account_id=signed.actor.account_id if (signed := own.citizen_or_none()) else None,
        around_m=around if about == AREA else 0,
        drawn=drawn,
    )


def _unit(database: Database, ref: str) -> int:
    named = parse_ref(ref, "parcel")
    found = cadastre.find_unit(database, named)
    if found.body is None:
        raise cadastre.retired(database, named, found.unit_id)
    return found.unit_id


def _form(
    given: dict[str, str], register: Register, *, drawn: str = "", problem: LandsvcError | None = None
) -> Response:
    draws = asked("how", 10) == "draw" or bool(drawn)
    return _page(
        "pages/alerts.html",
        status_of(problem) if problem else 200,
        given=given,
        drawn=drawn[:MOST_DRAWN],
        draws=draws,
        config=_config(register) if draws else None,
        channels=service.channels(settings()),
        around=AROUND_M,
        signed=own.citizen_or_none() is not None,
        problem=problem_body(problem, instance=request.path) if problem else None,
    )


def _config(register: Register) -> dict[str, Any]:
    """Return what the map needs to know."""
    return {
        "language": i18n.current_language(),
        "start": register.start_box(),
        "tiles": register.tile_layers(),
        "uses": {use.code: {"name": use.label, "color": use.color} for use in register.land_uses()},
        "messages": {
            "corners": gettext("Corners: {count}."),
            "ready": gettext("Corners: {count}. The area is ready."),
            "none": gettext("Tap the corners of the area on the map, or move the map and press “Corner here”."),
        },
    }


def _code_form(alert: str, problem: LandsvcError | None = None) -> Response:
    return _page(
        "pages/alert_code.html",
        status_of(problem) if problem else 200,
        alert=alert,
        problem=problem_body(problem, instance=request.path) if problem else None,
    )


def _page(template: str, status: int = 200, **facts: Any) -> Response:
    html = render_template(template, active="alerts", **facts)
    return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")


def _mine(alert: str) -> str:
    return f"{HOME}/mine?t={sealing.token(vault(), alert, sealing.MINE)}"


def _lines(text: str) -> list[str]:
    """Return the lines of a message that say what happened: not those about links."""
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")] or text.splitlines()[
        :1
    ]


def _unit_meant() -> int | None:
    """Return which parcel of an alert a link to stop is about; None where it is about all of them."""
    given = asked("u", 18)
    return int(given) if given.isascii() and given.isdigit() else None


def _stop_use() -> str:
    unit = _unit_meant()
    return sealing.STOP if unit is None else sealing.unit_use(unit)


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _sent(name: str, most: int) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:most]

"""Show people what is their own: land, drafts and dossiers, who looked at their data; let them close the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import IDENTITY_ROLE, TRACKER_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.printing import pdf_response, printer_of
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.web import settings, vault
from landsvc.identity import web as identity
from landsvc.identity.citizens import service as citizens
from landsvc.identity.citizens import web as own
from landsvc.identity.citizens.errors import OwnSignInNeeded
from landsvc.identity.citizens.sealing import Own
from landsvc.identity.service import Signed
from landsvc.portal.asked import asked
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.services_pages import own_name
from landsvc.portal.signing_pages import HOME, SIGN_IN, to_sign_in
from landsvc.portal.tracking_pages import PRIVATE
from landsvc.registry.citizens import service
from landsvc.registry.citizens.errors import NotKnownInRegister
from landsvc.registry.citizens.service import Known, OwnCase, OwnLand
from landsvc.registry.dossiers.procedures_told import procedures_told
from landsvc.registry.readings import service as readings
from landsvc.registry.readings.service import Told
from landsvc.registry.readings.told import row

PAGE, MOST_PRINTED = 100, 500


def make_accounts(database: Database) -> Blueprint:
    """Return the pages; each asks who is signed in."""
    blueprint = Blueprint("account_pages", __name__)
    pages = _Pages(database)

    @blueprint.get("/account")
    def home() -> ResponseReturnValue:
        return pages.home(own.citizen())

    @blueprint.get("/account/readings")
    def who_looked() -> ResponseReturnValue:
        return pages.readings(own.citizen())

    @blueprint.get("/account/readings.pdf")
    def who_looked_paper() -> ResponseReturnValue:
        return pages.readings_paper(own.citizen())

    @blueprint.post("/account/name")
    def rename() -> ResponseReturnValue:
        return pages.rename(own.citizen())

    @blueprint.post("/account/sign-out")
    def sign_out() -> ResponseReturnValue:
        own.citizen()
        answer = redirect(SIGN_IN, 303)
        return identity.sign_out(Response(answer.data, answer.status_code, answer.headers))

    @blueprint.post("/account/close")
    def close() -> ResponseReturnValue:
        return pages.close(own.citizen())

    @blueprint.get("/account/name")
    @blueprint.get("/account/sign-out")
    @blueprint.get("/account/close")
    def back() -> ResponseReturnValue:
        return redirect(HOME)

    @blueprint.errorhandler(OwnSignInNeeded)
    def sign_in_first(_error: OwnSignInNeeded) -> ResponseReturnValue:
        return to_sign_in(request.path if request.method == "GET" else HOME)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


class _Pages:
    def __init__(self, database: Database) -> None:
        self.database = database

    def home(self, signed: Signed, problem: LandsvcError | None = None) -> Response:
        """Show what is somebody's own."""
        account_id = signed.actor.account_id
        with self.database.read_only(IDENTITY_ROLE) as session:
            mine = citizens.own_of(session, vault(), account_id)
        with self.database.unit_of_work(TRACKER_ROLE) as session:
            known = service.known_as(session, account_id)
            land = service.land_of(session, signed.actor) if known else []
            cases = service.cases_of(session, account_id)
            names = {each["code"]: own_name(each) for each in procedures_told(session, clock.today())}
        return _page(
            "pages/account.html",
            status_of(problem) if problem else 200,
            problem=problem_body(problem, instance=request.path) if problem else None,
            mine=mine,
            name=_name(known, mine),
            level=signed.level,
            known=known,
            since=f"{known.since.astimezone(OFFICE_ZONE):%d/%m/%Y}" if known else "",
            land=[_land(each) for each in land],
            drafts=[_case(each, names) for each in cases if not each.is_dossier],
            dossiers=[_case(each, names) for each in cases if each.is_dossier],
            provider_name=national.name if (national := settings().national_id) else None,
            has_password=bool(mine.contact),
        )

    def rename(self, signed: Signed) -> ResponseReturnValue:
        """Keep another name."""
        try:
            with self.database.unit_of_work(IDENTITY_ROLE) as session:
                citizens.rename(session, vault(), signed.actor, _sent("name", 200))
        except LandsvcError as error:
            return self.home(signed, error)
        return redirect(HOME, 303)

    def readings(self, signed: Signed) -> Response:
        """Show who looked at what is known of them."""
        told = self._told(signed, PAGE)
        return _page("pages/account_readings.html", told=told, rows=[row(each) for each in told.lines])

    def readings_paper(self, signed: Signed) -> ResponseReturnValue:
        """Answer the same as a paper."""
        told = self._told(signed, MOST_PRINTED)
        html = render_template(
            "pages/readings_pdf.html",
            told=told,
            rows=[row(each) for each in told.lines],
            office=settings().office_name,
            day=i18n.day(clock.now().astimezone(OFFICE_ZONE).date()),
            language=i18n.current_language(),
        )
        return pdf_response(printer_of(settings().web_dir), html, f"{told.code}-readings")

    def close(self, signed: Signed) -> ResponseReturnValue:
        """Close the account, when the box is ticked."""
        if _sent("sure", 5) != "yes":
            return self.home(signed, InvalidInput(field="sure", reason=gettext("Tick the box first.")))
        service.close(self.database, signed.actor)
        answer = redirect(f"{SIGN_IN}?closed=yes", 303)
        response = Response(answer.data, answer.status_code, answer.headers)
        response.delete_cookie(
            identity.cookie_name(), path="/", httponly=True, secure=identity.is_secure(), samesite="Lax"
        )
        return response

    def _told(self, signed: Signed, page: int) -> Told:
        with self.database.read_only(TRACKER_ROLE) as session:
            known = service.known_as(session, signed.actor.account_id)
        if known is None:
            raise NotKnownInRegister
        before = asked("before", 18)
        return readings.told_to_account(
            self.database,
            known.party,
            known.name,
            known.proof,
            actor=signed.actor,
            before=int(before) if before.isascii() and before.isdecimal() else 0,
            page=page,
        )


def _name(known: Known | None, mine: Own) -> str:
    return known.name if known else mine.name or gettext("My account")


def _land(land: OwnLand) -> dict[str, Any]:
    rights: Sequence[str] = land.rights_en if i18n.current_language() == "en" else land.rights_vi
    return {"ref": land.ref, "rights": ", ".join(rights)}


def _case(case: OwnCase, names: dict[str, str]) -> dict[str, Any]:
    english = i18n.current_language() == "en"
    return {
        "code": case.code,
        "secret": case.secret,
        "name": names.get(case.procedure, case.procedure),
        "state": (case.state_en if english else case.state_vi) or "",
        "at": f"{case.at.astimezone(OFFICE_ZONE):%d/%m/%Y}",
        "ended": case.ended,
    }


def _page(template: str, status: int = 200, **facts: Any) -> Response:
    html = render_template(template, active="account", csrf=identity.csrf_token(), **facts)
    return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")


def _sent(name: str, most: int) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:most]

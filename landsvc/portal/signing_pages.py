"""Let citizens sign in, open an account by a code sent to them, and renew its password; without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.config import Settings
from landsvc.core.db import Database
from landsvc.core.errors import LandsvcError
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.sending.addresses import ways
from landsvc.core.throttle import Throttle
from landsvc.core.web import public_address, vault
from landsvc.identity import web as identity
from landsvc.identity.citizens import service as citizens
from landsvc.identity.citizens import web as own
from landsvc.identity.citizens.errors import NameMissing
from landsvc.identity.errors import WrongSignIn
from landsvc.identity.oidc_provider import national_provider_of
from landsvc.portal.asked import asked
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.tracking_pages import PRIVATE
from landsvc.registry.citizens import service as registry

HOME = "/account"
SIGN_IN = "/account/sign-in"
NATIONAL = "/account/sign-in/national-id"
CALLBACK = f"{NATIONAL}/callback"
"""The redirect URI to register at the provider of the national identity."""
WITHIN = ("/account", "/services/", "/applications", "/alerts")
"""How the pages begin that signing in leads back to."""
MOST_PASSWORD = 1000


def make_signing(database: Database, throttle: Throttle, settings: Settings) -> Blueprint:
    """Return the pages; `throttle` is that of look-ups."""
    blueprint = Blueprint("signing_pages", __name__)
    pages = _Pages(database, throttle, settings)

    @blueprint.get("/account/sign-in")
    def sign_in() -> ResponseReturnValue:
        return redirect(wanted()) if own.citizen_or_none() else pages.sign_in_form()

    @blueprint.post("/account/sign-in")
    def do_sign_in() -> ResponseReturnValue:
        return pages.sign_in()

    @blueprint.get("/account/register")
    def register() -> ResponseReturnValue:
        return pages.contact_form("register")

    @blueprint.post("/account/register")
    def ask_to_register() -> ResponseReturnValue:
        return pages.ask_code("register")

    @blueprint.get("/account/password")
    def password() -> ResponseReturnValue:
        return pages.contact_form("password")

    @blueprint.post("/account/password")
    def ask_to_renew() -> ResponseReturnValue:
        return pages.ask_code("password")

    @blueprint.get("/account/code")
    def code() -> ResponseReturnValue:
        # Another language, or a page reloaded: the number of the code alone opens nothing.
        return pages.code_form(asked("proof", 36)) if asked("proof", 36) else redirect("/account/register")

    @blueprint.post("/account/code")
    def confirm() -> ResponseReturnValue:
        return pages.confirm()

    @blueprint.get("/account/sign-in/national-id")
    def begin_national() -> ResponseReturnValue:
        return pages.begin_national()

    @blueprint.get("/account/sign-in/national-id/callback")
    def finish_national() -> ResponseReturnValue:
        return pages.finish_national()

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


class _Pages:
    def __init__(self, database: Database, throttle: Throttle, settings: Settings) -> None:
        self.database, self.throttle, self.settings = database, throttle, settings
        self.provider = national_provider_of(settings)

    def sign_in_form(self, login: str = "", problem: LandsvcError | None = None) -> Response:
        """Show the form: contact and password, the national identity, or how to get an account."""
        return _page(
            "pages/account_sign_in.html",
            problem,
            login=login,
            wanted=wanted(),
            ways=ways(self.settings),
            provider_name=self.provider.name if self.provider else None,
            provider_link=f"{NATIONAL}?{urlencode({'next': wanted()})}",
        )

    def sign_in(self) -> ResponseReturnValue:
        """Sign in with a password."""
        login = _sent("login", 254)
        try:
            opened = own.sign_in(login, _sent("password", MOST_PASSWORD))
        except LandsvcError as error:
            return self.sign_in_form(login, error)
        return identity.keep(_onward(wanted()), opened)

    def contact_form(self, what: str, problem: LandsvcError | None = None, **given: str) -> Response:
        """Ask for a telephone number or address; to register, for a name too."""
        return _page(
            "pages/account_contact.html",
            problem,
            what=what,
            given=given,
            ways=ways(self.settings),
            wanted=wanted(),
        )

    def ask_code(self, what: str) -> ResponseReturnValue:
        """Send a code, and ask for it. Whether there is such an account shows nowhere."""
        contact, name = _sent("contact", 254), _sent("name", 200) if what == "register" else ""
        try:
            identity.check_origin()
            self.throttle.check(request.remote_addr)
            if what == "register" and not name:
                raise NameMissing(field="name")
            if _sent("website", 200):
                # Only a machine sees that field.
                return self.code_form("00000000-0000-0000-0000-000000000000")
            proof = citizens.ask_code(
                self.database,
                vault(),
                self.settings,
                contact,
                name,
                language=i18n.current_language(),
                sender=request.remote_addr or "",
            )
        except LandsvcError as error:
            return self.contact_form(what, error, contact=contact, name=name)
        return redirect(f"/account/code?{urlencode({'proof': proof, 'next': wanted()})}", 303)

    def code_form(self, proof: str, problem: LandsvcError | None = None) -> Response:
        """Ask for the code, and for a password."""
        return _page("pages/account_code.html", problem, proof=proof, wanted=wanted())

    def confirm(self) -> ResponseReturnValue:
        """Open the account or renew its password, and sign in."""
        proof = _sent("proof", 36)
        try:
            self.throttle.check(request.remote_addr)
            opened = own.confirm(proof, _sent("code", 20), _sent("password", MOST_PASSWORD))
        except LandsvcError as error:
            return self.code_form(proof, error)
        return identity.keep(_onward(wanted()), opened)

    def begin_national(self) -> ResponseReturnValue:
        """Go to the provider of the national identity."""
        if self.provider is None:
            return redirect(SIGN_IN)
        try:
            return identity.begin_elsewhere(self.provider, wanted(), f"{public_address()}{CALLBACK}")
        except LandsvcError as error:
            return self.sign_in_form(problem=error)

    def finish_national(self) -> ResponseReturnValue:
        """Come back from there, and look who of the register it is."""
        national = self.settings.national_id
        if self.provider is None or national is None:
            return redirect(SIGN_IN)
        try:
            answer, named = own.finish_national(self.provider, national, f"{public_address()}{CALLBACK}")
            registry.recognize(self.database, vault(), named.opened, named.number)
        except LandsvcError as error:
            return self.sign_in_form(problem=error)
        return answer


def wanted() -> str:
    """Return the page to go on to: one of ours for citizens, or their own."""
    text = (request.form.get("next") or request.args.get("next") or HOME)[:400]
    is_ours = text.startswith(WITHIN) and text.isprintable() and "\\" not in text and not text.startswith("//")
    return text if is_ours and not text.startswith("/account/sign-in") else HOME


def to_sign_in(path: str) -> Response:
    """Lead to the page to sign in on, and from there back to a page."""
    return _onward(f"{SIGN_IN}?{urlencode({'next': path})}")


def _onward(address: str) -> Response:
    answer = redirect(address, 303)
    return Response(answer.data, answer.status_code, answer.headers)


def _page(template: str, problem: LandsvcError | None, **facts: Any) -> Response:
    status = status_of(problem) if problem else 200
    html = render_template(template, active="account", problem=_told(problem), **facts)
    return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")


def _told(problem: LandsvcError | None) -> Mapping[str, Any] | None:
    if problem is None:
        return None
    body = problem_body(problem, instance=request.path)
    # An administrator sets no password of a citizen: its own remedy would mislead.
    return {**body, "remedy": None} if isinstance(problem, WrongSignIn) else body


def _sent(name: str, most: int) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:most]

"""Let people write an application at home: what they want, their papers as pictures, and the button that lodges it.

Without scripts and without signing in: a code and a secret open the draft, on any phone. What is typed is kept with
each button; what is refused leaves the rest as it was.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import segno
from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from markupsafe import Markup

from landsvc.core import clock, i18n
from landsvc.core.config import Settings
from landsvc.core.db import IDENTITY_ROLE, TRACKER_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.printing import pdf_response, printer_of
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.core.uploads import Uploads
from landsvc.core.web import public_address, vault
from landsvc.identity.citizens import service as accounts
from landsvc.identity.citizens import web as own
from landsvc.identity.citizens.errors import OwnSignInNeeded
from landsvc.identity.service import Signed
from landsvc.portal.answers import day_in_words
from landsvc.portal.application_words import cases_of, day_lodged, grouped, lodged_of, papers_of
from landsvc.portal.asked import asked
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.services_pages import own_name, service_told
from landsvc.portal.signing_pages import to_sign_in
from landsvc.portal.tracking_pages import PRIVATE
from landsvc.registry.applications import service
from landsvc.registry.applications.errors import NotLodgedYet, ServiceNotOnline
from landsvc.registry.applications.service import Room, Said, Told
from landsvc.registry.applications.words import lacking_names, paper_name
from landsvc.registry.citizens import service as citizens
from landsvc.registry.dossiers import tracking
from landsvc.registry.dossiers.procedures_told import procedure_told

MOST_PARCELS = 20
MOST_TYPED = 1300
OTHER = "other"
KILOBYTE = 1000


def make_applications(database: Database, throttle: Throttle, uploads: Uploads, settings: Settings) -> Blueprint:
    """Return the pages; `throttle` is that of look-ups."""
    blueprint = Blueprint("application_pages", __name__)
    pages = _Pages(database, throttle, uploads, settings)

    @blueprint.get("/services/<code>/apply")
    def apply(code: str) -> ResponseReturnValue:
        return pages.beginning(code.replace("\x00", "")[:20])

    @blueprint.post("/services/<code>/apply")
    def begin(code: str) -> ResponseReturnValue:
        return pages.begin(code.replace("\x00", "")[:20])

    @blueprint.get("/applications")
    def ask() -> ResponseReturnValue:
        return pages.asking(asked("code", 40))

    @blueprint.post("/applications")
    def open_again() -> ResponseReturnValue:
        return pages.changed(_sent("code"), lambda code, key: None)

    @blueprint.get("/applications/<code>")
    @blueprint.get("/applications/<code>/details")
    @blueprint.get("/applications/<code>/papers")
    @blueprint.get("/applications/<code>/papers/drop")
    @blueprint.get("/applications/<code>/lodge")
    @blueprint.get("/applications/<code>/lodged.pdf")
    def ask_again(code: str) -> ResponseReturnValue:
        # Another language, or a page reloaded: only a form carries the secret.
        return pages.asking(_code(code))

    @blueprint.post("/applications/<code>/details")
    def details(code: str) -> ResponseReturnValue:
        return pages.changed(code, pages.say)

    @blueprint.post("/applications/<code>/papers")
    def papers(code: str) -> ResponseReturnValue:
        return pages.with_file(code)

    @blueprint.post("/applications/<code>/papers/drop")
    def drop(code: str) -> ResponseReturnValue:
        return pages.changed(code, pages.drop)

    @blueprint.post("/applications/<code>/lodge")
    def lodge(code: str) -> ResponseReturnValue:
        return pages.lodge(code)

    @blueprint.post("/applications/<code>/lodged.pdf")
    def own_paper(code: str) -> ResponseReturnValue:
        return pages.own_paper(code)

    @blueprint.errorhandler(OwnSignInNeeded)
    def sign_in_first(_error: OwnSignInNeeded) -> ResponseReturnValue:
        return to_sign_in(request.path)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


class _Pages:
    def __init__(self, database: Database, throttle: Throttle, uploads: Uploads, settings: Settings) -> None:
        self.database, self.throttle, self.uploads, self.settings = database, throttle, uploads, settings

    def beginning(self, code: str) -> ResponseReturnValue:
        """Show what is asked before an application is begun; raise `ServiceNotOnline`."""
        with self.database.read_only(TRACKER_ROLE) as session:
            told = procedure_told(session, code, clock.today())
            level = service.online(session, clock.today()).get(code)
            if level is None:
                raise ServiceNotOnline(field="procedure", procedure=own_name(told))
        signed = own.citizen_or_none()
        service.check_level(level, signed)
        html = render_template(
            "pages/apply.html",
            code=code,
            signed=signed is not None,
            land=self._land(signed),
            name=own_name(told),
            cases=cases_of(told),
            form_key=secrets.token_urlsafe(24),
            draft_days=self.settings.draft_days,
            active="services",
        )
        return Response(html, headers=PRIVATE, content_type="text/html; charset=utf-8")

    def begin(self, code: str) -> ResponseReturnValue:
        """Begin a draft, and show it with its code and secret."""
        self.throttle.check(request.remote_addr)
        signed, form_key = own.citizen_or_none(), request.form.get("formKey", "")
        if not 20 <= len(form_key) <= 64 or not set(form_key) <= _KEY_LETTERS:
            raise InvalidInput(field="formKey", reason=gettext("Open the page of the service again."))
        with self.database.unit_of_work(TRACKER_ROLE) as session:
            case = self._case(session, code, _sent("case"))
            made, key = service.begin(session, form_key, code, case, signed)
            application = service.told(session, made, key)
        if signed is not None and not application["applicant"]:
            application = self._filled(signed, application, key)
        return self._page(application, key, begun=True)

    def _land(self, signed: Signed | None) -> list[str]:
        """Return the parcels of who is signed in, by their codes."""
        if signed is None:
            return []
        with self.database.unit_of_work(TRACKER_ROLE) as session:
            return [each.ref for each in citizens.land_of(session, signed.actor) if each.ref]

    def _filled(self, signed: Signed, application: Told, key: str) -> Told:
        """Write into a new draft what the register and the account know of who is signed in."""
        with self.database.read_only(IDENTITY_ROLE) as session:
            mine = accounts.own_of(session, vault(), signed.actor.account_id)
        ours = set(self._land(signed))
        with self.database.unit_of_work(TRACKER_ROLE) as session:
            known = citizens.known_as(session, signed.actor.account_id)
            said = Said(
                case=application["case"],
                parcels=tuple(each for each in request.form.getlist("parcel") if each in ours)[:MOST_PARCELS],
                applicant=known.name if known else mine.name,
                contact=mine.contact,
                representative="",
                wish="",
                returnBy=application["returnBy"],
            )
            service.change(session, application["code"], key, said)
            return service.told(session, application["code"], key)

    def asking(self, code: str, problem: LandsvcError | None = None) -> ResponseReturnValue:
        """Ask for code and secret."""
        status = status_of(problem) if problem else 200
        html = render_template(
            "pages/application_ask.html",
            code=code,
            problem=problem_body(problem, instance=request.path) if problem else None,
            active="services",
        )
        return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")

    def changed(self, code: str, change: Callable[[str, str], None]) -> ResponseReturnValue:
        """Do one thing with a draft, and show it as it is then; with what was refused, if it was."""
        code, key = _code(code), tracking.plain(_sent("key"))
        problem = None
        try:
            self.throttle.check(request.remote_addr)
            change(code, key)
        except LandsvcError as error:
            problem = error
        try:
            application = self._told(code, key)
        except LandsvcError as error:
            return self.asking(code, problem or error)
        return self._page(application, key, problem=problem)

    def say(self, code: str, key: str) -> None:
        """Keep what an applicant typed."""
        parcels = [text.strip() for text in _sent("parcels", MOST_TYPED).replace(",", "\n").split("\n")]
        with self.database.unit_of_work(TRACKER_ROLE) as session:
            application = service.told(session, code, key)
            said = Said(
                case=self._case(session, application["procedure"], _sent("case")),
                parcels=tuple(dict.fromkeys(text[:60] for text in parcels if text))[:MOST_PARCELS],
                applicant=_sent("applicant", 200),
                contact=_sent("contact", 200),
                representative=_sent("representative", 200),
                wish=_sent("wish", 2000),
                returnBy="post" if _sent("returnBy") == "post" else "counter",
            )
            service.change(session, code, key, said)

    def with_file(self, code: str) -> ResponseReturnValue:
        """Put a file to a draft: bounded before it is read, refused with nothing kept."""
        self.uploads.bound()

        def add(code: str, key: str) -> None:
            self._told(code, key)
            upload = self.uploads.sent("file")
            if upload is None:
                raise InvalidInput(field="file", reason=gettext("Choose the picture or the PDF of the paper."))
            try:
                with self.database.unit_of_work(TRACKER_ROLE) as session:
                    service.add_paper(session, code, key, _sent("document", 60), upload, Room.of(self.settings))
            except LandsvcError:
                with self.database.unit_of_work(TRACKER_ROLE) as session:
                    service.drop_file(session, upload)
                raise

        return self.changed(code, add)

    def drop(self, code: str, key: str) -> None:
        """Take a paper out."""
        paper = _sent("paper", 18)
        with self.database.unit_of_work(TRACKER_ROLE) as session:
            service.drop_paper(session, code, key, int(paper) if paper.isascii() and paper.isdigit() else 0)

    def lodge(self, code: str) -> ResponseReturnValue:
        """Lodge a draft as a dossier, with the forms that are written from what was typed."""
        code, key = _code(code), tracking.plain(_sent("key"))
        try:
            self.throttle.check(request.remote_addr)
            application = self._told(code, key)
        except LandsvcError as error:
            return self.asking(code, error)
        if application["dossier"]:
            return self._page(application, key)
        try:
            service.check(self.database, application)
            forms = [
                (each["document"], self.uploads.store.keep(self._form(each, application)))
                for each in service.forms_to_write(application)
            ]
            lodged = service.lodge(self.database, key, application, forms, own.citizen_or_none())
        except LandsvcError as error:
            return self._page(application, key, problem=error)
        return self._page({**application, "dossier": lodged.dossier, "dossierSecret": lodged.secret}, key)

    def own_paper(self, code: str) -> ResponseReturnValue:
        """Print what was lodged, for whoever lodged it."""
        code, key = _code(code), tracking.plain(_sent("key"))
        try:
            self.throttle.check(request.remote_addr)
            application = self._told(code, key)
            lodged = lodged_of(application)
            if lodged is None:
                raise NotLodgedYet(application=code)
        except LandsvcError as error:
            return self.asking(code, error)
        link = f"{public_address()}/dossiers/{quote(lodged.dossier)}"
        qr = segno.make(link, error="m", micro=False).svg_inline(omitsize=True, border=2)
        with self.database.read_only(TRACKER_ROLE) as session:
            procedure = procedure_told(session, application["procedure"], clock.today())
            tracked = tracking.track(session, lodged.dossier, lodged.secret)
        html = render_template(
            "pages/lodged_pdf.html",
            language=i18n.current_language(),
            procedure=service_told(procedure, application["case"]),
            branch=(tracked.branch_en if i18n.current_language() == "en" else None) or tracked.branch_vi,
            application=application,
            lodged=lodged,
            papers=[(need["name"], [each["size"] for each in need["files"]]) for need in papers_of(application)],
            day=day_lodged(application),
            office=self.settings.office_name,
            link=link,
            qr=Markup(qr),  # noqa: S704 - made by us, of our own address
        )
        return pdf_response(printer_of(self.settings.web_dir), html, lodged.dossier)

    def _form(self, need: Mapping[str, Any], application: Told) -> bytes:
        """Write a form from what the applicant said, as a PDF; in Vietnamese, the language of the register."""
        with force_locale("vi"):
            html = render_template(
                "pages/application_pdf.html",
                need=need,
                application=application,
                procedure=self._procedure_name(application["procedure"]),
                office=self.settings.office_name,
                day=day_in_words(clock.today()),
            )
        return printer_of(self.settings.web_dir).pdf(html)

    def _procedure_name(self, code: str) -> str:
        with self.database.read_only(TRACKER_ROLE) as session:
            return own_name(procedure_told(session, code, clock.today()))

    def _case(self, session: Any, code: str, chosen: str) -> str:
        """Return a case of a procedure: the one chosen, or its first."""
        known = [each["code"] for each in cases_of(procedure_told(session, code, clock.today()))]
        if chosen and chosen not in known:
            raise InvalidInput(field="case", reason=gettext("Choose one of the cases."))
        return chosen or (known[0] if known else "")

    def _told(self, code: str, key: str) -> Told:
        with self.database.read_only(TRACKER_ROLE) as session:
            return service.told(session, code, key)

    def _page(
        self, application: Told, key: str, *, problem: LandsvcError | None = None, begun: bool = False
    ) -> Response:
        with self.database.read_only(TRACKER_ROLE) as session:
            told = procedure_told(session, application["procedure"], clock.today())
        lacking = [] if application["dossier"] else service.lacking(application)
        status = status_of(problem) if problem else 200
        html = render_template(
            "pages/application.html",
            application=application,
            key=key,
            secret=grouped(key),
            dossier=lodged_of(application),
            name=own_name(told),
            cases=cases_of(told),
            papers=papers_of(application),
            forms=[paper_name(each) for each in service.forms_to_write(application)],
            lacking=lacking_names(application, lacking),
            megabytes=self.uploads.store.most_bytes // 2**20,
            begun=begun,
            problem=problem_body(problem, instance=request.path) if problem else None,
            active="services",
        )
        return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")


def _code(code: str) -> str:
    return code.replace("\x00", "").strip().upper()[:40]


def _sent(name: str, most: int = 40) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:most]


_KEY_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

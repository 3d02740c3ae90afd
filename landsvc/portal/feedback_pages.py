"""Let people report what they see, object to a plan on display, and follow what comes of it; without scripts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.db import TRACKER_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError, NotFound
from landsvc.core.filestore import FileStore, media_type_of
from landsvc.core.i18n import gettext
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.sending.addresses import ways
from landsvc.core.throttle import Throttle
from landsvc.core.uploads import IMAGES, Upload, Uploads
from landsvc.core.web import settings, vault
from landsvc.portal.asked import asked
from landsvc.portal.display_pages import told_of
from landsvc.portal.heard_maps import reports_picture
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.tracking_pages import PRIVATE
from landsvc.registry.applications.service import drop_file
from landsvc.registry.dossiers.tracking import GROUP, plain
from landsvc.registry.feedback import displays, service
from landsvc.registry.feedback.errors import FeedbackMoved, ReopenedOnce
from landsvc.registry.feedback.service import OBJECTION, REPORT, Given, Released
from landsvc.registry.feedback.words import outcomes

KEY_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
FIELDS = {"category": 40, "place": 100, "words": service.MOST_WORDS + 1, "contact": 200, "plan": 60}


def make_feedback(database: Database, throttle: Throttle, uploads: Uploads) -> Blueprint:
    """Return the pages; `throttle` is that of look-ups."""
    blueprint = Blueprint("feedback_pages", __name__)
    pages = _Pages(database, throttle, uploads)

    @blueprint.get("/feedback")
    def feedback() -> ResponseReturnValue:
        return pages.form({name: asked(name, most) for name, most in FIELDS.items()})

    @blueprint.post("/feedback")
    def give() -> ResponseReturnValue:
        return pages.give()

    @blueprint.get("/feedback/follow")
    def ask_to_follow() -> ResponseReturnValue:
        return pages.ask(asked("code", 40))

    @blueprint.post("/feedback/follow")
    def follow() -> ResponseReturnValue:
        return pages.follow()

    @blueprint.get("/feedback/reopen")
    def back() -> ResponseReturnValue:
        return redirect("/feedback/follow")

    @blueprint.post("/feedback/reopen")
    def reopen() -> ResponseReturnValue:
        return pages.reopen()

    @blueprint.get("/feedback/reports")
    def reports() -> ResponseReturnValue:
        return pages.released()

    @blueprint.get("/feedback/reports/<code>/photo")
    def photo(code: str) -> ResponseReturnValue:
        return pages.photo(code)

    @blueprint.get("/feedback/reports/map.svg")
    def reports_map() -> ResponseReturnValue:
        return pages.reports_map()

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


class _Pages:
    def __init__(self, database: Database, throttle: Throttle, uploads: Uploads) -> None:
        self.database, self.throttle, self.uploads = database, throttle, uploads

    def form(self, given: Mapping[str, str], problem: LandsvcError | None = None) -> Response:
        """Show the form: a report, or an opinion on the plan named."""
        with self.database.read_only(TRACKER_ROLE) as session:
            shown = displays.displayed(session, given["plan"]) if given.get("plan") else None
            kinds = service.categories(session, OBJECTION if shown else REPORT)
        english = i18n.current_language() == "en"
        return _page(
            "pages/feedback.html",
            problem,
            given=given,
            form_key=request.form.get("formKey") or secrets.token_urlsafe(24),
            categories=[
                (each.code, each.name_en if english else each.name_vi, each.answer_days) for each in kinds
            ],
            plan=told_of(shown) if shown else None,
            tells=bool(ways(settings())),
            megabytes=self.uploads.store.most_bytes // 2**20,
        )

    def give(self) -> ResponseReturnValue:
        """Take what was written, and show its code and secret."""
        self.uploads.bound()
        given = {name: _sent(name, most) for name, most in FIELDS.items()}
        form_key, upload = request.form.get("formKey", ""), None
        try:
            self.throttle.check(request.remote_addr)
            if not 20 <= len(form_key) <= 64 or not set(form_key) <= KEY_LETTERS:
                raise InvalidInput(field="formKey", reason=gettext("Open the page again."))
            if _sent("website", 200):
                # Only a machine sees that field.
                return redirect("/feedback/reports", 303)
            upload = self.uploads.sent("photo", IMAGES)
            with self.database.unit_of_work(TRACKER_ROLE) as session:
                code, secret = service.give(self.database, session, vault(), _given(given, form_key, upload))
                told = service.told(session, code, secret)
        except LandsvcError as error:
            self._drop(upload)
            return self.form(given, error)
        return self._told(told, secret, new=True)

    def ask(self, code: str, problem: LandsvcError | None = None) -> Response:
        """Ask for code and secret."""
        return _page("pages/feedback_follow.html", problem, code=code)

    def follow(self) -> ResponseReturnValue:
        """Show how it stands."""
        code, secret = _sent("code", 40).upper(), plain(_sent("key", 40))
        try:
            self.throttle.check(request.remote_addr)
            with self.database.read_only(TRACKER_ROLE) as session:
                return self._told(service.told(session, code, secret), secret)
        except LandsvcError as error:
            return self.ask(code, error)

    def reopen(self) -> ResponseReturnValue:
        """Ask for another answer, once."""
        code, secret = _sent("code", 40).upper(), plain(_sent("key", 40))
        problem = None
        try:
            self.throttle.check(request.remote_addr)
            with self.database.unit_of_work(TRACKER_ROLE) as session:
                service.reopen(session, code, secret, _sent("words", service.MOST_WORDS + 1))
        except (ReopenedOnce, FeedbackMoved, InvalidInput) as error:
            problem = error
        except LandsvcError as error:
            return self.ask(code, error)
        with self.database.read_only(TRACKER_ROLE) as session:
            return self._told(service.told(session, code, secret), secret, problem=problem)

    def released(self) -> ResponseReturnValue:
        """Show what was released to everybody."""
        before = asked("before", 18)
        found = self._released(before)
        html = render_template(
            "pages/feedback_reports.html",
            reports=[_report(each) for each in found],
            following=found[-1].id if len(found) == service.PUBLIC_PAGE else None,
            before=before,
            active="feedback",
        )
        return Response(html, content_type="text/html; charset=utf-8")

    def reports_map(self) -> ResponseReturnValue:
        """Draw where the reports of a page are; one that was taken back is gone at once."""
        self.throttle.check(request.remote_addr)
        found = self._released(asked("before", 18))
        if not found:
            raise NotFound
        drawn = reports_picture(self.database, [(each.lon, each.lat) for each in found])
        return Response(drawn, headers={"Cache-Control": "no-store"}, content_type="image/svg+xml")

    def _released(self, before: str) -> list[Released]:
        with self.database.read_only(TRACKER_ROLE) as session:
            return service.released(session, int(before) if before.isascii() and before.isdecimal() else None)

    def photo(self, code: str) -> ResponseReturnValue:
        """Answer a picture that was released."""
        with self.database.read_only(TRACKER_ROLE) as session:
            digest = service.released_photo(session, code.replace("\x00", "")[:40])
        if digest is None:
            raise NotFound
        content = FileStore(settings()).read(digest)
        return Response(content, headers={"Cache-Control": "no-store"}, content_type=media_type_of(content))

    def _told(
        self, told: Mapping[str, Any], secret: str, *, new: bool = False, problem: LandsvcError | None = None
    ) -> Response:
        english = i18n.current_language() == "en"
        return _page(
            "pages/feedback_told.html",
            problem,
            told=told,
            key=secret,
            secret="-".join(secret[at : at + GROUP] for at in range(0, len(secret), GROUP)),
            category=told["categoryEn" if english else "categoryVi"],
            state=states()[str(told["state"])],
            outcome=outcomes().get(str(told["outcome"]), ""),
            new=new,
            due=i18n.day(date.fromisoformat(str(told["dueOn"]))),
            typed=_sent("words", service.MOST_WORDS) if problem else "",
        )

    def _drop(self, upload: Upload | None) -> None:
        if upload is not None:
            with self.database.unit_of_work(TRACKER_ROLE) as session:
                drop_file(session, upload)


def states() -> dict[str, str]:
    """Return how something may stand, in words."""
    return {
        "received": gettext("received, nobody has looked at it yet"),
        "accepted": gettext("taken up, an answer is being written"),
        "drafted": gettext("answered, a second officer reads the answer"),
        "answered": gettext("answered"),
        "rejected": gettext("not taken up"),
    }


def _given(given: Mapping[str, str], form_key: str, upload: Upload | None) -> Given:
    return Given(
        form_key=form_key,
        category=given["category"],
        place=given["place"],
        words=given["words"],
        contact=given["contact"],
        language=i18n.current_language(),
        plan=given["plan"] or None,
        photo=upload.kept if upload else None,
    )


def _report(found: Released) -> dict[str, Any]:
    english = i18n.current_language() == "en"
    return {
        "code": found.code,
        "category": found.category_en if english else found.category_vi,
        "commune": found.commune,
        "on": i18n.day(found.on_day),
        "answered": i18n.day(found.answered_on),
        "words": found.words,
        "answer": found.answer,
        "photo": found.photo is not None,
        "map": f"/?lon={found.lon}&lat={found.lat}",
    }


def _page(template: str, problem: LandsvcError | None, **facts: Any) -> Response:
    status = status_of(problem) if problem else 200
    body = problem_body(problem, instance=request.path) if problem else None
    html = render_template(template, active="feedback", problem=body, **facts)
    return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")


def _sent(name: str, most: int) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:most]

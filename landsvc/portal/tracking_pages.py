"""Let whoever holds a receipt follow the dossier: by its QR code, or by typing the code and the secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.api import JSON
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, TRACKER_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.filestore import FileStore
from landsvc.core.i18n import gettext
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.core.uploads import Uploads
from landsvc.core.web import settings
from landsvc.identity.actors import SERVICE
from landsvc.portal.answers import day_in_words
from landsvc.portal.asked import asked
from landsvc.portal.fees_told import fee_told
from landsvc.portal.notices_told import notice_told
from landsvc.portal.problem_pages import problem_page
from landsvc.registry.applications import service as applications
from landsvc.registry.applications.errors import NothingAsked
from landsvc.registry.applications.service import Room
from landsvc.registry.dossiers import fees_followed, tracking
from landsvc.registry.dossiers.fees_followed import FeeFollowed
from landsvc.registry.dossiers.tracking import Owed, Reported, Tracked
from landsvc.registry.supply import service as supply

PDF = "application/pdf"
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""The address of the QR code holds the secret: nobody keeps it. The page itself tells it to no other site."""


@dataclass(frozen=True)
class Waits:
    """What the holder of a receipt may do: bring papers, say how they were served; and what was just done."""

    supplement: Mapping[str, Any] | None
    may_rate: bool
    done: str


def make_tracking(database: Database, throttle: Throttle, uploads: Uploads) -> Blueprint:
    """Return the pages that tell how a dossier stands."""
    blueprint = Blueprint("tracking_pages", __name__)

    @blueprint.get("/dossiers")
    def ask() -> ResponseReturnValue:
        return _page(asked("code", 40))

    @blueprint.post("/dossiers")
    def follow() -> ResponseReturnValue:
        return _answer(database, throttle, _sent("code"), _sent("key"))

    @blueprint.post("/dossiers/<code>/reply")
    def take_reply(code: str) -> ResponseReturnValue:
        return _reply(database, throttle, code.replace("\x00", "")[:40], _sent("key"), _sent("as"))

    @blueprint.post("/dossiers/<code>/papers")
    def bring(code: str) -> ResponseReturnValue:
        uploads.bound()
        code, key = code.replace("\x00", "")[:40], _sent("key")
        return _answer(database, throttle, code, key, lambda asked: _bring(database, uploads, asked, key))

    @blueprint.post("/dossiers/<code>/rating")
    def rate(code: str) -> ResponseReturnValue:
        code, key = code.replace("\x00", "")[:40], _sent("key")
        return _answer(database, throttle, code, key, lambda asked: _rate(database, asked, key))

    @blueprint.get("/dossiers/<code>/papers")
    @blueprint.get("/dossiers/<code>/rating")
    @blueprint.get("/dossiers/<code>/reply")
    def ask_again(code: str) -> ResponseReturnValue:
        # Another language, or a page reloaded: only a form carries the secret.
        return _page(code.replace("\x00", "")[:40])

    @blueprint.get("/dossiers/<code>")
    def dossier(code: str) -> ResponseReturnValue:
        code, key = code.replace("\x00", "")[:40], asked("key", 40)
        return _answer(database, throttle, code, key) if key else _page(code)

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


def _answer(
    database: Database, throttle: Throttle, code: str, secret: str, act: Callable[[str], str] | None = None
) -> ResponseReturnValue:
    """Show how a dossier stands; first do what its holder asks, and say what became of that."""
    done, refused = "", None
    try:
        throttle.check(request.remote_addr)
        if act is not None:
            with database.read_only(TRACKER_ROLE) as session:
                opened = tracking.track(session, code, secret).code
            try:
                done = act(opened)
            except LandsvcError as error:
                refused = error
        with database.read_only(TRACKER_ROLE) as session:
            found = tracking.track(session, code, secret)
            owed = tracking.owed(session, found.code, secret)
            reports = tracking.reported(session, found.code, secret) if owed else []
            fees = fees_followed.fees(session, found.code, secret)
            ready = supply.is_ready(session, found.code, tracking.plain(secret))
            waits = Waits(
                applications.supplement(session, found.code, secret),
                applications.rating_open(session, found.code, secret),
                done,
            )
    except LandsvcError as error:
        return _page(code, problem=error)
    return _page(
        code, found, owed, reports, fees, key=secret if ready else "", secret=secret, problem=refused, waits=waits
    )


def _bring(database: Database, uploads: Uploads, code: str, key: str) -> str:
    """Hand in a paper of the supplement a dossier waits for; return what is said then."""
    with database.read_only(TRACKER_ROLE) as session:
        waiting = applications.supplement(session, code, key)
    if waiting is None:
        raise NothingAsked(dossier=code)
    document = request.form.get("document", "")[:60]
    if document not in {each["document"] for each in waiting["papers"]}:
        raise InvalidInput(field="document", reason=gettext("Choose one of the papers."))
    upload = uploads.sent("file")
    if upload is None:
        raise InvalidInput(field="file", reason=gettext("Choose the picture or the PDF of the paper."))
    try:
        with database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
            applications.bring(session, code, document, upload, Room.of(settings()).of_draft)
    except LandsvcError:
        with database.unit_of_work(TRACKER_ROLE) as session:
            applications.drop_file(session, upload)
        raise
    return gettext("The paper was taken in. The office goes on once it has looked at it.")


def _rate(database: Database, code: str, key: str) -> str:
    """Take how somebody was served; return what is said then."""
    stars = request.form.get("stars", "")
    if stars not in {"1", "2", "3", "4", "5"}:
        raise InvalidInput(field="stars", reason=gettext("Choose from 1 (bad) to 5 (very good)."))
    words = request.form.get("words", "").replace("\x00", "").strip()[:1000]
    with database.unit_of_work(TRACKER_ROLE) as session:
        applications.rate(session, code, key, int(stars), words)
    return gettext("Thank you. What you said is counted once.")


def _reply(database: Database, throttle: Throttle, code: str, secret: str, kind: str) -> ResponseReturnValue:
    """Give the signed reply of a request for data, or its answer for machines, to whoever holds the receipt."""
    try:
        throttle.check(request.remote_addr)
        asked_code = tracking.checked(code)
        with database.unit_of_work(TRACKER_ROLE) as session:
            answer, file = supply.take_reply(session, asked_code, tracking.plain(secret))
    except LandsvcError as error:
        return _page(code, problem=error)
    digest, media_type, ending = (answer, JSON, "json") if kind == "json" else (file, PDF, "pdf")
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{asked_code}.{ending}"'}
    return Response(FileStore(settings()).read(digest), headers=headers, content_type=media_type)


def _page(
    code: str,
    found: Tracked | None = None,
    owed: Sequence[Owed] = (),
    reports: Sequence[Reported] = (),
    fees: Sequence[FeeFollowed] = (),
    *,
    key: str = "",
    secret: str = "",
    problem: LandsvcError | None = None,
    waits: Waits | None = None,
) -> Response:
    """Return the page; `key` is the secret again where a reply can be taken with it, `secret` where fees are asked."""
    status = status_of(problem) if problem else 200
    html = render_template(
        "pages/dossier.html",
        code=code.strip(),
        told=told(found) if found else None,
        notices=[notice_told(each, found.code, reports) for each in owed] if found else [],
        fees=[fee_told(each) for each in fees],
        key=key,
        secret=secret,
        waits=waits,
        asked_for=_asked_for(waits.supplement) if waits and waits.supplement else None,
        problem=problem_body(problem, instance=request.path) if problem else None,
    )
    return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")


def _asked_for(supplement: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a dossier waits for its applicant to bring, in words."""
    vi = i18n.current_language() == "vi"
    return {
        "items": [str(each) for each in supplement["items"]],
        "papers": [
            {"document": each["document"], "name": each["nameVi" if vi else "nameEn"], "there": each["there"]}
            for each in supplement["papers"]
        ],
    }


def told(found: Tracked) -> dict[str, Any]:
    """Return how a dossier stands, in words: state, who keeps it waiting, and when to come."""
    vi = i18n.current_language() == "vi"
    return {
        "code": found.code,
        "procedure": found.procedure_vi if vi else found.procedure_en,
        "state": found.state_vi if vi else found.state_en,
        "waits": waiting(found),
        "branch": (found.branch_vi if vi else found.branch_en) or "",
        "received": moment(found.registered_at),
        "appointment": moment(found.appointment_at),
        "stands": found.clock == "stopped",
        "ended": moment(found.ended_at),
    }


def waiting(found: Tracked) -> str:
    """Return who keeps a dossier waiting, and what that asks of the applicant."""
    if found.waits_for == "citizen" and found.clock == "ended":
        if found.return_by == "post":
            return gettext("The result is ready and goes to you by post.")
        return gettext("The result is ready: bring the receipt and collect it at the counter.")
    return {
        "office": gettext("The land office is working on it. You need do nothing."),
        "tax": gettext("The tax office is assessing it. You need do nothing."),
        "citizen": gettext("It waits for you: what to bring or pay stands on the paper you were given."),
        "nobody": gettext("It has ended; nobody is waiting."),
    }[found.waits_for]


def moment(at: datetime | None) -> str:
    """Write an instant as day and hour of the office; nothing for None."""
    if at is None:
        return ""
    local = at.astimezone(OFFICE_ZONE)
    return f"{local:%H:%M}, {day_in_words(local.date())}"


def _sent(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:40]

"""Let whoever holds the receipt of a dossier pay what it costs, and take the receipts of what was paid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.db import TRACKER_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.printing import pdf_response, printer_of
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.throttle import Throttle
from landsvc.core.web import public_address, settings
from landsvc.finance.fees.receipt_sheet import receipt_html
from landsvc.portal.asked import asked
from landsvc.portal.fees_told import fee_told
from landsvc.portal.notices_told import notice_told
from landsvc.portal.problem_pages import problem_page
from landsvc.portal.tracking_pages import PRIVATE, told
from landsvc.registry.dossiers import fees_followed, tracking
from landsvc.registry.dossiers.fees_followed import FeeFollowed, FeeLine
from landsvc.registry.dossiers.tracking import Owed, Reported, Tracked

PRINT_COSTS = 20
"""A print takes as much of the processor as so many looks at a page."""
ODD = re.compile(r"[^0-9A-Za-z-]+")


@dataclass(frozen=True)
class Due:
    """All that a dossier costs: the office's fees and what the tax office asks."""

    dossier: Tracked
    fees: Sequence[FeeFollowed]
    lines: Sequence[FeeLine]
    owed: Sequence[Owed]
    reports: Sequence[Reported]


def make_pay(database: Database, throttle: Throttle) -> Blueprint:
    """Return the pages that tell what a dossier costs, and print receipts."""
    blueprint = Blueprint("pay_pages", __name__)
    prints = Throttle(max(1, throttle.per_minute // PRINT_COSTS) if throttle.per_minute else 0)

    @blueprint.get("/pay")
    def ask() -> ResponseReturnValue:
        return _page(asked("code", 40))

    @blueprint.post("/pay")
    def pay() -> ResponseReturnValue:
        return _answer(database, throttle, _sent("code"), _sent("key"))

    @blueprint.get("/pay/<code>")
    def pay_order(code: str) -> ResponseReturnValue:
        code, key = code.replace("\x00", "")[:40], asked("key", 40)
        return _answer(database, throttle, code, key) if key else _page(code)

    @blueprint.post("/pay/<code>/receipts")
    def take_receipt(code: str) -> ResponseReturnValue:
        code, key, number = code.replace("\x00", "")[:40], _sent("key"), _sent("receipt")
        try:
            throttle.check(request.remote_addr)
            prints.check(request.remote_addr)
            with database.read_only(TRACKER_ROLE) as session:
                dossier = fees_followed.opened(session, code, key)
                receipt = fees_followed.receipt(session, dossier, key, number)
        except LandsvcError as error:
            return _page(code, problem=error)
        own = settings()
        html = receipt_html(receipt, office=own.office_name, address=public_address())
        response = pdf_response(printer_of(own.web_dir), html, ODD.sub("_", receipt.receipt_no))
        response.headers.update(PRIVATE)
        return response

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


def _answer(database: Database, throttle: Throttle, code: str, secret: str) -> Response:
    try:
        throttle.check(request.remote_addr)
        with database.read_only(TRACKER_ROLE) as session:
            dossier = fees_followed.opened(session, code, secret)
            owed = tracking.owed(session, dossier, secret)
            due = Due(
                tracking.track(session, dossier, secret),
                fees_followed.fees(session, dossier, secret),
                fees_followed.lines(session, dossier, secret),
                owed,
                tracking.reported(session, dossier, secret) if owed else [],
            )
    except LandsvcError as error:
        return _page(code, problem=error)
    return _page(code, due, key=secret)


def _page(code: str, due: Due | None = None, *, key: str = "", problem: LandsvcError | None = None) -> Response:
    """Return the page; `key` is the secret again, with which it looks anew and receipts are taken."""
    status = status_of(problem) if problem else 200
    html = render_template(
        "pages/pay.html",
        code=code.strip(),
        key=key,
        problem=problem_body(problem, instance=request.path) if problem else None,
        **(_told(due) if due else {"dossier": None}),
    )
    return Response(html, status, headers=PRIVATE | later(status), content_type="text/html; charset=utf-8")


def _told(due: Due) -> dict[str, Any]:
    fees = [fee_told(each, due.lines) for each in due.fees]
    notices = [notice_told(each, due.dossier.code, due.reports) for each in due.owed]
    return {
        "dossier": told(due.dossier),
        "fees": fees,
        "notices": notices,
        "waits": any(each["open"] or each["standing"] == "reported" for each in fees)
        or any(each["open"] for each in notices),
    }


def _sent(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:60]

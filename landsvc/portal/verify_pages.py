"""Verify on a page a paper of ours by the code in its QR: is it ours, unaltered, still true."""

from __future__ import annotations

import re
from hashlib import sha256

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.throttle import Throttle
from landsvc.portal.problem_pages import problem_page
from landsvc.registry.certificates.routes import verified
from landsvc.registry.certificates.schemas import DIGEST

MOST_BYTES = 20 * 2**20
PIECE = 2**16


def make_verify(throttle: Throttle) -> Blueprint:
    """Return the pages that verify papers; no paper names a person there."""
    blueprint = Blueprint("verify_pages", __name__)

    @blueprint.get("/verify/<code>")
    def by_code(code: str) -> ResponseReturnValue:
        throttle.check(request.remote_addr)
        return _page(code, None)

    @blueprint.post("/verify/<code>")
    def by_file(code: str) -> ResponseReturnValue:
        throttle.check(request.remote_addr)
        return _page(code, _digest_of_file())

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


def _page(verify_id: str, file: str | None) -> str:
    mark = request.args.get("mark") or None
    if mark is not None and not re.fullmatch(DIGEST, mark):
        raise InvalidInput(field="mark", reason=gettext("Scan the QR code again: its mark is cut off."))
    told = verified(verify_id[:64].replace("\x00", ""), mark, file)
    return render_template(
        "pages/verify.html",
        told=told,
        verdict=(verdicts() if told.kind == "certificate" else reply_verdicts())[told.verdict],
        reasons=[reasons()[each] for each in told.reasons],
        form=told.form_en if i18n.current_language() == "en" else told.form,
        issued_on=i18n.day(told.issued_on),
        since=i18n.day(told.since),
        printed_at=f"{told.printed_at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}" if told.printed_at else "",
        known_at=f"{told.known_at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}" if told.known_at else "",
        mark=mark,
        checked=file is not None,
    )


def _digest_of_file() -> str:
    """Return the SHA-256 of the file that was sent; raise `InvalidInput` without one, or for one that is too large."""
    sent = request.files.get("file")
    digest, size = sha256(), 0
    while sent is not None and (piece := sent.stream.read(PIECE)):
        digest.update(piece)
        size += len(piece)
    if not 0 < size <= MOST_BYTES:
        raise InvalidInput(
            field="file", reason=gettext("Choose the PDF file of the paper, of 20 megabytes at most.")
        )
    return digest.hexdigest()


def verdicts() -> dict[str, str]:
    """Return what is to be thought of a paper, in words."""
    return {
        "valid": gettext("This paper was issued by this register and still says what the register says."),
        "changed": gettext(
            "This paper was issued by this register, but the register says something else by now."
        ),
        "superseded": gettext("This paper was issued by this register and is no longer in force."),
        "altered": gettext("This is not the paper as the register made it: do not rely on it."),
    }


def reply_verdicts() -> dict[str, str]:
    """Return what is to be thought of a reply with data, in words."""
    return {
        "valid": gettext("This reply was given by this register, and nothing it speaks of has changed since."),
        "changed": gettext("This reply was given by this register, but the register has changed since."),
        "altered": gettext("This is not the paper as the register made it: do not rely on it."),
    }


def reasons() -> dict[str, str]:
    """Return why, in words."""
    return {
        "mark-unknown": gettext("The mark in the QR code is of no sheet that was printed with this code."),
        "file-unknown": gettext(
            "The file is not one that was signed for this paper: it was changed, or is another one."
        ),
        "undone": gettext("Its issue was undone."),
        "replaced": gettext("It was replaced by another certificate."),
        "lost": gettext("It was reported lost and cancelled."),
        "withdrawn": gettext("It was withdrawn."),
        "register-changed": gettext("Holders, terms or land were changed after the paper was made or annotated."),
        "annotated": gettext("It bears annotations: read them on the paper."),
        "changed-since": gettext(
            "The land, a right or a notice on it was changed after the moment the reply speaks of."
        ),
        "printed-again": gettext("It was printed again since: ask for the newer sheet."),
    }

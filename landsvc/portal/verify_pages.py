"""Verify on a page a paper of ours by the code in its QR: is it ours, unaltered, still true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.throttle import Throttle
from landsvc.planning.extracts.verifying import Place
from landsvc.portal.problem_pages import problem_page
from landsvc.registry.certificates.proving import altered_places, verified
from landsvc.registry.certificates.schemas import DIGEST, VerifyChangeOut, VerifyOut

MOST_BYTES = 20 * 2**20
MOST_JSON = 2 * 2**20
PIECE = 2**16


@dataclass(frozen=True)
class Given:
    """A file that was sent to be compared; `text` is its content where it may be the JSON of an extract."""

    digest: str
    text: bytes | None


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
        return _page(code, _given())

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    return blueprint


def _page(verify_id: str, given: Given | None) -> str:
    mark = request.args.get("mark") or None
    if mark is not None and not re.fullmatch(DIGEST, mark):
        raise InvalidInput(field="mark", reason=gettext("Scan the QR code again: its mark is cut off."))
    told, places = _compared(verify_id[:64].replace("\x00", ""), mark, given)
    return render_template(
        "pages/verify.html",
        told=told,
        verdict=_verdicts_of(told)[told.verdict],
        reasons=[reasons()[each] for each in told.reasons],
        form=told.form_en if i18n.current_language() == "en" else told.form,
        issued_on=i18n.day(told.issued_on),
        since=i18n.day(told.since),
        printed_at=f"{told.printed_at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}" if told.printed_at else "",
        known_at=f"{told.known_at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}" if told.known_at else "",
        days=_days(told),
        changes=[_change(each) for each in told.changes],
        places=places,
        mark=mark,
        checked=given is not None,
        exact=given is not None and places is None,
    )


def _compared(code: str, mark: str | None, given: Given | None) -> tuple[VerifyOut, Sequence[Place] | None]:
    """Return what is to be thought of a paper, and of a JSON that is not the one we made: where it differs."""
    told = verified(code, mark, given.digest if given else None)
    if given is None or given.text is None or "file-unknown" not in told.reasons:
        return told, None
    places = altered_places(code, given.text)
    if places is None or places:
        return told, places
    # It was written anew, with other spaces or in another order, and says what we said.
    return verified(code, mark, None), places


def _days(told: VerifyOut) -> str:
    if told.told_from is None or told.told_to is None:
        return ""
    start, end = i18n.day(told.told_from), i18n.day(told.told_to)
    return start if start == end else gettext("from day %(start)s to day %(end)s", start=start, end=end)


def _change(change: VerifyChangeOut) -> tuple[str, str]:
    """Return one thing that is otherwise now in words, and the address of the decision behind it."""
    english = i18n.current_language() == "en"
    named = (change.name_en if english else None) or change.name or change.zone or ""
    name = f"{named} ({change.zone})" if change.zone and change.zone != named else named
    source = ", ".join(filter(None, [change.plan, change.decision]))
    return (
        f"{changes()[change.what]}{': ' if name else ''}{name}{f' – {source}' if source else ''}",
        change.link or "",
    )


def _given() -> Given:
    """Return the file or the text that was sent; raise `InvalidInput` without one, or for one that is too large."""
    pasted = request.form.get("text", "").encode()
    sent = request.files.get("file")
    digest, size, head = sha256(), 0, bytearray()
    while sent is not None and (piece := sent.stream.read(PIECE)):
        digest.update(piece)
        size += len(piece)
        if len(head) <= MOST_JSON:
            head += piece
    if not size and pasted:
        digest, size, head = sha256(pasted), len(pasted), bytearray(pasted)
    if not 0 < size <= MOST_BYTES:
        raise InvalidInput(
            field="file", reason=gettext("Choose the PDF or JSON file of the paper, of 20 megabytes at most.")
        )
    readable = size <= MOST_JSON and not head.startswith(b"%PDF")
    return Given(digest.hexdigest(), bytes(head) if readable else None)


def _verdicts_of(told: VerifyOut) -> dict[str, str]:
    kinds = {"certificate": verdicts, "data-supply": reply_verdicts, "planning-extract": extract_verdicts}
    return kinds[told.kind]()


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


def extract_verdicts() -> dict[str, str]:
    """Return what is to be thought of a planning extract, in words."""
    return {
        "valid": gettext("This extract was issued by this register, and what it says still holds."),
        "superseded": gettext("This extract was issued by this register, but what it says holds no more."),
        "altered": gettext("This is not the extract as the register made it: do not rely on it."),
    }


def changes() -> dict[str, str]:
    """Return what is otherwise than an extract says, in words."""
    return {
        "parcel-changed": gettext("The parcel: its land, area, uses, number or place are told otherwise"),
        "parcel-ended": gettext("The parcel is no more"),
        "zone-added": gettext("Added"),
        "zone-ended": gettext("Ended or taken back"),
        "zone-changed": gettext("Told otherwise"),
        "theme-changed": gettext("Otherwise affected by"),
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
        "parcel-ended": gettext("The parcel it speaks of is no more."),
        "parcel-changed": gettext("What the register says of the parcel itself has changed."),
        "plans-changed": gettext("What plans and restrictions say about the parcel has changed."),
        "corrected": gettext("What is otherwise now was recorded afterwards, and holds for that very day too."),
        "of-the-past": gettext(
            "It speaks of days past, or of what was known then: ask for an extract of today too."
        ),
        "printed-again": gettext("It was printed again since: ask for the newer sheet."),
    }

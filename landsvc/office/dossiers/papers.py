"""Say what the papers of a dossier say: receipt, request for a supplement, refusal, apology, control slip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import segno
from markupsafe import Markup

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.errors import NotFound
from landsvc.core.i18n import gettext
from landsvc.finance.fees.entries import Order
from landsvc.office.dossiers import words
from landsvc.office.dossiers.showing import printed
from landsvc.office.forms import moment
from landsvc.office.procedure_pages import name_of
from landsvc.registry.dossiers.model import Event, State, Whole
from landsvc.registry.dossiers.procedures import Procedure

TAXES_DONE = frozenset(
    {"tax_notice", "tax_paid", "tax_deferred", "tax_exempt"}
    | {"notice_arrived", "payment_confirmed", "deferral_arrived", "exemption_arrived"}
)


class PaperNotThere(NotFound):
    """The dossier has no such printed paper. 404."""

    slug = "paper-not-there"
    title = "There is no such paper"
    detail = "{dossier} has no paper {name}."
    remedy = "Read the dossier: its page lists the papers that can be printed."


@dataclass(frozen=True)
class Sheet:
    """A printed paper of a dossier, in words."""

    office: str
    title: str
    number: str
    opening: str
    facts: list[tuple[str, str]]
    lists: list[tuple[str, list[str]]]
    rows: list[tuple[str, ...]]
    head: list[str]
    closing: str
    signs: list[str]
    made_on: str
    address: str
    secret: str = ""
    qr: Markup = field(default=Markup())


@dataclass(frozen=True)
class Frame:
    """What all papers share."""

    found: Whole
    procedure: Procedure
    states: Mapping[str, State]
    office: str
    branch: str
    address: str
    now: datetime
    secret: str
    """What the receipt tells, so that its holder may follow the dossier."""
    fees: Sequence[Order] = ()
    """What the office asks for its own work."""


def titles() -> dict[str, str]:
    """Return the papers by name, in their order."""
    return {
        "receipt": gettext("Receipt and appointment slip"),
        "supplement": gettext("Request for a supplement"),
        "refusal": gettext("Refusal slip"),
        "apology": gettext("Apology and new appointment"),
        "control": gettext("Process control slip"),
    }


def present(name: str, frame: Frame) -> Sheet:
    """Return a paper; raise `PaperNotThere` when the dossier has no such."""
    if name not in printed(frame.found):
        raise PaperNotThere(field="name", dossier=frame.found.dossier.code, name=name)
    return {
        "receipt": _receipt,
        "supplement": _supplement,
        "refusal": _refusal,
        "apology": _apology,
        "control": _control,
    }[name](frame)


def _receipt(frame: Frame) -> Sheet:
    dossier = frame.found.dossier
    papers = [f"{each.title or name_of(each)} ({words.forms()[each.form]})" for each in frame.found.papers]
    facts = [
        *_common(frame),
        (gettext("Received"), moment(dossier.registered_at)),
        (gettext("Time limit"), gettext("%(days)s working days", days=dossier.limit_days)),
        (gettext("Appointment"), moment(_event(frame, "receive").appointment_at)),
        (gettext("Result"), words.channels()[dossier.return_by]),
        *_fees(frame),
    ]
    closing = gettext(
        "The time in which the tax office assesses, the applicant pays or supplements, or the commune posts is not"
        " counted; the appointment moves on with it."
    )
    signs = [gettext("Applicant"), gettext("Received by")]
    return _sheet(frame, "receipt", "", facts, [(gettext("Papers handed in"), papers)], closing, signs)


def _fees(frame: Frame) -> list[tuple[str, str]]:
    """Say what the office asks for, and where it is paid."""
    way = gettext("at the counter, or at %(address)s", address=f"{frame.address}/pay")
    return [
        (gettext("Fees of the office"), f"{i18n.money(each.balance_vnd)} ({each.code}), {way}")
        for each in frame.fees
        if each.balance_vnd > 0
    ]


def _supplement(frame: Frame) -> Sheet:
    event = _event(frame, "request_supplement")
    names = {each.document: name_of(each) for each in frame.procedure.documents}
    wanted = [*(names.get(each, each) for each in event.papers), *event.details.get("items", [])]
    there = {each.document for each in frame.found.papers if each.at <= event.at}
    wanted += [names.get(each, each) for each in frame.found.dossier.asked if each not in there | {*event.papers}]
    return _sheet(
        frame,
        "supplement",
        gettext("The office asks, once and for all that is lacking, to supplement the dossier with:"),
        _common(frame),
        [(gettext("To be brought"), list(dict.fromkeys(wanted)))],
        gettext("The time limit stands until the supplement comes in."),
        [gettext("Applicant"), event.account_name],
    )


def _refusal(frame: Frame) -> Sheet:
    event = _event(frame, "refuse")
    taxes = _taxes(frame)
    closing = gettext("You may complain against this as the law on complaints says.")
    if taxes:
        back = gettext("For what was paid or noted as owed, turn to the tax office with this slip.")
        closing = f"{closing} {back}"
    return _sheet(
        frame,
        "refusal",
        gettext("The office does not carry out the procedure."),
        [*_common(frame), *taxes, (gettext("Law"), frame.procedure.facts.law)],
        [(gettext("Reason"), [event.reason or ""])],
        closing,
        [gettext("Applicant"), event.account_name],
    )


def _taxes(frame: Frame) -> list[tuple[str, str]]:
    """Return how far the taxes of a refused dossier had come: it was paid, deferred, exempt or noticed, by what."""
    done = [each for each in frame.found.events if each.action in TAXES_DONE]
    if not done:
        return []
    number = done[-1].details.get("documentNo")
    told = words.actions()[done[-1].action]
    return [(gettext("Taxes and fees"), f"{told} ({number})" if number else told)]


def _apology(frame: Frame) -> Sheet:
    event = _event(frame, "apologise")
    before = event.details.get("before")
    given = moment(datetime.fromisoformat(before)) if before else "–"
    facts = [
        *_common(frame),
        (gettext("Appointment given before"), given),
        (gettext("New appointment"), moment(event.appointment_at)),
    ]
    return _sheet(
        frame,
        "apology",
        gettext("The office cannot give the result on the day it said, and apologises."),
        facts,
        [(gettext("Reason"), [event.reason or ""])],
        "",
        [gettext("Applicant"), event.account_name],
    )


def _control(frame: Frame) -> Sheet:
    rows: list[tuple[str, ...]] = [
        (
            moment(each.at),
            words.actions()[each.action],
            name_of(frame.states[each.to_state]),
            each.account_name,
            each.holder_name or "–",
            moment(each.step_due_at),
        )
        for each in frame.found.events
    ]
    head = [
        gettext("When"),
        gettext("Step"),
        gettext("State"),
        gettext("Done by"),
        gettext("Handed to"),
        gettext("Step due"),
    ]
    lasts = gettext("lasts")  # not within an f-string: there nothing finds it for translators
    stops = [
        f"{words.pauses()[each.kind]}: {moment(each.start)} – {moment(each.end) or lasts}"
        for each in frame.found.pauses
    ]
    facts = [*_common(frame), (gettext("Due"), moment(frame.found.dossier.due_at) or gettext("clock stands"))]
    lists = [(gettext("Times that are not counted"), stops)] if stops else []
    return _sheet(frame, "control", "", facts, lists, "", [], rows, head)


def _common(frame: Frame) -> list[tuple[str, str]]:
    people = ", ".join(each.name for each in frame.found.applicants if each.capacity == "applicant")
    acting = ", ".join(each.name for each in frame.found.applicants if each.capacity == "representative")
    facts = frame.procedure.facts
    lines = [
        (gettext("Applicant"), people),
        (gettext("Acts for the applicant"), acting),
        (gettext("Procedure"), f"{name_of(facts)}{f' ({facts.tthc})' if facts.tthc else ''}"),
        (gettext("Parcels"), ", ".join(each.ref or each.code or "–" for each in frame.found.parcels)),
        (gettext("Branch"), frame.branch),
    ]
    return [(label, value) for label, value in lines if value]


def _event(frame: Frame, action: str) -> Event:
    return next(each for each in reversed(frame.found.events) if each.action == action)


def _sheet(
    frame: Frame,
    name: str,
    opening: str,
    facts: list[tuple[str, str]],
    lists: list[tuple[str, list[str]]],
    closing: str,
    signs: list[str],
    rows: list[tuple[str, ...]] | None = None,
    head: list[str] | None = None,
) -> Sheet:
    code = frame.found.dossier.code
    address = f"{frame.address}/dossiers/{code}"
    # The slip of the office's own steps leaves the office with nobody; the others go to the applicant.
    secret = "" if name == "control" else frame.secret
    led = f"{address}?key={secret}" if secret else address
    svg = segno.make(led, error="m", micro=False).svg_inline(scale=2, border=2)
    return Sheet(
        office=frame.office,
        title=titles()[name],
        number=code,
        opening=opening,
        facts=facts,
        lists=lists,
        rows=rows or [],
        head=head or [],
        closing=closing,
        signs=signs,
        made_on=i18n.day(frame.now.astimezone(OFFICE_ZONE).date()),
        address=address,
        secret=secret,
        qr=Markup(svg),  # noqa: S704 - made by us, of our own address
    )

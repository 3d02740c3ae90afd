"""Work out what a transition brings: who holds the dossier next, which pause begins or ends, what is written of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.clock import OFFICE_ZONE
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.checking import check_fees, lacking, unproven
from landsvc.registry.dossiers.errors import (
    ApplicantUnknown,
    AppointmentNotLater,
    AppointmentTooFar,
    ColleagueNotFound,
    DraftUnknown,
    NoTaxesHere,
    OriginalsNotSeen,
    PapersMissing,
    PaperUnknown,
    PauseOpen,
    PauseUnknown,
    SupplementAskedBefore,
    TaxesFirst,
    ValueNeeded,
)
from landsvc.registry.dossiers.model import (
    PAUSED,
    PAUSES,
    RECEIVED,
    UNTIL_RESENT,
    Dossier,
    Move,
    PauseLine,
    Transition,
)
from landsvc.registry.dossiers.procedures import Procedure
from landsvc.registry.dossiers.working_time import Calendar
from landsvc.registry.parties import service as parties

Holder = tuple[int | None, str | None]
NAMED = "named"
FURTHEST = timedelta(days=366)
"""How far off an appointment may be."""
THROUGH_A_PAUSE = frozenset(
    {
        "resume",
        "pause",
        "hand_over",
        "apologise",
        "withdraw",
        "refuse",
        "request_supplement",
        "enter_facts",
        "identify",
        "notice_arrived",
        "payment_confirmed",
        "deferral_arrived",
        "exemption_arrived",
    }
)
"""What may be done while a pause that was begun by name lasts."""


@dataclass(frozen=True)
class Moved:
    """What an event brings beside the new state."""

    holder: Holder
    pauses: str | None
    resumes: str | None
    reason: str | None = None
    papers: tuple[str, ...] = ()
    draft_id: int | None = None
    appointment_at: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """Everything a need looks at."""

    session: Session
    dossier: Dossier
    asked: Move
    procedure: Procedure
    calendar: Calendar


def worked_out(
    session: Session,
    dossier: Dossier,
    asked: Move,
    transition: Transition,
    procedure: Procedure,
    pauses: Sequence[PauseLine],
    calendar: Calendar,
    actor: Actor,
) -> Moved:
    """Return what a transition brings; raise what it lacks, naming the field."""
    begins, ends = _pauses(dossier, asked, transition, pauses)
    brings = NEEDS[transition.needs](Case(session, dossier, asked, procedure, calendar))
    return Moved(
        _holder(session, dossier, asked, transition, procedure, actor),
        begins,
        ends,
        **{"reason": asked.reason} | brings,
    )


def _holder(
    session: Session, dossier: Dossier, asked: Move, transition: Transition, procedure: Procedure, actor: Actor
) -> Holder:
    match transition.holder:
        case "none":
            return None, None
        case "self":
            return actor.account_id, actor.name
        case "processor":
            return dossier.processor_id, dossier.processor_name
        case "named":
            # What was just received is given to whoever shall verify it, not to another counter.
            steps = [each for each in procedure.steps if each.state == dossier.state != RECEIVED]
            role = steps[0].role if steps else "processor"
            login = _given("to", asked.to)
            found = queries.colleague(session, login=login, role=role, commune=dossier.commune_code)
            if found is None:
                raise ColleagueNotFound(field="to", login=login, role=role, commune=dossier.commune_code)
            return found
    return dossier.holder_id, dossier.holder_name


def _pauses(
    dossier: Dossier, asked: Move, transition: Transition, pauses: Sequence[PauseLine]
) -> tuple[str | None, str | None]:
    """Return which pause begins and which ends."""
    lasting = [each.kind for each in pauses if each.end is None]
    by_name = [kind for kind in lasting if kind in PAUSES]
    if by_name and asked.action not in THROUGH_A_PAUSE:
        raise PauseOpen(dossier=dossier.code, kinds=", ".join(by_name))
    begins, ends = transition.pauses or None, transition.resumes or None
    if asked.clock == PAUSED:
        begins = UNTIL_RESENT
    if ends == UNTIL_RESENT and ends not in lasting:
        ends = None
    if begins == NAMED:
        begins = asked.pause
        if begins not in PAUSES or begins in lasting:
            raise PauseUnknown(field="pause", kind=begins, open=", ".join(by_name) or "–")
    if ends == NAMED:
        ends = asked.pause
        if ends not in by_name:
            raise PauseUnknown(field="pause", kind=ends, open=", ".join(by_name) or "–")
    return begins, ends


def _nothing(case: Case) -> dict[str, Any]:
    return {"details": {}}


def _reason(case: Case) -> dict[str, Any]:
    number = (case.asked.document_no or "").strip()
    told = {"documentNo": number, "clock": case.asked.clock}
    return {
        "reason": _given("reason", case.asked.reason),
        "details": {name: value for name, value in told.items() if value},
    }


def _papers(case: Case) -> dict[str, Any]:
    """Ask that every paper is there."""
    there = [each.document for each in queries.papers(case.session, dossier_id=case.dossier.id)]
    missing = lacking(case.dossier.asked, there)
    if missing:
        raise PapersMissing(field="documents", members={"documents": missing}, names=", ".join(missing))
    return {}


def _items(case: Case) -> dict[str, Any]:
    """Take the one list of all that is lacking."""
    done = queries.events(case.session, dossier_id=case.dossier.id)
    if any(each.action == "request_supplement" for each in done):
        raise SupplementAskedBefore(dossier=case.dossier.code)
    if not case.asked.items and not case.asked.papers:
        raise ValueNeeded(field="items", name="items")
    known = {each.document for each in case.procedure.documents}
    for name in case.asked.papers:
        if name not in known:
            raise PaperUnknown(field="papers", document=name, procedure=case.dossier.procedure)
    return {"papers": case.asked.papers, "details": {"items": list(case.asked.items)}}


def _taxed(case: Case) -> dict[str, Any]:
    if not case.procedure.facts.taxes:
        raise NoTaxesHere(procedure=case.dossier.procedure)
    return {}


def _untaxed(case: Case) -> dict[str, Any]:
    if case.procedure.facts.taxes:
        raise TaxesFirst(procedure=case.dossier.procedure)
    return {}


def _document(case: Case) -> dict[str, Any]:
    return {"details": {"documentNo": _given("documentNo", case.asked.document_no)}}


def _person(case: Case) -> dict[str, Any]:
    return {"details": {"to": case.asked.to}}


def _draft(case: Case) -> dict[str, Any]:
    code = _given("draft", case.asked.draft)
    found = queries.draft_id(case.session, code=code)
    if found is None:
        raise DraftUnknown(field="draft", draft=code)
    return {"draft_id": found, "details": {"draft": code}}


def _facts(case: Case) -> dict[str, Any]:
    """Ask for facts of effects; their schemas read them."""
    if not case.asked.facts:
        raise ValueNeeded(field="facts", name="facts")
    return {}


def _applicant(case: Case) -> dict[str, Any]:
    """Take which party an applicant is, as somebody found."""
    people = queries.applicants(case.session, dossier_id=case.dossier.id)
    seq, party = case.asked.applicant or 0, _given("party", case.asked.party)
    if not 1 <= seq <= len(people):
        raise ApplicantUnknown(field="applicant", dossier=case.dossier.code, count=len(people))
    parties.ids_of(case.session, [party], "party")
    return {"details": {"applicant": seq, "party": party}}


def _appointment(case: Case) -> dict[str, Any]:
    """Take a new appointment: a working day after the one given, with the reason to apologise by."""
    reason, day = _given("reason", case.asked.reason), case.asked.appointment_on
    now, given = clock.now(), case.dossier.appointment_at
    last = max(now, given or now)
    if day is None or case.calendar.hours_on(day) is None or day <= last.astimezone(OFFICE_ZONE).date():
        shown = "–" if day is None else day.isoformat()
        raise AppointmentNotLater(
            field="appointmentOn", day=shown, now=last.astimezone(OFFICE_ZONE).date().isoformat()
        )
    furthest = now.astimezone(OFFICE_ZONE).date() + FURTHEST
    if day > furthest:
        raise AppointmentTooFar(field="appointmentOn", day=day.isoformat(), last=furthest.isoformat())
    late = case.dossier.due_at is not None and now > case.dossier.due_at
    return {
        "reason": reason,
        "appointment_at": case.calendar.closes_at(day),
        "details": {"before": given and given.isoformat(), "late": late},
    }


def _receiver(case: Case) -> dict[str, Any]:
    """Say who took the result; the originals of copies and scans are seen then, and fees asked for once more."""
    lacked = unproven(queries.papers(case.session, dossier_id=case.dossier.id))
    if lacked and not case.asked.originals_seen:
        raise OriginalsNotSeen(field="originalsSeen", members={"documents": lacked}, names=", ".join(lacked))
    check_fees(case.session, case.dossier)
    return {
        "details": {
            "receiver": _given("receiver", case.asked.receiver),
            "by": case.dossier.return_by,
            "documentNo": case.asked.document_no,
        }
    }


NEEDS: Mapping[str, Callable[[Case], dict[str, Any]]] = {
    "": _nothing,
    "reason": _reason,
    "papers": _papers,
    "items": _items,
    "taxed": _taxed,
    "untaxed": _untaxed,
    "document": _document,
    "person": _person,
    "draft": _draft,
    "facts": _facts,
    "applicant": _applicant,
    "appointment": _appointment,
    "receiver": _receiver,
}
"""What each word in the column `needs` of a transition asks for, and what the event then keeps."""


def _given(field_name: str, value: str | None) -> str:
    if value is None or not value.strip():
        raise ValueNeeded(field=field_name, name=field_name)
    return value.strip()

"""Receive dossiers and move them: every change is an event, checked against the transitions that the data allow.

Services take the session of a unit of work of the editor role, and never commit. What the database promises (allowed
transitions, area, four eyes, order, holds) it promises by itself; here the same is told earlier and in plainer words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.executing import revision_of
from landsvc.core import clock
from landsvc.core.filestore import Kept
from landsvc.finance.fees import service as fees
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor
from landsvc.identity.errors import RoleNeeded
from landsvc.identity.fields import sees
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers import procedures
from landsvc.registry.dossiers.chains import chain_of, link
from landsvc.registry.dossiers.checking import findings_of, lacking
from landsvc.registry.dossiers.completing import (
    DRAFT_REVISION,
    ENTERED,
    PASSED_ON,
    SIGNED_LAND,
    complete,
    entered,
    land_told,
)
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.errors import (
    DossierEnded,
    DossierNotFound,
    FileNotThere,
    PapersMissing,
    PaperUnknown,
    ParcelsOfSeveralCommunes,
    StaleDossier,
    TransitionNotAllowed,
    UnknownAction,
)
from landsvc.registry.dossiers.model import (
    PAUSES,
    Applicant,
    Application,
    Dossier,
    Event,
    Move,
    Paper,
    PauseLine,
    Transition,
    Undone,
    Whole,
)
from landsvc.registry.dossiers.model import State as State
from landsvc.registry.dossiers.moving import NAMED, Moved, worked_out
from landsvc.registry.dossiers.procedures import Procedure
from landsvc.registry.dossiers.timing import Standing, stand
from landsvc.registry.dossiers.working_time import Calendar
from landsvc.registry.parties import service as parties

HIDDEN = "••••"
"""What stands for a name where it is not shown."""
OTHER = "other"
"""A kind of paper any procedure takes."""
NO_EFFECTS = Effects()
IDENTIFIED = "identify"
SLIP_SENT = "send_slip"


def submit(session: Session, application: Application, *, actor: Actor) -> Whole:
    """Open a dossier at the office of whoever acts, and receive it at once unless a supplement shall be asked for.

    Raises `ProcedureNotFound`, `CaseNotFound`, `PaperUnknown`, `ParcelsOfSeveralCommunes`, `PapersMissing`.
    """
    on_day = clock.today()
    procedure = procedures.get_procedure(session, application.procedure, on_day)
    commune = commune_of(session, application.units)
    limit = procedures.get_limit(session, procedure, case=application.case, commune=commune, on_day=on_day)
    _check_papers(procedure, application)
    asked = {each.document for each in procedure.documents if each.needed == "always"} | {*application.also_asked}
    dossier_id, code = queries.add_dossier(
        session,
        procedure=procedure.facts.code,
        case_code=application.case,
        on_day=on_day,
        limit_days=limit.total,
        limit_source=limit.deadline.source,
        commune=commune,
        branch=_office(actor),
        channel=application.channel,
        return_by=application.return_by,
        asked=sorted(asked),
    )
    queries.add_parcels(session, dossier_id=dossier_id, units=application.units)
    queries.add_applicants(session, dossier_id=dossier_id, applicants=application.applicants)
    queries.add_documents(session, dossier_id=dossier_id, account_id=actor.account_id, papers=application.papers)
    for earlier in application.waits_for:
        link(session, code, earlier, actor=actor)
    move(session, code, Move("submit"), actor=actor, seen=0)
    if application.receive:
        return move(session, code, Move("receive"), actor=actor, seen=1)
    return get_whole(session, code)


def move(
    session: Session, code: str, asked: Move, *, actor: Actor, seen: int, effects: Effects = NO_EFFECTS
) -> Whole:
    """Do one thing with a dossier, decided on its revision `seen`; sent again, it is done once.

    Raises `DossierNotFound`, `UnknownAction`, `StaleDossier`, `TransitionNotAllowed`, `RoleNeeded`, and what the
    action asks for (`moving`).
    """
    queries.hold_dossier(session, code=code)
    dossier = _found(session, code)
    fingerprint = _fingerprint(replace(asked, facts=effects.blurred(asked.facts)))
    if _done_before(session, dossier, fingerprint, seen, actor):
        return get_whole(session, code)
    transition = _transition(session, dossier, asked.action, seen, actor)
    procedure = procedures.procedure_of(session, dossier)
    calendar = calendar_of(session, dossier, procedure)
    now = clock.now()
    pauses = queries.pauses(session, dossier_id=dossier.id)
    moved = worked_out(session, dossier, asked, transition, procedure, pauses, calendar, actor)
    details = dict(moved.details)
    if asked.action == "record":
        details |= complete(session, dossier, procedure, effects, actor=actor).details()
    elif asked.action == SLIP_SENT:
        details |= effects.send_slip(session, code, actor)
    elif asked.action == ENTERED:
        facts = effects.read(procedure.facts.effects, asked.facts, code)
        details["facts"] = kept = effects.kept(facts, code)
        effects.check(session, code, kept, entered_facts(session, code), actor)
    elif asked.action == PASSED_ON:
        details[SIGNED_LAND] = land_told(session, dossier)
        if dossier.draft_id is not None:
            draft = queries.draft_code(session, draft_id=dossier.draft_id)
            details[DRAFT_REVISION] = revision_of(session, draft)[1]
    elif asked.action == IDENTIFIED:
        ((party_id, _),) = parties.ids_of(session, [details["party"]], "party").values()
        queries.identify_applicant(session, dossier_id=dossier.id, seq=details["applicant"], party_id=party_id)
    _write(session, dossier, transition, moved, details, fingerprint, procedure, pauses, calendar, now, actor)
    queries.add_documents(session, dossier_id=dossier.id, account_id=actor.account_id, papers=asked.brought)
    if asked.action == "receive":
        fees.charge_procedure(session, code, procedure=dossier.procedure, branch=_office(actor), actor=actor)
    done = f"dossier.{asked.action.replace('_', '-')}"
    identity.trace(session, done, who=actor, on=f"dossier:{code}", details={"seq": seen + 1})
    return get_whole(session, code)


def hand_in(session: Session, code: str, paper: Paper, kept: Kept | None, *, actor: Actor) -> Whole:
    """Take one more paper in while the dossier is open, with its file if it has one; it is traced.

    Raises `DossierNotFound`, `DossierEnded`, `PaperUnknown`.
    """
    queries.hold_dossier(session, code=code)
    dossier = _found(session, code)
    if queries.states(session)[dossier.state].clock == "ended":
        raise DossierEnded(dossier=code)
    procedure = procedures.procedure_of(session, dossier)
    if paper.document not in {each.document for each in procedure.documents} | {OTHER}:
        raise PaperUnknown(field="document", document=paper.document, procedure=dossier.procedure)
    if kept is not None:
        queries.keep_file(session, **asdict(kept))
        paper = replace(paper, sha256=kept.sha256)
    queries.add_documents(session, dossier_id=dossier.id, account_id=actor.account_id, papers=[paper])
    details = {"document": paper.document, "sha256": paper.sha256}
    identity.trace(session, "dossier.paper-in", who=actor, on=f"dossier:{code}", details=details)
    return get_whole(session, code)


def file_of(session: Session, code: str, document_id: int, *, actor: Actor) -> tuple[str, str]:
    """Return digest and media type of the file of a paper; raise `DossierNotFound` or `FileNotThere`. It is traced."""
    dossier = _found(session, code)
    found = queries.file_of(session, dossier_id=dossier.id, document_id=document_id)
    if found is None:
        raise FileNotThere(field="document", document=document_id, dossier=code)
    identity.trace(
        session, "dossier.paper-read", who=actor, on=f"dossier:{code}", details={"document": document_id}
    )
    return found[0], found[1]


def get_whole(session: Session, code: str) -> Whole:
    """Return a dossier with everything that belongs to it; raise `DossierNotFound`."""
    dossier = _found(session, code)
    papers = tuple(queries.papers(session, dossier_id=dossier.id))
    pauses = tuple(queries.pauses(session, dossier_id=dossier.id))
    events = tuple(queries.events(session, dossier_id=dossier.id))
    return Whole(
        dossier,
        events,
        pauses,
        tuple(queries.parcels(session, dossier_id=dossier.id)),
        tuple(queries.applicants(session, dossier_id=dossier.id)),
        papers,
        findings_of(session, dossier, procedures.procedure_of(session, dossier), papers, pauses),
        _sensible(session, dossier, pauses),
        queries.draft_code(session, draft_id=dossier.draft_id) if dossier.draft_id else None,
        chain_of(session, dossier.id),
        _undone(session, events),
    )


def _undone(session: Session, events: Sequence[Event]) -> Undone | None:
    """Return what took back what was completed, None while it stands or nothing was."""
    records = [each.details["record"] for each in events if each.details.get("record")]
    return queries.record_undone(session, code=records[-1]) if records else None


def entered_facts(session: Session, code: str) -> dict[str, list[Mapping[str, Any]]]:
    """Return what was entered for each effect of a dossier; raise `DossierNotFound`."""
    return entered(queries.events(session, dossier_id=_found(session, code).id))


def read(session: Session, code: str, *, actor: Actor) -> Whole:
    """Return a dossier to an officer: without its people and papers to whom these are not shown.

    The reading is traced, since it names people.
    """
    found = get_whole(session, code)
    if not sees(actor.roles, "name"):
        return _nameless(found)
    identity.trace(session, "dossier.read", who=actor, on=f"dossier:{code}")
    return found


def _nameless(found: Whole) -> Whole:
    """Return a dossier as planners, leaders and administrators see it: where it stands, not whose it is."""
    people = (Applicant(HIDDEN, each.capacity) for each in found.applicants)
    papers = (replace(each, title=None, sha256=None) for each in found.papers)
    events = (replace(each, reason=None, details=_nameless_details(each.details)) for each in found.events)
    return replace(found, applicants=tuple(people), papers=tuple(papers), events=tuple(events))


def _nameless_details(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event tells without facts, prices and who received: its record, and the parcels it made."""
    told = {name: details[name] for name in ("record", "transaction", "draft") if name in details}
    made = details.get("effects", {}).get("parcel.draft")
    return told | ({"effects": {"parcel.draft": made}} if made else {})


def states(session: Session) -> dict[str, State]:
    """Return every state by its code, in order."""
    return queries.states(session)


def calendar_of(session: Session, dossier: Dossier, procedure: Procedure | None = None) -> Calendar:
    """Return the calendar a dossier's clock goes by: that of the branch of its land, with the procedure's cut-off."""
    branch = queries.branch_of(session, commune=dossier.commune_code)
    calendar = procedures.calendar_of(session, branch[0] if branch else "")
    found = procedure or procedures.procedure_of(session, dossier)
    return procedures.with_cutoff(calendar, found.facts)


def branch_of(session: Session, dossier: Dossier) -> tuple[str, str, str] | None:
    """Return code and both names of the branch that processes a dossier."""
    return queries.branch_of(session, commune=dossier.commune_code)


def held(session: Session, code: str) -> Dossier:
    """Return a dossier as it stands, which nobody else moves until the transaction ends; raise `DossierNotFound`."""
    queries.hold_dossier(session, code=code)
    return _found(session, code)


def _found(session: Session, code: str) -> Dossier:
    dossier = queries.dossier_by_code(session, code=code)
    if dossier is None:
        raise DossierNotFound(field="code", code=code)
    return dossier


def _sensible(session: Session, dossier: Dossier, pauses: Sequence[PauseLine]) -> tuple[Transition, ...]:
    """Return what may be done now, without what the procedure's money rules out and pauses that nobody began."""
    taxed = bool(procedures.procedure_of(session, dossier).facts.taxes)
    wrong = "untaxed" if taxed else "taxed"
    found = queries.transitions(session, state=dossier.state)
    begun = any(each.end is None and each.kind in PAUSES for each in pauses)
    return tuple(
        each
        for each in found
        if each.needs != wrong and each.action != "submit" and (begun or each.resumes != NAMED)
    )


def _fingerprint(asked: Move) -> bytes:
    return sha256(json.dumps(asdict(asked), sort_keys=True, default=str).encode()).digest()


def _done_before(session: Session, dossier: Dossier, fingerprint: bytes, seen: int, actor: Actor) -> bool:
    """Tell whether the very same was done on the very same revision by the same person."""
    if dossier.revision <= seen:
        return False
    found = [each for each in queries.events(session, dossier_id=dossier.id) if each.seq == seen + 1]
    return any(each.fingerprint == fingerprint and each.account_id == actor.account_id for each in found)


def _transition(session: Session, dossier: Dossier, action: str, seen: int, actor: Actor) -> Transition:
    every = queries.transitions(session, state=None)
    if action not in {each.action for each in every}:
        names = ", ".join(dict.fromkeys(each.action for each in every))
        raise UnknownAction(field="action", action=action, actions=names)
    if dossier.revision != seen:
        raise StaleDossier(dossier=dossier.code)
    found = next((each for each in every if (each.action, each.from_state) == (action, dossier.state)), None)
    if found is None or (action == "submit") != (dossier.revision == 0):
        raise TransitionNotAllowed(field="action", action=action, dossier=dossier.code, state=dossier.state)
    if not actor.roles & set(found.roles):
        raise RoleNeeded(roles=", ".join(found.roles))
    return found


def _write(
    session: Session,
    dossier: Dossier,
    transition: Transition,
    moved: Moved,
    details: dict[str, Any],
    fingerprint: bytes,
    procedure: Procedure,
    pauses: Sequence[PauseLine],
    calendar: Calendar,
    now: datetime,
    actor: Actor,
) -> None:
    to_state = transition.to_state or dossier.before_state or dossier.state
    standing = _standing(session, dossier, to_state, moved, procedure, pauses, calendar, now, transition.action)
    queries.add_event(
        session,
        dossier_id=dossier.id,
        seq=dossier.revision + 1,
        action=transition.action,
        from_state=dossier.state,
        to_state=to_state,
        account_id=actor.account_id,
        account_name=actor.name,
        branch=_office(actor),
        holder_id=moved.holder[0],
        holder_name=moved.holder[1],
        due_at=standing.due_at,
        spent_days=standing.spent_days,
        step_due_at=standing.step_due_at,
        appointment_at=moved.appointment_at or standing.appointment_at,
        pauses=moved.pauses,
        resumes=moved.resumes,
        draft_id=moved.draft_id,
        papers=list(moved.papers),
        reason=moved.reason,
        details=details,
        fingerprint=fingerprint,
    )


def _standing(
    session: Session,
    dossier: Dossier,
    to_state: str,
    moved: Moved,
    procedure: Procedure,
    pauses: Sequence[PauseLine],
    calendar: Calendar,
    now: datetime,
    action: str,
) -> Standing:
    after = [
        PauseLine(each.kind, each.start, now if each.end is None and each.kind == moved.resumes else each.end)
        for each in pauses
    ]
    if moved.pauses:
        after.append(PauseLine(moved.pauses, now, None))
    step = next((each for each in procedure.steps if each.state == to_state), None)
    kept = to_state == dossier.state and action != "receive"
    found = stand(
        dossier,
        after,
        calendar=calendar,
        state=queries.states(session)[to_state],
        step_days=step.days if step else None,
        now=now,
        registered_at=now if action == "receive" else dossier.registered_at,
    )
    return Standing(found.due_at, found.spent_days, dossier.step_due_at, found.appointment_at) if kept else found


def commune_of(session: Session, units: Sequence[int]) -> str:
    """Return the commune parcels lie in; raise `ParcelsOfSeveralCommunes`."""
    communes = queries.communes_of(session, units=units)
    if len(communes) != 1:
        raise ParcelsOfSeveralCommunes(field="parcels", communes=", ".join(sorted(communes)) or "–")
    return communes[0]


def _check_papers(procedure: Procedure, application: Application) -> None:
    """Raise `PaperUnknown` for a kind the procedure does not know, `PapersMissing` when it cannot be received."""
    known = {each.document for each in procedure.documents} | {OTHER}
    for name in (*application.also_asked, *(each.document for each in application.papers)):
        if name not in known:
            raise PaperUnknown(field="documents", document=name, procedure=procedure.facts.code)
    if application.receive:
        asked = [each.document for each in procedure.documents if each.needed == "always"]
        missing = lacking([*asked, *application.also_asked], [each.document for each in application.papers])
        if missing:
            raise PapersMissing(field="documents", members={"documents": missing}, names=", ".join(missing))


def _office(actor: Actor) -> str:
    return actor.branches[0].code if actor.branches else "–"

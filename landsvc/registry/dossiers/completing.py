"""Complete a dossier: all effects of its procedure under one record, in the transaction of its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.executing import revision_of
from landsvc.cadastre.drafts.model import COMMITTED
from landsvc.core import clock
from landsvc.identity.actors import Actor
from landsvc.registry import service as registry
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.chain_errors import EarlierDossierFirst
from landsvc.registry.dossiers.chains import chain_of
from landsvc.registry.dossiers.checking import check_fees, needs_term
from landsvc.registry.dossiers.completion_errors import (
    DraftChanged,
    DraftNeeded,
    EffectNotAvailable,
    FactsMissing,
    LandChanged,
)
from landsvc.registry.dossiers.effects import Attempt, Done, Effect, Effects, Given, at_once
from landsvc.registry.dossiers.errors import DossierHeld, TermExpired
from landsvc.registry.dossiers.land import places
from landsvc.registry.dossiers.model import Dossier, Event
from landsvc.registry.dossiers.procedures import Procedure
from landsvc.registry.records import JUDGMENT, REGISTRATION, Grounds, Record, add_record, add_trial_record

DISPOSE = "dispose"
DRAFT, SUPPLY = "parcel.draft", "data.supply"
ENTERED, PASSED_ON = "enter_facts", "draft"
DRAFT_REVISION = "draftRevision"
SIGNED_LAND = "land"


@dataclass(frozen=True)
class Completed:
    """What a completion did: the record, what each effect told, and the land before and after."""

    record: Record
    told: Done
    before: tuple[int, ...]
    after: tuple[int, ...]
    transaction: str | None = None

    def details(self) -> dict[str, Any]:
        """Return what the dossier's history keeps of it."""
        return {"record": self.record.code, "transaction": self.transaction, "effects": dict(self.told)}


def complete(
    session: Session, dossier: Dossier, procedure: Procedure, effects: Effects, *, actor: Actor
) -> Completed:
    """Carry out what a procedure does, under one record and one transaction.

    Raises `EffectNotAvailable`, `FactsMissing`, `DraftNeeded`, `DraftChanged`, `TermExpired` before anything is
    written, then whatever stands against an effect.
    """
    names = procedure.facts.effects
    if lacking := effects.missing(names):
        raise EffectNotAvailable(code=dossier.code, effects=", ".join(lacking))
    events = queries.events(session, dossier_id=dossier.id)
    for check in checks(session, dossier, procedure, effects, events):
        check()
    record = add_record(session, *_record_of(dossier, procedure), actor=actor, kind=_kind(procedure))
    done = run(session, dossier, names, effects, entered(events), record, actor)
    if not set(names) - {SUPPLY}:
        return done
    old, new = units_touched(done)
    # What is left to the end of the transaction is asked now, while each finding has its own name.
    queries.prove_completion(session)
    code = registry.register_completion(session, dossier.procedure, old, new, record=record, actor=actor)
    return replace(done, transaction=code)


def run(
    session: Session,
    dossier: Dossier,
    names: Sequence[str],
    effects: Effects,
    given: Given,
    record: Record,
    actor: Actor,
    *,
    trial: bool = False,
    attempt: Attempt = at_once,
) -> Completed:
    """Carry out effects under a record; return what they did."""
    effect = effect_of(session, dossier, record, trial=trial)
    told, after = effects.carry_out(
        session, names, effect, actor, effects.read(names, given, dossier.code), attempt
    )
    return Completed(record, told, effect.units, after.units)


def trial_record(session: Session, dossier: Dossier, procedure: Procedure) -> Record:
    """Store the record a preview of a completion writes under."""
    return add_trial_record(session, *_record_of(dossier, procedure), kind=_kind(procedure))


def entered(events: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """Return what was entered for each effect: what was said last of it."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        if event.action == ENTERED:
            found |= event.details.get("facts", {})
    return {name: facts for name, facts in found.items() if facts}


def checks(
    session: Session, dossier: Dossier, procedure: Procedure, effects: Effects, events: Sequence[Event]
) -> tuple[Callable[[], None], ...]:
    """Return what is asked before any effect is tried; each raises what keeps the dossier from being completed."""
    return (
        partial(check_order, session, dossier),
        partial(check_holds, session, dossier),
        partial(check_facts, dossier, procedure, effects, events),
        partial(check_draft, session, dossier, procedure, events),
        partial(check_land, session, dossier, procedure, events),
        partial(check_terms, session, dossier, procedure),
        partial(check_fees, session, dossier),
    )


def check_order(session: Session, dossier: Dossier) -> None:
    """Raise `EarlierDossierFirst` where another dossier is completed first.

    Asked before any effect: what stands in the way of one is often what that dossier takes away, as a release does.
    """
    for earlier, _ in queries.earlier(session, dossier_id=dossier.id)[:1]:
        raise EarlierDossierFirst(dossier=dossier.code, earlier=earlier)


def check_holds(session: Session, dossier: Dossier) -> None:
    """Raise `DossierHeld` where a notice on the land, on who applies or on who holds it stops the procedure now."""
    for _, kind, issuer, number in queries.holds(session, dossier_id=dossier.id)[:1]:
        raise DossierHeld(dossier=dossier.code, kind=kind, issuer=issuer, docNo=number)


def check_facts(dossier: Dossier, procedure: Procedure, effects: Effects, events: Sequence[Event]) -> None:
    """Raise `FactsMissing` where something must be entered and is not."""
    if unstated := effects.unstated(procedure.facts.effects, entered(events)):
        raise FactsMissing(field="facts", dossier=dossier.code, effects=", ".join(unstated))


def check_draft(session: Session, dossier: Dossier, procedure: Procedure, events: Sequence[Event]) -> None:
    """Raise `DraftNeeded` without one, `DraftChanged` when it is not the one the dossier was passed on with."""
    if dossier.draft_id is None and draft_needed(procedure.facts.effects):
        raise DraftNeeded(field="draft", procedure=dossier.procedure, dossier=dossier.code)
    passed = [event.details for event in events if event.action == PASSED_ON]
    if dossier.draft_id is None or not passed or passed[-1].get(DRAFT_REVISION) is None:
        return
    code = queries.draft_code(session, draft_id=dossier.draft_id)
    state, revision = revision_of(session, code)
    # A confirmed split that an earlier dossier carried out is as it was confirmed.
    if state != COMMITTED and passed[-1][DRAFT_REVISION] != revision:
        raise DraftChanged(draft=code, dossier=dossier.code)


def land_told(session: Session, dossier: Dossier) -> dict[str, str]:
    """Return the parcels of a dossier as they are now, by name, with their areas (m²)."""
    units = queries.land(session, dossier_id=dossier.id)
    return {each.name: str(each.area_m2) for each in places(session, dossier.id, units)}


def check_land(session: Session, dossier: Dossier, procedure: Procedure, events: Sequence[Event]) -> None:
    """Raise `LandChanged` where somebody else changed the parcels since the dossier was passed on for signature.

    A draft asks that itself, dossiers of a chain expect it of those before them, and what no notice stops (a release,
    a seizure) is carried out on the land as it is.
    """
    passed = [event.details[SIGNED_LAND] for event in events if SIGNED_LAND in event.details]
    if not passed or dossier.draft_id is not None or not procedure.facts.blocked_by:
        return
    now = land_told(session, dossier)
    if passed[-1] != now and not any(
        each.waits_for for each in chain_of(session, dossier.id) if each.code == dossier.code
    ):
        before, after = (", ".join(names) or "–" for names in (passed[-1], now))
        raise LandChanged(dossier=dossier.code, before=before, after=after)


def check_terms(session: Session, dossier: Dossier, procedure: Procedure) -> None:
    """Raise `TermExpired` where a procedure that needs land free to dispose of meets a right whose term is over."""
    if not needs_term(procedure.facts.blocked_by, procedure.facts.effects):
        return
    units = queries.land(session, dossier_id=dossier.id)
    for right, last in queries.expired_terms(session, units=units, on_day=clock.today())[:1]:
        raise TermExpired(right=right, last=last.isoformat())


def draft_needed(names: Sequence[str]) -> bool:
    """Tell whether a procedure comes to nothing without a draft: it changes parcels, and no right."""
    return DRAFT in names and not any(name.startswith("right.") for name in names)


def effect_of(session: Session, dossier: Dossier, record: Record, *, trial: bool = False) -> Effect:
    """Return what the effects of a dossier are given."""
    return Effect(
        dossier.id,
        dossier.code,
        dossier.procedure,
        dossier.case_code,
        tuple(queries.land(session, dossier_id=dossier.id)),
        queries.draft_code(session, draft_id=dossier.draft_id) if dossier.draft_id else None,
        record,
        trial=trial,
    )


def units_touched(done: Completed) -> tuple[list[int], list[int]]:
    """Return the parcels before and after: the dossier's land, and what else effects name."""
    named = {unit for told in done.told.values() for each in told for unit in each.get("units", ())}
    return sorted({*done.before, *(named - set(done.after))}), sorted({*done.after, *named})


def _record_of(dossier: Dossier, procedure: Procedure) -> tuple[str, Grounds]:
    """Return title and grounds of a completion's record: the dossier is the document it stands on."""
    grounds = Grounds(doc_no=dossier.code, doc_on=dossier.on_day, authority=dossier.reception_branch)
    return procedure.facts.name_vi, grounds


def _kind(procedure: Procedure) -> str:
    """Return the kind of the record: what gives land away and no hold stops carries out what an authority decided."""
    facts = procedure.facts
    return JUDGMENT if facts.order_class == DISPOSE and not facts.blocked_by else REGISTRATION

"""Complete a dossier: all effects of its procedure under one record, in the transaction of its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.effects import Effect, EffectNotAvailable, Effects
from landsvc.registry.dossiers.model import Dossier
from landsvc.registry.dossiers.procedures import Procedure
from landsvc.registry.records import JUDGMENT, REGISTRATION, Grounds, Record, add_record

DISPOSE = "dispose"


def complete(
    session: Session, dossier: Dossier, procedure: Procedure, effects: Effects, *, actor: Actor
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Carry out what a procedure does, under one record; return what each effect tells.

    Raises `EffectNotAvailable` before anything is written.
    """
    names = procedure.facts.effects
    if lacking := effects.missing(names):
        raise EffectNotAvailable(code=dossier.code, effects=", ".join(lacking))
    record = record_of(session, dossier, procedure, actor)
    return effects.carry_out(session, names, effect_of(session, dossier, record), actor)


def record_of(session: Session, dossier: Dossier, procedure: Procedure, actor: Actor) -> Record:
    """Store the record of a completion: the dossier is the document it stands on."""
    grounds = Grounds(doc_no=dossier.code, doc_on=dossier.on_day, authority=dossier.reception_branch)
    return add_record(session, procedure.facts.name_vi, grounds, actor=actor, kind=_kind(procedure))


def effect_of(session: Session, dossier: Dossier, record: Record) -> Effect:
    """Return what the effects of a dossier are given."""
    return Effect(
        dossier.id,
        dossier.code,
        dossier.procedure,
        dossier.case_code,
        tuple(each.unit_id for each in queries.parcels(session, dossier_id=dossier.id)),
        queries.draft_code(session, draft_id=dossier.draft_id) if dossier.draft_id else None,
        record,
    )


def _kind(procedure: Procedure) -> str:
    """Return the kind of the record: what gives land away and no hold stops carries out what an authority decided."""
    facts = procedure.facts
    return JUDGMENT if facts.order_class == DISPOSE and not facts.blocked_by else REGISTRATION

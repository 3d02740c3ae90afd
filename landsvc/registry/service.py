"""Register transactions in the very transaction that changes the land, read them, and undo them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.annulment import annul_record
from landsvc.cadastre.drafts.model import Outcome, Plan
from landsvc.identity.actors import Actor
from landsvc.registry import queries
from landsvc.registry.errors import TransactionNotFound
from landsvc.registry.queries import ParcelOf as ParcelOf
from landsvc.registry.queries import Transaction as Transaction
from landsvc.registry.queries import TransactionLine as TransactionLine
from landsvc.registry.records import Record
from landsvc.registry.rights import service as rights

SPLIT_OR_MERGE, CHANGED, ANNULMENT = "TN", "TD", "HUY"
OF_ENDS = {"stateRecovery": "TH", "erosion": "SA", "registeredByMistake": "SN"}
"""The kind of a transaction that only ends parcels, by the reason stated; CHANGED for another one, or for several."""


def register_draft(session: Session, outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """Store the transaction of a committed draft; return what its answer says of it.

    `app.py` joins this to the commit of drafts, which knows nothing of the registry. What bears on parcels that end
    goes on to those that come of them; where nothing does, that costs no statement. An undone record takes its rights
    back by itself (`registry.annul_with_record`).
    """
    if outcome.record_id is None:
        raise ValueError("a preview is no transaction")
    kind, undoes_id = _kind_of(session, outcome.plan, outcome.record_id)
    code, bears = queries.add_transaction(
        session,
        kind=kind,
        record_id=outcome.record_id,
        officer=actor,
        old=[unit.id for unit in outcome.plan.touched],
        new=[unit.id for unit in (*outcome.plan.now, *outcome.plan.reinstated)],
        undoes_id=undoes_id,
    )
    if bears and outcome.plan.before and kind != ANNULMENT:
        rights.carry_rights(session, outcome)
    return {"transaction": code}


def register_change(
    session: Session, variation: str, units: Sequence[int], *, record: Record, actor: Actor
) -> str:
    """Store the transaction of a change of rights that leaves the parcels as they are; return its code."""
    code, _ = queries.add_transaction(
        session, kind=variation, record_id=record.id, officer=actor, old=units, new=units
    )
    return code


def register_completion(
    session: Session, procedure: str, old: Sequence[int], new: Sequence[int], *, record: Record, actor: Actor
) -> str:
    """Store the one transaction of a completed dossier, with the parcels before and after; return its code."""
    kind = queries.completion_kind(session, procedure=procedure)
    code, _ = queries.add_transaction(session, kind=kind, record_id=record.id, officer=actor, old=old, new=new)
    return code


def _kind_of(session: Session, plan: Plan, record_id: int) -> tuple[str, int | None]:
    """Return the kind of a draft's transaction, and the one it undoes: none where it undoes an import.

    Source: the dictionary of variation codes of the national systems (domain notes, section 6.1); HUY is ours.
    """
    if any(link.kind in {"split", "merge"} for link in plan.links):
        return SPLIT_OR_MERGE, None
    record = queries.record_of_transaction(session, record_id=record_id)
    if record.kind == "annulment":
        return ANNULMENT, record.undone_id
    reasons = set(plan.ends.values()) if record.kind == "retire" else set()
    return (OF_ENDS.get(reasons.pop(), CHANGED) if len(reasons) == 1 else CHANGED), None


def get_transaction(session: Session, code: str) -> Transaction:
    """Return a transaction by its code; raise `TransactionNotFound`."""
    found = queries.find_transaction(session, code=code)
    if found is None:
        raise TransactionNotFound(field="code", code=code)
    return found


def transactions_of(session: Session, unit_id: int, *, page: int) -> list[TransactionLine]:
    """Return the transactions a parcel was before or after in, newest first."""
    return queries.transactions_of_unit(session, unit_id=unit_id, page=page)


def undo_transaction(session: Session, code: str, reason: str, *, actor: Actor) -> Transaction:
    """Annul the record of a transaction, and register that as a transaction of its own; return this one.

    Asked again, the answer is the same. Raises `TransactionNotFound`, and as `annul_record` when later records touched
    the parcels, when they are held, or when it is an annulment itself.
    """
    found = get_transaction(session, code)
    if found.undone_by is not None:
        return get_transaction(session, found.undone_by)
    done = annul_record(session, found.record.code, reason, made_by=actor.login)
    made, _ = queries.add_transaction(
        session,
        kind=ANNULMENT,
        record_id=queries.record_id_of(session, code=done.record),
        officer=actor,
        old=[parcel.unit_id for parcel in found.parcels if parcel.side == "new"],
        new=[parcel.unit_id for parcel in found.parcels if parcel.side == "old"],
        undoes_id=found.id,
    )
    return get_transaction(session, made)

"""Carry out the one operation that the picture in memory does not know: undoing a record."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from landsvc.cadastre import annulment
from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import ChangedUnit, Grounds, Plan, Unit

TRIAL_REASON = "preview"


def reinstate(session: Session, code: str, final: tuple[Grounds, str] | None) -> tuple[Plan, int, str]:
    """Undo a record; return what that changed, and the record of the annulment.

    `final` are the grounds and the login of a commit, which takes the locks here; None for a preview. Raises as
    `annulment.annul_record`.
    """
    record = annulment.get_record(session, code)
    if final is not None:
        annulment.lock_record(session, record)
    units = queries.units_of_record(session, record_id=record.id)
    before = {unit.id: unit for unit in queries.units_now(session, units=units)}
    grounds, login = final or (Grounds(reason=TRIAL_REASON), None)
    reason = "; ".join(filter(None, (grounds.doc_no, grounds.reason)))
    done = annulment.annul_record(session, code, reason, made_by=login, trial=final is None)
    after = {unit.id: unit for unit in queries.units_now(session, units=units)}
    return _plan(before, after), annulment.get_record(session, done.record).id, done.record


def _plan(before: dict[int, Unit], after: dict[int, Unit]) -> Plan:
    kept = [(before[unit_id], after[unit_id]) for unit_id in sorted(before.keys() & after.keys())]
    changed = [ChangedUnit(was, now) for was, now in kept if _facts(was) != _facts(now)]
    return Plan(
        tuple(before[unit_id] for unit_id in sorted(before.keys() - after.keys())),
        (),
        (),
        (),
        (),
        changed=tuple(changed),
        reinstated=tuple(after[unit_id] for unit_id in sorted(after.keys() - before.keys())),
    )


def _facts(unit: Unit) -> Unit:
    """Return a unit without what tells its versions apart."""
    return replace(unit, version_id=0, valid_from=None)

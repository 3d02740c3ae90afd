"""Carry a draft out as one part of a larger change, under a record that stands already: what a dossier does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import keeping, queries, service
from landsvc.cadastre.drafts.approval import Checks
from landsvc.cadastre.drafts.approval_queries import add_event
from landsvc.cadastre.drafts.checks import CHECKS, critical
from landsvc.cadastre.drafts.document import outcome_document
from landsvc.cadastre.drafts.errors import DraftClosed, DraftEmpty, NotCommittable, OperationAlone, SplitExpired
from landsvc.cadastre.drafts.model import COMMITTED, LIVE, ChangedUnit, Draft, Grounds, Outcome, Plan
from landsvc.cadastre.drafts.ops import OPERATIONS
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.drafts.writing import write_plan
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor


def execute_under(
    session: Session,
    code: str,
    record: tuple[int, str],
    *,
    frame: Frame,
    actor: Actor,
    trial: bool = False,
    judged: bool = False,
    checks: Checks = CHECKS,
    since: date | None = None,
) -> Outcome | None:
    """Write what a draft says under a record (id and code); None where it was carried out before.

    `judged`: a court or the State decided it, which no notice stops.
    A second person has approved it with the change it belongs to. A `trial` takes no lock and closes nothing; the
    session is a rehearsal that began with `service.begin_trial`. Raises `DraftNotFound`, `DraftClosed`, `DraftEmpty`,
    `SplitExpired`, `OperationAlone` for one that undoes a record, `OperationConflict`,
    `NotCommittable`, and `HoldsLater` of a day `since` which it shall hold.
    """
    draft = keeping.get_draft(session, code) if trial else keeping.draft_to_change(session, code)
    if draft.state == COMMITTED:
        return None
    _check(session, draft)
    final = None if trial else (Grounds(doc_no=record[1]), actor)
    outcome = service.execute(session, draft, frame, checks, final, record, judged=judged, since=since)
    document = outcome_document(outcome)
    if not outcome.committable:
        failed = critical(outcome.report)
        raise NotCommittable(count=len(failed), rules=", ".join(failed), members=document)
    if not trial:
        queries.close(session, draft_id=draft.id, state=COMMITTED, record_id=record[0], answer=document)
        add_event(session, draft_id=draft.id, action="committed", actor=actor, reason=None)
        identity.trace(session, "draft.committed", who=actor, on=f"draft:{code}", details={"record": record[1]})
    return outcome


def change_addresses(
    session: Session, units: Sequence[int], address: str, *, record_id: int, trial: bool = False
) -> None:
    """Say under a record where parcels lie; nothing else of them changes. A `trial` as for `execute_under`."""
    if trial:
        queries.claim_units(session, units=units)
    else:
        queries.lock_draft(session, units=units, places=())
    found = queries.units_now(session, units=units)
    changed = tuple(
        ChangedUnit(unit, replace(unit, address=address)) for unit in found if unit.address != address
    )
    plan = Plan((), (), (), (), (), changed=changed)
    if not plan.empty:
        write_plan(session, plan, record_id=record_id, since=queries.today(session))


def revision_of(session: Session, code: str) -> tuple[str, int]:
    """Return the state and the revision of a draft; raise `DraftNotFound`."""
    draft = keeping.get_draft(session, code)
    return draft.state, draft.revision


def _check(session: Session, draft: Draft) -> None:
    if draft.state not in LIVE:
        raise DraftClosed(draft=draft.code, state=draft.state)
    if not draft.steps:
        raise DraftEmpty(draft=draft.code)
    alone = next((step.body["op"] for step in draft.steps if OPERATIONS[step.body["op"]].alone), None)
    if alone:
        raise OperationAlone(op=alone)
    if draft.confirmed_until is not None and draft.confirmed_until < queries.today(session):
        raise SplitExpired(draft=draft.code, last=draft.confirmed_until.isoformat())

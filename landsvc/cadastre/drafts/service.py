"""Keep drafts, try them and commit them: the public door of editing.

Preview and commit run the same function, `execute`. A preview runs it in a transaction that cannot commit and holds
no fabric lock; a commit under the locks, after which the draft keeps the answer and repeats it for whoever asks again.
Services take the session of an open unit of work of the editor role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries, trials
from landsvc.cadastre.drafts.checks import CHECKS, Case, Check, asking_second, critical, judge
from landsvc.cadastre.drafts.document import outcome_document
from landsvc.cadastre.drafts.errors import (
    DraftClosed,
    DraftEmpty,
    HoldsLater,
    NotCommittable,
    NothingToUndo,
    OperationAlone,
    OperationConflict,
    SecondPersonNeeded,
)
from landsvc.cadastre.drafts.ground import Ground
from landsvc.cadastre.drafts.keeping import check_open, get_draft, own_draft, own_open_draft, touched
from landsvc.cadastre.drafts.model import (
    COMMITTED,
    LIVE,
    MADE_HERE,
    Draft,
    Finding,
    Grounds,
    Outcome,
    Plan,
    Step,
    Unit,
)
from landsvc.cadastre.drafts.names import draft_code
from landsvc.cadastre.drafts.ops import OPERATIONS, read_operation, record_of
from landsvc.cadastre.drafts.ops.base import Frame, Operation
from landsvc.cadastre.drafts.ops.reinstate import Reinstate
from landsvc.cadastre.drafts.refusing import placed
from landsvc.cadastre.drafts.reinstating import reinstate
from landsvc.cadastre.drafts.writing import write_plan
from landsvc.cadastre.rules import ParcelRef, parse_ref
from landsvc.core import clock
from landsvc.core.db import driver_connection
from landsvc.core.errors import LandsvcError
from landsvc.identity.actors import Actor

PREVIEW_LOCK_TIMEOUT = "500ms"
Find = Callable[[ParcelRef], int]
"""Which unit a reference names; raises when it names none, several, or a retired one."""
AfterCommit = Callable[[Session, Outcome, Actor], Mapping[str, Any]]
"""What another room does in the transaction of a commit; what it returns goes into the answer."""


def open_draft(session: Session, *, title: str | None, actor: Actor) -> Draft:
    """Begin an empty draft of an officer."""
    code = draft_code()
    queries.add_draft(session, code=code, title=title, owner_id=actor.account_id, owner_name=actor.name)
    return get_draft(session, code)


def list_drafts(
    session: Session, *, owner_id: int | None, state: str | None, before: int, page: int
) -> tuple[list[Draft], bool]:
    """Return one page of drafts, newest first and without operations, and whether more follow."""
    found = queries.list_drafts(session, owner_id=owner_id, state=state, before=before, page=page)
    return found[:page], len(found) > page


def drafts_on(session: Session, *unit_ids: int) -> list[tuple[str, str, str]]:
    """Return the drafts that name one of the units and are not closed: code, owner and state."""
    rows = queries.run(session, "drafts_on_units", draft_id=0, units=list(unit_ids))
    return [(code, owner, state) for code, owner, _, state in rows]


def add_operation(
    session: Session,
    code: str,
    body: Mapping[str, Any],
    *,
    find: Find,
    frame: Frame,
    actor: Actor,
    seen: int | None,
) -> Draft:
    """Add an operation to the end of a draft, carried out in memory: one that does not apply is refused.

    What it makes gets its identity and number reserved. `seen` is the revision the officer saw, if told.
    Raises `DraftNotFound`, `DraftClosed`, `DraftOfAnother`, `StaleDraft`, what `find` raises, `OperationAlone`,
    `OperationConflict` when an earlier operation no longer applies, and what stands against the operation itself.
    """
    draft = own_open_draft(session, code, actor, seen)
    operation = read_operation(body, frame)
    _refuse_company(draft, operation)
    ground = replayed(session, draft, frame)
    step = carried_out(ground, operation, body, len(draft.steps) + 1, find=find, frame=frame)
    queries.add_operation(session, draft_id=draft.id, step=step)
    return touched(session, draft)


def carried_out(
    ground: Ground, operation: Operation, body: Mapping[str, Any], seq: int, *, find: Find, frame: Frame
) -> Step:
    """Carry one more operation out on a picture of the land; return it as a draft keeps it.

    Raises what `find` raises, `OperationConflict`, and what stands against the operation.
    """
    units = [_named(ground, ref, find, seq) for ref in operation.refs]
    with placed(operation, units):
        operation.carry_out(ground, units, seq, frame)
    named = {unit.id for unit in units}
    seen_units = [*units, *(unit for unit in ground.touched(seq) if unit.id not in named)]
    versions = tuple(unit.version_id if unit.made_by is None else MADE_HERE for unit in seen_units)
    return Step(seq, body, tuple(unit.id for unit in seen_units), versions)


def _named(ground: Ground, ref: str, find: Find, seq: int) -> Unit:
    """Return the unit a reference names: one that this draft made or changed, or one of the register."""
    unit = ground.named(ref) or ground.unit(find(parse_ref(ref, field="parcels")))
    if unit is None:
        raise OperationConflict(field="parcels", operation=seq, ref=ref)
    return unit


def _refuse_company(draft: Draft, operation: Operation) -> None:
    """Raise `OperationAlone` when an operation that stands alone would have company."""
    held = [step.body["op"] for step in draft.steps]
    lonely = [operation.op] if operation.alone else [op for op in held if OPERATIONS[op].alone]
    if held and lonely:
        raise OperationAlone(op=lonely[0])


def undo_last(session: Session, code: str, *, actor: Actor, seen: int | None) -> Draft:
    """Take back the last operation of a draft; what it reserved stays with the draft. Raise `NothingToUndo`."""
    draft = own_open_draft(session, code, actor, seen)
    if not draft.steps:
        raise NothingToUndo(draft=code)
    queries.run(session, "drop_operation", draft_id=draft.id, seq=draft.steps[-1].seq)
    return touched(session, draft)


def preview(session: Session, code: str, *, frame: Frame, checks: Mapping[str, Check] = CHECKS) -> dict[str, Any]:
    """Return what a commit would do and what the rules say; the session must be a rehearsal, which is undone.

    A committed draft answers with what it did. Raises `DraftClosed` for a withdrawn one, and `OperationConflict`.
    """
    draft = get_draft(session, code)
    if draft.answer is not None:
        return dict(draft.answer)
    if draft.state not in LIVE:
        raise DraftClosed(draft=code, state=draft.state)
    begin_trial(session)
    outcome = execute(session, draft, frame, checks, None)
    return outcome_document(outcome)


def begin_trial(session: Session) -> None:
    """Let a rehearsal write the fabric without locks, waiting for nobody for long; it cannot be committed then."""
    queries.run(session, "begin_preview", wait=PREVIEW_LOCK_TIMEOUT)


def commit(
    session: Session,
    code: str,
    grounds: Grounds,
    *,
    frame: Frame,
    actor: Actor,
    seen: int | None,
    after: Sequence[AfterCommit] = (),
    checks: Mapping[str, Check] = CHECKS,
) -> dict[str, Any]:
    """Write what a draft says under one record, and return the answer; asked again, return the same answer.

    Raises `NotCommittable` with the report when a critical rule fails, `SecondPersonNeeded` when a rule asks for one,
    `OperationConflict`, `DraftEmpty`, and as `add_operation`. Nothing is written then.
    """
    draft = own_draft(session, code, actor)
    if draft.answer is not None:
        return dict(draft.answer)
    check_open(draft, seen)
    if not draft.steps:
        raise DraftEmpty(draft=code)
    return finish(session, draft, grounds, frame, actor, after, checks, alone=True)


def finish(
    session: Session,
    draft: Draft,
    grounds: Grounds,
    frame: Frame,
    actor: Actor,
    after: Sequence[AfterCommit],
    checks: Mapping[str, Check],
    *,
    alone: bool = False,
) -> dict[str, Any]:
    """Carry a draft out under the locks and close it; return the answer. `alone`: nobody else has approved it."""
    outcome = execute(session, draft, frame, checks, (grounds, actor))
    document = outcome_document(outcome)
    if not outcome.committable:
        failed = critical(outcome.report)
        raise NotCommittable(count=len(failed), rules=", ".join(failed), members=document)
    asking = asking_second(outcome.report)
    if alone and asking:
        raise SecondPersonNeeded(rules=", ".join(asking), members=document)
    for step in after:
        document |= step(session, outcome, actor)
    queries.close(session, draft_id=draft.id, state=COMMITTED, record_id=outcome.record_id, answer=document)
    return document


def rehearse(session: Session, draft: Draft, frame: Frame, checks: Mapping[str, Check]) -> Outcome:
    """Return what a commit of a draft would do, and undo it; what the draft reserves is kept."""
    # Carried out once outside what is undone: numbers somebody took meanwhile are replaced for good.
    replayed(session, draft, frame)
    with driver_connection(session).transaction(force_rollback=True):
        queries.run(session, "begin_preview", wait=None)
        return execute(session, draft, frame, checks, None)


def execute(
    session: Session,
    draft: Draft,
    frame: Frame,
    checks: Mapping[str, Check],
    final: tuple[Grounds, Actor] | None,
    under: tuple[int, str] | None = None,
    *,
    judged: bool = False,
    since: date | None = None,
) -> Outcome:
    """Carry a draft out, write its end state, judge it, and prove what the database promises.

    `final` are the grounds and the officer of a commit, None for a preview; `under` is a record that stands already
    (id and code), of which the draft is one part; `judged` as for `execute_under`. It holds from today on, or from
    `since`. Raises `HoldsLater` where a parcel came to be as it is only after that day.
    """
    every = {**checks, **frame.rights.checks}
    trials.take_over(draft, frame, every)
    (version, day), plan, record_id, record = _written(session, draft, frame, final, under, since)
    report: tuple[Finding, ...] = ()
    if not plan.empty:
        case = Case(session, draft.id, plan, day, judged)
        report = trials.report_of(case, draft, every, lambda: judge(case, every))
        if not critical(report):
            queries.run(session, "prove_all")
        if final is None:
            trials.share(case, draft, frame, every)
    state = draft.state if final is None else COMMITTED
    return Outcome(
        draft.code,
        state,
        version,
        clock.now(),
        plan,
        report,
        record_id if final or under else None,
        record if final or under else None,
    )


def _written(
    session: Session,
    draft: Draft,
    frame: Frame,
    final: tuple[Grounds, Actor] | None,
    under: tuple[int, str] | None,
    since: date | None,
) -> tuple[tuple[int, date], Plan, int, str]:
    """Write the end state of a draft; return the fabric it rests on (version and day), the plan, and the record."""
    alone = draft.steps[0].body if draft.steps else {}
    if alone.get("op") == Reinstate.op:
        now = queries.fabric_now(session)
        return now, *reinstate(session, alone["record"], final and (final[0], final[1].login))
    held = _lock(session, draft, frame) if final else set()
    now = queries.fabric_now(session)
    plan = _planned(session, draft, frame)
    if final and not _lock_new_land(session, draft, plan) <= held:
        # New land reaches where nobody had locked: what was read there may have changed meanwhile.
        now = queries.fabric_now(session)
        plan = _planned(session, draft, frame)
    record_id, record = under or _record(session, draft, final)
    if final is None:
        queries.claim_units(session, units=[unit.id for unit in (*plan.touched, *(n.unit for n in plan.noded))])
    if not plan.empty:
        write_plan(session, plan, record_id=record_id, since=_day_of(plan, since, now[1]))
    return now, plan, record_id, record


def _planned(session: Session, draft: Draft, frame: Frame) -> Plan:
    return trials.plan_of(session, draft, frame, lambda: replayed(session, draft, frame).plan())


def _day_of(plan: Plan, since: date | None, today: date) -> date:
    """Return the day a plan holds from; raise `HoldsLater` where its land was not yet as it is, or is not yet."""
    if since is None:
        return today
    first = max((unit.valid_from for unit in plan.touched if unit.valid_from), default=since)
    if not first <= since <= today:
        raise HoldsLater(field="since", first=first.isoformat(), last=today.isoformat())
    return since


def _record(session: Session, draft: Draft, final: tuple[Grounds, Actor] | None) -> tuple[int, str]:
    bodies = [step.body for step in draft.steps]
    kind, title = record_of(bodies)
    if final is None:
        return queries.add_trial_record(session, kind=kind, title=title), ""
    grounds, actor = final
    details = {"draft": draft.code, "operations": bodies}
    if grounds.prepared_by is not None:
        details["preparedBy"] = grounds.prepared_by
    return queries.add_record(
        session, kind=kind, title=title, grounds=grounds, details=details, made_by=actor.login
    )


def replayed(session: Session, draft: Draft, frame: Frame) -> Ground:
    """Return the land with all operations of a draft carried out on what is current now; raise `OperationConflict`."""
    ground = Ground(session, draft, frame.rights)
    ground.load({unit for step in draft.steps for unit in step.units})
    for step in draft.steps:
        try:
            operation = _operation(step, frame)
            named = len(operation.refs)
            stood = list(zip(step.units, step.versions, strict=True))
            units = [ground.operand(unit_id, version, step.seq) for unit_id, version in stood[:named]]
            for unit_id, version in stood[named:]:
                ground.watched(unit_id, version, step.seq)
            operation.carry_out(ground, units, step.seq, frame)
        except OperationConflict:
            raise
        except LandsvcError as error:
            raise _conflict(ground, step, error) from error
    return ground


def _operation(step: Step, frame: Frame) -> Operation:
    """Return what an operation of a draft says, read once in a request; raise as `read_operation`."""
    if "read" not in step.kept:
        step.kept["read"] = read_operation(step.body, frame)
    read: Operation = step.kept["read"]
    return read


def _conflict(ground: Ground, step: Step, error: LandsvcError) -> OperationConflict:
    """Return the conflict of an operation that applied once: the land changed since."""
    name = ground.name_of(step.units[0]) if step.units else "-"
    return OperationConflict(
        members={"operation": step.seq, "parcel": name, "cause": error.slug},
        geometry=error.geometry,
        crs=error.crs,
        operation=step.seq,
        ref=name,
    )


def _lock(session: Session, draft: Draft, frame: Frame) -> set[str]:
    """Lock what the operations name and draw, before anything is read; return the keys."""
    units = {unit for step in draft.steps for unit in step.units}
    places = [place for step in draft.steps for place in _operation(step, frame).places]
    return queries.lock_draft(session, units=units, places=places)


def _lock_new_land(session: Session, draft: Draft, plan: Plan) -> set[str]:
    """Lock around land that did not come of dividing and uniting, and around neighbours nobody could foresee."""
    reached = [unit for closure in plan.closures if closure.moved for unit in closure.after]
    if any(OPERATIONS[step.body["op"]].spreads for step in draft.steps):
        reached += [noded.unit for noded in plan.noded]
    if not reached:
        return set()
    land = [unit.geometry for unit in reached if unit.geometry is not None]
    return queries.lock_land(session, land=land, communes={unit.commune for unit in reached})

"""Lead a draft to the register through a second person: submit, approve, reject, confirm a split, withdraw, expire.

Approval writes the fabric by the very function a commit uses. Who did what stands in the draft's history and in the
audit trail, written in the same transaction. Services take the session of a unit of work of the editor role.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import approval_queries, keeping, queries, service
from landsvc.cadastre.drafts.checks import CHECKS, Check, asking_second, critical
from landsvc.cadastre.drafts.checks.judging import SUBMIT
from landsvc.cadastre.drafts.document import outcome_document
from landsvc.cadastre.drafts.errors import (
    DraftClosed,
    DraftEmpty,
    DraftOfAnother,
    GroundsMissing,
    NotCommittable,
    OwnDraft,
    SecondPersonNeeded,
    SplitExpired,
    SplitOnly,
)
from landsvc.cadastre.drafts.model import (
    CONFIRMED,
    LIVE,
    OPEN,
    SUBMITTED,
    WITHDRAWN,
    Draft,
    Grounds,
    Outcome,
)
from landsvc.cadastre.drafts.ops import is_split
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor
from landsvc.identity.errors import RoleNeeded

APPROVERS = ("checker", "signer")
"""Roles that may approve what somebody else prepared."""
DAYS_CONFIRMED = 90
"""Where no rule says for how long a split is confirmed."""
Checks = Mapping[str, Check]


def submit(
    session: Session,
    code: str,
    grounds: Grounds,
    *,
    frame: Frame,
    actor: Actor,
    seen: int | None,
    checks: Checks = CHECKS,
) -> Draft:
    """Hand a draft in for the approval of somebody else; submitted already, it stays as it is.

    The rules are asked with their severity at this moment. Raises `NotCommittable` with the report, `DraftEmpty`,
    `OperationConflict`, and as `service.commit`.
    """
    draft = keeping.own_draft(session, code, actor)
    if draft.state == SUBMITTED:
        return with_history(session, draft)
    keeping.check_open(draft, seen)
    outcome = _tried(session, draft, frame, checks)
    _refuse_broken(outcome, SUBMIT)
    kept = approval_queries.written(replace(grounds, prepared_by=actor.login))
    approval_queries.run(session, "submit_draft", draft_id=draft.id, grounds=kept)
    return _told(session, draft, "submitted", actor)


def approve(
    session: Session,
    code: str,
    *,
    frame: Frame,
    actor: Actor,
    seen: int | None,
    after: Sequence[service.AfterCommit] = (),
    checks: Checks = CHECKS,
) -> dict[str, Any]:
    """Write a submitted draft into the register as another person; asked again, give the same answer.

    Raises `OwnDraft`, `RoleNeeded`, and as `service.commit`: `OperationConflict` when the land changed since.
    """
    draft = keeping.draft_to_change(session, code)
    _check_second(draft, actor)
    if draft.answer is not None and draft.approved_by == actor.account_id:
        return dict(draft.answer)
    _check_state(draft, seen, SUBMITTED)
    approval_queries.run(session, "approve_draft", draft_id=draft.id, account_id=actor.account_id)
    document = service.finish(session, draft, _grounds(draft), frame, actor, after, checks)
    _note(session, draft, "approved", actor)
    return document


def reject(session: Session, code: str, reason: str, *, actor: Actor, seen: int | None) -> Draft:
    """Give a submitted draft back to its owner with the reason; asked again, the draft stays as it is."""
    draft = keeping.draft_to_change(session, code)
    _check_second(draft, actor)
    last = approval_queries.events(session, draft_id=draft.id)[-1:]
    if draft.state == OPEN and last and (last[0].action, last[0].account_id) == ("rejected", actor.account_id):
        return with_history(session, draft)
    _check_state(draft, seen, SUBMITTED)
    approval_queries.run(session, "reopen_draft", draft_id=draft.id)
    return _told(session, draft, "rejected", actor, reason)


def confirm(
    session: Session,
    code: str,
    grounds: Grounds | None,
    *,
    frame: Frame,
    actor: Actor,
    seen: int | None,
    checks: Checks = CHECKS,
) -> Draft:
    """Declare a split fit: its numbers stay reserved, its pieces are planned, until it is carried out or expires.

    Its owner confirms an open one where no rule asks for somebody else; another person a submitted one. Raises
    `SplitOnly`, `GroundsMissing`, `SecondPersonNeeded`, and as `approve`.
    """
    draft = keeping.draft_to_change(session, code)
    if draft.state == CONFIRMED and actor.account_id in {draft.owner_id, draft.approved_by}:
        return with_history(session, draft)
    second = draft.state == SUBMITTED
    if second:
        _check_second(draft, actor)
    elif draft.owner_id != actor.account_id:
        raise DraftOfAnother(draft=code, owner=draft.owner_name)
    _check_state(draft, seen, SUBMITTED if second else OPEN)
    kept = _grounds(draft) if second else grounds
    if kept is None:
        raise GroundsMissing(field="docNo")
    if draft.steps and not is_split([step.body for step in draft.steps]):
        raise SplitOnly(draft=code)
    outcome = _tried(session, draft, frame, checks)
    _refuse_broken(outcome)
    asking = asking_second(outcome.report)
    if asking and not second:
        raise SecondPersonNeeded(rules=", ".join(asking), members=outcome_document(outcome))
    if second:
        approval_queries.run(session, "approve_draft", draft_id=draft.id, account_id=actor.account_id)
    prepared = kept if kept.prepared_by else replace(kept, prepared_by=actor.login)
    days = approval_queries.days_confirmed(session, on=queries.today(session)) or DAYS_CONFIRMED
    approval_queries.run(
        session, "confirm_draft", draft_id=draft.id, grounds=approval_queries.written(prepared), days=days
    )
    approval_queries.add_planned(session, draft_id=draft.id, units=outcome.plan.after)
    return _told(session, draft, "confirmed", actor)


def execute_confirmed(
    session: Session,
    code: str,
    *,
    frame: Frame,
    actor: Actor,
    grounds: Grounds | None = None,
    after: Sequence[service.AfterCommit] = (),
    checks: Checks = CHECKS,
) -> dict[str, Any]:
    """Carry a confirmed split out, as the first dossier does that depends on it; the others get the same answer.

    `grounds` are the dossier's own; those of the confirmation count without them. Raises `SplitExpired`,
    `DraftClosed` when it is not confirmed, and as `service.commit`.
    """
    draft = keeping.draft_to_change(session, code)
    if draft.answer is not None:
        return dict(draft.answer)
    _check_state(draft, None, CONFIRMED)
    if draft.confirmed_until is not None and draft.confirmed_until < queries.today(session):
        raise SplitExpired(draft=code, last=draft.confirmed_until.isoformat())
    document = service.finish(session, draft, grounds or _grounds(draft), frame, actor, after, checks)
    _note(session, draft, "committed", actor)
    return document


def withdraw(session: Session, code: str, *, actor: Actor, seen: int | None, reason: str | None = None) -> Draft:
    """Give a draft up; what it reserved is free again. A confirmed split may be ended by an approver too.

    A withdrawn draft stays as it is. Raises `DraftOfAnother`, `DraftClosed`, `StaleDraft`.
    """
    draft = keeping.draft_to_change(session, code)
    others = draft.state == CONFIRMED and actor.roles & set(APPROVERS)
    if draft.owner_id != actor.account_id and not others:
        raise DraftOfAnother(draft=code, owner=draft.owner_name)
    if draft.state == WITHDRAWN:
        return with_history(session, draft)
    _check_state(draft, seen, *LIVE)
    _note(session, draft, "withdrawn", actor, reason)
    queries.close(session, draft_id=draft.id, state=WITHDRAWN, record_id=None, answer=None)
    return with_history(session, keeping.get_draft(session, code))


def expire(session: Session) -> int:
    """End the confirmed splits whose last day is over; return how many. Their numbers are free again."""
    ended = approval_queries.expire(session)
    for code in ended:
        identity.trace(session, "draft.expired", on=f"draft:{code}")
    return len(ended)


def with_history(session: Session, draft: Draft) -> Draft:
    """Return a draft with what was done with it."""
    return replace(draft, events=approval_queries.events(session, draft_id=draft.id))


def _tried(session: Session, draft: Draft, frame: Frame, checks: Checks) -> Outcome:
    if not draft.steps:
        raise DraftEmpty(draft=draft.code)
    return service.rehearse(session, draft, frame, checks)


def _refuse_broken(outcome: Outcome, moment: str | None = None) -> None:
    """Raise `NotCommittable` when a rule is broken that is critical at a moment: the commit without one."""
    failed = critical(outcome.report, moment) if moment else critical(outcome.report)
    if failed or outcome.plan.empty:
        raise NotCommittable(count=len(failed), rules=", ".join(failed), members=outcome_document(outcome))


def _check_second(draft: Draft, actor: Actor) -> None:
    """Raise `OwnDraft` for who prepared the draft, `RoleNeeded` for who may not approve."""
    if draft.owner_id == actor.account_id:
        raise OwnDraft(draft=draft.code)
    if not actor.roles & set(APPROVERS):
        raise RoleNeeded(roles=", ".join(APPROVERS))


def _check_state(draft: Draft, seen: int | None, *wanted: str) -> None:
    if draft.state not in wanted:
        raise DraftClosed(draft=draft.code, state=draft.state)
    keeping.check_seen(draft, seen)


def _grounds(draft: Draft) -> Grounds:
    if draft.grounds is None:
        raise GroundsMissing(field="docNo")
    return approval_queries.read(draft.grounds)


def _told(session: Session, draft: Draft, action: str, actor: Actor, reason: str | None = None) -> Draft:
    """Note what was done and return the draft as it stands."""
    _note(session, draft, action, actor, reason)
    return with_history(session, keeping.get_draft(session, draft.code))


def _note(session: Session, draft: Draft, action: str, actor: Actor, reason: str | None = None) -> None:
    approval_queries.add_event(session, draft_id=draft.id, action=action, actor=actor, reason=reason)
    details = {} if reason is None else {"reason": reason}
    identity.trace(session, f"draft.{action}", who=actor, on=f"draft:{draft.code}", details=details)

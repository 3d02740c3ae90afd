"""Keep what a preview worked out, for the commit that follows: in whichever process of the service it comes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import cast

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.checks import Case, Check
from landsvc.cadastre.drafts.model import Draft, Finding, Plan
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.core.remembering import Kept, MadeOf, Memory
from landsvc.core.shelf import shelf

_PLANS: Memory[Plan] = Memory(100)
_REPORTS: Memory[tuple[Finding, ...]] = Memory(100)
_SHARED: MadeOf[None] = MadeOf(100)
"""Plans with a report that were laid down for the other processes."""
Checks = Mapping[str, Check]
Trial = tuple[Kept[Plan], Kept[tuple[Finding, ...]], Hashable]
"""A plan, the report on it, and the day and the way it was judged."""


def plan_of(session: Session, draft: Draft, frame: Frame, work: Callable[[], Plan]) -> Plan:
    """Return the end state of a draft on what is current now: that of its preview, where all it read is the same."""
    return _PLANS.recall(session, _plan_key(draft, frame), work)


def report_of(
    case: Case, draft: Draft, checks: Checks, work: Callable[[], tuple[Finding, ...]]
) -> tuple[Finding, ...]:
    """Return the report on a written plan: that of its preview, where all it rests on reads the same now."""
    key = _report_key(draft, checks, (case.day, case.judged))
    return _REPORTS.recall(case.session, key, work, given=case.plan)


def share(case: Case, draft: Draft, frame: Frame, checks: Checks) -> None:
    """Lay down what a preview found, where the other processes find it."""
    judged = (case.day, case.judged)
    plan = _PLANS.known(_plan_key(draft, frame))
    report = _REPORTS.known(_report_key(draft, checks, judged))
    # Together, so that the report stays one on this very plan.
    if plan and report and report.given is plan.result:
        trial = (plan, report, judged)
        _SHARED.get(report.result, lambda: shelf().put(_shared_key(draft, frame, checks), trial))


def take_over(draft: Draft, frame: Frame, checks: Checks) -> None:
    """Take over what another process found when it previewed a draft, where this one knows nothing of it."""
    key = _plan_key(draft, frame)
    if _PLANS.known(key) is not None:
        return
    found = shelf().get(_shared_key(draft, frame, checks))
    if found is not None:
        plan, report, judged = cast("Trial", found)
        _PLANS.take_over(key, plan)
        _REPORTS.take_over(_report_key(draft, checks, judged), report)
        _SHARED.get(report.result, lambda: None)


def _plan_key(draft: Draft, frame: Frame) -> Hashable:
    return draft.code, draft.revision, frame.srid, frame.variant, id(frame.rights)


def _report_key(draft: Draft, checks: Checks, judged: Hashable) -> Hashable:
    return draft.code, draft.revision, judged, *checks.items()


def _shared_key(draft: Draft, frame: Frame, checks: Checks) -> Hashable:
    # All processes of a service run the same code: what rules are called tells which there are.
    return draft.code, draft.revision, frame.srid, frame.variant, *checks

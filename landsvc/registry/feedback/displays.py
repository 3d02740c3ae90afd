"""Say when plans are on public display, and find those that are or were.

Source: Luật Đất đai 31/2024/QH15 Điều 70 (opinions on plans are asked for before they are decided).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.feedback.errors import DisplayDaysUnfit, PlanNotInConsultation

SQL = statements("registry", "queries_feedback.sql")
MOST_SHOWN = 50
"""How many displays a page lists."""
MOST_CHOICES = 200
"""Among how many plans in consultation a form lets choose."""


@dataclass(frozen=True)
class Display:
    """A plan that is or was on public display, and how many opinions came and were answered."""

    code: str
    name: str
    name_en: str | None
    level: str
    first_day: date
    last_day: date
    notice_no: str
    place: str
    open: bool
    taken: int
    answered: int
    short_reason: str
    """Why it is shorter than plans of its level are on display; empty for others."""


def displays(session: Session, word: str | None = None, after: str | None = None) -> list[Display]:
    """Return plans that are or were on public display, the latest first: with a word, `after` a plan; fifty at most."""
    return _displays(session, asked=None, word=word, after=after, most=MOST_SHOWN)


def displayed(session: Session, plan: str) -> Display | None:
    """Return the display of one plan, None if it never was on display."""
    found = _displays(session, asked=plan, word=None, after=None, most=1)
    return found[0] if found else None


@dataclass(frozen=True)
class Said:
    """What a planner says of a display; `short_reason` only where it is shorter than plans of its level are shown."""

    notice_no: str
    place: str
    short_reason: str = ""


def display(
    session: Session, plan: str, days: tuple[date | None, date | None], said: Said, *, actor: Actor
) -> None:
    """Say when a plan is on public display; said again, the last one holds.

    Raises `DisplayDaysUnfit`, `DisplayTooShort` without a reason, or `PlanNotInConsultation`.
    """
    first, last = days
    if first is None or last is None:
        raise DisplayDaysUnfit(field="firstDay" if first is None else "lastDay")
    given = {"plan": plan, "first_day": first, "last_day": last} | asdict(said)
    if not rows_of(session, SQL["add_display"], **given, by_account=actor.account_id):
        raise PlanNotInConsultation(field="plan")
    details = {"firstDay": first.isoformat(), "lastDay": last.isoformat()}
    trace(session, "plan.displayed", who=actor, on=f"plan:{plan}", details=details)


def in_consultation(session: Session, word: str | None = None) -> list[tuple[str, str, str | None]]:
    """Return code and names of the plans that may be shown to the public, one more than a form lets choose among."""
    found = rows_of(session, SQL["plans_in_consultation"], word=word, most=MOST_CHOICES + 1)
    return [(code, vi, en) for code, vi, en in found]


def _displays(session: Session, **wanted: str | int | None) -> list[Display]:
    return [Display(*row) for row in rows_of(session, SQL["plans_displayed"], **wanted)]

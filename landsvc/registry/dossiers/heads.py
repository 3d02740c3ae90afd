"""Tell the head of a unit what is in hand: load and lateness by person, who keeps it waiting, what waits longest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import dossier_queries as queries

SQL = statements("registry", "queries_heads.sql")
OLDEST = 10
WEEK = timedelta(days=7)
EVERYWHERE = frozenset({"leader", "auditor", "admin"})
"""Roles that look at the whole province, whatever branch they sit in."""


@dataclass(frozen=True)
class Load:
    """What one person holds; None holds what nobody took on yet. Counts by who keeps it waiting."""

    holder: str | None
    waiting: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many dossiers it is."""
        return sum(self.waiting.values())

    @property
    def total_late(self) -> int:
        """Return how many are past their due moment, or past the appointment while the clock stands."""
        return sum(self.late.values())


@dataclass(frozen=True)
class Oldest:
    """An open dossier that came in long ago."""

    code: str
    procedure_vi: str
    procedure_en: str
    state_vi: str
    state_en: str
    waits_for: str
    registered_at: datetime
    due_at: datetime | None
    holder: str | None


@dataclass(frozen=True)
class Unit:
    """What a unit has in hand at an instant, and what it did in the week before."""

    at: datetime
    people: tuple[Load, ...]
    oldest: tuple[Oldest, ...]
    received: int
    finished: int
    finished_late: int


def unit_of(session: Session, actor: Actor, now: datetime) -> Unit:
    """Return what the branches of whoever asks have in hand; the whole province for a leader."""
    communes = None
    if not actor.roles & EVERYWHERE:
        communes = queries.branch_communes(session, branches=[each.code for each in actor.branches])
    loads: dict[int | None, Load] = {}
    for holder_id, name, waits_for, count, late in rows_of(session, SQL["unit_load"], communes=communes, now=now):
        load = loads.setdefault(holder_id, Load(name))
        load.waiting[waits_for] = count
        load.late[waits_for] = late
    oldest: list[Any] = rows_of(session, SQL["unit_oldest"], communes=communes, most=OLDEST)
    ((received, finished, late),) = rows_of(session, SQL["unit_week"], communes=communes, since=now - WEEK)
    people = sorted(loads.values(), key=lambda each: (-each.total_late, -each.total, each.holder or ""))
    return Unit(now, tuple(people), tuple(Oldest(*row) for row in oldest), received, finished, late)

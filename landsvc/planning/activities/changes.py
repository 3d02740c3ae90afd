"""Change the decision table: a planner proposes lines, another confirms them, and from their day on they count.

What was answered before stays: a line that is replaced ends with the day before. The database holds who, when and
that a line did not change meanwhile.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from landsvc.core.db import Database
from landsvc.core.times import Times
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.planning.activities import queries, service
from landsvc.planning.activities.errors import NoSuchActivityChange, NothingToChange
from landsvc.planning.activities.lines import COLUMNS, Known, changing, with_lines
from landsvc.planning.activities.rules import Decision, Rule

PROPOSED, CONFIRMED, REJECTED, WITHDRAWN = "proposed", "confirmed", "rejected", "withdrawn"


@dataclass(frozen=True)
class InForce:
    """A line of the table with its days; `until` is the first day it holds no more."""

    id: int
    rule: Rule
    since: date
    until: date | None


@dataclass(frozen=True)
class Change:
    """A proposal: what, from which day, by whom, and what another planner decided."""

    id: int
    reason: str
    from_day: date
    made_at: datetime
    by_account: int
    by_name: str
    state: str
    decided_at: datetime | None
    decided_name: str | None
    words: str
    many: int


@dataclass(frozen=True)
class Proposed:
    """A line of a proposal, and the line that was in force when it was proposed."""

    line: Rule
    before: Rule | None


@dataclass(frozen=True)
class Difference:
    """What would be told otherwise of one activity on a parcel."""

    before: Decision
    after: Decision


def known(database: Database) -> Known:
    """Return what lines may name."""
    return queries.known(database)


def lines_of(database: Database, on: date, activity: str | None = None) -> list[InForce]:
    """Return the lines in force on a day and those to come, of one activity or of all."""
    return [
        InForce(number, Rule(*rule), since, until)
        for number, *rule, since, until in queries.lines(database, on, activity)
    ]


def table_text(database: Database, on: date) -> str:
    """Return the lines in force on a day as CSV, as they are taken in again."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    rows.writeheader()
    for each in lines_of(database, on):
        if each.since <= on:
            rows.writerow({name: getattr(each.rule, name) for name in COLUMNS})
    return out.getvalue()


def news(database: Database, lines: Sequence[Rule], on: date) -> list[Rule]:
    """Return those of some lines that would change the table of a day."""
    return changing(queries.table(database, on), lines)


def propose(
    session: Session, database: Database, lines: Sequence[Rule], from_day: date, reason: str, *, actor: Actor
) -> int:
    """Propose lines from a day on and return the number of the proposal; lines in force as they are fall out.

    Raises `NothingToChange`, `ActivityDayPast` and `PlannerChangesActivities`.
    """
    fresh = news(database, lines, from_day)
    if not fresh:
        raise NothingToChange(field="verdict")
    told = json.dumps([asdict(each) for each in fresh], ensure_ascii=False)
    made = queries.propose(session, reason, from_day, told)
    trace(
        session,
        "activity-change.proposed",
        who=actor,
        on=f"activity-change:{made}",
        details={"lines": len(fresh), "fromDay": from_day.isoformat()},
    )
    return made


def decide(session: Session, number: int, verdict: str, words: str, *, actor: Actor) -> None:
    """Confirm, reject or withdraw a proposal.

    Raises `ActivityChangeDecided`, `FourEyesActivities`, `ActivityChangeOfOthers` and `ActivityLineMoved`.
    """
    queries.decide(session, number, verdict, words)
    details = {"words": words} if words else {}
    trace(session, f"activity-change.{verdict}", who=actor, on=f"activity-change:{number}", details=details)


def listed(session: Session) -> list[Change]:
    """Return proposals: those that wait first, then the latest hundred."""
    return [Change(*row) for row in queries.changes(session, None)]


def one(session: Session, number: int) -> tuple[Change, list[Proposed]]:
    """Return a proposal with its lines; raise `NoSuchActivityChange`."""
    for row in queries.changes(session, number):
        found = [tuple(line) for line in queries.change_lines(session, number)]
        many = len(COLUMNS)
        lines = [Proposed(Rule(*each[:many]), Rule(*each[many:]) if each[many] else None) for each in found]
        return Change(*row), lines
    raise NoSuchActivityChange


def preview(database: Database, ref: str, lines: Sequence[Rule], times: Times) -> tuple[str, list[Difference]]:
    """Return a parcel's reference and what it would be told otherwise with some lines; raise what resolving raises."""
    told = service.what_may_be_done(database, ref, times)
    table = with_lines(queries.table(database, times.valid_at, times.knowledge), lines)
    after = service.decided(database, ref, told.tree, table, times)
    return told.tree["parcel"]["ref"], [
        Difference(before, now)
        for before, now in zip(told.decisions, after, strict=True)
        if (before.verdict, before.lines) != (now.verdict, now.lines)
    ]

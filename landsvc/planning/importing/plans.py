"""Find or make the plan that zones belong to, and change what is believed of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import psycopg

from landsvc.core import clock
from landsvc.core.sql import statements
from landsvc.planning.importing.options import PlanFacts
from landsvc.planning.rules import accuracy_of_scale

SQL = statements("planning", "queries_import.sql")
Connection = psycopg.Connection[Any]
FIELDS = tuple(PlanFacts.__dataclass_fields__)
LEVEL_OF_THEME = {"zoning": "urban", "annual_plan": "commune"}


@dataclass(frozen=True)
class PutPlan:
    """A plan after it was put: its number, what is believed of it, and whether that changed."""

    id: int
    facts: PlanFacts
    changed: bool


def put_plan(conn: Connection, code: str, said: PlanFacts, *, theme: str) -> PutPlan:
    """Make a plan with defaults where it is not known; else change what is said of it and keep the rest."""
    found = conn.execute(SQL["believed_plan"].text, {"code": code}).fetchone()
    if found is None:
        plan_id = conn.execute(SQL["put_plan"].text, {"code": code}).fetchone()
        return _record(conn, int(plan_id[0]) if plan_id else 0, _completed(said, code, theme))
    known = PlanFacts(**dict(zip(FIELDS, found[2:], strict=True)))
    if found[1] is None:
        return _record(conn, found[0], _completed(said, code, theme))
    merged = PlanFacts(
        **{**asdict(known), **{name: value for name, value in asdict(said).items() if value is not None}}
    )
    if said.source_scale is not None and said.accuracy_m is None:
        merged = PlanFacts(**{**asdict(merged), "accuracy_m": accuracy_of_scale(said.source_scale)})
    if merged == known:
        return PutPlan(found[0], known, changed=False)
    conn.execute(SQL["end_plan_version"].text, {"version_id": found[1]})
    return _record(conn, found[0], merged, after=found[1])


def _completed(said: PlanFacts, code: str, theme: str) -> PlanFacts:
    accuracy = said.accuracy_m if said.accuracy_m is not None else accuracy_of_scale(said.source_scale)
    return PlanFacts(
        level=said.level or LEVEL_OF_THEME.get(theme, "province"),
        name=said.name or code,
        name_en=said.name_en,
        decision=said.decision,
        decided_on=said.decided_on,
        authority=said.authority,
        status=said.status or "approved",
        source_scale=said.source_scale,
        accuracy_m=accuracy,
        link=said.link,
        valid_from=said.valid_from or said.decided_on or _today(),
        valid_to=said.valid_to,
    )


def _today() -> date:
    return clock.today()


def _record(conn: Connection, plan_id: int, facts: PlanFacts, after: int | None = None) -> PutPlan:
    conn.execute(SQL["put_plan_version"].text, {"plan_id": plan_id, "after": after, **asdict(facts)})
    return PutPlan(plan_id, facts, changed=True)

"""Ask and fill the decision table. Only this package's service and reference data call these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import shapely
from sqlalchemy.orm import Session

from landsvc.core.db import Database, rows_of
from landsvc.core.sql import statements
from landsvc.core.times import END_OF_TIME, Times
from landsvc.planning.activities.lines import Known
from landsvc.planning.activities.rules import Activity, Rule, Table, ZoneKey

SQL = statements("planning", "queries_activities.sql")
CHANGES = statements("planning", "queries_activity_changes.sql")


def table(database: Database, on: date, known_at: datetime | str = END_OF_TIME) -> Table:
    """Return the decision table of a day as known at an instant."""
    given = {"on_day": on, "known_at": known_at}
    activities, rules, parents = database.read(SQL["activity_table"], given)[0]
    return Table(
        [Activity(*each) for each in activities or ()], [Rule(*each) for each in rules or ()], parents or {}
    )


def land_and_zones(
    database: Database, unit_id: int, times: Times
) -> tuple[float, dict[ZoneKey, shapely.Geometry]]:
    """Return the measured area of a parcel in m², and what zones take of it, in the working system."""
    given = {
        "unit_id": unit_id,
        "valid_at": times.valid_at,
        "known_at": times.knowledge,
        "past": times.past,
    }
    rows = database.read(SQL["land_and_zones"], given)
    shapes: dict[ZoneKey, Any] = {
        (theme, planned, plan): shapely.from_wkb(shape) for _, theme, planned, plan, shape in rows
    }
    return (rows[0][0] if rows else 0.0), shapes


def put_activities(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add activities, and bring their names up to date."""
    rows_of(session, SQL["put_activities"], rows=json.dumps(rows, ensure_ascii=False))


def put_rules(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add the lines whose case has no answer on their days."""
    rows_of(session, SQL["put_activity_rules"], rows=json.dumps(rows, ensure_ascii=False))


def known(database: Database) -> Known:
    """Return what lines may name, in the order of their lists."""
    *lists, zones = database.read(CHANGES["activity_codes"])[0]
    activities, uses, themes = ({code: names for code, *names in found or ()} for found in lists)
    return Known(activities, uses, themes, dict(zones or ()))


def lines(database: Database, on: date, activity: str | None) -> list[tuple[Any, ...]]:
    """Return number, content, first day and day after the last of the lines in force or to come."""
    return database.read(CHANGES["activity_lines"], {"on_day": on, "activity": activity})


def propose(session: Session, reason: str, from_day: date, told: str) -> int:
    """Propose lines and return the number of the proposal."""
    row = next(
        iter(rows_of(session, CHANGES["propose_activity_change"], reason=reason, from_day=from_day, lines=told))
    )
    return int(row[0])


def decide(session: Session, number: int, verdict: str, words: str) -> None:
    """Decide a proposal."""
    rows_of(session, CHANGES["decide_activity_change"], id=number, verdict=verdict, words=words)


def changes(session: Session, number: int | None) -> Sequence[Any]:
    """Return proposals, or the one of a number."""
    return rows_of(session, CHANGES["activity_changes"], id=number)


def change_lines(session: Session, number: int) -> Sequence[Any]:
    """Return the lines of a proposal."""
    return rows_of(session, CHANGES["activity_change_lines"], id=number)

"""What every check works on, and how it says what it found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import shapely
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import FAIL, PASS, UNTESTED, Finding, Plan, Unit
from landsvc.core.db import driver_connection


@dataclass(frozen=True)
class Minimum:
    """What a new parcel must have at least, of which use, and where that is written."""

    use: str
    area_m2: Decimal
    frontage_m: Decimal | None
    source: str


@dataclass(frozen=True)
class Case:
    """What a check looks at: the written plan, in its transaction, on a day."""

    session: Session
    draft_id: int
    plan: Plan
    day: date
    minima: dict[int, Minimum | None] = field(default_factory=dict)
    """What was found for each unit: two checks ask the same."""

    def name_of(self, unit_id: int) -> str:
        """Return what the report calls a unit."""
        known = [*self.plan.now, *self.plan.before, *(noded.unit for noded in self.plan.noded)]
        return next((unit.name for unit in known if unit.id == unit_id), f"#{unit_id}")


Check = Callable[[Case], Iterable[Finding]]


def refusal(session: Session, statement: str, constraint: str) -> Mapping[str, Any] | None:
    """Prove a constraint now; return the facts of its refusal, None when it holds. Other refusals go on."""
    try:
        with driver_connection(session).transaction():
            queries.run(session, statement)
    except psycopg.errors.CheckViolation as error:
        if error.diag.constraint_name != constraint:
            raise
        found: Mapping[str, Any] = json.loads(error.diag.message_detail or "{}")
        return found
    return None


def passed(inputs: Mapping[str, Any]) -> Finding:
    """Return that a rule is kept."""
    return Finding("", PASS, "", inputs)


def failed(inputs: Mapping[str, Any], geometry: Mapping[str, Any] | None) -> Finding:
    """Return that a rule is broken, and where (the working system)."""
    return Finding("", FAIL, "", inputs, geometry)


def untested(cause: str, inputs: Mapping[str, Any] | None = None) -> Finding:
    """Return that a rule could not be tested, and why: a slug."""
    return Finding("", UNTESTED, "", inputs or {}, cause=cause)


def shape(unit: Unit) -> Mapping[str, Any] | None:
    """Return the geometry of a unit as GeoJSON."""
    return None if unit.geometry is None else shapely.geometry.mapping(unit.geometry)

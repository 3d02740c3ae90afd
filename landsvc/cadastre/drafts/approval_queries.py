"""Ask the statements of drafts on their way: submitted, approved, confirmed, expired."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.model import Event, Grounds, Unit
from landsvc.cadastre.drafts.queries import ewkb
from landsvc.core.db import driver_connection
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor

SQL = statements("cadastre", "queries_approval.sql")


@dataclass(frozen=True)
class PlannedParcel:
    """A piece of a confirmed split: what contracts may cite. Geometry in the working system."""

    ref: str
    draft: str
    owner: str
    kind: str
    parents: tuple[str, ...]
    legal_m2: Decimal | None
    measured_m2: float | None
    uses: Sequence[Mapping[str, Any]]
    confirmed_at: datetime
    confirmed_until: date
    geometry: BaseGeometry


def run(session: Session, name: str, /, **params: Any) -> psycopg.Cursor[Any]:
    """Run one named statement of approvals."""
    return driver_connection(session).execute(SQL[name].text, params)


def written(grounds: Grounds) -> str:
    """Return grounds as they are kept with a draft."""
    kept = {name: value for name, value in asdict(grounds).items() if value is not None}
    return json.dumps(kept, default=date.isoformat)


def read(kept: Mapping[str, Any]) -> Grounds:
    """Return the grounds kept with a draft."""
    on = kept.get("doc_on")
    return Grounds(**{**kept, "doc_on": date.fromisoformat(on) if on else None})


def add_event(session: Session, *, draft_id: int, action: str, actor: Actor, reason: str | None = None) -> None:
    """Write into the history of a draft what an officer did."""
    run(
        session,
        "add_event",
        draft_id=draft_id,
        action=action,
        account_id=actor.account_id,
        name=actor.name,
        reason=reason,
    )


def events(session: Session, *, draft_id: int) -> tuple[Event, ...]:
    """Return the history of a draft, oldest first."""
    return tuple(Event(*row) for row in run(session, "draft_events", draft_id=draft_id))


def days_confirmed(session: Session, *, on: date) -> int | None:
    """Return for how many days a split is confirmed, None where no rule says it."""
    row = run(session, "days_confirmed", on_date=on).fetchone()
    return None if row is None else row[0]


def add_planned(session: Session, *, draft_id: int, units: Sequence[Unit]) -> None:
    """Store the pieces of a confirmed split."""
    rows = [
        {
            "unit_id": unit.id,
            "ref": unit.name,
            "kind": unit.kind,
            "commune": unit.commune,
            "parents": list(unit.roots),
            "legal": None if unit.legal_m2 is None else str(unit.legal_m2),
            "measured": unit.measured_m2,
            "uses": [{"code": use.code, "areaM2": float(use.area_m2)} for use in unit.uses],
            "geom": None if unit.geometry is None else ewkb(unit.geometry),
        }
        for unit in units
    ]
    run(session, "add_planned", draft_id=draft_id, planned=json.dumps(rows))


def planned_of_unit(session: Session, *, unit_id: int) -> list[PlannedParcel]:
    """Return the planned pieces of a parcel, in the order of their numbers."""
    return [_planned(*row) for row in run(session, "planned_of_unit", unit_id=unit_id)]


def planned_in_box(
    session: Session, *, box: tuple[float, float, float, float], srid: int, most: int
) -> list[PlannedParcel]:
    """Return the planned pieces in a box of degrees (west, south, east, north); `srid` is the working system."""
    west, south, east, north = box
    rows = run(session, "planned_in_box", west=west, south=south, east=east, north=north, srid=srid, most=most)
    return [_planned(*row) for row in rows]


def _planned(ref: str, draft: str, owner: str, kind: str, parents: list[str], *facts: Any) -> PlannedParcel:
    legal, measured, uses, at, until, geom = facts
    shape = shapely.from_wkb(bytes(geom))
    return PlannedParcel(ref, draft, owner, kind, tuple(parents), legal, measured, uses, at, until, shape)


def expire(session: Session) -> list[str]:
    """End the confirmed splits whose last day is over; return their codes."""
    return [row[0] for row in run(session, "expire_drafts")]

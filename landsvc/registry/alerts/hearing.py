"""Hear of parcels, rights and plans, and note it for whoever follows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.outbox import Consumer, Event
from landsvc.finance.feed.service import chunks, units_of_load
from landsvc.registry.alerts import queries


def heard(kind: str, session: Session, events: Sequence[Event]) -> None:
    """Note what happened to the parcels that events name by unit."""
    numbers, units = [event.id for event in events], [int(event.key) for event in events]
    queries.hear_of_units(session, kind=kind, events=numbers, units=units)


def loaded(session: Session, events: Sequence[Event]) -> None:
    """Note what an import brought, or undoing it took away."""
    for event in events:
        for units in chunks(units_of_load(session, event)):
            queries.hear_of_units(session, kind="parcel.changed", events=[event.id] * len(units), units=units)


def plan_heard(session: Session, events: Sequence[Event]) -> None:
    """Note whose area a recording of a plan touched."""
    for event in events:
        queries.hear_of_plan(session, event_id=event.id, plan_id=int(event.key), at=str(event.payload["at"]))


def days_heard(database: Database, settings: Settings, today: date) -> int:
    """Note which days of plans came, each once; return for how many alerts.

    What came while nobody looked is noted too, as long as it still holds.
    """
    with database.unit_of_work(IMPORT_ROLE) as session:
        return queries.hear_of_days(session, today=today, before=settings.display_reminder_days)


CONSUMER = Consumer(
    "alerts",
    {
        "parcel.changed": partial(heard, "parcel.changed"),
        "parcel.renamed": partial(heard, "parcel.changed"),
        "right.changed": partial(heard, "right.changed"),
        "fabric.loaded": loaded,
        "plan.changed": plan_heard,
    },
)

"""Tell the change feed of the tax office (`landsvc.finance.feed`) who holds land, by codes that name nobody."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database, rows_of
from landsvc.core.outbox import Consumer, Event
from landsvc.core.sql import statements
from landsvc.finance.feed.service import CHUNK, chunks, units_of_load

SQL = statements("registry", "queries_feed.sql")


def told(session: Session, events: Sequence[Event]) -> None:
    """Tell who holds the parcels that events name by unit."""
    _tell(session, sorted({int(event.key) for event in events}))


def loaded(session: Session, events: Sequence[Event]) -> None:
    """Tell who holds what imports brought, or took away."""
    for event in events:
        for chunk in chunks(units_of_load(session, event)):
            _tell(session, chunk)


def walk(database: Database, *, most: int = CHUNK) -> int:
    """Tell who held some of the land before the feed began; return 0 when all of it is told."""
    with database.unit_of_work(IMPORT_ROLE) as session:
        return int(rows_of(session, SQL["walk_right_changes"], most=most)[0][0])


def _tell(session: Session, units: Sequence[int]) -> None:
    rows_of(session, SQL["tell_right_changes"], units=list(units))


# A parcel's change may give its rights another commune.
CONSUMER = Consumer("feed.rights", {"right.changed": told, "parcel.changed": told, "fabric.loaded": loaded})

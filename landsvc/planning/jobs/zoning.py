"""Keep the overlay of parcels and zones: after every change of a parcel, and when a day brings a plan into force.

Nothing waits for this: an answer whose kept overlay does not fit is computed on the spot. It only makes
answers quick again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.outbox import Consumer, Event
from landsvc.planning import queries

CHUNK = 20_000


def parcels_changed(session: Session, events: Sequence[Event]) -> None:
    """Refresh the parcels that `parcel.changed` names by unit."""
    queries.refresh_parcels(session, sorted({int(event.key) for event in events}))


def fabric_loaded(session: Session, events: Sequence[Event]) -> None:
    """Refresh what a bulk import brought; `fabric.loaded` names its record."""
    for event in events:
        refresh_in_chunks(session, queries.units_of_record(session, int(event.key)))


def refresh_in_chunks(session: Session, units: Sequence[int]) -> int:
    """Refresh many parcels, neighbours together; return how many have a kept overlay now."""
    return sum(
        queries.refresh_parcels(session, units[start : start + CHUNK]) for start in range(0, len(units), CHUNK)
    )


def sweep(database: Database, *, most: int = CHUNK) -> int:
    """Refresh parcels whose kept overlay is missing, of another version or run out; return how many were found.

    Call it again until it returns 0. It finds them after a restore, an update of the program, and each midnight.
    """
    with database.unit_of_work(IMPORT_ROLE) as session:
        units = queries.stale_units(session, most)
        if units:
            queries.refresh_parcels(session, units)
    return len(units)


CONSUMER = Consumer(
    "planning.zoning", {"parcel.changed": parcels_changed, "fabric.loaded": fabric_loaded}, role=IMPORT_ROLE
)

"""Keep the change feed and hand it out: each entry is the whole new state of its key, numbered without a gap.

Nobody who writes waits for it: the worker hears what changed from the outbox, in the order of commits, reads how it
stands, and adds what was not told so before. One teller at a time holds the feed until its commit, so numbers come in
the order in which they are seen. What several commits made of a key between two rounds is told once, as it ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, TAX_ROLE, Database
from landsvc.core.outbox import Consumer, Event
from landsvc.finance.feed import queries
from landsvc.finance.feed.errors import FeedStarting
from landsvc.finance.feed.queries import ChangeLine as ChangeLine
from landsvc.identity.actors import Client
from landsvc.identity.service import trace

CHUNK = 2_000
EXPORT_PAGE = 2_000


def told(kind: str, session: Session, events: Sequence[Event]) -> None:
    """Tell how those stand now that events name by number."""
    queries.tell(session, kind=kind, ids=sorted({int(event.key) for event in events}))


def loaded(session: Session, events: Sequence[Event]) -> None:
    """Tell what imports brought, or what undoing them took away."""
    for event in events:
        for chunk in chunks(units_of_load(session, event)):
            queries.tell(session, kind="parcel", ids=chunk)


def units_of_load(session: Session, event: Event) -> list[int]:
    """Return the units of an import that `fabric.loaded` tells of."""
    return queries.units_of_load(session, record_id=int(event.key))


def chunks(units: Sequence[int]) -> list[Sequence[int]]:
    """Cut many units in pieces that one statement takes."""
    return [units[start : start + CHUNK] for start in range(0, len(units), CHUNK)]


CONSUMER = Consumer(
    "feed",
    {
        "parcel.changed": partial(told, "parcel"),
        "parcel.renamed": partial(told, "parcel"),
        "fabric.loaded": loaded,
        "slip.told": partial(told, "slip"),
        "notice.told": partial(told, "notice"),
        "payment.told": partial(told, "payment"),
    },
)


def walk(database: Database, *, most: int = CHUNK) -> int:
    """Tell some of what was there before the feed began; return 0 when all of it is told.

    What changes meanwhile is told by its events: a state told twice makes no second entry.
    """
    with database.unit_of_work(IMPORT_ROLE) as session:
        return queries.walk(session, most=most)


def changes_after(
    session: Session, *, after: int, page: int, client: Client
) -> tuple[list[ChangeLine], bool, bool]:
    """Return one page of the feed, whether more follow now, and whether what was there before is told in full.

    The reading is traced.
    """
    found = queries.changes_after(session, after=after, page=page)
    if found:
        trace(session, "change.read", who=client, details={"after": after, "count": len(found[:page])})
    return found[:page], len(found) > page, queries.is_walked(session)


def start_export(session: Session, *, commune: str | None, client: Client) -> int:
    """Return the entry at which an export stands; raise `FeedStarting`. The reading is traced."""
    if not queries.is_walked(session):
        raise FeedStarting
    at = queries.last_change(session)
    trace(session, "change.exported", who=client, details={"at": at, "commune": commune})
    return at


def export(database: Database, *, at: int, commune: str | None) -> Iterator[list[ChangeLine]]:
    """Yield what holds at an entry, page by page, in the order in which it was told.

    Entries never change, so each page is a transaction of its own: a slow reader keeps nothing open.
    """
    after = 0
    while after < at:
        with database.read_only(TAX_ROLE) as session:
            found = queries.exported(session, commune=commune, after=after, at=at, page=EXPORT_PAGE)
        if found:
            yield found
        if len(found) < EXPORT_PAGE:
            return
        after = found[-1].seq

"""Tell a person who read what is known of them: the trail, asked about one subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from landsvc.core.db import IDENTITY_ROLE, Database, rows_of
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

SQL = statements("identity", "queries_about.sql")


@dataclass(frozen=True)
class Reading:
    """An entry of the trail about somebody: when, what, by whom, and of what it was read."""

    id: int
    at: datetime
    action: str
    name: str | None
    login: str | None
    subject: str | None


def readings(
    database: Database, subject: str, *, who: Actor, before: int, page: int
) -> tuple[list[Reading], bool]:
    """Return one page of the entries about a subject such as `party:NSD-00000001`, the last first.

    Asking is an entry too, in the transaction that reads: only the role of identity reads the trail.
    """
    given = {"subject": subject, "before": before or 2**62, "page": page}
    with database.unit_of_work(IDENTITY_ROLE) as session:
        found = [Reading(*row) for row in rows_of(session, SQL["readings_about"], **given)]
        trace(session, "trail.read", who=who, on=subject)
    return found[:page], len(found) > page

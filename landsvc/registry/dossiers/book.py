"""Read the book of dossiers (sổ theo dõi hồ sơ): what an office took in, what became of it. It is traced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import dossier_queries as queries

SQL = statements("registry", "queries_dossier_book.sql")
RETURNED, REFUSED, WITHDRAWN = "RETURNED", "REFUSED", "WITHDRAWN"


@dataclass(frozen=True)
class BookLine:
    """A dossier as the book tells it; `tthc` is its code in the national database of procedures."""

    code: str
    name_vi: str
    name_en: str
    tthc: str | None
    applicants: str | None
    contacts: str | None
    parcels: tuple[str, ...]
    papers: int
    channel: str
    received_at: datetime
    appointed_at: datetime | None
    """What the receipt said."""
    appointment_at: datetime | None
    """The last appointment given."""
    taken_at: datetime | None
    ready_at: datetime | None
    returned_at: datetime | None
    return_by: str
    receiver: str | None
    state: str
    state_vi: str
    state_en: str
    due_at: datetime | None
    ended_at: datetime | None
    reason: str | None

    @property
    def late(self) -> bool:
        """Tell whether its result was ready after it was due."""
        return self.ready_at is not None and self.due_at is not None and self.ready_at > self.due_at


@dataclass(frozen=True)
class DossierBook:
    """The lines of a book; `more` where there are more than it holds."""

    lines: tuple[BookLine, ...]
    more: bool

    @property
    def ended(self) -> int:
        """Return how many ended, with or without a result."""
        return sum(each.ended_at is not None for each in self.lines)

    @property
    def late(self) -> int:
        """Return how many had their result ready late."""
        return sum(each.late for each in self.lines)


def dossier_book(
    session: Session, branch: str, since: date, until: date, *, processed: bool, most: int, actor: Actor
) -> DossierBook:
    """Return the dossiers of some days, both included: those a branch received; `processed`: those of its land."""
    communes = queries.branch_communes(session, branches=[branch]) if processed else None
    rows: list[Any] = rows_of(
        session,
        SQL["dossier_book"],
        branch=None if processed else branch,
        communes=communes,
        since=since,
        until=until,
        most=most + 1,
    )
    lines = tuple(BookLine(*[*row[:6], tuple(row[6] or ()), *row[7:]]) for row in rows[:most])
    details = {"book": "dossiers", "since": since.isoformat(), "until": until.isoformat(), "found": len(lines)}
    identity.trace(session, "book.read", who=actor, on=f"branch:{branch}", details=details)
    return DossierBook(lines, len(rows) > most)

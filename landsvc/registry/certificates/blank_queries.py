"""Ask the statements of blanks: one typed function each, in the transaction of a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.registry.certificates.rules import Blank

SQL = statements("registry", "queries_blanks.sql")
LAST = 2**62


@dataclass(frozen=True)
class Keeper:
    """A branch that keeps blanks."""

    id: int
    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class BlankEntry:
    """What happened to blanks of one series, from the first to the last."""

    id: int
    kind: str
    letters: str
    first_no: int
    last_no: int
    on_day: date
    doc_no: str | None
    note: str | None
    made_by: str
    at: datetime

    @property
    def first(self) -> str:
        """Return the number of the first blank."""
        return Blank(self.letters, self.first_no).serial

    @property
    def last(self) -> str:
        """Return the number of the last blank."""
        return Blank(self.letters, self.last_no).serial

    @property
    def count(self) -> int:
        """Return how many blanks."""
        return self.last_no - self.first_no + 1


def add(session: Session, **values: Any) -> int:
    """Book blanks; return the id of the entry."""
    return int(_rows(session, "add_blank_entry", **values)[0][0])


def claim(session: Session, branch_id: int) -> None:
    """Wait for whoever takes blanks of a branch."""
    _rows(session, "claim_blanks", branch_id=branch_id)


def lowest(session: Session, branch_id: int) -> Blank | None:
    """Return the first blank that a branch still has."""
    found = _rows(session, "next_blank", branch_id=branch_id)
    return Blank(*found[0]) if found else None


def works_at(session: Session, branch_id: int) -> bool:
    """Return whether whoever acts works in a branch."""
    return bool(_rows(session, "works_at_branch", branch_id=branch_id)[0][0])


def entries(
    session: Session, branch_id: int, *, since: date, until: date, before: int | None, page: int
) -> list[BlankEntry]:
    """Return entries of a span of days, the last first."""
    asked = {"branch_id": branch_id, "since": since, "until": until, "before_id": before or LAST, "page": page}
    return [BlankEntry(*row) for row in _rows(session, "blank_entries", **asked)]


def sums(session: Session, branch_id: int, *, since: date, until: date) -> dict[str, tuple[int, int]]:
    """Return how many blanks before a span of days and in it, by kind."""
    asked = {"branch_id": branch_id, "since": since, "until": until}
    return {kind: (before, during) for kind, before, during in _rows(session, "blank_balance", **asked)}


def branch(session: Session, code: str) -> Keeper | None:
    """Return a branch that is open."""
    found = _rows(session, "branch_of_blanks", code=code)
    return Keeper(*found[0]) if found else None


def branch_of_land(session: Session, unit_id: int) -> Keeper | None:
    """Return the branch that keeps the blanks for a parcel."""
    found = _rows(session, "branch_of_land", unit_id=unit_id)
    return Keeper(*found[0]) if found else None


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)

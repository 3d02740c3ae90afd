"""Tell how people were served, by service and branch, from what they said once of their own dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("registry", "queries_applications.sql")
STARS = (1, 2, 3, 4, 5)
WORDS_SHOWN = 100


@dataclass(frozen=True)
class Rated:
    """How a service was rated in a branch: how many gave 1 (bad) to 5 (very good)."""

    procedure: str
    procedure_vi: str
    procedure_en: str
    branch_vi: str | None
    branch_en: str | None
    counts: tuple[int, ...]

    @property
    def many(self) -> int:
        """How many people said it."""
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """The mean of what they gave, 1 to 5."""
        return sum(stars * count for stars, count in zip(STARS, self.counts, strict=True)) / self.many


@dataclass(frozen=True)
class Said:
    """What somebody wrote beside; of which dossier is not told."""

    stars: int
    words: str
    on_day: date


def rated(session: Session, first: date, last: date) -> list[Rated]:
    """Return the ratings given from one day to another, both included, by service and branch."""
    rows = rows_of(session, SQL["service_ratings"], first=first, last=last)
    return [Rated(row[0], row[1], row[2], row[3], row[4], counts=tuple(row[5:])) for row in rows]


def said(session: Session, first: date, last: date) -> list[Said]:
    """Return what was written in those days, the latest hundred."""
    rows = rows_of(session, SQL["service_words"], first=first, last=last, most=WORDS_SHOWN)
    return [Said(*row) for row in rows]

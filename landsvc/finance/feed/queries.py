"""Typed doors to the named statements about the change feed. Only this package's service calls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("finance", "queries_feed.sql")


@dataclass(frozen=True)
class ChangeLine:
    """One entry of the feed; `state` is JSON text as the database writes it, None where the key is gone."""

    seq: int
    kind: str
    key: str
    op: str
    commune: str | None
    state: str | None
    at: datetime


def tell(session: Session, *, kind: str, ids: Sequence[int]) -> int:
    """Tell how some stand now; return how many entries that made."""
    return int(_rows(session, "tell_changes", kind=kind, ids=list(ids))[0][0])


def walk(session: Session, *, most: int) -> int:
    """Tell some of what was there before the feed; return 0 when all of it is told."""
    return int(_rows(session, "walk_changes", most=most)[0][0])


def is_walked(session: Session) -> bool:
    """Return whether all that was there before the feed is told."""
    return bool(_rows(session, "is_walked")[0][0])


def units_of_load(session: Session, *, record_id: int) -> list[int]:
    """Return the units that an import or its undoing touched."""
    return [row[0] for row in _rows(session, "units_of_load", record_id=record_id)]


def last_change(session: Session) -> int:
    """Return the number of the last entry, 0 before the first."""
    return int(_rows(session, "last_change")[0][0])


def changes_after(session: Session, *, after: int, page: int) -> list[ChangeLine]:
    """Return up to `page` + 1 entries after one."""
    return [ChangeLine(*row) for row in _rows(session, "changes_after", after=after, page=page)]


def exported(session: Session, *, commune: str | None, **place: int) -> list[ChangeLine]:
    """Return up to `page` of what holds at an entry (`at`), told after another (`after`)."""
    if commune is None:
        return [ChangeLine(*row) for row in _rows(session, "changes_exported", **place)]
    return [ChangeLine(*row) for row in _rows(session, "changes_exported_of_commune", commune=commune, **place)]


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return rows_of(session, SQL[statement], **params)

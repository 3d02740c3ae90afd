"""Typed doors to the named statements about shared code lists. Only this package asks them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import Database, rows_of
from landsvc.core.sql import statements

SQL = statements("finance", "queries_catalogues.sql")


@dataclass(frozen=True)
class EntryLine:
    """A code of a list; the last day is in its validity."""

    code: str
    name_vi: str
    name_en: str
    valid_from: date | None
    valid_to: date | None
    source: str
    certainty: str
    status: int | None = None
    maps_to: str | None = None
    clock: str | None = None


def put_entries(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the entries that are not there."""
    rows_of(session, SQL["put_catalogue_entries"], rows=json.dumps(rows, ensure_ascii=False))


def is_there(session: Session) -> bool:
    """Return whether any entry is there."""
    return bool(rows_of(session, SQL["catalogue_is_there"])[0][0])


def entries(session: Session, *, catalogue: str, on_day: date) -> list[EntryLine]:
    """Return the entries of a list that hold on a day."""
    return [
        EntryLine(*row) for row in rows_of(session, SQL["catalogue_entries"], catalogue=catalogue, on_day=on_day)
    ]


def communes(database: Database, *, on_day: date) -> list[EntryLine]:
    """Return the communes of a day."""
    return [EntryLine(*row) for row in database.read(SQL["catalogue_communes"], {"on_day": on_day})]

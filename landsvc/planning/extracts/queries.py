"""Ask the statements of extracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from landsvc.core.db import Database, rows_of
from landsvc.core.sql import statements

SQL = statements("planning", "queries_extracts.sql")
About = Literal["today", "day", "knowledge", "interval"]
Box = tuple[float, float, float, float]
"""West, south, east, north in metres of the working system."""


@dataclass(frozen=True)
class Issued:
    """An extract as it was issued. `tree` is the JSON document in exact bytes."""

    id: str
    unit_id: int
    tree: bytes
    sha256: str
    valid_at: date
    known_at: datetime
    about: About
    """What was asked for: it decides with what the extract is compared later."""
    since: date | None
    until: date | None
    """First and last day of the interval that was asked for."""
    issued_at: datetime


@dataclass(frozen=True)
class ZoneShape:
    """A zone in a frame, cut at it: WKB in the working system."""

    theme: str
    code: str
    dimension: int
    name: str
    name_en: str | None
    color: str | None
    standing: str
    wkb: bytes


def of_content(database: Database, content: bytes) -> Issued | None:
    """Return the extract that says this already (`content` is its SHA-256)."""
    row = database.read_one(SQL["extract_of_content"], {"content": content})
    return None if row is None else Issued(*row)


def by_id(database: Database, extract_id: str) -> Issued | None:
    """Return an issued extract."""
    row = database.read_one(SQL["extract_by_id"], {"id": extract_id})
    return None if row is None else Issued(*row)


def add(session: Session, new: Issued, content: bytes) -> Issued:
    """Keep an extract and return it, or the one with the same content that came first."""
    rows_of(
        session,
        SQL["add_extract"],
        id=new.id,
        unit_id=new.unit_id,
        content=content,
        tree=new.tree,
        valid_at=new.valid_at,
        known_at=new.known_at,
        about=new.about,
        since=new.since,
        until=new.until,
        issued_at=new.issued_at,
    )
    return Issued(*rows_of(session, SQL["extract_of_content"], content=content)[0])


def file_of(database: Database, extract_id: str, language: str) -> bytes | None:
    """Return the signed paper of an extract in a language, if it was made."""
    row = database.read_one(SQL["file_of_extract"], {"extract_id": extract_id, "language": language})
    return None if row is None else bytes(row[0])


def add_file(session: Session, extract_id: str, language: str, pdf: bytes, signer: str) -> bytes:
    """Keep a signed paper and return it, or the one that came first."""
    rows_of(session, SQL["add_extract_file"], extract_id=extract_id, language=language, pdf=pdf, signer=signer)
    found = rows_of(session, SQL["file_of_extract"], extract_id=extract_id, language=language)
    return bytes(found[0][0])


def digests(database: Database, extract_id: str) -> Sequence[str]:
    """Return the SHA-256 of each signed paper of an extract."""
    return [row[0] for row in database.read(SQL["digests_of_extract"], {"extract_id": extract_id})]


def change_days(
    database: Database, unit_id: int, since: date, until: date, known_at: datetime | str
) -> list[date]:
    """Return the days after `since` up to `until` on which what may be said of a unit can change."""
    given = {"unit_id": unit_id, "since": since, "until": until, "known_at": known_at}
    return [row[0] for row in database.read(SQL["change_days"], given)]


def zones_in_frame(database: Database, box: Box, *, valid_at: date, known_at: datetime | str) -> list[ZoneShape]:
    """Return the zones in a frame as they stood, wide ones first."""
    west, south, east, north = box
    given = {"west": west, "south": south, "east": east, "north": north}
    rows = database.read(SQL["zones_in_frame"], given | {"valid_at": valid_at, "known_at": known_at})
    return [ZoneShape(*row) for row in rows]

"""Typed doors to the named statements of slips. Only their service calls them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import Database, rows_of
from landsvc.core.sql import statements

SQL = statements("finance", "queries_slips.sql")


@dataclass(frozen=True)
class SlipLine:
    """One version of a slip, sealed, and what became of it."""

    id: int
    slip_no: str
    dossier: str
    version: int
    replaces: str | None
    issued_at: datetime
    sealed: bytes
    sha256: bytes
    signature: str
    key_id: str
    not_known: Sequence[str]
    replaced: bool
    received_at: datetime | None
    returned_at: datetime | None
    reasons: Sequence[str]
    note: str | None
    document_no: str | None

    @property
    def state(self) -> str:
        """Return `replaced`, `returned`, `received`, or `issued` where nobody answered yet."""
        if self.replaced:
            return "replaced"
        if self.returned_at:
            return "returned"
        return "received" if self.received_at else "issued"


def keep_key(session: Session, key: Mapping[str, str]) -> None:
    """Keep the public half of a key that signs."""
    rows_of(session, SQL["keep_key"], kid=key["kid"], key=json.dumps(key))


@dataclass(frozen=True)
class PublishedKey:
    """The public half of a key, and from when until when it signed slips; None: not yet, or still."""

    key: Mapping[str, str]
    since: datetime | None
    until: datetime | None


def signing_keys(database: Database) -> list[PublishedKey]:
    """Return the public half of every key that signed a slip, the newest first."""
    return [PublishedKey(*row) for row in database.read(SQL["signing_keys"])]


@dataclass(frozen=True)
class ReasonLine:
    """A reason for which a slip may be sent back; the last day is in its validity."""

    code: str
    name_vi: str
    name_en: str
    valid_from: date | None
    valid_to: date | None
    source: str
    certainty: str
    clock: str
    """What the time limit of the dossier does: `runs`, or `paused` until the slip is sent again."""

    def holds_on(self, day: date) -> bool:
        """Return whether it is in force on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


def next_slip(session: Session) -> int:
    """Return the number of the next slip; who asks next waits until it is kept."""
    return int(_rows(session, "next_slip")[0][0])


def add_slip(session: Session, **kept: Any) -> None:
    """Keep a slip as it was signed."""
    _rows(session, "add_slip", **kept)


def announce(
    session: Session,
    topic: str,
    *,
    dossier: str,
    slip_no: str,
    version: int,
    reasons: Sequence[str] = (),
    note: str | None = None,
    document_no: str | None = None,
) -> None:
    """Write an event of a slip."""
    _rows(
        session,
        "announce_slip",
        topic=topic,
        dossier=dossier,
        slip_no=slip_no,
        version=version,
        reasons=list(reasons),
        note=note,
        document_no=document_no,
    )


def slips_of_dossier(session: Session, *, dossier: str) -> list[SlipLine]:
    """Return the slips of a dossier, the first first."""
    return [SlipLine(*row) for row in _rows(session, "slips_of_dossier", dossier=dossier)]


def slip_of_no(session: Session, *, slip_no: str) -> SlipLine | None:
    """Return one slip."""
    found = _rows(session, "slip_of_no", slip_no=slip_no)
    return SlipLine(*found[0]) if found else None


def slips_after(session: Session, *, after: int, page: int) -> list[SlipLine]:
    """Return up to `page` + 1 slips after one, in the order they were kept."""
    return [SlipLine(*row) for row in _rows(session, "slips_after", after=after, page=page)]


def answer(session: Session, **given: Any) -> bool:
    """Keep an answer; return whether it is the first of its kind."""
    return bool(_rows(session, "answer_slip", **given))


def return_reasons(session: Session) -> list[ReasonLine]:
    """Return every reason for a return, in order."""
    return [ReasonLine(*row) for row in _rows(session, "return_reasons")]


def put_return_reasons(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add the reasons that are not there."""
    _rows(session, "put_return_reasons", rows=json.dumps(rows, ensure_ascii=False))


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return rows_of(session, SQL[statement], **params)

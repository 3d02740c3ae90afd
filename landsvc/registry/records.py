"""Store the documents that changes of rights and parties stand on: nothing changes without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.errors import GroundsMissing
from landsvc.cadastre.drafts.model import Grounds as Grounds
from landsvc.core import clock
from landsvc.core.db import rows_of
from landsvc.core.errors import InvalidInput
from landsvc.core.sql import statements
from landsvc.core.times import Times, times_of
from landsvc.identity.actors import Actor

REGISTRATION, JUDGMENT = "registration", "judgment"
"""Kinds of records; what a court or an enforcement agency decides is carried out also on what is held."""


class DayToCome(InvalidInput):
    """Something shall hold from a day to come. 400."""

    slug = "day-to-come"
    title = "The day has not come yet"
    detail = "{day} lies in the future."
    remedy = "What shall hold in the future is registered when that day comes."


@dataclass(frozen=True)
class Record:
    """The record of a change: what facts name, and what people read."""

    id: int
    code: str
    kind: str = REGISTRATION


def add_record(
    session: Session, title: str, grounds: Grounds, *, actor: Actor, kind: str = REGISTRATION
) -> Record:
    """Store the document or the reason of a change; raise `GroundsMissing` without either."""
    if grounds.doc_no is None and grounds.reason is None:
        raise GroundsMissing(field="grounds.docNo")
    found = rows_of(
        session,
        statements("registry")["add_record"],
        kind=kind,
        title=grounds.title or title,
        doc_no=grounds.doc_no,
        doc_on=grounds.doc_on,
        authority=grounds.authority,
        reason=grounds.reason,
        made_by=actor.login,
    )
    return Record(found[0][0], found[0][1], kind)


def add_trial_record(session: Session, title: str, grounds: Grounds, *, kind: str = REGISTRATION) -> Record:
    """Store the record a preview writes under; it takes no number of the series."""
    found = rows_of(
        session, statements("registry")["trial_record"], kind=kind, title=title, doc_no=grounds.doc_no
    )
    return Record(found[0][0], found[0][1], kind)


def day_of(since: date | None, field: str) -> date:
    """Return the day a change holds from, today where none is given; raise `DayToCome`."""
    today = clock.today()
    if since is not None and since > today:
        raise DayToCome(field=field, day=since.isoformat())
    return since or today


def now() -> Times:
    """Return the times of a question about today, as known now."""
    return times_of(None, None, now=clock.now(), today=clock.today())

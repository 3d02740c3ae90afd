"""Keep the times of open dossiers, as the worker does: propose apologies in time, count anew when the calendar changes.

An apology is proposed to whoever holds the dossier while the clock is amber; a person sends it. Due moments follow the
calendar: each that moves leaves a row that says what it was, and an entry in the trail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, Database, rows_of
from landsvc.core.sql import statements
from landsvc.identity import service as identity
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.model import Dossier
from landsvc.registry.dossiers.service import calendar_of, states
from landsvc.registry.dossiers.timing import colour, stand, wants_apology
from landsvc.registry.dossiers.working_time import Calendar

SQL = statements("registry", "queries_timekeeping.sql")
PAGE = 200
LOOKS_AHEAD = timedelta(days=90)
"""The last fifth of the longest time limit, holidays and all, is shorter."""


class Calendars:
    """The calendars of one round of work, each read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str, date], Calendar] = {}

    def of(self, dossier: Dossier) -> Calendar:
        """Return the calendar a dossier's clock goes by."""
        key = (dossier.commune_code, dossier.procedure, dossier.on_day)
        if key not in self._known:
            self._known[key] = calendar_of(self._session, dossier)
        return self._known[key]


def propose_apologies(database: Database) -> int:
    """Propose an apology for each dossier that is amber or red without a later appointment; return how many."""
    now, count = clock.now(), 0
    for page in _pages(database, now + LOOKS_AHEAD):
        with database.unit_of_work(EDITOR_ROLE) as session:
            calendars, every = Calendars(session), states(session)
            for each in page:
                shown = colour(each, every[each.state], calendars.of(each), now)
                if wants_apology(each, shown, now=now):
                    _propose(session, each, calendars.of(each), now)
                    count += 1
    return count


def proposed(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """Return the new appointment proposed for each of some dossiers whose apology was not sent yet."""
    return dict(rows_of(session, SQL["apologies_proposed"], ids=list(ids)))


def proposed_day(dossier: Dossier, calendar: Calendar, now: datetime) -> date:
    """Return the day of a new appointment: the third working day after now, the due moment and the day given."""
    last = max(each for each in (now, dossier.due_at, dossier.appointment_at) if each)
    after, count = last.astimezone(OFFICE_ZONE).date(), 0
    for day, _ in calendar.days_from(after):
        count += day > after
        if count == 3:
            return day
    raise AssertionError("a calendar has no end")


def count_anew(database: Database) -> int:
    """Count the due moments of open dossiers anew when the calendar changed meanwhile; return how many moved.

    Ended in between, the next round does all of it again: what is right already does not move.
    """
    with database.read_only(EDITOR_ROLE) as session:
        ((digest, counted),) = rows_of(session, SQL["calendar_digest"])
    if digest == counted:
        return 0
    moved = 0
    for page in _pages(database, None):
        with database.unit_of_work(EDITOR_ROLE) as session:
            calendars = Calendars(session)
            moved += sum(_retime(session, each.code, calendars) for each in page)
    with database.unit_of_work(EDITOR_ROLE) as session:
        rows_of(session, SQL["keep_calendar_digest"], digest=digest)
    return moved


def _propose(session: Session, dossier: Dossier, calendar: Calendar, now: datetime) -> None:
    at = calendar.closes_at(proposed_day(dossier, calendar, now))
    rows_of(
        session,
        SQL["add_apology_proposal"],
        dossier_id=dossier.id,
        due_at=dossier.due_at,
        appointment_at=at,
        holder_id=dossier.holder_id,
    )
    details = {"appointmentAt": at.isoformat()}
    identity.trace(session, "dossier.apology-proposed", on=f"dossier:{dossier.code}", details=details)


def _retime(session: Session, code: str, calendars: Calendars) -> int:
    """Count one dossier anew as it stands now; return 1 where its due moment moved."""
    queries.hold_dossier(session, code=code)
    dossier = queries.dossier_by_code(session, code=code)
    if dossier is None or dossier.due_at is None or dossier.ended_at is not None:
        return 0
    found = stand(
        dossier,
        queries.pauses(session, dossier_id=dossier.id),
        calendar=calendars.of(dossier),
        state=states(session)[dossier.state],
        step_days=None,
        now=clock.now(),
        registered_at=dossier.registered_at,
    )
    if found.due_at is None or found.due_at == dossier.due_at:
        return 0
    # A later appointment that was promised in an apology stays, and nobody is called earlier than was said.
    rows_of(
        session,
        SQL["add_retiming"],
        dossier_id=dossier.id,
        due_before=dossier.due_at,
        due_after=found.due_at,
        appointment_before=dossier.appointment_at,
        appointment_after=found.appointment_at,
    )
    details = {"before": dossier.due_at.isoformat(), "after": found.due_at.isoformat()}
    identity.trace(session, "dossier.retimed", on=f"dossier:{code}", details=details)
    return 1


def _pages(database: Database, before: datetime | None) -> Iterator[list[Dossier]]:
    """Yield the dossiers whose clock runs, some at a time."""
    after = 0
    while True:
        with database.read_only(EDITOR_ROLE) as session:
            found = queries.running(session, after=after, before=before, page=PAGE)
        if not found:
            return
        yield found
        after = found[-1].id

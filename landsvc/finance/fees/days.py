"""Tell the money of a day: what each cashier took and paid back, at the offices that an officer reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from landsvc.core.clock import OFFICE_ZONE
from landsvc.finance.fees import queries
from landsvc.finance.fees.entries import Money, Office
from landsvc.finance.fees.errors import OfficeElsewhere
from landsvc.finance.fees.service import READS_ALL
from landsvc.identity.actors import Actor


def money_of_day(session: Session, day: date, branches: Sequence[str] | None) -> list[Money]:
    """Return money taken and paid back on a day in Vietnam, at some branches or (None) at all."""
    since = datetime.combine(day, time(), OFFICE_ZONE)
    return queries.money(session, since=since, until=since + timedelta(days=1), branches=branches)


def offices(session: Session, actor: Actor) -> list[Office]:
    """Return the offices whose money an officer reads: their own; all for auditors and those of the province."""
    return queries.offices(session, own_branches(actor))


def chosen_branches(session: Session, actor: Actor, office: str) -> list[str] | None:
    """Return the codes of the office that was chosen, without one of all that the officer reads (None: of all).

    Raises `OfficeElsewhere`.
    """
    if not office:
        return own_branches(actor)
    if office not in [each.code for each in offices(session, actor)]:
        raise OfficeElsewhere(branch=office)
    return [office]


def own_branches(actor: Actor) -> list[str] | None:
    """Return the codes of the offices whose money an officer reads; None stands for all."""
    if READS_ALL in actor.roles or not actor.branches or any(each.covers_all for each in actor.branches):
        return None
    return [each.code for each in actor.branches]

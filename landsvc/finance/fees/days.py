"""Tell the money of a day, let cashiers close theirs, and let somebody else put a close right.

In which day of which drawer an entry lies the database decides (`finance.place_fee_entry`), and whether a day may be
closed (`finance.check_fee_day_close`): both hold the drawer, so that nothing slips in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from landsvc.finance.fees import day_queries as queries
from landsvc.finance.fees.day_entries import Close, Counted, Drawer, DrawerDay, Money, Office
from landsvc.finance.fees.errors import CloseCorrected, CloseNotFound, DayClosed, OfficeElsewhere
from landsvc.finance.fees.rules import drawers
from landsvc.finance.fees.service import READS_ALL, works_in
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

LOOKED_BACK = timedelta(days=31)
"""How far back a page looks for days that nobody closed."""


@dataclass(frozen=True)
class Day:
    """The money of a day: entries, their sums, the drawers with their closes, and earlier days still open."""

    money: Sequence[Money]
    sums: Sequence[Drawer]
    drawers: Sequence[tuple[DrawerDay, Sequence[Close]]]
    behind: Sequence[DrawerDay]


@dataclass(frozen=True)
class Account:
    """The money of some days, to hand on."""

    money: Sequence[Money]
    sums: Sequence[Drawer]
    closes: Sequence[Close]


def day_of_cashiers(session: Session, day: date, branches: Sequence[str] | None) -> Day:
    """Return the money that counts for a day, at some branches or (None) at all."""
    money = queries.money(session, day, day, branches)
    closes = queries.closes(session, day, day, branches)
    found = queries.drawers(session, day - LOOKED_BACK, day, branches)
    return Day(
        money,
        drawers(money),
        [(each, _closes_of(each, closes)) for each in found if each.day == day],
        [each for each in found if each.day < day and not each.closed],
    )


def account_of(
    session: Session, first: date, last: date, branches: Sequence[str] | None, *, actor: Actor
) -> Account:
    """Return the money of some days, to hand on; who took it is kept in the trail."""
    details = {"first": str(first), "last": str(last), "branches": branches}
    trace(session, "fee-days.read", who=actor, details=details)
    money = queries.money(session, first, last, branches)
    return Account(money, drawers(money), queries.closes(session, first, last, branches))


def close_day(session: Session, day: date, branch: str, counted: Counted, *, actor: Actor) -> Close:
    """Close the officer's own day at a branch, once; the same close sent again is what it was.

    Raises `OfficeElsewhere`, `DayClosed`, `DayAhead`, `NothingToClose`, `ReasonNeeded`.
    """
    _require_branch(branch, actor)
    mine = (each for each in queries.closes(session, day, day, [branch]) if each.corrects_id is None)
    known = next((each for each in mine if each.cashier_id == actor.account_id), None)
    if known is not None:
        if _counted(known) != counted:
            raise DayClosed(day=str(day), branch=branch)
        return known
    who = actor.account_id
    number = queries.add_close(session, counted, account_id=who, cashier_id=who, branch=branch, day=day)
    return _closed(session, number, "fee-day.closed", actor)


def correct_close(session: Session, number: int, counted: Counted, *, actor: Actor) -> Close:
    """Put right what somebody else counted, by a row of its own; nothing is changed.

    Raises `CloseNotFound`, `OfficeElsewhere`, `CloseCorrected`, `OwnDay`, `ReasonNeeded`.
    """
    wrong = get_close(session, number)
    _require_branch(wrong.branch, actor)
    if wrong.corrected:
        raise CloseCorrected()
    made = queries.add_close(
        session,
        counted,
        account_id=actor.account_id,
        cashier_id=wrong.cashier_id,
        branch=wrong.branch,
        day=wrong.day,
        corrects_id=number,
    )
    return _closed(session, made, "fee-day.corrected", actor)


def get_close(session: Session, number: int) -> Close:
    """Return a close; raise `CloseNotFound`."""
    found = queries.close(session, number)
    if found is None:
        raise CloseNotFound(field="close", close=number)
    return found


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


def _require_branch(branch: str, actor: Actor) -> None:
    if not works_in(branch, actor):
        raise OfficeElsewhere(branch=branch)


def _closes_of(drawer: DrawerDay, closes: Sequence[Close]) -> list[Close]:
    return [each for each in closes if (each.cashier_id, each.branch) == (drawer.cashier_id, drawer.branch)]


def _counted(close: Close) -> Counted:
    return Counted(close.counted_vnd, close.reason, close.note)


def _closed(session: Session, number: int, action: str, actor: Actor) -> Close:
    made = get_close(session, number)
    details = {
        "cashVnd": made.cash_vnd,
        "countedVnd": made.counted_vnd,
        "differenceVnd": made.difference_vnd,
        "reason": made.reason,
    }
    on = f"fee-day:{made.branch}/{made.day}/{made.cashier_id}"
    trace(session, action, who=actor, on=on, details=details)
    return made

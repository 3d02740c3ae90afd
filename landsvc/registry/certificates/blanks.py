"""Book the blanks of certificates by branch: received, used, spoiled, lost, destroyed; tell the balance of a month.

Entries are only added. The database refuses a blank that comes in, leaves or is destroyed twice, and one that the
branch has not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.certificates import blank_queries as queries
from landsvc.registry.certificates.blank_queries import BlankEntry as BlankEntry
from landsvc.registry.certificates.blank_queries import Keeper as Keeper
from landsvc.registry.certificates.errors import (
    BlankDay,
    BlankElsewhere,
    BlanksApart,
    BranchUnclear,
    NoBlankLeft,
)
from landsvc.registry.certificates.rules import Blank, read_blank

RECEIVED, USED, SPOILED, GONE, DESTROYED = "received", "used", "spoiled", "lost", "destroyed"
KINDS = (RECEIVED, USED, SPOILED, GONE, DESTROYED)
BOOKED = (RECEIVED, SPOILED, GONE, DESTROYED)
"""What is booked by hand: a blank is used when a certificate is issued on it."""


@dataclass(frozen=True)
class Balance:
    """The blanks of a branch in a month: in stock before, what came and went, in stock after.

    `spoiled_kept` are spoiled blanks that wait to be destroyed, at the end of the month.
    """

    branch: Keeper
    month: date
    opening: int
    received: int
    used: int
    spoiled: int
    lost: int
    destroyed: int
    closing: int
    spoiled_kept: int


def keeper(session: Session, code: str | None, *, actor: Actor) -> Keeper:
    """Return the branch by its code, or the one somebody works in; raise `BranchUnclear`."""
    own = [branch.code for branch in actor.branches]
    wanted = code or (own[0] if len(own) == 1 else None)
    found = queries.branch(session, wanted) if wanted else None
    if found is None:
        raise BranchUnclear(field="branch", branch=code or "–")
    return found


def keeper_of_land(session: Session, unit_id: int) -> Keeper:
    """Return the branch that keeps the blanks for a parcel; raise `BranchUnclear`."""
    found = queries.branch_of_land(session, unit_id)
    if found is None:
        raise BranchUnclear(field="branch", branch="–")
    return found


def book(
    session: Session,
    branch: Keeper,
    kind: str,
    first: Blank,
    last: Blank,
    *,
    on_day: date | None,
    doc_no: str | None,
    note: str | None,
    actor: Actor,
) -> int:
    """Book blanks of one series; return the number of the entry.

    Raises `BranchUnclear` for blanks of two series, `BlankElsewhere`, `BlankDay`; what the database finds becomes
    `BlankNotHere` or `BlankTaken`.
    """
    day = on_day or clock.today()
    if day > clock.today():
        raise BlankDay(field="day", day=day.isoformat())
    if not queries.works_at(session, branch.id):
        raise BlankElsewhere(field="branch")
    entry = queries.add(
        session,
        branch_id=branch.id,
        kind=kind,
        letters=first.letters,
        first_no=first.number,
        last_no=last.number,
        on_day=day,
        doc_no=doc_no,
        note=note,
        made_by=actor.login,
    )
    details = {"kind": kind, "first": first.serial, "last": last.serial}
    trace(session, "blanks.booked", who=actor, on=f"branch:{branch.code}", details=details)
    return entry


def book_row(
    session: Session,
    branch: Keeper,
    kind: str,
    first: str,
    last: str | None,
    *,
    on_day: date | None,
    doc_no: str | None,
    note: str | None,
    actor: Actor,
) -> tuple[int, int]:
    """Book a row of blanks by its first and last number; return the number of the entry, and how many.

    Raises `SerialMalformed`, `BlanksApart`, and as `book`.
    """
    low, high = read_blank(first, "first"), read_blank(last or first, "last")
    if low.letters != high.letters or high.number < low.number:
        raise BlanksApart(field="last", first=low.serial, last=high.serial)
    entry = book(session, branch, kind, low, high, on_day=on_day, doc_no=doc_no, note=note, actor=actor)
    return entry, high.number - low.number + 1


def take(session: Session, branch: Keeper, wanted: Blank | None, on_day: date, *, actor: Actor) -> Blank:
    """Use a blank of a branch, the lowest it has where none is named; raise `NoBlankLeft`, and as `book`."""
    if wanted is None:
        queries.claim(session, branch.id)
        wanted = queries.lowest(session, branch.id)
        if wanted is None:
            raise NoBlankLeft(branch=branch.name_vi)
    book(session, branch, USED, wanted, wanted, on_day=on_day, doc_no=None, note=None, actor=actor)
    return wanted


def entries(
    session: Session, branch: Keeper, month: date, *, before: int | None = None, page: int
) -> Sequence[BlankEntry]:
    """Return the entries of a month, the last first."""
    first, last = span(month)
    return queries.entries(session, branch.id, since=first, until=last, before=before, page=page)


def balance(session: Session, branch: Keeper, month: date) -> Balance:
    """Return the balance of a month."""
    first, last = span(month)
    return balance_of(branch, first, queries.sums(session, branch.id, since=first, until=last))


def balance_of(branch: Keeper, month: date, sums: Mapping[str, tuple[int, int]]) -> Balance:
    """Return the balance from what came before a month and in it, by kind."""
    before = {kind: sums.get(kind, (0, 0))[0] for kind in KINDS}
    during = {kind: sums.get(kind, (0, 0))[1] for kind in KINDS}
    opening = before[RECEIVED] - before[USED] - before[SPOILED] - before[GONE]
    closing = opening + during[RECEIVED] - during[USED] - during[SPOILED] - during[GONE]
    kept = before[SPOILED] + during[SPOILED] - before[DESTROYED] - during[DESTROYED]
    return Balance(
        branch,
        month,
        opening,
        received=during[RECEIVED],
        used=during[USED],
        spoiled=during[SPOILED],
        lost=during[GONE],
        destroyed=during[DESTROYED],
        closing=closing,
        spoiled_kept=kept,
    )


def span(month: date) -> tuple[date, date]:
    """Return the first and last day of a month."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)

"""Compare what both sides count of a day, settle what differs, and lock what is settled.

A line belongs to one day, that of its own side: when a slip or notice was issued, when money was paid. What one side
lists on one day and the other on another is an item of each, and both clear each other. A locked day stays as it is:
what comes for it later, and what a later list says otherwise, counts on the day it comes. So each line counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.finance.reconciliation import queries
from landsvc.finance.reconciliation.entries import (
    STREAMS,
    TAX_STREAMS,
    Cleared,
    Day,
    DayLine,
    Decision,
    Item,
    KeptList,
    Reason,
    Run,
    StatedList,
)
from landsvc.finance.reconciliation.errors import (
    DayLocked,
    DayNotBegun,
    ListDiffers,
    ListDoesNotSum,
    ListOutOfOrder,
    NoSuchDay,
    ReasonUnknown,
    StreamTwice,
    UnknownList,
)
from landsvc.identity.actors import SERVICE, Actor, Client
from landsvc.identity.service import trace

DAYS_BACK = 35
"""How many days the comparison at night looks back: what is older and not locked is compared on request."""
MOST_CLEARED = 100
MOST_HANDED_ON = 20_000


@dataclass(frozen=True)
class DayState:
    """A stream of a day: its newest comparison, and how its items stand."""

    day: Day
    run: Run | None
    standing: dict[str, int]
    locked: tuple[int, datetime] | None


@dataclass(frozen=True)
class DayPage:
    """All that a page tells of a stream of a day."""

    state: DayState
    items: Sequence[Item]
    more: bool
    cleared: Sequence[Cleared]
    decisions: Sequence[Decision]
    reasons: Sequence[Reason]
    names: Mapping[int, str]
    """Of officers who compared, settled or locked; not the service's own (0)."""


@dataclass(frozen=True)
class Account:
    """What is handed on of some days: their streams, what is not matched, what was decided."""

    days: Sequence[DayLine]
    items: Sequence[tuple[Day, Item]]
    decisions: Sequence[tuple[Day, Decision]]
    reasons: Mapping[str, Reason]
    names: Mapping[int, str]


def take_list(session: Session, stated: StatedList, digest: bytes, *, client: Client) -> tuple[KeptList, bool]:
    """Take a proved list of a day in by its digest, and compare it; return it and whether it is new.

    Raises `ListOutOfOrder`, or `ListDiffers` when this version was taken before with other content.
    """
    queries.hold_lists(session, stated.tax_office_code, stated.on)
    known = queries.list_of(session, stated.tax_office_code, stated.on, stated.version)
    if known is not None:
        if known.sha256 != digest:
            raise ListDiffers(
                members={"differs": ["totals", "lines"]},
                version=stated.version,
                day=stated.on,
                tax_office_code=stated.tax_office_code,
                names="totals, lines",
            )
        return known, False
    expected = queries.newest_version(session, stated.tax_office_code, stated.on) + 1
    if stated.version != expected:
        raise ListOutOfOrder(
            field="version",
            day=stated.on,
            tax_office_code=stated.tax_office_code,
            expected=expected,
            version=stated.version,
        )
    list_id = queries.add_list(session, stated, digest, client.id)
    trace(session, "reconciliation.received", who=client, on=f"reconciliation:{list_id}")
    for total in stated.totals:
        compare(session, Day(total.stream, stated.tax_office_code, stated.on), account_id=0)
    return get_list(session, list_id), True


def get_list(session: Session, list_id: int) -> KeptList:
    """Return a list that was taken in; raise `UnknownList`."""
    found = queries.list_of_id(session, list_id)
    if found is None:
        raise UnknownList(field="reconciliation", number=list_id)
    return found


def states_of(session: Session, kept: KeptList) -> list[DayState]:
    """Return how the streams of a list compare now."""
    return [state_of(session, Day(stream, kept.tax_office_code, kept.on)) for stream in kept.streams]


def state_of(session: Session, day: Day) -> DayState:
    """Return how a stream of a day compares now."""
    return DayState(
        day, queries.current_run(session, day), queries.standing(session, day), queries.lock_of(session, day)
    )


def items_of(session: Session, day: Day, *, after: int, page: int) -> tuple[list[Item], bool]:
    """Return one page of what is not matched of a stream of a day, and whether others follow."""
    found = queries.items(session, day, after=after, page=page)
    return found[:page], len(found) > page


def compare(session: Session, day: Day, *, account_id: int) -> bool:
    """Compare a stream of a day; return whether something is new. A locked day is left alone."""
    if queries.hold(session, day):
        return False
    return queries.compare(session, day, account_id)


def compare_now(session: Session, day: Day, *, actor: Actor) -> bool:
    """Compare a stream of a day because somebody asks."""
    _check_day(day)
    is_new = compare(session, day, account_id=actor.account_id)
    trace(session, "reconciliation.compared", who=actor, on=_name(day), details={"new": is_new})
    return is_new


def day_page(session: Session, day: Day, *, after: int, page: int) -> DayPage:
    """Return a stream of a day with its items, what cleared, and what was decided; raise `NoSuchDay`."""
    _check_day(day)
    found, more = items_of(session, day, after=after, page=page)
    state, decided = state_of(session, day), queries.decisions(session, day)
    who = {each.account_id for each in decided} | {each.account_id for each in found}
    who |= {state.run.account_id} if state.run else set()
    return DayPage(
        state,
        found,
        more,
        queries.cleared(session, day, MOST_CLEARED),
        decided,
        queries.reasons(session),
        queries.names(session, [each for each in [*who, *(state.locked or ())[:1]] if each]),
    )


def account_of(session: Session, first: date, last: date) -> Account:
    """Return all of some days, to hand on; at most `MOST_HANDED_ON` items."""
    items = queries.items_between(session, first, last, MOST_HANDED_ON)
    decided = queries.decisions_between(session, first, last)
    who = {each.account_id for _, each in decided}
    return Account(
        queries.days(session, first, last),
        items,
        decided,
        {each.code: each for each in queries.reasons(session)},
        queries.names(session, sorted(who)),
    )


def resolve(session: Session, day: Day, fact: UUID, *, reason: str, note: str, actor: Actor) -> None:
    """Settle an item for a reason; raise `ReasonUnknown`, or `ItemStandsOtherwise` where it is not open."""
    if not any(each.code == reason and each.holds_on(clock.today()) for each in queries.reasons(session)):
        raise ReasonUnknown(field="reason")
    _decide(session, day, fact, "resolved", reason, note, actor)


def withdraw(session: Session, day: Day, fact: UUID, *, note: str, actor: Actor) -> None:
    """Open an item again that was settled; raise `ItemStandsOtherwise`, or `DayLocked`."""
    _decide(session, day, fact, "withdrawn", None, note, actor)


def lock(session: Session, day: Day, *, actor: Actor) -> None:
    """Close a stream of a day for good: whoever writes money waits, it is compared once more, and nothing is open.

    Raises `NoSuchDay`, `DayLocked`, `SomethingOpen`, `OwnWork`, `DayNotOver` or `ListMissing`.
    """
    _check_day(day)
    queries.hold_money(session)
    if queries.hold(session, day):
        raise DayLocked(field="day")
    compare(session, day, account_id=actor.account_id)
    run = queries.current_run(session, day)
    if run is None:
        raise NoSuchDay(field="day", stream=day.stream, party=day.party, day=day.on)
    queries.lock(session, day, run.id, actor.account_id)
    trace(session, "reconciliation.locked", who=actor, on=_name(day), details={"run": run.id})


def days(session: Session, first: date, last: date) -> list[DayLine]:
    """Return the streams of each day of a span, the last day first."""
    return queries.days(session, first, last)


def reasons(session: Session) -> list[Reason]:
    """Return every reason for settling a difference, also those no longer in force."""
    return queries.reasons(session)


def due_days(database: Database, today: date) -> list[Day]:
    """Return what the night has to compare: each stream of the last weeks that is not locked, the oldest first."""
    with database.read_only(EDITOR_ROLE) as session:
        found = queries.days(session, today - timedelta(days=DAYS_BACK), today - timedelta(days=1))
    return [Day(each.stream, each.party, each.on) for each in reversed(found) if each.locked_at is None]


def compare_at_night(database: Database, day: Day) -> bool:
    """Compare a stream of a day as the service itself, in a transaction of its own."""
    with database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        return compare(session, day, account_id=SERVICE.account_id)


def prove(stated: StatedList) -> bytes:
    """Hold a list to its own counts and sums; return the digest of what it says, the same for the same lines in order.

    Raises `DayNotBegun`, `StreamTwice` or `ListDoesNotSum`.
    """
    if stated.on > clock.today():
        raise DayNotBegun(field="day", day=stated.on)
    counts, sums, digest = Counter[str](), Counter[str](), sha256()
    totals = sorted(stated.totals, key=lambda each: each.stream)
    digest.update(f"[{[[each.stream, each.count, each.sum_vnd] for each in totals]!r}, [".encode())
    for number, line in enumerate(stated.lines):
        counts[line.stream] += 1
        sums[line.stream] += line.amount_vnd
        told = repr([line.stream, line.key, line.amount_vnd, line.digest])
        digest.update(f"{', ' if number else ''}{told}".encode())
    digest.update(b"]]")
    _check_totals(stated, counts, sums)
    return digest.digest()


def _decide(
    session: Session, day: Day, fact: UUID, kind: str, reason: str | None, note: str, actor: Actor
) -> None:
    _check_day(day)
    queries.decide(session, day, fact=fact, kind=kind, reason=reason, note=note, account_id=actor.account_id)
    trace(
        session,
        f"reconciliation.{kind}",
        who=actor,
        on=_name(day),
        details={"fact": str(fact)} | ({"reason": reason} if reason else {}),
    )


def _check_totals(stated: StatedList, counts: Mapping[str, int], sums: Mapping[str, int]) -> None:
    names = [each.stream for each in stated.totals]
    for stream in TAX_STREAMS:
        told = names.count(stream)
        if told > 1 or (counts[stream] and not told):
            raise StreamTwice(field="totals", stream=stream, count=told)
    for at, total in enumerate(stated.totals):
        _check_total(f"totals.{at}", total.stream, "count", total.count, counts[total.stream])
        _check_total(f"totals.{at}", total.stream, "sumVnd", total.sum_vnd, sums[total.stream])


def _check_total(place: str, stream: str, name: str, told: int, found: int) -> None:
    if told != found:
        raise ListDoesNotSum(field=f"{place}.{name}", stream=stream, told=told, found=found)


def _check_day(day: Day) -> None:
    if day.stream not in STREAMS or day.on > clock.today():
        raise NoSuchDay(field="day", stream=day.stream, party=day.party, day=day.on)


def _name(day: Day) -> str:
    return f"reconciliation:{day.stream}/{day.party}/{day.on}"

"""Say what of a line is late on a day, and about what being late costs. Pure functions; money is whole đồng."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from landsvc.finance.rules import whole_vnd


@dataclass(frozen=True)
class Due:
    """A part of a line with the last day on which it is paid in time."""

    on: date
    vnd: int


@dataclass(frozen=True)
class Late:
    """What of a line is late: how much, since which last day in time, for how many days, and what that costs about."""

    due_vnd: int = 0
    since: date | None = None
    days: int = 0
    interest_vnd: int | None = 0
    """None where the figure for it is not known on the day."""


def late_of(
    dues: Sequence[Due], paid_vnd: int, on: date, rate: Fraction | None, *, deferred_until: date | None = None
) -> Late:
    """Return what of a line is late on a day; payments fill the earliest part first.

    `rate` is a share of the amount for each day after the last one in time (Luật Quản lý thuế 38/2019/QH14 Điều 59:
    0.03 %). Nothing is late while payment is deferred.
    """
    if deferred_until is not None and deferred_until >= on:
        return Late()
    left, late, cost, since = paid_vnd, 0, Fraction(0), None
    for due in sorted(dues, key=lambda each: each.on):
        unpaid = max(0, due.vnd - left)
        left = max(0, left - due.vnd)
        if unpaid and due.on < on:
            late += unpaid
            cost += unpaid * (on - due.on).days * (rate or 0)
            since = since or due.on
    interest = None if rate is None and late else whole_vnd(cost)
    return Late(late, since, (on - since).days if since else 0, interest)


def next_due(dues: Sequence[Due], paid_vnd: int) -> Due | None:
    """Return the first day with something left to pay, and how much; payments fill the earliest part first."""
    until = 0
    for day in sorted({each.on for each in dues}):
        until += sum(each.vnd for each in dues if each.on == day)
        if until > paid_vnd:
            return Due(day, until - paid_vnd)
    return None

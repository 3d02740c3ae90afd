"""Tell an interval of days: between two days on which something begins or ends, what plans say is the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from landsvc.core.db import Database
from landsvc.core.times import Times, check_day
from landsvc.planning import service
from landsvc.planning.extracts import queries
from landsvc.planning.extracts.errors import BadInterval, TooManyChanges

Tree = dict[str, Any]
MOST_PERIODS = 60
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Interval:
    """Days from the first to the last, both included."""

    since: date
    until: date


@dataclass(frozen=True)
class Period:
    """Days on which the same is said of a parcel; None while it did not exist."""

    since: date
    until: date
    tree: Tree | None

    def told(self) -> Tree:
        """Return it as an extract tells it."""
        said = {"parcel": None, "themes": []} if self.tree is None else essence(self.tree)
        return {"from": self.since.isoformat(), "to": self.until.isoformat(), **said}


def read_interval(text: str) -> Interval:
    """Return the interval `first/last`; raise `BadInterval` or `TimeOutOfRange`."""
    first, stroke, last = text.partition("/")
    try:
        found = Interval(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        reason = "a day is not like 2024-12-31." if stroke else "a stroke is missing."
        raise BadInterval(field="during", text=text[:60], reason=reason) from None
    for day in (found.since, found.until):
        check_day("during", day)
    if found.since > found.until:
        raise BadInterval(field="during", text=text[:60], reason="it ends before it begins.")
    return found


def periods_of(database: Database, unit_id: int, asked: Interval, times: Times) -> list[Period]:
    """Return what was said of a unit day by day, days with the same answer together.

    `times` says as known when. Raises `TooManyChanges`.
    """
    known = times.knowledge
    days = queries.change_days(database, unit_id, asked.since, asked.until, known)
    if len(days) >= MOST_PERIODS:
        raise TooManyChanges(field="during", count=len(days), most=MOST_PERIODS)
    found: list[Period] = []
    for day, following in zip([asked.since, *days], [*days, asked.until + DAY], strict=True):
        answer = service.of_unit(database, unit_id, Times(day, times.known_at, past=True))
        tree = None if answer is None else json.loads(answer.fact)
        if found and _same(found[-1].tree, tree):
            found[-1] = Period(found[-1].since, following - DAY, found[-1].tree)
        else:
            found.append(Period(day, following - DAY, tree))
    return found


def essence(tree: Tree) -> Tree:
    """Return what a tree says of land and plans, without the day it was asked for."""
    return {"parcel": tree["parcel"], "themes": tree["themes"]}


def _same(one: Tree | None, other: Tree | None) -> bool:
    if one is None or other is None:
        return one is other
    return essence(one) == essence(other)

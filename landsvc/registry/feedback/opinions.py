"""Read every opinion on a plan for the council, with the display it came in and the zones at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.feedback.service import Line, with_events

SQL = statements("registry", "queries_feedback.sql")
PAGE = 500
"""How many are read at once."""


@dataclass(frozen=True)
class Shown:
    """The display during which an opinion was given."""

    notice_no: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class ZoneThere:
    """A zone over the parcel of an opinion (share in percent) or at its place: of its own plan, or in force today."""

    is_own: bool
    theme: str
    code: str
    name: str | None
    share_pct: float | None


@dataclass(frozen=True)
class Opinion:
    """An opinion on a plan for the council."""

    line: Line
    shown: Shown
    zones: Sequence[ZoneThere]


def opinions(session: Session, plan: str, actor: Actor) -> Iterator[Opinion]:
    """Yield every opinion on a plan in the order they came, with the zones at its place; the reading is traced."""
    trace(session, "feedback.exported", who=actor, on=f"plan:{plan}")
    after = 0
    while found := [
        Line(*row) for row in rows_of(session, SQL["opinions_of_plan"], plan=plan, after=after, most=PAGE)
    ]:
        after, ids = found[-1].id, [each.id for each in found]
        zones: dict[int, list[ZoneThere]] = {}
        for owner, *zone in rows_of(session, SQL["zones_at_opinions"], ids=ids):
            zones.setdefault(owner, []).append(ZoneThere(*zone))
        shown = {owner: Shown(*rest) for owner, *rest in rows_of(session, SQL["displays_of"], ids=ids)}
        for line in with_events(session, found):
            yield Opinion(line, shown[line.id], zones.get(line.id, []))

"""List dossiers: what waits for whom, the first due first, and the colour of each clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.model import Dossier, Transition
from landsvc.registry.dossiers.service import calendar_of
from landsvc.registry.dossiers.timing import colour
from landsvc.registry.dossiers.working_time import Calendar


def list_page(
    session: Session,
    *,
    actor: Actor | None = None,
    states: Sequence[str] | None = None,
    unit_id: int | None = None,
    open_only: bool = True,
    after: int = 0,
    page: int = 50,
    workflow: str | None = None,
    ids: Sequence[int] | None = None,
) -> tuple[list[Dossier], bool]:
    """Return one page of dossiers, the first due first, and whether others follow; with `actor` what waits for them.

    What waits for somebody is what they hold, and what nobody holds yet in a state where it is their role's turn.
    """
    communes = None
    if actor is not None:
        communes = queries.branch_communes(session, branches=[each.code for each in actor.branches])
        mine = {each.from_state for each in queries.transitions(session, state=None) if _turn(each, actor)}
        states = sorted(mine if states is None else mine & set(states))
    found = queries.list_dossiers(
        session,
        holder_id=actor.account_id if actor else None,
        states=None if states is None else list(states),
        communes=communes,
        open_only=open_only,
        unit_id=unit_id,
        after=after,
        page=page,
        workflow=workflow,
        ids=None if ids is None else list(ids),
    )
    return found[:page], len(found) > page


def colours(session: Session, found: Sequence[Dossier], now: datetime) -> dict[str, str]:
    """Return the colour of the clock of each dossier, by its code."""
    known: dict[tuple[str, str, date], Calendar] = {}
    every = queries.states(session)
    shown = {}
    for each in found:
        key = (each.commune_code, each.procedure, each.on_day)
        if key not in known:
            known[key] = calendar_of(session, each)
        shown[each.code] = colour(each, every[each.state], known[key], now)
    return shown


def _turn(transition: Transition, actor: Actor) -> bool:
    return bool(actor.roles & set(transition.roles)) and transition.action not in {
        *("withdraw", "apologise", "hand_over", "submit", "refuse"),
    }

"""Rehearse a completion: carry out the very same effects in a transaction that is undone, and tell what they change.

What stands against one effect is told beside the others, so that an officer sees everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from pydantic import BaseModel
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.service import begin_trial
from landsvc.core.db import EDITOR_ROLE, ConcurrentChange, Database, domain_error, driver_connection
from landsvc.core.errors import LandsvcError
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers import procedures, service
from landsvc.registry.dossiers.completing import checks, entered, run, trial_record
from landsvc.registry.dossiers.completion_errors import EffectNotAvailable
from landsvc.registry.dossiers.effects import Done, Effects
from landsvc.registry.dossiers.land import Place, places
from landsvc.registry.dossiers.model import Dossier, Whole
from landsvc.registry.parties import service as parties
from landsvc.registry.records import now
from landsvc.registry.rights import service as rights
from landsvc.registry.rights.service import Right

PARTY = re.compile(r"NSD-[0-9]{8,18}", re.ASCII)
DONE = frozenset({"RECORDED", "READY", "RETURNED", "REFUSED", "WITHDRAWN"})
"""States in which nothing is left to rehearse."""


@dataclass(frozen=True)
class LandTold:
    """A parcel with what bears on it."""

    place: Place
    rights: Sequence[Right]


@dataclass(frozen=True)
class Rehearsed:
    """What completing a dossier would change, what stands against it, and what is entered and asked for."""

    whole: Whole
    asks: Mapping[str, type[BaseModel]]
    entered: Mapping[str, Sequence[Mapping[str, Any]]]
    problems: tuple[LandsvcError, ...]
    told: Done
    before: Sequence[LandTold]
    after: Sequence[LandTold]
    named: Mapping[str, str]
    """Parties that facts name, by code: also those the rehearsal could not show, since something stands against it."""

    @property
    def parties(self) -> list[str]:
        """Return the codes of all whom it shows."""
        land = [*self.before, *self.after]
        held = {each.party.code for told in land for right in told.rights for each in right.holders}
        return sorted(held | set(self.named))


class _Processor:
    """Whoever processes a dossier, for row-level security: the rehearsal asks what they could record."""

    def __init__(self, account_id: int) -> None:
        self.acts_as = str(account_id)


def rehearse(database: Database, code: str, effects: Effects, *, actor: Actor) -> Rehearsed:
    """Return what completing a dossier would do as things stand now; nothing of it stays, the reading is traced.

    Raises `DossierNotFound`.
    """
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        processor = service.get_whole(session, code).dossier.processor_id
        trace(session, "dossier.completion-read", who=actor, on=f"dossier:{code}")
    acting = actor if processor is None else _Processor(processor)
    found = database.rehearsed(EDITOR_ROLE, acting, partial(_rehearsed, code=code, effects=effects, actor=actor))
    if found.parties:
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            about = {"about": [f"party:{each}" for each in found.parties]}
            trace(session, "right.read", who=actor, on=f"dossier:{code}", details=about)
    return found


def _rehearsed(session: Session, *, code: str, effects: Effects, actor: Actor) -> Rehearsed:
    whole = service.get_whole(session, code)
    dossier = whole.dossier
    procedure = procedures.procedure_of(session, dossier)
    names = procedure.facts.effects
    asks, given = effects.asked(names), entered(whole.events)
    land = queries.land(session, dossier_id=dossier.id)
    before = _told(session, dossier, land, actor)
    named = parties.names_of(session, sorted(set(_codes(given))), now())
    if dossier.state in DONE:
        return Rehearsed(whole, {}, given, (), {}, before, before, named)
    begin_trial(session)
    problems: list[LandsvcError] = []
    if lacking := effects.missing(names):
        problems.append(EffectNotAvailable(code=code, effects=", ".join(lacking)))
    for check in checks(session, dossier, procedure, effects, whole.events):
        _tried(session, check, problems)
    done = run(
        session,
        dossier,
        [name for name in names if name not in lacking],
        effects,
        {name: facts for name, facts in given.items() if name in asks},
        trial_record(session, dossier, procedure),
        actor,
        trial=True,
        attempt=lambda work: _tried(session, work, problems) or {},
    )
    if not problems:
        _tried(session, partial(queries.prove_completion, session), problems)
    after = _told(session, dossier, done.after, actor)
    return Rehearsed(whole, asks, given, tuple(problems), done.told, before, after, named)


def _told(session: Session, dossier: Dossier, units: Sequence[int], actor: Actor) -> list[LandTold]:
    times = now()
    return [
        LandTold(place, rights.rights_on(session, place.unit_id, times, actor=actor))
        for place in places(session, dossier.id, units)
    ]


def _codes(given: Any) -> Iterator[str]:
    """Yield every code of a party in facts, wherever it stands in them."""
    if isinstance(given, str):
        if PARTY.fullmatch(given):
            yield given
    elif isinstance(given, Mapping | Sequence):
        for each in given.values() if isinstance(given, Mapping) else given:
            yield from _codes(each)


def _tried(session: Session, work: Callable[[], Any], problems: list[LandsvcError]) -> Any:
    """Do something of which nothing stays when it fails; keep what stands against it."""
    try:
        with driver_connection(session).transaction():
            return work()
    except ConcurrentChange:
        raise
    except LandsvcError as error:
        problems.append(error)
    except psycopg.Error as error:
        known = domain_error(error)
        if known is None or isinstance(known, ConcurrentChange):
            raise
        problems.append(known)
    return None

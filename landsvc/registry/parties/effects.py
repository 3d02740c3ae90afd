"""Carry out what dossiers change of parties; `app.py` registers this with the effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from landsvc.core.api import Day
from landsvc.core.errors import N_
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers.effects import Effect, Known
from landsvc.registry.edge import Words
from landsvc.registry.facts import Facts, PartyAsked, Since
from landsvc.registry.parties import service
from landsvc.registry.records import day_of


class PartyChanged(Facts):
    """What is said of a party from now on; what is left out stays as it is."""

    party: PartyAsked
    name: Words | None = Field(None, title=N_("Name"))
    born_on: Day | None = Field(None, title=N_("Date of birth"))
    sex: Literal["male", "female"] | None = Field(None, title=N_("Sex"))
    nationality: Words | None = Field(
        None, max_length=2, pattern="^[A-Z]{2}$", title=N_("Nationality (ISO 3166)")
    )
    address: Words | None = Field(None, title=N_("Address"))
    since: Since = None


def change_party(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
    """Say something else of a party, under the record of the dossier."""
    given: PartyChanged = effect.facts
    before = service.facts_now(session, given.party)
    told = {
        name: value for name, value in given.model_dump(exclude={"party", "since"}).items() if value is not None
    }
    if given.born_on is not None:
        told["born_year"] = given.born_on.year
    service.change_party(
        session,
        given.party,
        replace(before, **told),
        since=day_of(given.since, "since"),
        record=effect.record,
        actor=actor,
    )
    return {"party": given.party, "changed": sorted(told)}


EFFECTS: Mapping[str, Known] = {"party.change": Known(change_party, PartyChanged)}
"""What dossiers change of parties, and what is entered for it."""

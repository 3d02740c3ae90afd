"""Carry out what dossiers change of parties; `app.py` registers this with the effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from landsvc.core.api import BodyModel, Day
from landsvc.core.errors import N_, LandsvcError
from landsvc.core.secrets import Vault
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers.effects import Effect, EffectFunction, Known
from landsvc.registry.edge import Words
from landsvc.registry.facts import Facts, PartyAsked, SealedNumber, Since
from landsvc.registry.parties import service
from landsvc.registry.parties.rules import DocumentKind
from landsvc.registry.records import Record, day_of


class DocumentShown(BodyModel):
    """A document somebody shows."""

    kind: DocumentKind = Field(title=N_("Kind of document"))
    number: SealedNumber = Field(title=N_("Number of the document"))
    issued_on: Day | None = Field(None, title=N_("Date of the document"))
    issued_by: Words | None = Field(None, title=N_("Issuer"))


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
    document: DocumentShown | None = Field(None, title=N_("Another document"))
    since: Since = None


def change_party(vault: Vault) -> EffectFunction:
    """Return what says something else of a party, or keeps another document, under the record of the dossier."""

    def change(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
        given: PartyChanged = effect.facts
        before = service.facts_now(session, given.party)
        said = given.model_dump(exclude={"party", "since", "document"})
        told = {name: value for name, value in said.items() if value is not None}
        if given.born_on is not None:
            told["born_year"] = given.born_on.year
        under = Under(day_of(given.since, "since"), effect.record, actor)
        if told or given.document is None:
            service.change_party(session, given.party, replace(before, **told), **vars(under))
        if given.document is not None:
            _add_document(session, vault, given.party, given.document, under)
            told["document"] = given.document.kind
        return {"party": given.party, "changed": sorted(told)}

    return change


@dataclass(frozen=True)
class Under:
    """From when something is said, under which record, by whom."""

    since: date
    record: Record
    actor: Actor


def _add_document(session: Session, vault: Vault, party: str, given: DocumentShown, under: Under) -> None:
    shown = service.DocumentGiven(given.kind, given.number, given.issued_on, given.issued_by)
    try:
        service.add_document(session, vault, party, shown, **vars(under))
    except LandsvcError as error:
        error.field = f"document.{error.field}" if error.field else "document"
        raise


def effects(vault: Vault) -> Mapping[str, Known]:
    """Return what dossiers change of parties, and what is entered for it."""
    return {"party.change": Known(change_party(vault), PartyChanged)}

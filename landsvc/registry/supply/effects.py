"""Answer a request for data when its dossier is completed; `app.py` registers this with the effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.filestore import FileStore
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.dossiers.effects import Effect, EffectFunction, Known
from landsvc.registry.dossiers.land import places, units_named
from landsvc.registry.supply import charging, service
from landsvc.registry.supply.answering import Sources
from landsvc.registry.supply.errors import AskedTwice
from landsvc.registry.supply.facts import SUPPLY as SUPPLY
from landsvc.registry.supply.facts import DataAsked
from landsvc.registry.supply.service import Sign


def supply_data(sources: Sources, store: FileStore, sign: Sign, authority: str) -> EffectFunction:
    """Return what answers a request; a rehearsal gathers the answer, and neither prints nor signs it."""

    def supply(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
        if effect.done.get(SUPPLY):
            raise AskedTwice(dossier=effect.code)
        facts: DataAsked = effect.facts
        units = units_named(session, effect, facts.parcels, "parcels") or list(effect.units)
        dossier = dossiers.get_whole(session, effect.code).dossier
        land = places(session, effect.dossier_id, units)
        reply = service.answer(
            session, sources, dossier, facts.to_domain(), land, authority=authority, actor=actor
        )
        charging.require_paid(session, effect.code, reply.tree["fee"]["totalVnd"])
        if not effect.trial:
            service.supply(
                session,
                store,
                sign,
                reply,
                dossier_id=effect.dossier_id,
                record_id=effect.record.id,
                actor=actor,
            )
        return {
            "asker": facts.asker,
            "parts": service.parts_told(reply.tree),
            "withheld": sorted({each["part"] for told in reply.tree["parcels"] for each in told["withheld"]}),
            "feeVnd": reply.tree["fee"]["totalVnd"],
            "reply": None if effect.trial else reply.verify_id,
        }

    return supply


def effects(sources: Sources, store: FileStore, sign: Sign, authority: str) -> Mapping[str, Known]:
    """Return what dossiers that ask for data do, and what is entered for it."""
    return {SUPPLY: Known(supply_data(sources, store, sign, authority), DataAsked, check=charging.ask_fee)}

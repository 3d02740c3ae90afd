"""Carry out what dossiers do to parcels: their draft, and addresses; `app.py` registers these with the effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.executing import change_addresses, execute_under
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.core.errors import N_
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.completion_errors import DraftOfOtherLand
from landsvc.registry.dossiers.effects import LAND, Effect, EffectFunction, Known
from landsvc.registry.dossiers.land import units_named
from landsvc.registry.edge import Words
from landsvc.registry.facts import Facts, LandNames, Since
from landsvc.registry.records import JUDGMENT
from landsvc.registry.rights import service as rights

PARCEL = "parcel"


class DraftCarriedOut(Facts):
    """From when on the parcels are as the draft of the dossier says."""

    since: Since = None


class AddressChanged(Facts):
    """Where parcels lie, in words, from now on."""

    parcels: LandNames = Field(default_factory=list)
    address: Words = Field(title=N_("Address"))


def carry_out_draft(frame: Frame) -> EffectFunction:
    """Return what carries the draft of a dossier out, and what bears on its parcels on to those that come of them."""

    def carry_out(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
        given: DraftCarriedOut | None = effect.facts
        if effect.draft is None or effect.done.get("parcel.draft"):
            return {}
        since = given.since if given else None
        outcome = execute_under(
            session,
            effect.draft,
            (effect.record.id, effect.record.code),
            frame=frame,
            actor=actor,
            trial=effect.trial,
            judged=effect.record.kind == JUDGMENT,
            since=since,
        )
        land = queries.land(session, dossier_id=effect.dossier_id)
        if outcome is None:
            return {"draft": effect.draft, "doneBefore": True, LAND: land}
        plan = outcome.plan
        foreign = [each.name for each in plan.touched if each.kind == PARCEL and each.id not in effect.units]
        if foreign:
            parcels = ", ".join(foreign)
            raise DraftOfOtherLand(
                field="draft",
                draft=effect.draft,
                parcels=parcels,
                dossier=effect.code,
                members={"parcels": foreign},
            )
        rights.carry_rights(session, outcome, since)
        made = {unit.id for unit in plan.after}
        return {
            "draft": effect.draft,
            "before": [unit.name for unit in plan.touched],
            "after": [unit.name for unit in plan.now],
            LAND: sorted({*land, *made}),
        }

    return carry_out


def change_address(frame: Frame) -> EffectFunction:
    """Return what says where parcels lie."""

    def change(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
        given: AddressChanged = effect.facts
        units = units_named(session, effect, given.parcels, "parcels") or list(effect.units)
        change_addresses(session, units, given.address, record_id=effect.record.id, trial=effect.trial)
        return {"units": units}

    return change


def effects(frame: Frame) -> Mapping[str, Known]:
    """Return what dossiers do to parcels, and what is entered for it."""
    return {
        "parcel.draft": Known(carry_out_draft(frame), DraftCarriedOut, optional=True),
        "address.change": Known(change_address(frame), AddressChanged),
    }

"""Carry out the notices that dossiers enter and lift; `app.py` registers these with the effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.core.api import BodyModel, Day, JsonInt, Text
from landsvc.core.errors import N_
from landsvc.core.secrets import Vault
from landsvc.identity.actors import Actor
from landsvc.registry.blocks import service
from landsvc.registry.blocks.errors import NotThisDispute, ScopeIncomplete
from landsvc.registry.blocks.parts import part_of_points
from landsvc.registry.blocks.service import CERTIFICATE, PARCEL, PART, PERSON, BlockGiven, PersonGiven
from landsvc.registry.dossiers.effects import Effect, EffectFunction, Known
from landsvc.registry.dossiers.land import units_named
from landsvc.registry.edge import Words
from landsvc.registry.facts import Facts, LandNames, SealedNumber
from landsvc.registry.marks import ASKS

DISPUTE = "dispute"


class PersonHeld(BodyModel):
    """Somebody a notice names."""

    name: Words = Field(title=N_("Name"))
    born_year: Annotated[JsonInt, Field(ge=1850, le=2199)] | None = Field(None, title=N_("Year of birth"))
    number: SealedNumber | None = Field(None, title=N_("Identity number"))


class HoldBegun(Facts):
    """A dispute, seizure, block or recovery to enter: of parcels, of a certificate, or of a person."""

    kind: Literal["dispute", "seizure", "block", "recovery"] = Field("block", title=N_("Kind of notice"))
    scope: Literal["parcel", "part", "certificate", "person"] = Field("parcel", title=N_("What it is about"))
    parcels: LandNames = Field(default_factory=list)
    points: Annotated[Text, StringConstraints(min_length=1, max_length=40_000)] | None = Field(
        None,
        title=N_("Points of the part"),
        description=N_(
            "Of a part of one parcel: its corners in order, one a line, as name, X (north) and Y (east)."
        ),
        json_schema_extra={ASKS: "points", "example": "1\t1276540.12\t551203.44"},
    )
    crs: Annotated[Text, StringConstraints(min_length=1, max_length=80)] | None = Field(
        None, title=N_("System of the points (EPSG code), where it is not plain from them")
    )
    serial: Annotated[Text, StringConstraints(min_length=1, max_length=20)] | None = Field(
        None, title=N_("Serial number of the certificate")
    )
    person: PersonHeld | None = Field(None, title=N_("Person"))
    issuer_kind: Literal["court", "enforcement", "police", "notary", "authority", "other"] = Field(
        title=N_("Kind of issuer")
    )
    issuer: Words = Field(title=N_("Issuer"))
    doc_no: Words = Field(title=N_("Number of the document"))
    doc_on: Day | None = Field(None, title=N_("Date of the document"))


BlockAsked = Annotated[
    Text,
    StringConstraints(pattern=r"^NC-[0-9]{8,18}$", max_length=24),
    Field(title=N_("Notice"), json_schema_extra={ASKS: "block", "example": "NC-00000001"}),
]


class HoldEnded(Facts):
    """A notice that is lifted."""

    block: BlockAsked


class DisputeSettled(Facts):
    """A dispute that the settlement ends."""

    block: BlockAsked = Field(
        description=N_("The dispute about land of the dossier that is settled; any other notice stands.")
    )


def begin_hold(vault: Vault, frame: Frame) -> EffectFunction:
    """Return what enters notices: one for each parcel, or one about a part of one, a certificate or a person."""

    def enter(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
        given: HoldBegun = effect.facts
        units: list[int | None] = [None]
        if given.scope in {PARCEL, PART}:
            units = [*(units_named(session, effect, given.parcels, "parcels") or effect.units)]
        if given.scope == PART and (len(units) != 1 or given.points is None):
            raise ScopeIncomplete(field="points" if given.points is None else "parcels", scope=PART)
        blocks = [
            service.add_block(session, vault, _notice(given, unit, frame), record=effect.record, actor=actor)
            for unit in units
        ]
        return {"blocks": blocks}

    return enter


def end_hold(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
    """Lift a notice."""
    given: HoldEnded = effect.facts
    service.lift(session, given.block, at=None, record=effect.record, actor=actor)
    return {"lifted": [given.block]}


def settle(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
    """Lift a dispute that the dossier settles, before anything else of it: the rest is then done on land free of it.

    Whatever else holds the land stands, and stops the rest. Without facts nothing is lifted: no notice was kept of the
    dispute. Raises `NotThisDispute` for another kind of notice, and for one that is not about land of the dossier.
    """
    given: DisputeSettled | None = effect.facts
    if given is None:
        return {}
    found = service.lift(session, given.block, at=None, record=effect.record, actor=actor)
    if found.kind != DISPUTE or found.unit_id not in effect.units:
        raise NotThisDispute(field="block", block=given.block, dossier=effect.code)
    return {"lifted": [given.block]}


def effects(vault: Vault, frame: Frame) -> Mapping[str, Known]:
    """Return what dossiers do to notices, and what is entered for it."""
    return {
        "hold.begin": Known(begin_hold(vault, frame), HoldBegun),
        "hold.end": Known(end_hold, HoldEnded),
        "hold.settle": Known(settle, DisputeSettled, optional=True),
    }


def _notice(given: HoldBegun, unit: int | None, frame: Frame) -> BlockGiven:
    person = given.person if given.scope == PERSON else None
    part = None
    if given.scope == PART and given.points is not None:
        part = part_of_points(given.points, given.crs, working=frame.srid, variant=frame.variant)
    return BlockGiven(
        given.kind,
        given.scope,
        given.issuer_kind,
        given.issuer,
        given.doc_no,
        given.doc_on,
        unit_id=unit,
        part=part,
        srid=frame.srid,
        serial=given.serial if given.scope == CERTIFICATE else None,
        person=PersonGiven(person.name, person.born_year, person.number) if person else None,
    )

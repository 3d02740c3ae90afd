"""Shapes of what completing a dossier would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from pydantic import Field

from landsvc.core.api import ApiModel
from landsvc.core.errors import LandsvcError
from landsvc.core.problem import problem_body
from landsvc.registry.dossiers.effects import NAMES
from landsvc.registry.dossiers.rehearsing import LandTold, Rehearsed
from landsvc.registry.dossiers.schemas_shown import DossierFindingShown
from landsvc.registry.rights.schemas import RightOut


class AskedShown(ApiModel):
    """What an effect asks for, and what was entered."""

    effect: str = Field(json_schema_extra={"example": "right.transfer"})
    name: str
    name_en: str
    facts_schema: dict[str, Any] = Field(description="JSON Schema of one set of facts.")
    entered: list[dict[str, Any]]


class AgainstShown(ApiModel):
    """Something that stands against completing it now."""

    code: str = Field(description="The slug of the problem.")
    title: str
    detail: str
    remedy: str | None
    field: str | None = Field(description="The facts at fault, such as `facts.right.transfer.0.holders`.")

    @classmethod
    def of(cls, error: LandsvcError) -> AgainstShown:
        """Shape a problem, in the reader's language."""
        body = problem_body(error, instance=request.path)
        return cls(
            code=error.slug,
            title=body["title"],
            detail=body["detail"],
            remedy=body.get("remedy"),
            field=error.field,
        )


class LandShown(ApiModel):
    """A parcel with what bears on it."""

    name: str = Field(description="What facts name it by: number, planned number, code, or piece-1.")
    ref: str | None
    code: str | None
    piece: int | None = Field(description="Which of the pieces that came of the land since it was handed in.")
    area_m2: float | None
    rights: list[RightOut]

    @classmethod
    def all_of(cls, land: Sequence[LandTold]) -> list[LandShown]:
        """Shape parcels."""
        return [
            cls(
                name=each.place.name,
                ref=each.place.ref,
                code=each.place.code,
                piece=each.place.piece,
                area_m2=None if each.place.area_m2 is None else float(each.place.area_m2),
                rights=[RightOut.of(right) for right in each.rights],
            )
            for each in land
        ]


class CompletionOut(ApiModel):
    """What completing a dossier would change as things stand now."""

    dossier: str
    state: str
    revision: int
    completable: bool = Field(description="Whether nothing stands against it.")
    against: list[AgainstShown]
    findings: list[DossierFindingShown] = Field(
        description="What the rules of dossiers say of it at this moment."
    )
    asks: list[AskedShown]
    effects: dict[str, list[dict[str, Any]]] = Field(description="What each effect tells, by its name.")
    before: list[LandShown]
    after: list[LandShown]
    names: dict[str, str] = Field(description="Names of the parties that were entered, by code.")

    @classmethod
    def of(cls, found: Rehearsed) -> CompletionOut:
        """Shape a rehearsal."""
        dossier = found.whole.dossier
        return cls(
            dossier=dossier.code,
            state=dossier.state,
            revision=dossier.revision,
            completable=not found.problems and all(each.result != "fail" for each in found.whole.findings),
            against=[AgainstShown.of(each) for each in found.problems],
            findings=[DossierFindingShown.of(each) for each in found.whole.findings],
            asks=[
                AskedShown(
                    effect=name,
                    name=NAMES[name][0],
                    name_en=NAMES[name][1],
                    facts_schema=model.model_json_schema(),
                    entered=[dict(each) for each in found.entered.get(name, ())],
                )
                for name, model in found.asks.items()
            ],
            effects={name: [dict(each) for each in told] for name, told in found.told.items()},
            before=LandShown.all_of(found.before),
            after=LandShown.all_of(found.after),
            names=dict(found.named),
        )

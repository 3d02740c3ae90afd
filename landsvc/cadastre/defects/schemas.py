"""Shapes of the requests and answers about defects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.defects import service
from landsvc.cadastre.defects.suggesting import Advice
from landsvc.core.api import ApiModel, PathModel, QueryModel, Text

Kind = Literal["overlap", "gap", "drift", "sliver", "spike"]


class DefectPath(PathModel):
    """Which defect."""

    defect: int = Field(ge=1, le=2**53, description="Its number.")


class DefectsQuery(QueryModel):
    """Which defects."""

    commune: Annotated[Text, Field(max_length=20)] | SkipJsonSchema[None] = Field(
        None, description="Code of a commune; all communes without it."
    )
    kind: Kind | SkipJsonSchema[None] = Field(None, description="One kind only.")
    limit: int = Field(50, ge=1, le=500, description="How many to give at most.")
    cursor: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None,
        description="Where to go on: taken from the `next` link.",
        json_schema_extra={"pattern": "^z[a-z]+_-?0x[0-9a-f.]+p[+-][0-9]+_[0-9]+$"},
    )


class DefectParcel(ApiModel):
    """A parcel, or land-occupying object, that a defect concerns."""

    kind: str
    ref: str | None
    code: str | None


class DefectOut(ApiModel):
    """One defect."""

    defect: int
    kind: Kind
    commune: str
    size: float = Field(
        description="In `unit`: the area of an overlap or gap, the difference of a drift, a width, an angle."
    )
    unit: Literal["m²", "%", "m", "°"]
    parcels: list[DefectParcel] = Field(description="Whom it concerns, the one to open first.")
    facts: dict[str, Any]
    geometry: dict[str, Any] = Field(description="Where: GeoJSON, longitude and latitude.")
    workspace: str | None = Field(description="Address of the workspace at its place.")

    @classmethod
    def of(cls, found: service.Defect) -> DefectOut:
        """Shape a defect."""
        return cls.model_validate(defect_facts(found))


class DefectDetail(DefectOut):
    """One defect with what would mend it."""

    advice: Advice = Field(
        description="What the suggestion does; without one people `decide`, or only a `resurvey` can tell."
    )
    suggestion: dict[str, Any] | None = Field(
        description="A body for `POST /api/v1/drafts/{draft}/operations` that a preview just accepted, or none."
    )


class LookOut(ApiModel):
    """When the land was looked at."""

    looked_at: datetime | None = Field(
        description="The oldest look at what was asked about, none when nobody looked."
    )
    behind: bool = Field(description="Whether land changed since: the worker looks again within a minute or two.")
    mapped: bool = Field(description="Whether the mapped extent is known: without it nobody can tell a gap.")


class DefectsOut(LookOut):
    """One page of defects, by kind, the worst first."""

    defects: list[DefectOut]
    number_returned: int
    next: str | None


def defect_facts(found: service.Defect) -> dict[str, Any]:
    """Return what is told of a defect."""
    return {
        "defect": found.id,
        "kind": found.kind,
        "commune": found.commune,
        "size": round(found.measure, 4),
        "unit": found.unit,
        "parcels": [DefectParcel(kind=each.kind, ref=each.ref, code=each.code) for each in found.parties],
        "facts": dict(found.facts),
        "geometry": dict(found.place),
        "workspace": f"/office?{urlencode({'parcel': found.opens})}" if found.opens else None,
    }

"""Shapes of the requests and answers about unsure links of two maps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import shapely
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.descent import Decision, Link, LinkShown, Side
from landsvc.cadastre.schemas import PageQuery
from landsvc.core.api import ApiModel, BodyModel, PathModel, Text
from landsvc.core.config import WORKING_SRID

Reason = Annotated[Text, Field(min_length=1, max_length=300)]


class LinkPath(PathModel):
    """Which link."""

    link: int = Field(ge=1, le=2**53, description="Its number.")


class LinksQuery(PageQuery):
    """Which links."""

    commune: Annotated[Text, Field(max_length=20)] | SkipJsonSchema[None] = Field(None, description="Its code.")
    record: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Code of the record of the new survey."
    )
    decided: bool = Field(False, description="Those that were decided instead of those that wait.")


class DecisionBody(BodyModel):
    """What a link is."""

    verdict: Literal["same", "successor", "different"] = Field(
        description="The same parcel measured again; a successor; or neither."
    )
    reason: Reason
    doc_no: Annotated[Text, Field(max_length=100)] | None = None


class UndoDecisionBody(BodyModel):
    """Why a decision is undone."""

    reason: Reason


class SideOut(ApiModel):
    """One of the two parcels."""

    unit: int
    ref: str | None
    code: str | None
    current: bool
    area_m2: float = Field(alias="areaM2")
    share: float = Field(description="Share of it that lies in the other, 0 to 1.")

    @classmethod
    def of(cls, side: Side) -> SideOut:
        """Shape one side."""
        return cls(
            unit=side.unit_id,
            ref=side.ref,
            code=side.code,
            current=side.current,
            areaM2=round(side.area_m2, 2),
            share=round(side.share, 4),
        )


class LinkOut(ApiModel):
    """A link of two maps."""

    link: int
    kind: Literal["1-1", "1-n", "n-1", "n-m"]
    state: Literal["sure", "unsure", "confirmed", "rejected"]
    doubt: float = Field(description="0 where each lies wholly in the other, near 1 where little is shared.")
    shared_m2: float = Field(alias="sharedM2")
    commune: str
    record: str
    old: SideOut
    new: SideOut

    @classmethod
    def of(cls, found: Link) -> LinkOut:
        """Shape a link."""
        return cls(**_facts(found))


class LinksOut(ApiModel):
    """One page of links."""

    links: list[LinkOut]
    number_returned: int
    next: str | None


class DecisionOut(ApiModel):
    """What was decided, and what took it back."""

    verdict: Literal["same", "successor", "different"]
    record: str
    by: str
    at: datetime
    doc_no: str | None
    reason: str | None
    undone_by_record: str | None
    undone_by: str | None
    undone_reason: str | None

    @classmethod
    def of(cls, found: Decision) -> DecisionOut:
        """Shape a decision."""
        return cls.model_validate(vars(found))


class LinkDetail(LinkOut):
    """A link with both outlines and all that was decided, the newest first."""

    old_geometry: dict[str, Any]
    new_geometry: dict[str, Any]
    crs: str
    decisions: list[DecisionOut]

    @classmethod
    def shown(cls, found: LinkShown) -> LinkDetail:
        """Shape a link with its outlines (working system, metres)."""
        return cls(
            **_facts(found.link),
            old_geometry=shapely.geometry.mapping(found.old),
            new_geometry=shapely.geometry.mapping(found.new),
            crs=f"EPSG:{WORKING_SRID}",
            decisions=[DecisionOut.of(each) for each in found.decisions],
        )


def _facts(found: Link) -> dict[str, Any]:
    return {
        "link": found.id,
        "kind": found.kind,
        "state": found.state,
        "doubt": round(found.doubt, 4),
        "sharedM2": round(found.shared_m2, 2),
        "commune": found.commune,
        "record": found.record,
        "old": SideOut.of(found.old),
        "new": SideOut.of(found.new),
    }

"""Shapes of the requests and answers about drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drafts.model import Draft, Grounds
from landsvc.cadastre.drafts.operations import OFFERED
from landsvc.cadastre.schemas import Geometry, PageQuery
from landsvc.core.api import ApiModel, BodyModel, Day, JsonInt, PathModel, QueryModel, Text

MOST_POINTS = 1000
Crs = Annotated[Text, Field(max_length=80, json_schema_extra={"pattern": "^(EPSG:)?(4326|3857|9212)$"})]


def _ordinate(value: Any) -> Any:
    """Refuse what pydantic would read as a number, and what no reference system reaches."""
    if isinstance(value, (bool, str)):
        raise ValueError("no number")
    return value


Ordinate = Annotated[float, BeforeValidator(_ordinate), Field(allow_inf_nan=False, ge=-1e8, le=1e8)]


class DraftPath(PathModel):
    """Which draft."""

    draft: Text = Field(
        description="The name a draft got when it was made, such as d-01KAS3V5TCDYRX0M4DQ1Q9WJ5H.",
        min_length=1,
        max_length=40,
    )


class IfMatch(ApiModel):
    """Which state of a draft the officer saw."""

    if_match: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None, alias="If-Match", description="The ETag of the draft; refused (409) when it changed since."
    )


class ShownQuery(QueryModel):
    """In which reference system geometry is given."""

    crs: Crs | SkipJsonSchema[None] = Field(
        None, description="EPSG code such as EPSG:9212; longitude and latitude without it."
    )


class DraftsQuery(PageQuery):
    """Which drafts."""

    state: (
        Literal["open", "submitted", "confirmed", "committed", "withdrawn", "expired"] | SkipJsonSchema[None]
    ) = Field(None, description="Those in one state only.")
    owner: Literal["me", "all"] = Field("me", description="Your own, or everybody's.")


class DraftBody(BodyModel):
    """A draft to begin."""

    title: Annotated[Text, Field(max_length=200)] | None = Field(None, description="What you want to call it.")


class Line(BodyModel):
    """A GeoJSON line."""

    type: Literal["LineString"]
    coordinates: list[Annotated[list[Ordinate], Field(min_length=2, max_length=2)]] = Field(
        min_length=2, max_length=MOST_POINTS, description="x before y, longitude before latitude."
    )


class OperationBody(BodyModel):
    """An operation. `split_by_line` cuts one parcel along a line, which may bend and need not be straight."""

    op: Literal["split_by_line"] = Field(description=f"What to do; offered: {', '.join(OFFERED)}.")
    parcels: list[Annotated[Text, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=1, description="The parcel, or a piece that this draft made."
    )
    line: Line
    crs: Crs | None = Field(None, description="System of the line; longitude and latitude without it.")
    part: Annotated[JsonInt, Field(ge=1, le=10_000)] | None = Field(
        None, description="Which part to cut, from 1, when the line runs through several parts of the parcel."
    )


def _given(text: str) -> str:
    if not text.strip():
        raise ValueError("empty")
    return text.strip()


Words = Annotated[Text, Field(min_length=1, max_length=300), AfterValidator(_given)]


class CommitBody(BodyModel):
    """The document or the reason a change stands on: one of `docNo` and `reason` is needed."""

    doc_no: Words | None = Field(None, description="Number of the document.")
    doc_on: Day | None = Field(None, description="Its date.")
    authority: Words | None = Field(None, description="Who issued it.")
    reason: Words | None = Field(None, description="A reasoned correction, where there is no document.")
    title: Words | None = Field(None, description="What the record is called; 'Tách thửa đất' without it.")

    def to_domain(self) -> Grounds:
        """Return the grounds of a commit."""
        return Grounds(self.doc_no, self.doc_on, self.authority, self.reason, self.title)


class OperationOut(ApiModel):
    """An operation of a draft, as it was asked for."""

    seq: int
    op: str
    parcels: list[str]
    line: dict[str, Any] = Field(description="GeoJSON, in the system it was given in.")
    crs: str | None
    part: int | None
    added_at: datetime | None


class DraftOut(ApiModel):
    """A draft: kept from the first click, closed by commit or withdrawal."""

    draft: str = Field(description="Its name in addresses.")
    state: Literal["open", "submitted", "confirmed", "committed", "withdrawn", "expired"]
    title: str | None
    owner: str
    mine: bool
    revision: int = Field(description="Counts the changes; the ETag carries it.")
    made_at: datetime
    changed_at: datetime
    operations: list[OperationOut]

    @classmethod
    def of(cls, found: Draft, account_id: int) -> DraftOut:
        """Shape a draft for an officer."""
        return cls(
            draft=found.code,
            state=found.state,  # type: ignore[arg-type]
            title=found.title,
            owner=found.owner_name,
            mine=found.owner_id == account_id,
            revision=found.revision,
            made_at=found.made_at,
            changed_at=found.changed_at,
            operations=[
                OperationOut.model_validate(
                    {"crs": None, "part": None, **step.body, "seq": step.seq, "added_at": step.added_at}
                )
                for step in found.steps
            ],
        )


class DraftCard(ApiModel):
    """A draft in a list."""

    draft: str
    state: str
    title: str | None
    owner: str
    mine: bool
    made_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, found: Draft, account_id: int) -> DraftCard:
        """Shape a draft for a list."""
        mine = found.owner_id == account_id
        return cls(
            draft=found.code,
            state=found.state,
            title=found.title,
            owner=found.owner_name,
            mine=mine,
            made_at=found.made_at,
            changed_at=found.changed_at,
        )


class DraftList(ApiModel):
    """One page of drafts, newest first."""

    drafts: list[DraftCard]
    number_returned: int
    next: str | None = Field(description="Address of the following page.")


class UseShown(ApiModel):
    """A land use with its registered area."""

    code: str
    area_m2: float = Field(alias="areaM2")


class UnitShown(ApiModel):
    """A parcel before or after."""

    ref: str | None
    code: str | None
    parents: list[str] | SkipJsonSchema[None] = Field(None, description="Given for a new one.")
    legal_area_m2: float | None = Field(alias="legalAreaM2")
    measured_area_m2: float | None = Field(alias="measuredAreaM2")
    measured_srid: int | None
    uses: list[UseShown]
    geometry: Geometry | None


class NodedShown(ApiModel):
    """A neighbour that gets a corner where the cut ends; nothing else of it changes."""

    ref: str | None = Field(description="Null for a road, canal or river.")
    kind: Literal["parcel", "object"]
    moved_mm: float
    area_change_m2: float = Field(alias="areaChangeM2")


class ClosureShown(ApiModel):
    """How the pieces close with a divided parcel."""

    ref: str
    residual_m2: float = Field(
        alias="residualM2", description="Pieces together less the parcel with its new corners."
    )
    noding_m2: float = Field(alias="nodingM2", description="What the new corners changed of the parcel.")


class RebasedShown(ApiModel):
    """An operation whose parcel was changed by others since; it still applies."""

    operation: int
    ref: str


class FindingShown(ApiModel):
    """What one rule says. `untested` names its `cause`."""

    rule: str
    result: Literal["pass", "fail", "warning", "untested"]
    severity: str = Field(description="A failure that is `critical` keeps the draft from being committed.")
    title: str | None
    title_en: str | None
    law: str | None
    cause: str | None
    inputs: dict[str, Any]
    geometry: dict[str, Any] | None
    fix: dict[str, Any] | None = Field(description="An operation that would help, where there is one.")


class OutcomeShown(ApiModel):
    """What a commit would do, or did. `record` and `transaction` name what a commit wrote."""

    draft: str
    state: str
    fabric_version: int
    computed_at: datetime
    before: list[UnitShown]
    after: list[UnitShown]
    noded: list[NodedShown]
    closure: list[ClosureShown]
    rebased: list[RebasedShown]
    report: list[FindingShown]
    committable: bool
    crs: str | SkipJsonSchema[None] = Field(
        None, description="Given when geometry is not longitude and latitude."
    )
    record: str | SkipJsonSchema[None] = None
    transaction: str | SkipJsonSchema[None] = None

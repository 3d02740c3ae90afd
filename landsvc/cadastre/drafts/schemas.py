"""Shapes of the requests and answers about drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drafts.model import Draft, Grounds
from landsvc.cadastre.drafts.ops import is_split
from landsvc.cadastre.drafts.schemas_operations import OperationBody as OperationBody
from landsvc.cadastre.places_schema import Crs
from landsvc.cadastre.schemas import Geometry, PageQuery
from landsvc.core.api import ApiModel, BodyModel, Day, PathModel, QueryModel, Text


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


class KeyGiven(ApiModel):
    """The key of a write that may be sent again."""

    idempotency_key: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")] | SkipJsonSchema[None] = Field(
        None,
        alias="Idempotency-Key",
        description="A new one for each write; the same one when the same request is sent again after no answer came:"
        " it is done once, and answered the same.",
    )


class Change(IfMatch, KeyGiven):
    """Which state of a draft the officer saw, and the key of the write."""


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


def drawing_of(draft: str) -> str:
    """Return the address of the drawing of a draft's split."""
    return f"/api/v1/drafts/{draft}/drawing.pdf"


class DraftBody(BodyModel):
    """A draft to begin."""

    title: Annotated[Text, Field(max_length=200)] | None = Field(None, description="What you want to call it.")


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
    title: Words | None = Field(
        None, description="What the record is called; after the operations without it, as 'Tách thửa đất'."
    )

    def to_domain(self) -> Grounds:
        """Return the grounds of a commit."""
        return Grounds(self.doc_no, self.doc_on, self.authority, self.reason, self.title)


class OperationOut(ApiModel):
    """An operation of a draft, with every member of its body as it was asked for."""

    model_config = ConfigDict(extra="allow")

    seq: int
    op: str
    parcels: list[str] = Field(description="The parcels it names; none when it names a place only.")
    crs: str | None
    added_at: datetime | None


class EventOut(ApiModel):
    """What was done with a draft; `by` is null where the service did it by itself."""

    at: datetime
    action: Literal["submitted", "approved", "rejected", "confirmed", "withdrawn", "committed", "expired"]
    by: str | None
    reason: str | None


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
    confirmed_until: Day | None = Field(description="The last day a confirmed split may be carried out.")
    confirmable: bool = Field(description="It holds splits only: it may be confirmed before it is carried out.")
    drawing: str | None = Field(description="Address of the drawing of a confirmed split.")
    operations: list[OperationOut]
    history: list[EventOut] = Field(description="Who did what with it, oldest first.")

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
            confirmed_until=found.confirmed_until,
            confirmable=is_split([step.body for step in found.steps]),
            drawing=drawing_of(found.code) if found.confirmed_until else None,
            history=[
                EventOut(at=each.at, action=each.action, by=each.name, reason=each.reason)  # type: ignore[arg-type]
                for each in found.events
            ],
            operations=[
                OperationOut.model_validate(
                    {"parcels": [], "crs": None, **step.body, "seq": step.seq, "added_at": step.added_at}
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
    confirmed_until: Day | None = Field(description="The last day a confirmed split may be carried out.")

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
            confirmed_until=found.confirmed_until,
        )


class DraftList(ApiModel):
    """One page of drafts, newest first."""

    drafts: list[DraftCard]
    number_returned: int
    next: str | None = Field(description="Address of the following page.")


class RejectBody(BodyModel):
    """Why a draft is given back, or given up."""

    reason: Words


class PlannedQuery(QueryModel):
    """Which planned parcels: those of a parcel, or those in a box."""

    parcel: Annotated[Text, Field(min_length=1, max_length=200)] | SkipJsonSchema[None] = Field(
        None, description="The parcel that will be divided."
    )
    bbox: Annotated[Text, Field(max_length=200)] | SkipJsonSchema[None] = Field(
        None, description="west,south,east,north in degrees; at most 1000 pieces."
    )
    crs: Crs | SkipJsonSchema[None] = Field(
        None, description="EPSG code such as EPSG:9212; longitude and latitude without it."
    )


class PlannedPath(PathModel):
    """Which planned number."""

    ref: Text = Field(min_length=1, max_length=200, description="The number a contract cites.")


class PlannedList(ApiModel):
    """Planned parcels (GeoJSON, RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]] = Field(
        description="Properties: `ref draft owner kind parents legalAreaM2 measuredAreaM2 uses confirmedUntil`."
    )
    crs: str | SkipJsonSchema[None] = Field(
        None, description="Given when geometry is not longitude and latitude."
    )


class PlannedNumber(ApiModel):
    """What anybody may know of a planned number."""

    ref: str
    state: Literal["confirmed", "committed", "withdrawn", "expired"] = Field(
        description="confirmed: planned; committed: the parcel is registered; else the number is void."
    )
    commune: str
    parents: list[str | None]
    legal_area_m2: float | None = Field(alias="legalAreaM2")
    measured_area_m2: float | None = Field(alias="measuredAreaM2")
    confirmed_at: datetime
    confirmed_until: Day


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


class ChangedShown(ApiModel):
    """A parcel that stays what it is, with another geometry, other facts or uses, or another number."""

    ref: str | None
    before: UnitShown
    after: UnitShown


class NodedShown(ApiModel):
    """A neighbour that gets a corner where the cut ends; nothing else of it changes."""

    ref: str | None = Field(description="Null for a road, canal or river.")
    kind: Literal["parcel", "object"]
    moved_mm: float
    area_change_m2: float = Field(alias="areaChangeM2")


class ClosureShown(ApiModel):
    """How land closes that was drawn anew together."""

    ref: str = Field(description="The parcels it was before, or the new one where there was none.")
    residual_m2: float = Field(
        alias="residualM2", description="What it has more than it should: the land with its new corners."
    )
    noding_m2: float = Field(alias="nodingM2", description="What the new corners changed of it.")
    gained_m2: float = Field(0.0, alias="gainedM2", description="Land that is covered now and was not.")
    lost_m2: float = Field(0.0, alias="lostM2", description="Land that nothing covers any more.")
    parted_m2: float = Field(0.0, alias="partedM2", description="Land that two overlapped on and one has now.")


class RebasedShown(ApiModel):
    """An operation whose parcel was changed by others since; it still applies."""

    operation: int
    ref: str


class ToldShown(ApiModel):
    """What an operation tells of itself: of a split by area the two areas of the parcel and every piece's deviation,
    of a corridor what each parcel loses and keeps."""

    model_config = ConfigDict(extra="allow")

    operation: int
    op: str
    geometry: dict[str, Any] | None = Field(description="The cuts, or the strip.")


class FindingShown(ApiModel):
    """What one rule says. `untested` names its `cause`."""

    rule: str
    result: Literal["pass", "fail", "warning", "untested"]
    severity: str = Field(description="A failure that is `critical` keeps the draft from being committed.")
    severities: dict[str, str] = Field(description="How grave a failure is at `preview`, `submit` and `commit`.")
    second_person: bool = Field(
        description="Whether a failure or warning asks for the approval of somebody else."
    )
    about: str = Field(description="The page that explains the rule.")
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
    changed: list[ChangedShown] = Field([], description="Parcels that stay, before and after.")
    noded: list[NodedShown]
    closure: list[ClosureShown]
    told: list[ToldShown] = Field([], description="What single operations tell: areas, deviations, losses.")
    rebased: list[RebasedShown]
    report: list[FindingShown]
    committable: bool
    second_person: list[str] = Field(
        description="Rules by which somebody else must approve; then submit the draft instead of committing it."
    )
    crs: str | SkipJsonSchema[None] = Field(
        None, description="Given when geometry is not longitude and latitude."
    )
    record: str | SkipJsonSchema[None] = None
    transaction: str | SkipJsonSchema[None] = None

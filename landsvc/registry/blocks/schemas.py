"""Shapes of the requests and answers about notices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, Instant, JsonInt, PathModel, QueryModel, Text, TimesQuery
from landsvc.registry.blocks import service
from landsvc.registry.edge import GroundsBody, PartyCode, Words

ParcelRef = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Serial = Annotated[Text, StringConstraints(min_length=1, max_length=20)]


class BlockPath(PathModel):
    """Which notice."""

    block: Text = Field(min_length=1, max_length=40, json_schema_extra={"example": "NC-00000001"})


class BlocksQuery(QueryModel):
    """Which notices, which page."""

    state: Literal["open", "lifted", "all"] = "open"
    cursor: str | SkipJsonSchema[None] = Field(None, max_length=40)
    limit: int = Field(100, ge=1, le=500)


class PersonIn(BodyModel):
    """Somebody by name, with year of birth and a number where they are known."""

    name: Words
    born_year: Annotated[JsonInt, Field(ge=1850, le=2199)] | None = None
    number: Annotated[Words, Field(max_length=60)] | None = Field(None, description="Kept sealed.")

    def to_domain(self) -> service.PersonGiven:
        """Return the person."""
        return service.PersonGiven(self.name, self.born_year, self.number)


class BlockIn(BodyModel):
    """A notice to enter. `scope` says what it is about: give that, and nothing else."""

    kind: Literal["dispute", "seizure", "block", "recovery"]
    scope: Literal["parcel", "part", "certificate", "person"]
    parcel: ParcelRef | None = None
    part: dict[str, Any] | None = Field(None, description="GeoJSON polygon on the parcel.")
    crs: Annotated[Text, Field(max_length=80)] | None = Field(
        None, description="EPSG code of `part`; longitude and latitude without it."
    )
    points: Annotated[Text, Field(max_length=40_000)] | None = Field(
        None,
        description="Instead of `part`: its corners in order, one a line, as name, X (north) and Y (east);"
        " their system is guessed without `crs`.",
        json_schema_extra={
            "example": "1\t1276540.12\t551203.44\n2\t1276552.40\t551203.44\n3\t1276552.40\t551213.44"
        },
    )
    serial: Serial | None = Field(None, description="Serial number of a certificate (số phát hành).")
    person: PersonIn | None = None
    issuer_kind: Literal["court", "enforcement", "police", "notary", "authority", "other"]
    issuer: Words
    doc_no: Words
    doc_on: Day | None = None
    since: Instant | None = Field(None, description="When it was received; now without it.")


class BlockLift(BodyModel):
    """That a notice is lifted."""

    at: Instant | None = Field(None, description="Now without it.")
    grounds: GroundsBody


class MatchIn(BodyModel):
    """What a person decided after comparing a notice with a party."""

    party: PartyCode
    same: Annotated[bool, Field(strict=True, description="Whether the notice names this party.")]
    grounds: GroundsBody


class HoldsIn(BodyModel):
    """What to test: parcels, certificates, parties, and persons who are no party yet."""

    parcels: list[ParcelRef] = Field([], max_length=100)
    serials: list[Serial] = Field([], max_length=100)
    parties: list[PartyCode] = Field([], max_length=100)
    persons: list[PersonIn] = Field([], max_length=100)


class CandidateOut(ApiModel):
    """A party that a notice may name."""

    party: str
    name: str
    born_year: int | None
    by_number: bool = Field(
        description="Whether a number is the same; else the name, and no other year of birth."
    )
    same: bool | None = Field(description="What a person decided; null where nobody has.")


class BlockOut(ApiModel):
    """A notice."""

    block: str
    kind: str
    scope: str
    parcel: str | None
    part: dict[str, Any] | None = Field(description="GeoJSON, longitude and latitude.")
    serial: str | None
    person: str | None
    born_year: int | None
    has_number: bool
    issuer_kind: str
    issuer: str
    doc_no: str
    doc_on: date | None
    since: datetime
    until: datetime | None
    record: str
    lifted_by: str | None
    candidates: list[CandidateOut]

    @classmethod
    def of(cls, line: service.BlockLine, candidates: Sequence[service.Candidate] = ()) -> BlockOut:
        """Shape a notice."""
        same = (
            "kind",
            "scope",
            "serial",
            "issuer_kind",
            "issuer",
            "doc_no",
            "doc_on",
            "since",
            "until",
            "record",
        )
        return cls(
            block=line.code,
            parcel=line.parcel or (f"unit-{line.unit_id}" if line.unit_id else None),
            part=None if line.part is None else json.loads(line.part),
            person=line.person_name,
            born_year=line.person_born_year,
            has_number=line.number_sealed is not None,
            lifted_by=line.lifted_by,
            candidates=[
                CandidateOut(
                    party=each.party.code,
                    name=each.party.facts.name,
                    born_year=each.party.facts.born_year,
                    by_number=each.by_number,
                    same=each.same,
                )
                for each in candidates
            ],
            **{name: getattr(line, name) for name in same},
        )


class BlocksOut(ApiModel):
    """One page of notices."""

    blocks: list[BlockOut]
    number_returned: int
    next: str | None


class HistoryQuery(TimesQuery):
    """Which parcel, certificate or party: one of them; on which day, as known at which instant."""

    parcel: (
        Annotated[ParcelRef, Field(description="A parcel, of today or of the past.")] | SkipJsonSchema[None]
    ) = None
    serial: Serial | SkipJsonSchema[None] = None
    party: PartyCode | SkipJsonSchema[None] = None


class BlockBelief(ApiModel):
    """What was once known of how long a notice holds."""

    since: datetime
    until: datetime | None = Field(description="When it was lifted; null where it holds.")
    known_since: datetime
    known_until: datetime | None = Field(description="Until when that was believed; null: still.")
    record: str
    title: str
    doc_no: str | None
    doc_on: date | None
    authority: str | None = Field(description="Who issued the document: of a lifting, who lifted it.")
    closed_by: str | None = Field(description="The record that says otherwise.")

    @classmethod
    def of(cls, found: service.BlockBelief) -> BlockBelief:
        """Shape a belief."""
        return cls.model_validate({name: value for name, value in vars(found).items() if name != "block_id"})


class BlockHistoryLine(ApiModel):
    """A notice at two times, with everything ever known of how long it holds."""

    block: BlockOut
    holds: bool = Field(description="Whether it holds on the day that was asked about; now, where none was.")
    same: bool | None = Field(
        description="Of a party: what a person decided of whether the notice names it; null where nobody has."
    )
    history: list[BlockBelief]

    @classmethod
    def of(cls, found: service.BlockPast) -> BlockHistoryLine:
        """Shape a notice with its past."""
        return cls(
            block=BlockOut.of(found.line),
            holds=found.holds,
            same=found.same,
            history=[BlockBelief.of(each) for each in found.beliefs],
        )


class BlockHistoryOut(ApiModel):
    """All notices on one parcel, certificate or party, the newest first."""

    valid_at: date
    known_at: datetime
    notices: list[BlockHistoryLine]


class FindingOut(ApiModel):
    """That something is held, or may be."""

    result: Literal["held", "undecided"] = Field(
        description="`undecided`: a notice may name the person; somebody has to compare."
    )
    block: str
    kind: str
    issuer: str
    doc_no: str
    subject: str = Field(description="The parcel, serial number, party or name that was asked about.")


class HoldsOut(ApiModel):
    """What is held; nothing stops a change where the list is empty."""

    findings: list[FindingOut]

    @classmethod
    def of(cls, found: Sequence[service.Finding]) -> HoldsOut:
        """Shape what was found."""
        return cls.model_validate({"findings": [vars(each) for each in found]})

"""Shapes of the requests and answers about parties."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, JsonInt, PathModel, QueryModel, Text, TimesQuery
from landsvc.registry.edge import GroundsBody, PartyCode, Since, Words
from landsvc.registry.parties import service
from landsvc.registry.parties.queries import PartyFacts, PartyLine
from landsvc.registry.parties.rules import DocumentKind

Kind = Literal["individual", "couple", "household", "organisation", "community", "group", "state"]
Number = Annotated[Words, Field(max_length=60, description="The number on the document; kept sealed.")]
Year = Annotated[JsonInt, Field(ge=1850, le=2199)]


class PartyPath(PathModel):
    """Which party."""

    party: Text = Field(min_length=1, max_length=40, json_schema_extra={"example": "NSD-00000001"})


class DocumentPath(PartyPath):
    """Which document of a party."""

    document: int = Field(ge=1, le=2**62)


class PartyQuery(TimesQuery):
    """At which times."""


class ReadingsQuery(QueryModel):
    """Which page."""

    cursor: str | SkipJsonSchema[None] = Field(None, max_length=40)
    limit: int = Field(100, ge=1, le=500)


class DocumentIn(BodyModel):
    """A document somebody showed."""

    kind: DocumentKind
    number: Number
    issued_on: Day | None = None
    issued_by: Words | None = None

    def to_domain(self) -> service.DocumentGiven:
        """Return the document."""
        return service.DocumentGiven(self.kind, self.number, self.issued_on, self.issued_by)


class FactsIn(BodyModel):
    """What is said of a party."""

    name: Words
    born_on: Day | None = None
    born_year: Year | None = Field(None, description="Where the day is not known.")
    sex: Literal["male", "female"] | None = None
    nationality: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        None, description="ISO 3166 code.", json_schema_extra={"example": "VN"}
    )
    address: Words | None = None

    @model_validator(mode="after")
    def _one_birth(self) -> Self:
        if self.born_on is not None:
            if self.born_year not in {None, self.born_on.year}:
                raise ValueError("two years of birth")
            self.born_year = self.born_on.year
        return self

    def facts(self) -> PartyFacts:
        """Return what is said."""
        return PartyFacts(self.name, self.born_on, self.born_year, self.sex, self.nationality, self.address)


class PartyIn(FactsIn):
    """A party to register."""

    kind: Kind
    documents: list[DocumentIn] = Field([], max_length=20)
    members: list[PartyCode] = Field(
        [], max_length=200, description="Codes of those who belong to a couple, household, group or community."
    )
    since: Since = None
    grounds: GroundsBody


class PartyChange(FactsIn):
    """All that is said of a party from a day on."""

    since: Since = None
    grounds: GroundsBody


class DocumentAdded(DocumentIn):
    """Another document of a party."""

    since: Since = None
    grounds: GroundsBody


class PartySearch(BodyModel):
    """Whom to look for: by exact number, or by whole name. It is a body so that no number stands in an address."""

    number: Number | None = None
    name: Words | None = None
    born_year: Year | None = None


class DocumentOut(ApiModel):
    """A document with all but the end of its number hidden."""

    document: int
    kind: str
    number: str = Field(json_schema_extra={"example": "••••••••5678"})
    issued_on: date | None
    issued_by: str | None


class MemberOut(ApiModel):
    """Who belongs to a party."""

    party: str
    kind: str
    name: str


class PartyOut(MemberOut):
    """A party as it is known to be at two times."""

    born_on: date | None
    born_year: int | None
    sex: str | None
    nationality: str | None
    address: str | None
    valid_from: date
    known_from: datetime
    record: str
    documents: list[DocumentOut]
    members: list[MemberOut]

    @classmethod
    def of(cls, found: service.Party) -> PartyOut:
        """Shape a party."""
        line = found.line
        return cls(
            party=line.code,
            kind=line.kind,
            valid_from=line.since,
            known_from=line.known_since,
            record=line.record,
            documents=[
                DocumentOut(
                    document=each.id,
                    kind=each.kind,
                    number=each.number,
                    issued_on=each.issued_on,
                    issued_by=each.issued_by,
                )
                for each in found.documents
            ],
            members=[member(each) for each in found.members],
            **vars(line.facts),
        )


class PartiesOut(ApiModel):
    """Who was found."""

    parties: list[PartyOut]


class NumberOut(ApiModel):
    """A whole number."""

    party: str
    document: int
    number: str


def member(line: PartyLine) -> MemberOut:
    """Shape who belongs to a party."""
    return MemberOut(party=line.code, kind=line.kind, name=line.facts.name)
